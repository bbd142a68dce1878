/**
 * The whole state of a fight as one Int32Array: copying it is a snapshot, hashing it is the digest. Here is where each
 * integer lies; what they mean to the rules is in engine.ts and contact.ts.
 */
import type { Options } from './options.js';

/** Width of the stage, and the number of frames in a second. */
export const STAGE = 800;
export const FPS = 60;
/** Half the distance between the fighters when a round begins lies in this range, drawn anew each round. */
export const START_HALF_GAP = { low: 108, high: 132 };
/** Frames at their marks before a round, and the range of the pause after a round before that. */
export const READY = 20;
export const PAUSE = { low: 20, high: 40 };

export const STAND_HEIGHT = 88;
export const CROUCH_HEIGHT = 62;
export const AIR_HEIGHT = 70;

/** Places of the match. KEY and DRAWS are the generator; LIVE is 1 while a round is being fought. */
export const FRAME = 0;
export const KEY = 1;
export const DRAWS = 2;
export const ROUND = 3;
export const TIMER = 4;
export const PAUSE_LEFT = 5;
export const LIVE = 6;
export const OVER = 7;
export const HIT_COUNT = 8;
/** Frames fought, pauses not counted. */
export const LIVE_FRAMES = 9;
/** A ring of the last contacts: frame, seat, kind, action, damage, x, y. */
export const HITS = 10;
export const HIT_RING = 4;
export const HIT_SIZE = 7;
const HEAD = HITS + HIT_RING * HIT_SIZE;

/** Places of a fighter, counted from its base. Those before MOVE and after BALL_TOUCHED outlast a round. */
export const X = 0;
export const Y = 1;
export const FACE = 2;
export const HEALTH = 3;
export const WINS = 4;
/** Permille of health by which finished rounds were won or lost. */
export const POINTS = 5;
/** Action id of the move that runs (0: none; id 0 is a held action) and its frame, from 1. */
export const MOVE = 6;
export const MOVE_FRAME = 7;
/** 1 once the move has touched, 2 when its time to be cancelled is past as well. */
export const TOUCHED = 8;
export const STUN = 9;
export const STUN_KIND = 10;
/** Action id held this frame, meaningful while no move or stun runs. */
export const HELD = 11;
export const GUARD = 12;
/** Pixels still to slide, signed. */
export const SLIDE = 13;
export const ARMOUR = 14;
export const SAFE = 15;
/** Frames of hitstop left. */
export const STOP = 16;
/** Frames until a throw that holds does harm, in both fighters; the one held has stun kind `GRABBED`. */
export const GRAB = 17;
/** Hits suffered in the running combo, and 1 while the running stun is from a counter-hit. */
export const COMBO = 18;
export const COUNTERED = 19;
export const STANDING = 20;
export const PLAN_LENGTH = 21;
export const PLAN_AT = 22;
export const PLAN_LEFT = 23;
/** Frames of the current held step already done. */
export const STEP_USED = 24;
export const STEP_ACTION = 25;
export const STEP_FRAMES = 29;
export const BALL_ON = 33;
export const BALL_X = 34;
export const BALL_DIRECTION = 35;
export const BALL_TOUCHED = 36;
/** Counts for results: contacts by kind, and damage dealt. */
export const HITS_LANDED = 37;
export const HITS_BLOCKED = 38;
export const THROWS = 39;
export const DAMAGE = 40;
export const PLANS = 41;
/** Place in the table of characters. */
export const CHARACTER = 42;
/** 0 to 100, kept over rounds. */
export const METER = 43;
/** World frame at which a move of this fighter last began or ended, a stun began, or a round put it at its mark. */
export const CHANGED = 44;
/** The seat's own last measured latency in frames; 0 before the first. */
export const LATENCY = 45;
/** Answers that landed in a changed world; frames free while no plan ran; longest combo dealt. */
export const STALE = 46;
export const IDLE = 47;
export const BEST_COMBO = 48;
const FIGHTER = 49;

/** An even number. */
export const SIZE = HEAD + 2 * FIGHTER;

/** Where a seat's fighter begins. */
export const base = (seat: number): number => HEAD + seat * FIGHTER;

export const NO_GUARD = 0;
export const LOW_GUARD = 1;
export const HIGH_GUARD = 2;

export const NO_STUN = 0;
export const HIT_STUN = 1;
export const BLOCK_STUN = 2;
export const KNOCKDOWN = 3;
/** Held by a throw that has not done harm yet. */
export const GRABBED = 4;

export const CONTACT_KINDS = ['hit', 'block', 'throw', 'armour', 'tech', 'clash', 'counter'] as const;
export type ContactKind = (typeof CONTACT_KINDS)[number];

/** The state's integers together with the options they are read by. */
export type Arena = { readonly w: Int32Array; readonly options: Options };

/** Drops what is left of a plan. */
export function clearPlan(w: Int32Array, f: number): void {
  w.fill(0, f + PLAN_LENGTH, f + BALL_ON);
}

/** Drops a plan whose steps are all done. */
export function endPlanWhenDone(w: Int32Array, f: number): void {
  if (w[f + PLAN_LENGTH]! > 0 && w[f + PLAN_AT]! >= w[f + PLAN_LENGTH]!) clearPlan(w, f);
}

/** Takes a fighter's projectile away. */
export function endBall(w: Int32Array, f: number): void {
  w.fill(0, f + BALL_ON, f + BALL_TOUCHED + 1);
}

/**
 * All integers of the state folded into two independent 32-bit words, each by rotating, taking an integer in and multiplying by an odd
 * constant of its own: every step can be undone, so that states that differ in one integer never fold alike. Even and odd places have
 * lanes of their own, because a processor works on four at a time; in local variables, because this runs on every frame. The world's
 * digest is taken over the two words, and mixes them further.
 */
export function fold(w: Int32Array): [number, number] {
  let a = 0x2f0b4c47;
  let b = 0x61c88647;
  let c = 0x3c6ef372;
  let d = 0x1b56c4e9;
  for (let i = 0; i < SIZE; i += 2) {
    const even = w[i]!;
    const odd = w[i + 1]!;
    a = (Math.imul(((a << 15) | (a >>> 17)) ^ even, 0xcc9e2d51) + i) | 0;
    b = (Math.imul(((b << 11) | (b >>> 21)) ^ even, 0x85ebca6b) + i) | 0;
    c = (Math.imul(((c << 13) | (c >>> 19)) ^ odd, 0x1b873593) + i) | 0;
    d = (Math.imul(((d << 7) | (d >>> 25)) ^ odd, 0xc2b2ae35) + i) | 0;
  }
  return [a ^ ((c << 16) | (c >>> 16)), b ^ ((d << 16) | (d >>> 16))];
}
