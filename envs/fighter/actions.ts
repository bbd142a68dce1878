/**
 * The action table: held actions and moves under one numbering. Prompt text, parser, writer, plan schema and engine all
 * read this table, so they cannot disagree.
 */
import { MOVES, travelOf, type Move } from './moves.js';

export type ActionEntry = {
  id: number;
  name: string;
  /** The first character's move; null for a held action, which lasts as many frames as asked. */
  move: Move | null;
  about: string;
};

/** Pixels a frame, of the first character. */
export const WALK_FORWARD_SPEED = 3;
export const WALK_BACK_SPEED = 2;

/** The held actions: name, and what it is. */
export const HELD: readonly [string, string][] = [
  ['guard_low', 'crouch and guard: stops low and mid, not high or throw'],
  ['guard_high', 'stand and guard: stops high and mid, not low or throw'],
  ['wait', 'stand still'],
  ['walk_fwd', `walk towards the opponent, ${WALK_FORWARD_SPEED} px a frame`],
  ['walk_back', `walk away, ${WALK_BACK_SPEED} px a frame`],
];

/** Every action; an action's id is its place. Held ones first, the default standing order before all. */
export const ACTIONS: readonly ActionEntry[] = [
  ...HELD.map(([name, about], id) => ({ id, name, move: null, about })),
  ...MOVES.map((move, i) => ({ id: HELD.length + i, name: move.name, move, about: move.about })),
];

export const HELD_COUNT = HELD.length;
export const GUARD_LOW = 0;
export const GUARD_HIGH = 1;
export const WAIT = 2;
export const WALK_FWD = 3;
export const WALK_BACK = 4;

export const STANDING_ORDERS: readonly string[] = HELD.map(([name]) => name);

/** A plan has at most this many steps; what has not begun `PLAN_FRAMES` after it landed is dropped. */
export const PLAN_STEPS = 4;
export const PLAN_FRAMES = 40;
/** Frames of a held action whose number is left out. */
export const HELD_DEFAULT = 12;

/** The one word that is a whole plan without being an action: go on with what is left of the plan. */
export const KEEP = 'keep';

const BY_NAME = new Map(ACTIONS.map((entry) => [entry.name, entry]));

/** The entry of that name (lower case, underscores), if there is one. */
export function actionNamed(name: string): ActionEntry | undefined {
  return BY_NAME.get(name);
}

/** The first character's move of an action id that is one; held ids have none. */
export function moveOf(id: number): Move {
  return ACTIONS[id]!.move!;
}

/** Half the width of a body. */
export const HALF = 18;

/** Distance between centres, as it is when the move begins, under which the move touches a body that stands still. */
export function contactDistance(move: Move): number {
  return move.reach + HALF + travelOf(move);
}
