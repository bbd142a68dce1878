/**
 * A human's reaction times, from the trace alone: from the first frame of what the task says a human reacts to (the opponent's move) to
 * the landing of the next key that went down. Screen and wire are in it. Keys sooner than a human can see are guesses, and counted apart.
 */
import type { Trace } from '../../scoring/trace/trace.js';
import { taskNamed } from '../match/tasks.js';
import { Playback } from '../traces/playback.js';

/** One thing that the task says a human reacts to (a move of the opponent's), and that was followed by a key. Real time. */
export interface Reaction {
  stimulus: string;
  /** World time of its first frame. */
  at: number;
  reactionUs: number;
}

/** Sooner than this is no reaction (the limit of false starts in athletics), later than that is about something else. */
const GUESS_US = 100_000;
const LATEST_US = 1_500_000;

/** Everything that the human in `seat` could react to and answered by a key before the next such thing; none where the task tells of none. */
export function reactionsOf(trace: Trace, seat: number): Reaction[] {
  const task = taskNamed(trace.header.task);
  const begun: { stimulus: string; at: number }[] = [];
  let last: string | undefined;
  if (!task.stimulus) return [];
  new Playback(trace, (env) => {
    const stimulus = task.stimulus!(env.scene(), seat);
    // A world may stand still in the frame in which it began.
    if (stimulus !== undefined && last === undefined) begun.push({ stimulus, at: env.now });
    last = stimulus;
  });
  const presses = trace.events.filter(
    (event) => event.kind === 'act' && event.seat === seat && event.telemetry?.answer?.startsWith('pressed'),
  );
  return begun.flatMap(({ stimulus, at }, i) => {
    const next = begun[i + 1]?.at ?? Infinity;
    const key = presses.find((event) => event.at > at);
    if (!key || key.at > next) return [];
    const reactionUs = Math.round((key.at - at) / trace.header.speed);
    return reactionUs <= LATEST_US ? [{ stimulus, at, reactionUs }] : [];
  });
}

/** Reactions in a few figures; null where there was none. */
export interface ReactionReport {
  count: number;
  guesses: number;
  medianUs: number | null;
  fastestUs: number | null;
}

/** The figures of a list, guesses apart. */
export function reactionReport(reactions: readonly Reaction[]): ReactionReport {
  const seen = reactions.map(({ reactionUs }) => reactionUs).filter((us) => us >= GUESS_US).sort((a, b) => a - b); // prettier-ignore
  const medianUs = seen[Math.floor((seen.length - 1) / 2)] ?? null;
  return { count: seen.length, guesses: reactions.length - seen.length, medianUs, fastestUs: seen[0] ?? null };
}
