/** What to do about a blow, a jump or a projectile that is on its way: stop it, guard it and strike back, or be elsewhere. */
import type { Action } from '../../environment.js';
import { HALF } from '../actions.js';
import { BALL, GRAB_FRAMES, LIFT, type Move } from '../moves.js';
import type { Plan, State } from '../state.js';
import { answer, does, hold } from './answer.js';
import { characterOf, gainedByGuard, moveNamed, strikesOf, touches } from './blows.js';
import { MOST_SHOWN, type Outlook } from './outlook.js';
import { strikeWithin } from './punish.js';

/** Frames by which an answer may come later than the last one did. */
const JITTER = 2;
/** Pixels beyond a blow's reach at which it still counts as a threat. */
const NEARLY = 6;

const guardOf = (move: Move): 'guard_high' | 'guard_low' => (move.level === 'high' ? 'guard_high' : 'guard_low');

/** The other's blow, if one may still touch. */
function comingBlow(state: State): Move | null {
  const { op, me } = state;
  if (op.startup === 0 && op.active === 0) return null;
  // Its one touch has been: the fighter is in the stun of it.
  if (op.startup === 0 && (me.stun > 0 || me.down > 0)) return null;
  const move = moveNamed(op.character, op.doing);
  return move && move.reach > 0 && move.jump === undefined ? move : null;
}

/** A blow is on its way. */
export function threat(view: Outlook): Action<Plan> | null {
  const { state, late, start, distance } = view;
  const { op, me } = state;
  const move = comingBlow(state);
  if (!move || me.down > op.startup + op.active) return null;
  const near = Math.min(state.distance, distance);
  if (near >= touches(move) + NEARLY) return null;
  const contact = Math.max(1, op.startup);
  if (start + 1 < contact) {
    const stop = interrupt(view, move, contact - start);
    if (stop) return answer(stop, guardOf(move));
  }
  if (move.level === 'throw') return escape(view, contact);
  const inTime = late + 1 < contact || (me.busy > 0 && me.stun > 0);
  const after = strikeBack(view, move);
  if (inTime && start < contact) {
    const guard = hold(guardOf(move), contact - start + JITTER);
    return answer(after ? [guard, ...after] : [guard], guardOf(move));
  }
  // Too late for a new guard: it meets the guard that stands, or hits.
  if (stands(state, move) && after) return answer(after);
  return answer([]);
}

/** Whether what the fighter does anyway stops this blow. */
function stands(state: State, move: Move): boolean {
  const guard =
    state.me.guard !== 'none' ? state.me.guard : state.standing === 'guard_high' ? 'high' : state.standing === 'guard_low' ? 'low' : 'none';
  return guard !== 'none' && (move.level === 'mid' || move.level === guard);
}

/** The strongest blow that touches before the other's does; a throw only where armour would take the blow. */
function interrupt(view: Outlook, move: Move, frames: number): Plan | null {
  const { me, op } = view.state;
  const invincible = op.startup > 0 && move.invincible !== undefined;
  if (invincible) return null;
  for (const strike of strikesOf(me.character)) {
    if (strike.cost > me.meter || strike.startup + JITTER >= frames || strike.touches <= view.distance + 2) continue;
    if (move.armour && !strike.thrown) continue;
    if (strike.plan.some((step) => step.action === 'fireball') && me.ball) continue;
    return strike.plan;
  }
  return null;
}

/** What can be had from the one whose blow has been guarded. */
function strikeBack(view: Outlook, move: Move): Plan | null {
  const pushed = view.distance + move.push;
  return strikeWithin({ ...view, distance: pushed }, gainedByGuard(move), pushed);
}

/** Out of a throw: by one's own, or off the floor. */
function escape(view: Outlook, contact: number): Action<Plan> | null {
  if (view.start > contact + GRAB_FRAMES - JITTER) return null;
  if (view.start + LIFT < contact) return answer([{ action: 'jump_back' }]);
  return answer([{ action: 'throw' }]);
}

/** Frames between an answer's beginning and the projectile's arrival in which a jump forwards, or on the spot, goes over it. */
const OVER_FORWARDS = { from: 18, to: 52 };
const OVER_UPWARDS = { from: 11, to: 22 };
/** Distances from which a jump kick over a projectile comes down on its thrower. */
const KICKS = { from: 130, to: 255 };
/** Tenths in which it jumps over the projectile after the one it guards. */
const HOPS = 5;
/** At most so many frames are walked at once while projectiles may come. */
const ADVANCE = 24;

/** Frames a projectile thrown at this distance flies. */
function flight(character: string, distance: number): number {
  return Math.floor(Math.max(0, distance - BALL.offset - BALL.half - HALF) / characterOf(character).ballSpeed) + 1;
}

/** Frames until the other's projectile arrives, one it is about to throw included; null when there is none. */
function arrival({ state, distance }: Outlook): number | null {
  const { op } = state;
  const walked = Math.floor((state.distance - distance) / characterOf(op.character).ballSpeed);
  if (op.ball) return Math.min(MOST_SHOWN, op.ball.arrives) - Math.max(0, walked);
  const move = moveNamed(op.character, op.doing);
  if (!move?.projectile || op.startup === 0) return null;
  return op.startup + flight(op.character, distance);
}

/** Frames from the answer's beginning during which no other projectile than one that flies already can arrive. */
function quiet({ state, start, distance }: Outlook): number {
  const { op } = state;
  const startup = moveNamed(op.character, 'fireball')!.startup;
  return Math.max(0, op.busy + startup + flight(op.character, distance) - start - 4);
}

/** A projectile comes, or is about to: over it while there is time, else guard it, and come nearer before the next. */
export function projectile(view: Outlook, mix: number): Action<Plan> | null {
  const { start, distance } = view;
  const arrives = arrival(view);
  if (arrives === null) return null;
  const left = arrives - start;
  const kicks = distance > KICKS.from && distance < KICKS.to;
  if (left > OVER_FORWARDS.to) return answer([hold('walk_fwd', Math.min(12, left - OVER_FORWARDS.to))]);
  if (left >= OVER_FORWARDS.from + JITTER) return answer([does(kicks ? 'jump_kick' : 'jump_fwd')]);
  if (left >= OVER_UPWARDS.from + 1 && left <= OVER_UPWARDS.to - JITTER && distance > KICKS.from) return answer([does('jump_up')]);
  const guard = hold('guard_low', Math.max(3, left + JITTER));
  // Over the next one, should it follow at once; or nearer on foot.
  if (kicks && mix < HOPS) return answer([guard, does('jump_kick')]);
  return answer([guard, hold('walk_fwd', Math.max(1, Math.min(ADVANCE, quiet(view) - guard.frames!)))]);
}
