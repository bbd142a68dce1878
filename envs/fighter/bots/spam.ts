/** Players of one idea each. A careful player beats them; they are here so that it must. */
import type { Action } from '../../environment.js';
import type { Plan, State } from '../state.js';
import { moveNamed, touches } from './blows.js';

const act = (plan: Plan, standing: string): Action<Plan> => ({ plan, standing });

/** Runs in and strikes without pause. */
export function rush(s: State): Action<Plan> {
  if (s.distance > 120) return act([{ action: 'walk_fwd', frames: 10 }], 'walk_fwd');
  if (s.distance > 84) return act([{ action: 'poke' }, { action: 'walk_fwd', frames: 6 }], 'walk_fwd');
  return act([{ action: 'jab' }, { action: s.timer % 20 < 10 ? 'low' : 'heavy' }], 'walk_fwd');
}

/** Guards, low unless it sees a high blow, and strikes only at what recovers within reach. */
export function turtle(s: State): Action<Plan> {
  const high = s.op.doing === 'overhead' || s.op.doing === 'jump_kick';
  if (s.op.startup === 0 && s.op.recovery > 12 && s.distance < 110) return act([{ action: 'poke' }], 'guard_low');
  return act([{ action: high ? 'guard_high' : 'guard_low', frames: 12 }], high ? 'guard_high' : 'guard_low');
}

/** Throws projectiles; backs off when crowded. */
export function fireball(s: State): Action<Plan> {
  if (s.distance < 120 && s.me.wall > 60) return act([{ action: 'jump_back' }, { action: 'fireball' }], 'guard_low');
  return act([{ action: 'fireball' }, { action: 'fireball' }], 'guard_low');
}

/** Walks in and throws, again and again. */
export function thrower(s: State): Action<Plan> {
  if (s.distance < 64) return act([{ action: 'throw' }], 'walk_fwd');
  return act([{ action: 'walk_fwd', frames: 4 }, { action: 'throw' }], 'walk_fwd');
}

/** Jumps in and kicks, again and again. */
export function jumper(s: State): Action<Plan> {
  if (s.distance > 260) return act([{ action: 'walk_fwd', frames: 10 }], 'walk_fwd');
  return act([{ action: 'jump_kick' }, { action: 'jump_kick' }], 'guard_low');
}

/** One blow from as far as it reaches, again and again. */
const repeats =
  (blow: string) =>
  (s: State): Action<Plan> => {
    const reach = touches(moveNamed(s.me.character, blow)!);
    if (s.distance < reach) return act([{ action: blow }, { action: blow }], 'guard_low');
    return act([{ action: 'walk_fwd', frames: Math.min(12, Math.ceil((s.distance - reach) / 3) + 1) }, { action: blow }], 'guard_low');
  };

export const sweeper = repeats('sweep');
export const crusher = repeats('crush');

/** Fills its meter with pokes and lets the super go at once. */
export function superist(s: State): Action<Plan> {
  return (s.me.meter >= 100 ? superNow : poker)(s);
}

const superNow = repeats('super');
const poker = repeats('poke');
