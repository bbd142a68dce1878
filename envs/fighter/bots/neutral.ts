/** When nothing is on its way: what to do at each distance, mixed by a digit so that no single answer meets all of it. */
import type { Action } from '../../environment.js';
import type { Plan, State } from '../state.js';
import { answer, does, hold } from './answer.js';
import { characterOf, moveNamed, touches } from './blows.js';
import type { Outlook } from './outlook.js';

/** A way to spend the next moment: what to do, the first of it after as many steps forwards as it needs, and its share in tenths. */
type Choice = readonly [actions: string, tenths: number];

/** By how near the other is: within a throw, a jab, a heavy, a poke, a smash, a short jump, a long one, and beyond. What is left of ten: guard. */
type Zone = 'clinch' | 'near' | 'mid' | 'tip' | 'edge' | 'hop' | 'leap' | 'away';
type Table = Record<Zone, readonly Choice[]>;
const GUARDED: Table = {
  clinch: [['throw', 4], ['jab', 3], ['heavy lunge', 1]],
  near: [['heavy lunge', 4], ['throw', 3], ['overhead', 1], ['jab', 1]],
  mid: [['heavy lunge', 4], ['throw', 2], ['overhead', 2], ['poke', 1]],
  tip: [['poke', 2], ['throw', 2], ['smash', 2], ['heavy lunge', 2]],
  edge: [['throw', 2], ['poke', 1], ['lunge', 1]],
  hop: [['lunge', 2], ['walk_fwd', 2], ['throw', 1]],
  leap: [['walk_fwd', 4], ['fireball', 2], ['dash_fwd', 1]],
  away: [['fireball', 4], ['walk_fwd', 4]],
}; // prettier-ignore
const OPEN: Table = {
  clinch: [['jab', 3], ['uppercut', 2], ['throw', 1], ['heavy lunge', 1]],
  near: [['heavy lunge', 5], ['jab', 3]],
  mid: [['heavy lunge', 5], ['poke', 2]],
  tip: [['poke', 2], ['smash', 2], ['heavy lunge', 1]],
  edge: [['poke', 2], ['throw', 1], ['dash_back', 1]],
  hop: [['lunge', 1], ['fireball', 3], ['walk_fwd', 1]],
  leap: [['walk_fwd', 3], ['fireball', 3], ['dash_fwd', 2]],
  away: [['fireball', 4], ['walk_fwd', 5]],
}; // prettier-ignore

/** Distances from which a jump kick comes down on somebody who stands, near and far. */
const HOP = 150;
const LEAP = 260;

function zoneOf(state: State, d: number): Zone {
  const reach = (name: string): number => touches(moveNamed(state.me.character, name)!);
  if (d < reach('throw')) return 'clinch';
  if (d < reach('jab')) return 'near';
  if (d < reach('heavy') - 4) return 'mid';
  if (d < reach('poke')) return 'tip';
  if (d < reach('smash')) return 'edge';
  if (d < HOP) return 'hop';
  return d < LEAP ? 'leap' : 'away';
}

/** Nothing happens: keep the distance that suits, and mix blow, throw, guard and wait. */
export function neutral(view: Outlook, mix: number): Action<Plan> {
  const { state, distance: d } = view;
  const { me, op } = state;
  if (op.stun > 0 && d > touches(moveNamed(me.character, 'jab')!)) return answer([hold('guard_low', 8)]);
  const best = moveNamed(me.character, 'super')!;
  const guards = op.guard !== 'none';
  if (me.meter >= best.cost! && d < touches(best) - 30 && (!guards || mix < 2)) return answer([does('super')]);
  let digit = mix;
  for (const [choice, tenths] of (op.guard === 'none' ? OPEN : GUARDED)[zoneOf(state, d)]) {
    if (digit < tenths) return answer(approach(state, choice, d));
    digit -= tenths;
  }
  return answer([hold('guard_low', 8)]);
}

/** A blow and what follows it, after as many steps forwards as it needs to reach; or a few steps. */
export function approach(state: State, choice: string, d: number): Plan {
  const { character, ball } = state.me;
  const [first, ...then] = choice.split(' ') as [string, ...string[]];
  const move = moveNamed(character, first);
  if (!move) return [hold(first, 6)];
  if (move.projectile && ball) return [hold('walk_fwd', 8)];
  const plan = [does(first), ...then.map(does)];
  if (move.reach === 0 || move.jump !== undefined) return plan;
  const reach = touches(move);
  return d < reach - 2 ? plan : [hold('walk_fwd', Math.ceil((d - reach) / characterOf(character).walkForward) + 2), ...plan];
}
