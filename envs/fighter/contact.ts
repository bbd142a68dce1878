/**
 * Who touches whom on a frame. Both fighters' blows, projectiles and throws are tested on the same state before any of them
 * is applied, so that trades happen and no seat is favoured.
 */
import { ACTIONS, HALF } from './actions.js';
import * as A from './arena.js';
import { BALL, DOWN, LIFT, MOVES, TECH, stunFrames, type Move } from './moves.js';

/** The move of each action id; the held actions' places are empty. */
const MOVE_OF: readonly (Move | null)[] = ACTIONS.map((a) => a.move);
const BALL_ACTION = ACTIONS.findIndex((a) => a.move?.projectile);
const THROW_ACTION = ACTIONS.findIndex((a) => a.move?.level === 'throw');
const BALL_MOVE = MOVES.find((m) => m.projectile)!;

const NOTHING = 0;
const BLOW = 1;
const THROW = 2;

/** Tests, then applies, all contacts of this frame. */
export function contact(w: Int32Array): void {
  const f = A.base(0);
  const g = A.base(1);
  let first = blow(w, f, g);
  let second = blow(w, g, f);
  const firstBall = ball(w, f, g);
  const secondBall = ball(w, g, f);
  if (first + second === 0 && !firstBall && !secondBall) return;
  // A blow or projectile beats a throw that would connect on the same frame; two throws, or a throw into one that has begun, come apart.
  if (first === THROW && (second === BLOW || secondBall)) first = NOTHING;
  if (second === THROW && (first === BLOW || firstBall)) second = NOTHING;
  if ((first === THROW && throwing(w, g)) || (second === THROW && throwing(w, f))) {
    tech(w, f, g);
    first = second = NOTHING;
  }
  // Guards as they were before anything was applied.
  const firstGuard = w[f + A.GUARD]!;
  const secondGuard = w[g + A.GUARD]!;
  const firstMove = w[f + A.MOVE]!;
  const secondMove = w[g + A.MOVE]!;
  const firstAir = w[f + A.Y]! > 0;
  const secondAir = w[g + A.Y]! > 0;
  if (first !== NOTHING) w[f + A.TOUCHED] = 1;
  if (second !== NOTHING) w[g + A.TOUCHED] = 1;
  if (firstBall) w[f + A.BALL_TOUCHED] = 1;
  if (secondBall) w[g + A.BALL_TOUCHED] = 1;
  if (first !== NOTHING) apply(w, 0, firstMove, secondGuard, secondAir);
  if (second !== NOTHING) apply(w, 1, secondMove, firstGuard, firstAir);
  if (firstBall) apply(w, 0, BALL_ACTION, secondGuard, secondAir);
  if (secondBall) apply(w, 1, BALL_ACTION, firstGuard, firstAir);
}

function invincible(w: Int32Array, d: number): boolean {
  if (w[d + A.STUN_KIND] === A.KNOCKDOWN) return true;
  const move = MOVE_OF[w[d + A.MOVE]!];
  return move?.invincible !== undefined && w[d + A.MOVE_FRAME]! <= move.invincible;
}

/** Height of the box in which a fighter can be hit. */
export function hurtHeight(w: Int32Array, d: number): number {
  if (w[d + A.Y]! > 0) return A.AIR_HEIGHT;
  if (w[d + A.GUARD] === A.LOW_GUARD) return A.CROUCH_HEIGHT;
  return MOVE_OF[w[d + A.MOVE]!]?.crouching ? A.CROUCH_HEIGHT : A.STAND_HEIGHT;
}

/** What the attacker at `a` does to the one at `d` on this frame by its own body. */
function blow(w: Int32Array, a: number, d: number): number {
  const move = MOVE_OF[w[a + A.MOVE]!];
  if (!move || move.reach === 0 || w[a + A.TOUCHED] === 1 || w[a + A.STUN_KIND] !== A.NO_STUN) return NOTHING;
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
  const move = MOVE_OF[w[d + A.MOVE]!];
  return !(move?.jump !== undefined && w[d + A.MOVE_FRAME]! <= LIFT);
}

function throwing(w: Int32Array, d: number): boolean {
  const move = MOVE_OF[w[d + A.MOVE]!];
  return move?.level === 'throw' && w[d + A.STUN_KIND] === A.NO_STUN && w[d + A.MOVE_FRAME]! < move.startup + move.active;
}

function ball(w: Int32Array, a: number, d: number): boolean {
  if (w[a + A.BALL_ON] === 0 || w[a + A.BALL_TOUCHED] === 1 || invincible(w, d)) return false;
  if (Math.abs(w[a + A.BALL_X]! - w[d + A.X]!) >= BALL.half + HALF) return false;
  return BALL.top > w[d + A.Y]! && BALL.bottom < w[d + A.Y]! + hurtHeight(w, d);
}

function stun(w: Int32Array, d: number, kind: number, frames: number): void {
  w[d + A.STUN_KIND] = kind;
  w[d + A.STUN] = frames;
  w[d + A.MOVE] = 0;
  w[d + A.MOVE_FRAME] = 0;
  w[d + A.ARMOUR] = 0;
}

function tech(w: Int32Array, f: number, g: number): void {
  const away = w[g + A.X] === w[f + A.X] ? w[f + A.FACE]! : w[g + A.X]! > w[f + A.X]! ? 1 : -1;
  stun(w, f, A.BLOCK_STUN, TECH.stun);
  stun(w, g, A.BLOCK_STUN, TECH.stun);
  w[f + A.SLIDE] = -TECH.push * away;
  w[g + A.SLIDE] = TECH.push * away;
  record(w, 0, 'tech', THROW_ACTION, 0, (w[f + A.X]! + w[g + A.X]!) >> 1, A.STAND_HEIGHT / 2);
}

/** Applies the move with id `action` of `seat` to the other fighter, whose guard and height were as given when it touched. */
function apply(w: Int32Array, seat: number, action: number, guard: number, airborne: boolean): void {
  const a = A.base(seat);
  const d = A.base(1 - seat);
  const move = MOVE_OF[action]!;
  const blocked = guard !== A.NO_GUARD && !airborne && guards(guard, move);
  const hurt = blocked ? move.chip : move.damage;
  const damage = Math.min(hurt, w[d + A.HEALTH]!);
  w[d + A.HEALTH]! -= damage;
  w[a + A.DAMAGE]! += damage;
  const y = move === BALL_MOVE ? BALL.bottom : w[d + A.Y]! + 50;
  if (blocked) {
    w[a + A.HITS_BLOCKED]!++;
    record(w, 1 - seat, 'block', action, damage, w[d + A.X]!, y);
    stun(w, d, A.BLOCK_STUN, stunFrames(move, true));
  } else {
    if (move.level === 'throw') w[a + A.THROWS]!++;
    else w[a + A.HITS_LANDED]!++;
    if (w[d + A.ARMOUR]! > 0 && move.level !== 'throw' && w[d + A.HEALTH]! > 0) {
      w[d + A.ARMOUR]!--;
      record(w, 1 - seat, 'armour', action, damage, w[d + A.X]!, y);
      return;
    }
    record(w, 1 - seat, move.level === 'throw' ? 'throw' : 'hit', action, damage, w[d + A.X]!, y);
    const falls = move.knockdown === true || airborne;
    stun(w, d, falls ? A.KNOCKDOWN : A.HIT_STUN, falls ? DOWN : stunFrames(move, false));
    w[d + A.GUARD] = A.NO_GUARD;
    A.clearPlan(w, d);
  }
  // Away from the attacker; from a projectile, the way it flew.
  const same = w[d + A.X] === w[a + A.X];
  const way = move === BALL_MOVE ? w[a + A.BALL_DIRECTION]! : same ? w[a + A.FACE]! : w[d + A.X]! > w[a + A.X]! ? 1 : -1;
  w[d + A.SLIDE] = move.push * way;
}

function guards(guard: number, move: Move): boolean {
  if (move.level === 'mid') return true;
  if (move.level === 'low') return guard === A.LOW_GUARD;
  return move.level === 'high' && guard === A.HIGH_GUARD;
}

/** Notes a contact in the ring of the last ones. `seat` is the one touched. */
export function record(w: Int32Array, seat: number, kind: A.ContactKind, action: number, damage: number, x: number, y: number): void {
  const at = A.HITS + (w[A.HIT_COUNT]! % A.HIT_RING) * A.HIT_SIZE;
  w[A.HIT_COUNT]!++;
  w[at] = w[A.FRAME]!;
  w[at + 1] = seat;
  w[at + 2] = A.CONTACT_KINDS.indexOf(kind);
  w[at + 3] = action;
  w[at + 4] = damage;
  w[at + 5] = x;
  w[at + 6] = y;
}
