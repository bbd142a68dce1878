/** When nothing is on its way: what to do at each distance, mixed by a digit so that no single answer meets all of it. */
import type { Action } from '../../environment.js';
import type { Plan, State } from '../state.js';
import { answer, does, hold } from './answer.js';
import { characterOf, moveNamed, touches } from './blows.js';
import type { Outlook } from './outlook.js';

/** A way to spend the next moment: an action (a blow walks as far as it must first), and its share in tenths. */
type Choice = readonly [action: string, tenths: number];

/** By how near the other is: within a throw, a jab, a heavy, a sweep, a smash, a lunge, and beyond; against a low guard and otherwise. What is left of ten: guard. */
type Zone = 'clinch' | 'near' | 'mid' | 'tip' | 'far' | 'away';
const MIX: Record<'low' | 'open', Record<Zone, readonly Choice[]>> = {
  low: {
    clinch: [['throw', 5], ['uppercut', 1], ['overhead', 2], ['jab', 1]],
    near: [['throw', 4], ['overhead', 3], ['heavy', 2]],
    mid: [['throw', 4], ['overhead', 3], ['heavy', 1], ['sweep', 1]],
    tip: [['smash', 3], ['throw', 3], ['overhead', 2], ['poke', 1]],
    far: [['smash', 2], ['jump_kick', 1], ['walk_fwd', 3], ['throw', 2]],
    away: [['fireball', 4], ['walk_fwd', 4], ['jump_kick', 1]],
  },
  open: {
    clinch: [['throw', 4], ['uppercut', 2], ['jab', 2]],
    near: [['throw', 3], ['heavy', 4], ['overhead', 1]],
    mid: [['heavy', 3], ['throw', 2], ['poke', 2], ['sweep', 1]],
    tip: [['poke', 3], ['sweep', 2], ['smash', 2], ['throw', 1]],
    far: [['lunge', 2], ['smash', 2], ['walk_fwd', 2], ['fireball', 1]],
    away: [['fireball', 4], ['walk_fwd', 4], ['jump_kick', 1]],
  },
}; // prettier-ignore

function zoneOf(state: State, d: number): Zone {
  const reach = (name: string): number => touches(moveNamed(state.me.character, name)!);
  if (d < reach('throw')) return 'clinch';
  if (d < reach('jab')) return 'near';
  if (d < reach('heavy')) return 'mid';
  if (d < reach('smash')) return 'tip';
  return d < 200 ? 'far' : 'away';
}

/** Nothing happens: keep the distance that suits, and mix blow, throw, guard and wait. */
export function neutral(view: Outlook, mix: number): Action<Plan> {
  const { state, distance: d } = view;
  const { op } = state;
  let digit = mix;
  for (const [choice, tenths] of MIX[op.guard === 'low' ? 'low' : 'open'][zoneOf(state, d)]) {
    if (digit < tenths) return answer(approach(state, choice, d));
    digit -= tenths;
  }
  return answer([hold('guard_low', 8)]);
}

/** A blow, after as many steps forwards as it needs to reach; or a few steps. */
export function approach(state: State, choice: string, d: number): Plan {
  const { character, ball } = state.me;
  const move = moveNamed(character, choice);
  if (!move) return [hold(choice, choice === 'walk_back' ? 8 : 6)];
  if (move.projectile && ball) return [hold('walk_fwd', 8)];
  if (move.reach === 0 || move.jump !== undefined) return [does(choice)];
  const reach = touches(move);
  return d < reach - 2
    ? [does(choice)]
    : [hold('walk_fwd', Math.min(40, Math.ceil((d - reach) / characterOf(character).walkForward) + 2)), does(choice)];
}
