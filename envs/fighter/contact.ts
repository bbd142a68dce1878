/**
 * Who touches whom on a frame. Both fighters' blows, projectiles and throws are tested on the same state before any of them
 * is applied, so that trades happen and no seat is favoured.
 */
import { ACTIONS, HALF } from './actions.js';
import * as A from './arena.js';
import { seize } from './grab.js';
import { BALL, LIFT } from './moves.js';
import { moveOf } from './tables.js';
import { apply, tech, type Stance } from './touch.js';

const BALL_ACTION = ACTIONS.findIndex((a) => a.move?.projectile);

const NOTHING = 0;
const BLOW = 1;
const THROW = 2;

/** Tests, then applies, all contacts of this frame. A fighter that is frozen (`still`) does not touch; its projectile does. */
export function contact(w: Int32Array, firstStill: boolean, secondStill: boolean): void {
  const f = A.base(0);
  const g = A.base(1);
  if (w[f + A.GRAB]! > 0) return;
  let first = firstStill ? NOTHING : blow(w, f, g);
  let second = secondStill ? NOTHING : blow(w, g, f);
  const firstBall = ball(w, f, g);
  const secondBall = ball(w, g, f);
  if (first + second === 0 && !firstBall && !secondBall) return;
  // A blow or projectile beats a throw that would connect on the same frame; two throws, or a throw into one that has begun, come apart.
  const balls = firstBall || secondBall;
  const blows = first === BLOW || second === BLOW;
  if (first === THROW && (blows || balls)) first = NOTHING;
  if (second === THROW && (blows || balls)) second = NOTHING;
  if ((first === THROW && throwing(w, g)) || (second === THROW && throwing(w, f))) {
    tech(w);
    first = second = NOTHING;
  }
  // Both as they were before anything was applied.
  const firstStance = stance(w, f);
  const secondStance = stance(w, g);
  const firstMove = w[f + A.MOVE]!;
  const secondMove = w[g + A.MOVE]!;
  if (first !== NOTHING) w[f + A.TOUCHED] = 1;
  if (second !== NOTHING) w[g + A.TOUCHED] = 1;
  if (firstBall) w[f + A.BALL_TOUCHED] = 1;
  if (secondBall) w[g + A.BALL_TOUCHED] = 1;
  if (first === THROW) seize(w, f, g);
  if (second === THROW) seize(w, g, f);
  if (first === BLOW) apply(w, 0, firstMove, secondStance);
  if (second === BLOW) apply(w, 1, secondMove, firstStance);
  if (firstBall) apply(w, 0, BALL_ACTION, secondStance);
  if (secondBall) apply(w, 1, BALL_ACTION, firstStance);
}

function stance(w: Int32Array, d: number): Stance {
  return { guard: w[d + A.GUARD]!, airborne: w[d + A.Y]! > 0, counter: striking(w, d) };
}

/** In the startup or active frames of a blow, throw or projectile: a hit is then a counter-hit. */
function striking(w: Int32Array, d: number): boolean {
  const move = moveOf(w, d);
  return move !== null && move.level !== 'none' && w[d + A.MOVE_FRAME]! < move.startup + move.active;
}

/** Cannot be touched: knocked down, or on the first frames of some moves. */
export function invincible(w: Int32Array, d: number): boolean {
  if (w[d + A.STUN_KIND] === A.KNOCKDOWN || w[d + A.GRAB]! > 0) return true;
  const move = moveOf(w, d);
  return move?.invincible !== undefined && w[d + A.MOVE_FRAME]! <= move.invincible;
}

/** Height of the box in which a fighter can be hit. */
export function hurtHeight(w: Int32Array, d: number): number {
  if (w[d + A.Y]! > 0) return A.AIR_HEIGHT;
  if (w[d + A.GUARD] === A.LOW_GUARD) return A.CROUCH_HEIGHT;
  return moveOf(w, d)?.crouching ? A.CROUCH_HEIGHT : A.STAND_HEIGHT;
}

/** What the attacker at `a` does to the one at `d` on this frame by its own body. */
function blow(w: Int32Array, a: number, d: number): number {
  const move = moveOf(w, a);
  if (!move || move.reach === 0 || w[a + A.TOUCHED]! > 0 || w[a + A.STUN_KIND] !== A.NO_STUN) return NOTHING;
  const frame = w[a + A.MOVE_FRAME]!;
  if (frame < move.startup || frame >= move.startup + move.active || invincible(w, d)) return NOTHING;
  const distance = (w[d + A.X]! - w[a + A.X]!) * w[a + A.FACE]!;
  if (distance >= move.reach + HALF || distance <= -HALF) return NOTHING;
  if (move.level === 'throw') return throwable(w, d) ? THROW : NOTHING;
  const bottom = w[a + A.Y]! + move.bottom;
  const top = w[a + A.Y]! + move.top;
  return top > w[d + A.Y]! && bottom < w[d + A.Y]! + hurtHeight(w, d) ? BLOW : NOTHING;
}

/** On the floor, not leaving it, not stunned and not just risen. */
function throwable(w: Int32Array, d: number): boolean {
  if (w[d + A.Y]! > 0 || w[d + A.STUN_KIND] !== A.NO_STUN || w[d + A.SAFE]! > 0) return false;
  return !(moveOf(w, d)?.jump !== undefined && w[d + A.MOVE_FRAME]! <= LIFT);
}

function throwing(w: Int32Array, d: number): boolean {
  const move = moveOf(w, d);
  return move?.level === 'throw' && w[d + A.STUN_KIND] === A.NO_STUN && w[d + A.MOVE_FRAME]! < move.startup + move.active;
}

function ball(w: Int32Array, a: number, d: number): boolean {
  if (w[a + A.BALL_ON] === 0 || w[a + A.BALL_TOUCHED] === 1 || invincible(w, d)) return false;
  if (Math.abs(w[a + A.BALL_X]! - w[d + A.X]!) >= BALL.half + HALF) return false;
  return BALL.top > w[d + A.Y]! && BALL.bottom < w[d + A.Y]! + hurtHeight(w, d);
}
