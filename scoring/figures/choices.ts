/** Whom an agent of several configurations asked in a match, in which situation, and what followed: read from what it said of itself. */
import type { Trace } from '../trace/trace.js';

/** Decisions of one seat in which one arm was asked in one situation. */
export interface ChoiceFigure {
  situation: string;
  arm: string;
  decisions: number;
  /** Of all of the seat's decisions whose choice is known. */
  share: number;
  /** Those that were credited, and their mean gain in the task's unit; null where none was. Not what the arm is worth: a choice is no experiment. */
  credited: number;
  meanGain: number | null;
}

/** A planner beside a fast configuration. */
export interface AdviceFigure {
  decisions: number;
  /** Decisions before which it had finished something, and those before which it had at least begun to. */
  finished: number;
  unfinished: number;
  /** World time, at the median, between the state that finished advice was about and the one it was put to; null where there was none. */
  ageP50Us: number | null;
  calls: number;
  failed: number;
}

/** A seat's choices, by situation and arm in the order of their names; empty where its agent does not choose. */
export function choicesOf({ events }: Pick<Trace, 'events'>, seat: number): ChoiceFigure[] {
  const found = new Map<string, { situation: string; arm: string; decisions: number; gains: number[] }>();
  const bySeq = new Map<number, { gains: number[] }>();
  let all = 0;
  for (const event of events) {
    if (event.seat !== seat || (event.kind !== 'act' && event.kind !== 'reject')) continue;
    const { choice, earned = [] } = event.telemetry ?? {};
    for (const { seq, gain } of earned) bySeq.get(seq)?.gains.push(gain);
    if (!choice) continue;
    const key = JSON.stringify([choice.situation, choice.arm]);
    const row = found.get(key) ?? { situation: choice.situation, arm: choice.arm, decisions: 0, gains: [] };
    found.set(key, row);
    bySeq.set(event.seq, row);
    row.decisions++;
    all++;
  }
  return [...found.entries()]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([, { situation, arm, decisions, gains }]) => ({
      situation,
      arm,
      decisions,
      share: decisions / all,
      credited: gains.length,
      meanGain: gains.length === 0 ? null : gains.reduce((sum, gain) => sum + gain, 0) / gains.length,
    }));
}

/** What a seat's planner came to; undefined where it has none. */
export function adviceOf({ events }: Pick<Trace, 'events'>, seat: number): AdviceFigure | undefined {
  const ages: number[] = [];
  let [decisions, unfinished, calls, failed] = [0, 0, 0, 0];
  for (const event of events) {
    if (event.seat !== seat || (event.kind !== 'act' && event.kind !== 'reject') || !event.telemetry?.planner) continue;
    const { advice = [], planner } = event.telemetry;
    decisions++;
    calls += planner.ended;
    failed += planner.failures.length;
    for (const each of advice)
      if (each.unfinished) unfinished++;
      else ages.push(each.ageUs);
  }
  if (decisions === 0) return undefined;
  ages.sort((a, b) => a - b);
  return { decisions, finished: ages.length, unfinished, ageP50Us: ages[Math.floor((ages.length - 1) / 2)] ?? null, calls, failed };
}
