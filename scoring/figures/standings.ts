/**
 * Recorded matches side by side: one row for each name and division. Matches in which a human had a seat are a division of their own: a
 * human sees a continuous stream and answers no observations, so nothing in them, the other seat's figures included, stands beside agents'.
 */
import type { AnyTask } from '../../envs/environment.js';
import type { PlayedSeat } from './latency.js';
import { summarise, type Summary } from './summary.js';
import type { SeatRecord, Trace, TraceHeader } from '../trace/trace.js';

/** Who a match may be compared with. */
export type Division = 'agents' | 'human';

/** A match's division: `human` as soon as one seat is a human's. */
export function divisionOf({ seats }: Pick<TraceHeader, 'seats'>): Division {
  return seats.some(({ kind }) => kind === 'human') ? 'human' : 'agents';
}

/** One row: a name, what it is, and its figures over the matches of the division. */
export interface Standing {
  division: Division;
  name: string;
  kind: SeatRecord['kind'];
  summary: Summary;
}

/**
 * The rows of all traces, agents first, names in the order in which they first appear. A name that is of two kinds has two rows; one that
 * plays itself is taken at its first seat, so that a match stays one sample. */
export function standings(task: Pick<AnyTask, 'name' | 'reward' | 'parseOptions'>, traces: readonly Trace[]): Standing[] {
  const groups = new Map<string, Omit<Standing, 'summary'> & { played: PlayedSeat[] }>();
  for (const trace of traces) {
    const division = divisionOf(trace.header);
    trace.header.seats.forEach(({ name, kind }, seat) => {
      const key = JSON.stringify([division, kind, name]);
      if (!groups.has(key)) groups.set(key, { division, name, kind, played: [] });
      const { played } = groups.get(key)!;
      if (played.at(-1)?.trace !== trace) played.push({ trace, seat });
    });
  }
  const rows = [...groups.values()].map(({ played, ...who }) => ({ ...who, summary: summarise(task, who.name, played) }));
  return [...rows.filter(({ division }) => division === 'agents'), ...rows.filter(({ division }) => division === 'human')];
}
