/**
 * A human's reaction times, from the trace alone: from the first frame of the opponent's move to the landing of the next key that went
 * down. Screen and wire are in it. Keys sooner than a human can see are guesses, and counted apart.
 */
import type { FighterSceneState } from '../../../envs/fighter/scene.js';
import { Playback } from '../../traces/playback.js';
import type { Trace } from '../../../scoring/trace/trace.js';

/** One move of the opponent that was followed by a key. Real time. */
export interface Reaction {
  move: string;
  /** World time of the move's first frame. */
  at: number;
  reactionUs: number;
}

/** Sooner than this is no reaction (the limit of false starts in athletics), later than that is about something else. */
export const GUESS_US = 100_000;
export const LATEST_US = 1_500_000;

/** Every move of the opponent that the human in `seat` answered by a key before its next one. */
export function reactionsOf(trace: Trace, seat: number): Reaction[] {
  const begun: { move: string; at: number }[] = [];
  let last = '';
  new Playback(trace, (env, frame) => {
    const { pose } = (env.scene() as FighterSceneState).fighters[1 - seat]!;
    const runs = pose.frame > 0 && (pose.phase === 'startup' || pose.phase === 'active' || pose.phase === 'recovery');
    // A jump or dash has no startup: what counts is a move's first frame, whatever phase that is.
    if (runs && pose.frame === 1 && last !== `${frame - 1} 1`) begun.push({ move: pose.move, at: env.now });
    last = `${frame} ${pose.frame}`;
  });
  const presses = trace.events.filter(
    (event) => event.kind === 'act' && event.seat === seat && event.telemetry?.answer?.startsWith('pressed'),
  );
  return begun.flatMap(({ move, at }, i) => {
    const next = begun[i + 1]?.at ?? Infinity;
    const key = presses.find((event) => event.at > at);
    if (!key || key.at > next) return [];
    const reactionUs = Math.round((key.at - at) / trace.header.speed);
    return reactionUs <= LATEST_US ? [{ move, at, reactionUs }] : [];
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
