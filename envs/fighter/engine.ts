/**
 * One frame of the fight, in named phases: pause, hold, input, request, move, slide, push, contact, projectile, round. Integers
 * only, and every phase treats both fighters alike before either's result is applied, so mirrored inputs give mirrored fights.
 */
import { GUARD_HIGH, GUARD_LOW, HALF, HELD_COUNT, WAIT, WALK_BACK, WALK_FWD } from './actions.js';
import * as A from './arena.js';
import { contact } from './contact.js';
import { grab } from './grab.js';
import { BALL, LIFT, THROW_SAFE } from './moves.js';
import { pause, round } from './round.js';
import * as T from './tables.js';
import { record } from './touch.js';

/** Pixels of slide, and of falling while knocked down, in one frame. */
const SLIDE_SPEED = 5;
const FALL_SPEED = 8;

/** Plays one frame. */
export function step(arena: A.Arena): void {
  const { w } = arena;
  w[A.FRAME]!++;
  if (w[A.OVER] === 1) return;
  if (w[A.LIVE] === 0) {
    pause(arena);
    return;
  }
  const f = A.base(0);
  const g = A.base(1);
  const firstStill = hold(w, f);
  const secondStill = hold(w, g);
  grab(w);
  if (!firstStill) release(w, f);
  if (!secondStill) release(w, g);
  face(w);
  if (!firstStill) request(w, f);
  if (!secondStill) request(w, g);
  fly(w, f);
  fly(w, g);
  if (!firstStill) move(w, f);
  if (!secondStill) move(w, g);
  slides(w, firstStill, secondStill);
  push(w);
  contact(w, firstStill, secondStill);
  projectiles(w);
  round(arena);
}

/** Hold: whether a fighter stands still in this frame, by hitstop (which counts down) or a grab. */
function hold(w: Int32Array, f: number): boolean {
  if (w[f + A.STOP]! > 0) {
    w[f + A.STOP]!--;
    return true;
  }
  return w[f + A.GRAB]! > 0;
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
      w[f + A.COMBO] = 0;
      w[f + A.COUNTERED] = 0;
    }
  } else if (w[f + A.MOVE] !== 0 && w[f + A.MOVE_FRAME]! >= T.TOTAL[T.place(w, f, w[f + A.MOVE]!)]!) {
    w[f + A.MOVE] = 0;
    w[f + A.MOVE_FRAME] = 0;
    w[f + A.ARMOUR] = 0;
    w[f + A.CHANGED] = w[A.FRAME]!;
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

/** Request: a free fighter begins the plan's next step, or does what its standing order says; a blow that has touched may be cancelled. */
function request(w: Int32Array, f: number): void {
  if (!isFree(w, f)) {
    if (w[f + A.TOUCHED] === 1) cancel(w, f);
    return;
  }
  let held = w[f + A.STANDING]!;
  const action = nextStep(w, f);
  if (action >= HELD_COUNT) {
    begin(w, f, action);
    return;
  }
  if (action < 0) w[f + A.IDLE]!++;
  else {
    held = action;
    const at = w[f + A.PLAN_AT]!;
    if (++w[f + A.STEP_USED]! >= w[f + A.STEP_FRAMES + at]!) endStep(w, f);
  }
  w[f + A.HELD] = held;
  w[f + A.GUARD] = held === GUARD_LOW ? A.LOW_GUARD : held === GUARD_HIGH ? A.HIGH_GUARD : A.NO_GUARD;
}

/** Cancel: on the first frame after the hitstop of a blow that allows it, a special that the plan has next begins. */
function cancel(w: Int32Array, f: number): void {
  w[f + A.TOUCHED] = 2;
  if (w[f + A.STUN_KIND] !== A.NO_STUN || T.CANCELS[T.place(w, f, w[f + A.MOVE]!)] === 0) return;
  const action = nextStep(w, f);
  if (action >= HELD_COUNT && T.SPECIAL[T.place(w, f, action)] === 1) begin(w, f, action);
}

/** The action of the plan's next step, -1 when there is none. Steps that cannot begin are dropped: a second projectile, a move without its meter. */
function nextStep(w: Int32Array, f: number): number {
  while (w[f + A.PLAN_AT]! < w[f + A.PLAN_LENGTH]!) {
    const action = w[f + A.STEP_ACTION + w[f + A.PLAN_AT]!]!;
    const at = T.place(w, f, action);
    if (!(T.SPAWN[at]! > 0 && w[f + A.BALL_ON] === 1) && w[f + A.METER]! >= T.COST[at]!) return action;
    endStep(w, f);
  }
  return -1;
}

function endStep(w: Int32Array, f: number): void {
  w[f + A.PLAN_AT]!++;
  w[f + A.STEP_USED] = 0;
  A.endPlanWhenDone(w, f);
}

/** Begins the move that is the plan's next step. */
function begin(w: Int32Array, f: number, action: number): void {
  const at = T.place(w, f, action);
  w[f + A.METER]! -= T.COST[at]!;
  w[f + A.MOVE] = action;
  w[f + A.MOVE_FRAME] = 0;
  w[f + A.TOUCHED] = 0;
  w[f + A.GUARD] = A.NO_GUARD;
  w[f + A.HELD] = WAIT;
  w[f + A.ARMOUR] = T.ARMOURED[at]!;
  w[f + A.CHANGED] = w[A.FRAME]!;
  endStep(w, f);
}

/** A projectile flies on, whatever holds its thrower. */
function fly(w: Int32Array, f: number): void {
  if (w[f + A.BALL_ON] === 1) w[f + A.BALL_X]! += T.BALL_SPEED[w[f + A.CHARACTER]!]! * w[f + A.BALL_DIRECTION]!;
}

/** Move: moves advance a frame; walking, travelling, jumping and falling change positions; projectiles appear. */
function move(w: Int32Array, f: number): void {
  const action = w[f + A.MOVE]!;
  const facing = w[f + A.FACE]!;
  if (w[f + A.STUN_KIND] !== A.NO_STUN) {
    if (w[f + A.Y]! > 0) w[f + A.Y] = Math.max(0, w[f + A.Y]! - FALL_SPEED);
  } else if (action !== 0) {
    const at = T.place(w, f, action);
    const frame = ++w[f + A.MOVE_FRAME]!;
    if (T.IS_JUMP[at] === 1) {
      w[f + A.Y] = T.jumpHeight(w, f, frame);
      if (frame > LIFT && frame <= LIFT + T.AIR_FRAMES[w[f + A.CHARACTER]!]!) w[f + A.X]! += T.DRIFT[at]! * facing;
    }
    if (frame >= T.TRAVEL_FROM[at]! && frame <= T.TRAVEL_TO[at]!) w[f + A.X]! += T.TRAVEL[at]! * facing;
    if (frame === T.SPAWN[at]) {
      w[f + A.BALL_ON] = 1;
      w[f + A.BALL_X] = w[f + A.X]! + BALL.offset * facing;
      w[f + A.BALL_DIRECTION] = facing;
      w[f + A.BALL_TOUCHED] = 0;
    }
  } else if (w[f + A.HELD] === WALK_FWD) w[f + A.X]! += T.WALK_FORWARD[w[f + A.CHARACTER]!]! * facing;
  else if (w[f + A.HELD] === WALK_BACK) w[f + A.X]! -= T.WALK_BACKWARD[w[f + A.CHARACTER]!]! * facing;
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
function slides(w: Int32Array, firstStill: boolean, secondStill: boolean): void {
  const f = A.base(0);
  const g = A.base(1);
  const first = firstStill ? 0 : slide(w, f);
  const second = secondStill ? 0 : slide(w, g);
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
    A.endBall(w, f);
    A.endBall(w, g);
  }
  for (let seat = 0; seat < 2; seat++) {
    const b = A.base(seat);
    if (w[b + A.BALL_ON] === 0) continue;
    const x = w[b + A.BALL_X]!;
    if (w[b + A.BALL_TOUCHED] === 1 || x < -BALL.half || x > A.STAGE + BALL.half) A.endBall(w, b);
  }
}
