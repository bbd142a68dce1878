/**
 * How a match of two strangers ended: who won it by the world's own results, or lost it by not being there. Whoever is gone at the end has lost,
 * whatever the world says; a match that the host spoilt is void, unless one of the two flooded it meanwhile.
 */
import type { AnyTask } from '../../envs/environment.js';
import { pointsByReward, pointsOf } from '../../scoring/ratings/points.js';
import type { Trace } from '../../scoring/trace/trace.js';
import { seatOf, type AloneOutcome, type GameNumber, type GameOutcome, type OfBoth } from './order.js';

/** Who of the two was not there, in words, or null. */
export type Absences = OfBoth<string | null>;

/** Of an outcome what its judgement says. */
type Judged = Pick<GameOutcome, 'status' | 'why' | 'points'>;

/** The outcome by who was not there; undefined where both were. */
export function byAbsence(absences: Absences): Judged | undefined {
  const [first, second] = absences;
  if (first !== null && second !== null) return { status: 'void', why: `${first}; ${second}`, points: null };
  if (first !== null) return { status: 'forfeited', why: first, points: 0 };
  if (second !== null) return { status: 'forfeited', why: second, points: 1 };
  return undefined;
}

/** What a trace says of one of the two. */
export type Side = Pick<AloneOutcome, 'absent' | 'flooded'>;

/** Whether a seat's agent was there to the end, and whether it sent too much. @param name for people */
export function sideOf({ events }: Pick<Trace, 'events'>, seat: number, name: string): Side {
  const last = events.findLast((event) => event.seat === seat && (event.kind === 'leave' || event.kind === 'return'));
  const flooded = events.some((event) => event.kind === 'error' && event.seat === seat && event.code === 'too-frequent');
  return { absent: last?.kind === 'leave' ? `${name} was gone at the end of the match (${last.reason})` : null, flooded };
}

/** The outcome of a match that was played. @param spoilt why it does not count; null when it does @param points of the first, by what was earned */
function judged(sides: OfBoth<Side>, names: OfBoth<string>, spoilt: string | null, points: () => 0 | 0.5 | 1): Judged {
  const absent = byAbsence([sides[0].absent, sides[1].absent]);
  if (absent) return absent;
  if (spoilt === null) return { status: 'played', why: null, points: points() };
  const told = (agent: 0 | 1): string | null =>
    sides[agent].flooded ? `the match does not count (${spoilt}), and ${names[agent]} sent more than it may meanwhile` : null;
  if (sides[0].flooded === sides[1].flooded) return { status: 'void', why: spoilt, points: null };
  return byAbsence([told(0), told(1)])!;
}

/** The outcome of a match that was played in one world, by its trace. @param names of both, for people */
export function byTrace(task: AnyTask, trace: Trace, game: GameNumber, names: OfBoth<string>): Judged {
  const { results, verdict } = trace.footer!;
  const side = (agent: 0 | 1): Side => sideOf(trace, seatOf(agent, game), names[agent]);
  const spoilt = verdict.counts ? null : verdict.reasons.join(' ');
  return judged([side(0), side(1)], names, spoilt, () => pointsOf(task, results, seatOf(0, game)));
}

/** The outcome of two who each played a world of their own: whoever earned more has won. @param names of both, for people */
export function byTwoAlone(outcomes: OfBoth<AloneOutcome>, names: OfBoth<string>): GameOutcome {
  const [one, other] = outcomes;
  const reasons = outcomes.flatMap(({ spoilt }, i) => (spoilt === null ? [] : [`the match of ${names[i]}: ${spoilt}`]));
  // Nobody is absent and nothing spoilt: then both have played, and have a reward.
  const points = (): 0 | 0.5 | 1 => pointsByReward(one.reward!, other.reward!);
  const earned = ({ absent, spoilt, reward }: AloneOutcome): number | null => (absent === null && spoilt === null ? reward : null);
  const hasBegun = one.figures !== null || other.figures !== null;
  return {
    game: 0,
    came: [one.came, other.came],
    ...judged(outcomes, names, reasons.length === 0 ? null : reasons.join('; '), points),
    rewards: hasBegun ? [earned(one), earned(other)] : null,
    figures: hasBegun ? [one.figures, other.figures] : null,
    digest: null,
    trace: one.trace,
    otherTrace: other.trace,
  };
}
