/**
 * The careful reference policy: what the reference models learn and the oracle continues by. A pure function of what the
 * observation's text shows; where it mixes, it reads the clock and its side (`mixDigit`), so there is no hidden chance.
 */
import type { Action } from '../../environment.js';
import { WALK_FORWARD_SPEED, actionNamed, contactDistance } from '../actions.js';
import type { Plan, State, Step } from '../state.js';

const reachOf = (name: string): number => contactDistance(actionNamed(name)!.move!);
const JAB = reachOf('jab');
const POKE = reachOf('poke');
const HEAVY = reachOf('heavy');
const SWEEP = reachOf('sweep');
const SMASH = reachOf('smash');
const THROW = reachOf('throw');
const OVERHEAD = reachOf('overhead');

const startupOf = (name: string): number => actionNamed(name)!.move!.startup;
const JAB_STARTUP = startupOf('jab');
const POKE_STARTUP = startupOf('poke');
const HEAVY_STARTUP = startupOf('heavy');
const SWEEP_STARTUP = startupOf('sweep');
/** Frames by which an answer is assumed to come late where that matters. */
const LATE = 8;

const hold = (action: string, frames: number): Step => ({ action, frames });
const does = (action: string): Step => ({ action });
const act = (plan: Plan, standing = 'guard_low'): Action<Plan> => ({ plan, standing });

/** A digit from 0 to 9, the sum of the clock's tens and hundreds, plus 5 on the right side: it changes every ten frames and repeats no sooner than a round. */
export function mixDigit(state: State): number {
  return (Math.floor(state.timer / 10) + Math.floor(state.timer / 100) + (state.left ? 0 : 5)) % 10;
}

/** The expert's answer to a state. @param mix the digit by which it mixes; another source than the clock makes it unpredictable */
export function decide(state: State, mix: number = mixDigit(state)): Action<Plan> {
  const { me } = state;
  if (state.pause > 0) return act([]);
  if (me.stun > 0 || me.down > 0) return recover(state, mix);
  return projectile(state) ?? airborne(state) ?? threat(state) ?? punish(state) ?? commit(state) ?? neutral(state, mix);
}

/** Stunned or down: what to do on rising. Nothing is lost by a late answer here, it waits for the first free frame. */
function recover(state: State, mix: number): Action<Plan> {
  const { op, me, distance: d } = state;
  if ((op.doing === 'overhead' || op.doing === 'jump_kick') && op.startup + op.active >= me.busy) return act([hold('guard_high', 24)]);
  if (op.ball) return act([hold('guard_low', 20)]);
  if (me.down > 0) {
    if (d > 160) return act([]);
    return mix < 2 ? act([does('uppercut')]) : act([hold('guard_low', 12)]);
  }
  const ahead = op.busy - me.busy;
  const blow = punishPlan(state, ahead);
  if (blow) return blow;
  if (ahead >= 2 && d < JAB) return act([does('jab')]);
  if (ahead >= 2 && d < POKE + 24) return act([does('poke')]);
  return mix < 3 && d < THROW + 20 ? act([does('jab')]) : act([]);
}

/** A projectile comes: jump it while it is far, else guard it. */
function projectile(state: State): Action<Plan> | null {
  const { ball } = state.op;
  if (!ball) return null;
  if (ball.arrives > 60) return act([hold('walk_fwd', 8)]);
  if (ball.arrives >= 40) return act([does('jump_fwd')]);
  return act([hold('guard_low', Math.min(36, ball.arrives + 8))]);
}

/** Someone jumps: meet it from below while there is time, else guard high. */
function airborne(state: State): Action<Plan> | null {
  const { op } = state;
  if (op.land === 0 || op.doing === 'jump_back' || op.down > 0) return null;
  if (op.doing === 'jump_kick') {
    if (state.distance < 170 && op.land >= 12 && op.land <= 18) return act([does('uppercut')], 'guard_high');
    if (state.distance < 240) return act([hold('guard_high', Math.min(40, op.land + 6))]);
    return null;
  }
  if (state.distance < 150) return act([hold('guard_low', 8)]);
  return null;
}

/** A blow is on its way: guard it, or stop the slow ones. */
function threat(state: State): Action<Plan> | null {
  const { op, distance } = state;
  if (op.startup === 0 && op.active === 0) return null;
  if (op.doing === 'overhead' && distance < OVERHEAD + 16) {
    if (op.startup >= 24 && distance < JAB) return act([does('jab')], 'guard_high');
    return act([hold('guard_high', Math.min(34, op.startup + 8))]);
  }
  if (op.doing === 'smash' && distance < SMASH + 24) {
    if (op.startup >= 20 && distance < THROW) return act([does('throw')]);
    return act([hold('guard_low', Math.min(36, op.startup + 4)), does('sweep')]);
  }
  if (op.doing === 'fireball')
    return distance > 130 && distance < 235 && op.startup >= 6 ? act([does('jump_kick')]) : act([hold('guard_low', 30)]);
  if (op.doing === 'throw') return distance < THROW + 20 ? act([does('jump_back')]) : null;
  return distance < SWEEP + 14 ? act([hold('guard_low', 14)]) : null;
}

/** The other recovers: hit while it lasts. */
function punish(state: State): Action<Plan> | null {
  const { op } = state;
  if (op.startup > 0 || op.active > 0 || op.recovery === 0 || op.land > 3) return null;
  return punishPlan(state, op.busy - LATE);
}

/** The strongest blow that lands within `frames`, walking first when there is time. */
function punishPlan(state: State, frames: number): Action<Plan> | null {
  const d = state.distance;
  if (frames >= HEAVY_STARTUP && d < HEAVY - 4) return act([does('heavy')]);
  if (frames >= SWEEP_STARTUP && d < SWEEP - 4) return act([does('sweep')]);
  if (frames >= POKE_STARTUP && d < POKE - 4) return act([does('poke')]);
  if (frames >= JAB_STARTUP && d < JAB - 4) return act([does('jab')]);
  if (frames >= 22 && d < SWEEP + 40) return act([hold('walk_fwd', Math.floor((d - SWEEP) / 3) + 3), does('sweep')]);
  return null;
}

/** A plan whose blow is still to come goes on. */
function commit(state: State): Action<Plan> | null {
  const blow = state.plan.some((step) => actionNamed(step.action)?.move);
  return blow && state.planLeft > 0 ? act([does('keep')]) : null;
}

/** Nothing happens: keep the distance that suits, and mix blow, throw, guard and wait. */
function neutral(state: State, mix: number): Action<Plan> {
  const { op, distance: d } = state;
  if (op.down > 0) return op.down > 24 && d > JAB ? act([hold('walk_fwd', 8)]) : act([hold('guard_low', 8)]);
  if (op.doing === 'walk_fwd' && d < POKE + 42) return act([does(d < JAB + 30 ? 'jab' : 'poke')]);
  if (d > SMASH + 20) {
    if (state.me.ball === null && mix < (d > 220 ? 6 : 3)) return act([does('fireball')]);
    return mix % 3 === 0 ? act([hold('guard_low', 8)]) : act([hold('walk_fwd', d > 270 ? 12 : 6)]);
  }
  const zone = d > SWEEP ? 'far' : d > JAB ? 'mid' : 'near';
  let digit = mix;
  for (const [choice, tenths] of MIX[op.guard === 'low' ? 'low' : 'open'][zone]) {
    if (digit < tenths) return act(approach(choice, d));
    digit -= tenths;
  }
  return act([hold('guard_low', 8)]);
}

/** What to do at each distance when nothing happens, in tenths of the mix digit (the rest: guard), against a low guard and otherwise. */
const MIX: Record<'low' | 'open', Record<'far' | 'mid' | 'near', readonly [string, number][]>> = {
  low: {
    far: [['throw', 2], ['overhead', 1], ['walk_fwd', 1]],
    mid: [['throw', 3], ['overhead', 1], ['poke', 1], ['sweep', 1]],
    near: [['throw', 3], ['jab', 1], ['overhead', 1], ['walk_back', 1]],
  },
  open: {
    far: [['poke', 3], ['sweep', 1], ['walk_fwd', 1], ['throw', 1]],
    mid: [['poke', 3], ['throw', 1], ['sweep', 1]],
    near: [['throw', 3], ['jab', 2], ['walk_back', 1]],
  },
}; // prettier-ignore

/** A blow, after as many steps forwards as it needs to reach; or a few steps. */
function approach(choice: string, d: number): Plan {
  const { move } = actionNamed(choice)!;
  if (!move) return [hold(choice, choice === 'walk_back' ? 8 : 6)];
  const reach = contactDistance(move);
  return d < reach - 2 ? [does(choice)] : [hold('walk_fwd', Math.ceil((d - reach) / WALK_FORWARD_SPEED) + 3), does(choice)];
}
