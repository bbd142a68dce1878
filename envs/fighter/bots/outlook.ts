/**
 * What an answer will meet. It lands as late as the last one did, and its first step begins when the fighter is free; until
 * then the own plan goes on. Everything is in frames from the observation.
 */
import { totalFrames } from '../moves.js';
import type { FighterState, State } from '../state.js';
import { moveNamed, nearing } from './blows.js';

export type Outlook = {
  state: State;
  /** When the answer lands. */
  late: number;
  /** When its first step can begin, if nothing touches the fighter before. */
  start: number;
  /** How much later than that the other can act (negative: it has been free). */
  ahead: number;
  /** Pixels between the two by then, as far as walking says. */
  distance: number;
  /** A move of the own plan that begins before the answer can replace it. */
  committed: string | null;
};

/** Frames for which the other is expected to go on walking. */
const WALKS_ON = 10;
/** The nearest two bodies on the floor can be. */
const NEAREST = 36;

/** The observation's text shows no larger number of frames, and decisions are made from what it shows. */
export const MOST_SHOWN = 99;

/** Looks ahead to the moment at which the answer begins. */
export function outlook(state: State): Outlook {
  const { me, op } = state;
  const late = Math.min(MOST_SHOWN, state.late);
  let at = me.busy;
  let committed: string | null = null;
  let distance = state.distance + push(me, op) + push(op, me);
  for (const step of state.plan) {
    if (at >= late || at > state.planLeft) break;
    const move = moveNamed(me.character, step.action);
    if (move) committed = step.action;
    const frames = move ? totalFrames(move) : Math.min(step.frames ?? 0, late - at);
    if (!move) distance -= nearing(me.character, step.action) * frames;
    at += frames;
  }
  if (at < late) distance -= nearing(me.character, state.standing) * (late - at);
  const start = Math.max(late, at);
  if (op.busy === 0) distance -= nearing(op.character, op.doing) * Math.min(start, WALKS_ON);
  return { state, late, start, ahead: op.busy - start, distance: Math.max(NEAREST, distance), committed };
}

/** Pixels by which a blow that has just touched will still push the two apart. */
function push(touched: FighterState, other: FighterState): number {
  if (touched.stop === 0 || touched.stun === 0) return 0;
  return moveNamed(other.character, other.doing)?.push ?? 0;
}
