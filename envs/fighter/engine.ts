/**
 * One frame of the fight, in named phases: pause, input, request, move, slide, push, contact, projectile, round. Integers only, and
 * every phase treats both fighters alike before either's result is applied, so mirrored inputs give mirrored fights.
 */
import { Stream } from '../random.js';
import {
  GUARD_HIGH,
  GUARD_LOW,
  HALF,
  HELD_COUNT,
  WAIT,
  WALK_BACK_SPEED,
  WALK_FORWARD_SPEED,
  WALK_BACK,
  WALK_FWD,
  ACTIONS,
} from './actions.js';
import * as A from './arena.js';
import { contact, record } from './contact.js';
import { BALL, LIFT, AIR, THROW_SAFE, jumpHeights, totalFrames } from './moves.js';

/** Pixels of slide, and of falling while knocked down, in one frame. */
const SLIDE_SPEED = 5;
const FALL_SPEED = 8;

const JUMP_HEIGHT = jumpHeights(AIR);
const TOTAL = Int32Array.from(ACTIONS, (a) => (a.move ? totalFrames(a.move) : 0));
const DRIFT = Int32Array.from(ACTIONS, (a) => a.move?.jump ?? 0);
const IS_JUMP = Uint8Array.from(ACTIONS, (a) => (a.move?.jump === undefined ? 0 : 1));
const SPAWN = Int32Array.from(ACTIONS, (a) => (a.move?.projectile ? a.move.startup : 0));
const ARMOURED = Int32Array.from(ACTIONS, (a) => a.move?.armour ?? 0);

/** Whole length in frames of the move with this action id. */
export const moveTotal = (id: number): number => TOTAL[id]!;

/** Plays one frame. */
export function step(arena: A.Arena): void {
  const { w } = arena;
  w[A.FRAME]!++;
  if (w[A.OVER] === 1) return;
  if (w[A.LIVE] === 0) {
    pause(arena);
    return;
  }
  for (let seat = 0; seat < 2; seat++) release(w, A.base(seat));
  face(w);
  for (let seat = 0; seat < 2; seat++) request(w, A.base(seat));
  for (let seat = 0; seat < 2; seat++) move(w, A.base(seat));
  slides(w);
  push(w);
  contact(w);
  projectiles(w);
  round(arena);
}

/** Pause: nothing moves; the last frames of it show the next round's marks; when it is over the round begins. */
function pause(arena: A.Arena): void {
  const { w } = arena;
  if (--w[A.PAUSE_LEFT]! === A.READY && w[A.FRAME]! > A.READY) {
    w[A.ROUND]!++;
    startRound(arena);
  }
  if (w[A.PAUSE_LEFT]! <= 0) w[A.LIVE] = 1;
}

/** Input: counts down what holds a fighter and its plan's life, and frees it when its move or stun has run out. */
function release(w: Int32Array, f: number): void {
  if (w[f + A.PLAN_LEFT]! > 0) w[f + A.PLAN_LEFT]!--;
  else if (w[f + A.PLAN_LENGTH]! > 0) A.clearPlan(w, f);
  if (w[f + A.SAFE]! > 0) w[f + A.SAFE]!--;
  if (w[f + A.STUN_KIND] !== A.NO_STUN) {
    if (w[f + A.STUN]! > 0) w[f + A.STUN]!--;
    else {
      w[f + A.STUN_KIND] = A.NO_STUN;
      w[f + A.GUARD] = A.NO_GUARD;
      w[f + A.SAFE] = THROW_SAFE;
    }
  } else if (w[f + A.MOVE] !== 0 && w[f + A.MOVE_FRAME]! >= TOTAL[w[f + A.MOVE]!]!) {
    w[f + A.MOVE] = 0;
    w[f + A.MOVE_FRAME] = 0;
    w[f + A.ARMOUR] = 0;
  }
}

const isFree = (w: Int32Array, f: number): boolean => w[f + A.MOVE] === 0 && w[f + A.STUN_KIND] === A.NO_STUN;

/** Free fighters turn to each other, by where both stood at the end of the last frame. */
function face(w: Int32Array): void {
  const f = A.base(0);
  const g = A.base(1);
  const d = w[g + A.X]! - w[f + A.X]!;
  if (d === 0) return;
  const side = d > 0 ? 1 : -1;
  if (isFree(w, f)) w[f + A.FACE] = side;
  if (isFree(w, g)) w[g + A.FACE] = -side;
}

/** Request: a free fighter begins the plan's next step, or does what its standing order says. */
function request(w: Int32Array, f: number): void {
  if (!isFree(w, f)) return;
  let held = w[f + A.STANDING]!;
  while (w[f + A.PLAN_AT]! < w[f + A.PLAN_LENGTH]!) {
    const at = w[f + A.PLAN_AT]!;
    const action = w[f + A.STEP_ACTION + at]!;
    if (action >= HELD_COUNT) {
      w[f + A.PLAN_AT]!++;
      w[f + A.STEP_USED] = 0;
      if (SPAWN[action]! > 0 && w[f + A.BALL_ON] === 1) continue;
      w[f + A.MOVE] = action;
      w[f + A.MOVE_FRAME] = 0;
      w[f + A.TOUCHED] = 0;
      w[f + A.GUARD] = A.NO_GUARD;
      w[f + A.HELD] = WAIT;
      w[f + A.ARMOUR] = ARMOURED[action]!;
      endPlanWhenDone(w, f);
      return;
    }
    held = action;
    if (++w[f + A.STEP_USED]! >= w[f + A.STEP_FRAMES + at]!) {
      w[f + A.PLAN_AT]!++;
      w[f + A.STEP_USED] = 0;
      endPlanWhenDone(w, f);
    }
    break;
  }
  endPlanWhenDone(w, f);
  w[f + A.HELD] = held;
  w[f + A.GUARD] = held === GUARD_LOW ? A.LOW_GUARD : held === GUARD_HIGH ? A.HIGH_GUARD : A.NO_GUARD;
}

function endPlanWhenDone(w: Int32Array, f: number): void {
  if (w[f + A.PLAN_LENGTH]! > 0 && w[f + A.PLAN_AT]! >= w[f + A.PLAN_LENGTH]!) A.clearPlan(w, f);
}

/** Move: moves advance a frame; walking, jumping and falling change positions; projectiles appear and fly. */
function move(w: Int32Array, f: number): void {
  const action = w[f + A.MOVE]!;
  const facing = w[f + A.FACE]!;
  if (w[f + A.STUN_KIND] !== A.NO_STUN) {
    if (w[f + A.Y]! > 0) w[f + A.Y] = Math.max(0, w[f + A.Y]! - FALL_SPEED);
  } else if (action !== 0) {
    const frame = ++w[f + A.MOVE_FRAME]!;
    if (IS_JUMP[action] === 1) {
      w[f + A.Y] = JUMP_HEIGHT[frame]!;
      if (frame > LIFT && frame <= LIFT + AIR) w[f + A.X]! += DRIFT[action]! * facing;
    }
  } else if (w[f + A.HELD] === WALK_FWD) w[f + A.X]! += WALK_FORWARD_SPEED * facing;
  else if (w[f + A.HELD] === WALK_BACK) w[f + A.X]! -= WALK_BACK_SPEED * facing;
  if (w[f + A.BALL_ON] === 1) w[f + A.BALL_X]! += BALL.speed * w[f + A.BALL_DIRECTION]!;
  if (action !== 0 && SPAWN[action] === w[f + A.MOVE_FRAME] && SPAWN[action]! > 0 && w[f + A.STUN_KIND] === A.NO_STUN) {
    w[f + A.BALL_ON] = 1;
    w[f + A.BALL_X] = w[f + A.X]! + BALL.offset * facing;
    w[f + A.BALL_DIRECTION] = facing;
    w[f + A.BALL_TOUCHED] = 0;
  }
}

/** Slides a pushed fighter; returns what a wall held back, which the other fighter gets instead. */
function slide(w: Int32Array, f: number): number {
  const left = w[f + A.SLIDE]!;
  if (left === 0) return 0;
  const now = left > 0 ? Math.min(left, SLIDE_SPEED) : Math.max(left, -SLIDE_SPEED);
  w[f + A.SLIDE]! -= now;
  w[f + A.X]! += now;
  const over = outside(w[f + A.X]!);
  if (over === 0) return 0;
  w[f + A.SLIDE] = 0;
  return -(over + left - now);
}

/** Slide: both first, then what walls gave back, so that no seat goes before the other. */
function slides(w: Int32Array): void {
  const f = A.base(0);
  const g = A.base(1);
  const first = slide(w, f);
  const second = slide(w, g);
  if (first !== 0 && w[g + A.Y] === 0 && w[g + A.SLIDE] === 0) w[g + A.SLIDE] = first;
  if (second !== 0 && w[f + A.Y] === 0 && w[f + A.SLIDE] === 0) w[f + A.SLIDE] = second;
}

/** Pixels by which a body's centre is past the wall it leans on, signed; 0 inside. */
function outside(x: number): number {
  return x < HALF ? x - HALF : x > A.STAGE - HALF ? x - (A.STAGE - HALF) : 0;
}

/** Push: bodies that overlap give way to each other by halves; nobody leaves the stage. */
function push(w: Int32Array): void {
  const f = A.base(0);
  const g = A.base(1);
  w[f + A.X]! -= outside(w[f + A.X]!);
  w[g + A.X]! -= outside(w[g + A.X]!);
  if (Math.abs(w[f + A.Y]! - w[g + A.Y]!) >= A.AIR_HEIGHT) return;
  const d = w[g + A.X]! - w[f + A.X]!;
  const overlap = 2 * HALF - Math.abs(d);
  if (overlap <= 0) return;
  // On the very same spot facing decides, or else the seat: both mirror with the players.
  const side = d !== 0 ? (d > 0 ? 1 : -1) : w[f + A.FACE]! !== w[g + A.FACE]! ? w[f + A.FACE]! : 1;
  const half = (overlap + 1) >> 1;
  w[f + A.X]! -= half * side;
  w[g + A.X]! += half * side;
  const past = outside(w[f + A.X]!);
  const pastOther = outside(w[g + A.X]!);
  w[f + A.X]! -= past + pastOther;
  w[g + A.X]! -= past + pastOther;
}

/** Projectile: those that meet vanish, those that touched or left the stage are gone. */
function projectiles(w: Int32Array): void {
  const f = A.base(0);
  const g = A.base(1);
  if (w[f + A.BALL_ON] === 1 && w[g + A.BALL_ON] === 1 && Math.abs(w[f + A.BALL_X]! - w[g + A.BALL_X]!) < 2 * BALL.half) {
    record(w, 0, 'clash', w[f + A.MOVE]!, 0, (w[f + A.BALL_X]! + w[g + A.BALL_X]!) >> 1, BALL.bottom);
    endBall(w, f);
    endBall(w, g);
  }
  for (let seat = 0; seat < 2; seat++) {
    const b = A.base(seat);
    if (w[b + A.BALL_ON] === 0) continue;
    const x = w[b + A.BALL_X]!;
    if (w[b + A.BALL_TOUCHED] === 1 || x < -BALL.half || x > A.STAGE + BALL.half) endBall(w, b);
  }
}

function endBall(w: Int32Array, f: number): void {
  w.fill(0, f + A.BALL_ON, f + A.BALL_TOUCHED + 1);
}

/** A fighter's lead in permille of full health. */
export function lead({ w, options }: A.Arena, seat: number): number {
  const own = Math.floor((w[A.base(seat) + A.HEALTH]! * 1000) / options.health);
  const other = Math.floor((w[A.base(1 - seat) + A.HEALTH]! * 1000) / options.health);
  return own - other;
}

/** Round: the clock runs; a knockout or its end closes the round, and the match when it is decided. */
function round(arena: A.Arena): void {
  const { w, options } = arena;
  w[A.TIMER]!--;
  const f = A.base(0);
  const g = A.base(1);
  const a = w[f + A.HEALTH]!;
  const b = w[g + A.HEALTH]!;
  if (a > 0 && b > 0 && w[A.TIMER]! > 0) return;
  if (a > b) w[f + A.WINS]!++;
  if (b > a) w[g + A.WINS]!++;
  const ahead = lead(arena, 0);
  w[f + A.POINTS]! += ahead;
  w[g + A.POINTS]! -= ahead;
  w[A.LIVE] = 0;
  A.clearPlan(w, f);
  A.clearPlan(w, g);
  const decided = Math.max(w[f + A.WINS]!, w[g + A.WINS]!) * 2 > options.rounds;
  if (decided || w[A.ROUND]! >= options.rounds) {
    w[A.OVER] = 1;
    return;
  }
  w[A.PAUSE_LEFT] = A.READY + draw(w, A.PAUSE);
}

/** One draw from the match's stream, whose position is part of the state. */
function draw(w: Int32Array, range: { low: number; high: number }): number {
  const stream = new Stream(w[A.KEY]! >>> 0, 0);
  stream.counter = w[A.DRAWS]!++;
  return stream.between(range.low, range.high);
}

/** Puts both fighters at their marks, in full health. */
export function startRound({ w, options }: A.Arena): void {
  const half = draw(w, A.START_HALF_GAP);
  w[A.TIMER] = options.roundSeconds * A.FPS;
  for (let seat = 0; seat < 2; seat++) {
    const f = A.base(seat);
    const side = seat === 0 ? -1 : 1;
    w[f + A.X] = A.STAGE / 2 + side * half;
    w[f + A.Y] = 0;
    w[f + A.FACE] = -side;
    w[f + A.HEALTH] = options.health;
    w.fill(0, f + A.MOVE, f + A.STANDING);
    w[f + A.HELD] = WAIT;
    endBall(w, f);
  }
}
