/**
 * The moves of all characters as flat tables, by character and action id, so that a frame looks a number up instead of walking
 * through objects.
 */
import { ACTIONS } from './actions.js';
import * as A from './arena.js';
import { CHARACTERS, characterMove } from './characters.js';
import { jumpHeights, totalFrames, type Move } from './moves.js';

const COUNT = ACTIONS.length;

/** Each character's move under each action id; held actions' places are null. */
const MOVE_AT: readonly (Move | null)[] = CHARACTERS.flatMap((_, character) => ACTIONS.map((__, id) => characterMove(character, id)));

const numbers = (of: (move: Move) => number): Int32Array => Int32Array.from(MOVE_AT, (move) => (move ? of(move) : 0));

/** Whole lengths of moves. */
export const TOTAL = numbers(totalFrames);
/** Pixels a frame in the air. */
export const DRIFT = numbers((m) => m.jump ?? 0);
export const IS_JUMP = numbers((m) => (m.jump === undefined ? 0 : 1));
/** Frame on which a projectile appears; 0 for other moves. */
export const SPAWN = numbers((m) => (m.projectile ? m.startup : 0));
export const ARMOURED = numbers((m) => m.armour ?? 0);
export const COST = numbers((m) => m.cost ?? 0);
export const CANCELS = numbers((m) => (m.cancels ? 1 : 0));
export const SPECIAL = numbers((m) => (m.special ? 1 : 0));
/** Pixels travelled a frame, and the first and last frame of it. */
export const TRAVEL = numbers((m) => m.travel?.speed ?? 0);
export const TRAVEL_FROM = numbers((m) => m.travel?.from ?? 0);
export const TRAVEL_TO = numbers((m) => m.travel?.to ?? 0);

export const WALK_FORWARD = Int32Array.from(CHARACTERS, (c) => c.walkForward);
export const WALK_BACKWARD = Int32Array.from(CHARACTERS, (c) => c.walkBack);
export const BALL_SPEED = Int32Array.from(CHARACTERS, (c) => c.ballSpeed);
/** Frames in the air of each character's jumps. */
export const AIR_FRAMES = Int32Array.from(CHARACTERS, (c) => c.air);

const LONGEST = Math.max(...CHARACTERS.map((c) => jumpHeights(c.air).length));
const HEIGHTS = Int32Array.from(
  CHARACTERS.flatMap((c) => {
    const heights = jumpHeights(c.air);
    return [...heights, ...Array<number>(LONGEST - heights.length).fill(0)];
  }),
);

/** Place in the tables of an action of the fighter at `f`. */
export function place(w: Int32Array, f: number, action: number): number {
  return w[f + A.CHARACTER]! * COUNT + action;
}

/** The move with an action id as the fighter at `f` has it, null for a held action. */
export function moveWith(w: Int32Array, f: number, action: number): Move | null {
  return MOVE_AT[w[f + A.CHARACTER]! * COUNT + action]!;
}

/** The move that the fighter at `f` makes, null when none runs. */
export function moveOf(w: Int32Array, f: number): Move | null {
  return MOVE_AT[w[f + A.CHARACTER]! * COUNT + w[f + A.MOVE]!]!;
}

/** Height of the feet of the fighter at `f` on a frame of its jump. */
export function jumpHeight(w: Int32Array, f: number, frame: number): number {
  return HEIGHTS[w[f + A.CHARACTER]! * LONGEST + frame]!;
}
