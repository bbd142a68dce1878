/** What a touch does to the two fighters: damage, stun, meter, hitstop, combo, slide, and the note of it that is shown. */
import { ACTIONS } from './actions.js';
import * as A from './arena.js';
import { COUNTER_STUN, scaledDamage } from './combo.js';
import { gain } from './meter.js';
import { BALL, DOWN, TECH, stunFrames, type Move } from './moves.js';
import { moveWith } from './tables.js';

export const THROW_ACTION = ACTIONS.findIndex((a) => a.move?.level === 'throw');

/** Puts a fighter into stun of a kind; its move ends. */
export function stun(w: Int32Array, d: number, kind: number, frames: number): void {
  w[d + A.STUN_KIND] = kind;
  w[d + A.STUN] = frames;
  w[d + A.MOVE] = 0;
  w[d + A.MOVE_FRAME] = 0;
  w[d + A.ARMOUR] = 0;
  w[d + A.CHANGED] = w[A.FRAME]!;
}

/** Both throw: they come apart. */
export function tech(w: Int32Array): void {
  const f = A.base(0);
  const g = A.base(1);
  const away = w[g + A.X] === w[f + A.X] ? w[f + A.FACE]! : w[g + A.X]! > w[f + A.X]! ? 1 : -1;
  stun(w, f, A.BLOCK_STUN, TECH.stun);
  stun(w, g, A.BLOCK_STUN, TECH.stun);
  w[f + A.SLIDE] = -TECH.push * away;
  w[g + A.SLIDE] = TECH.push * away;
  record(w, 0, 'tech', THROW_ACTION, 0, (w[f + A.X]! + w[g + A.X]!) >> 1, A.STAND_HEIGHT / 2);
}

/** How the one touched stood when the touch was found, before anything was applied. */
export type Stance = { guard: number; airborne: boolean; counter: boolean };

/** Applies the move with id `action` of `seat` to the other fighter. */
export function apply(w: Int32Array, seat: number, action: number, { guard, airborne, counter }: Stance): void {
  const a = A.base(seat);
  const d = A.base(1 - seat);
  const move = moveWith(w, a, action)!;
  const y = move.projectile ? BALL.bottom : w[d + A.Y]! + 50;
  w[d + A.STOP] = Math.max(w[d + A.STOP]!, move.stop);
  if (!move.projectile) w[a + A.STOP] = Math.max(w[a + A.STOP]!, move.stop);
  if (guard !== A.NO_GUARD && !airborne && guards(guard, move)) {
    w[a + A.HITS_BLOCKED]!++;
    gain(w, a, move.meter >> 1);
    record(w, 1 - seat, 'block', action, hurt(w, a, d, move.chip), w[d + A.X]!, y);
    stun(w, d, A.BLOCK_STUN, stunFrames(move, true));
  } else {
    const throws = move.level === 'throw';
    w[a + (throws ? A.THROWS : A.HITS_LANDED)]!++;
    gain(w, a, move.meter);
    gain(w, d, move.meter >> 1);
    if (w[d + A.ARMOUR]! > 0 && !throws && w[d + A.HEALTH]! > move.damage) {
      w[d + A.ARMOUR]!--;
      record(w, 1 - seat, 'armour', action, hurt(w, a, d, move.damage), w[d + A.X]!, y);
      return;
    }
    const running = w[d + A.STUN_KIND] === A.HIT_STUN || w[d + A.STUN_KIND] === A.KNOCKDOWN;
    const combo = running ? w[d + A.COMBO]! + 1 : 1;
    w[d + A.COMBO] = combo;
    w[d + A.COUNTERED] = counter ? 1 : 0;
    w[a + A.BEST_COMBO] = Math.max(w[a + A.BEST_COMBO]!, combo);
    const damage = hurt(w, a, d, scaledDamage(move.damage, combo, counter));
    record(w, 1 - seat, throws ? 'throw' : counter ? 'counter' : 'hit', action, damage, w[d + A.X]!, y);
    if (move.knockdown === true || airborne) stun(w, d, A.KNOCKDOWN, DOWN);
    else stun(w, d, A.HIT_STUN, stunFrames(move, false) + (counter ? COUNTER_STUN : 0));
    w[d + A.GUARD] = A.NO_GUARD;
    A.clearPlan(w, d);
  }
  // Away from the attacker; from a projectile, the way it flew.
  const same = w[d + A.X] === w[a + A.X];
  const way = move.projectile ? w[a + A.BALL_DIRECTION]! : same ? w[a + A.FACE]! : w[d + A.X]! > w[a + A.X]! ? 1 : -1;
  w[d + A.SLIDE] = move.push * way;
}

/** Takes health, as much as there is; what was taken. */
function hurt(w: Int32Array, a: number, d: number, amount: number): number {
  const damage = Math.min(amount, w[d + A.HEALTH]!);
  w[d + A.HEALTH]! -= damage;
  w[a + A.DAMAGE]! += damage;
  return damage;
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
