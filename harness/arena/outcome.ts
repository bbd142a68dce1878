/**
 * How a match of two strangers ended: who won it by the world's own results, or lost it by not being there. Whoever is gone at the end has lost,
 * whatever the world says; a match that the host spoilt is void, unless one of the two flooded it meanwhile.
 */
import type { AnyTask } from '../../envs/environment.js';
import { pointsOf } from '../../scoring/ratings/points.js';
import type { Trace } from '../../scoring/trace/trace.js';
import { seatOf, type GameNumber, type GameOutcome, type OfBoth } from './order.js';

/** Who of the two was not there, in words, or null. */
export type Absences = OfBoth<string | null>;

/** The outcome by who was not there; undefined where both were. */
export function byAbsence(absences: Absences): Pick<GameOutcome, 'status' | 'why' | 'points'> | undefined {
  const [first, second] = absences;
  if (first !== null && second !== null) return { status: 'void', why: `${first}; ${second}`, points: null };
  if (first !== null) return { status: 'forfeited', why: first, points: 0 };
  if (second !== null) return { status: 'forfeited', why: second, points: 1 };
  return undefined;
}

/** The outcome of a match that was played, by its trace. @param names of both, for people */
export function byTrace(task: AnyTask, { events, footer }: Trace, game: GameNumber, names: OfBoth<string>) {
  const gone = ([0, 1] as const).map((agent) => {
    const last = events.findLast(({ kind, seat }) => seat === seatOf(agent, game) && (kind === 'leave' || kind === 'return'));
    return last?.kind === 'leave' ? `${names[agent]} was gone at the end of the match (${last.reason})` : null;
  });
  const absent = byAbsence([gone[0]!, gone[1]!]);
  if (absent) return absent;
  const { results, verdict } = footer!;
  if (verdict.counts) return { status: 'played' as const, why: null, points: pointsOf(task, results, seatOf(0, game)) };
  const why = verdict.reasons.join(' ');
  const flooded = ([0, 1] as const).map((agent) =>
    events.some((event) => event.kind === 'error' && event.seat === seatOf(agent, game) && event.code === 'too-frequent')
      ? `the match does not count (${why}), and ${names[agent]} sent more than it may meanwhile`
      : null,
  );
  const [first, second] = flooded;
  if (first !== null && second !== null) return { status: 'void' as const, why, points: null };
  return byAbsence([first!, second!]) ?? { status: 'void' as const, why, points: null };
}
