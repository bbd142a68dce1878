/** How decisions are valued: the published list of candidates, and who plays on after them. */
import type { Action, OracleSpec } from '../environment.js';
import { KEEP } from './actions.js';
import { frameTime } from './world.js';
import type { Plan, State, Step } from './state.js';

/** The own seat goes on late, so that a decision stands for itself for a while; the opponent is quicker, and mixes by dice of its own. */
const CONTINUATION_FRAMES = 24;
const OPPONENT_FRAMES = 12;
const HORIZON_FRAMES = 90;

const one = (action: string, frames?: number): Step => (frames === undefined ? { action } : { action, frames });

const PLANS: readonly Plan[] = [
  [],
  [one('guard_high', 20)],
  [one('guard_low', 20)],
  [one('walk_fwd', 10)],
  [one('jab')],
  [one('poke')],
  [one('heavy')],
  [one('sweep')],
  [one('overhead')],
  [one('smash')],
  [one('throw')],
  [one('walk_fwd', 8), one('throw')],
  [one('fireball')],
  [one('uppercut')],
  [one('jump_kick')],
  [one('keep')],
];

/** The plans that could differ in this state: a held action equal to the standing order is the empty plan again, a second projectile cannot begin,
 * and there may be nothing to keep. */
function candidates(state: State): Action<Plan>[] {
  return PLANS.filter((plan) => {
    const [first] = plan;
    if (!first) return true;
    if (first.action === KEEP) return state.plan.length > 0;
    if (plan.length === 1 && first.action === state.standing) return false;
    return !(first.action === 'fireball' && state.me.ball);
  }).map((plan) => ({ plan: [...plan] }));
}

export const oracle: OracleSpec<State, Plan> = {
  horizonUs: frameTime(HORIZON_FRAMES),
  futures: 32,
  candidates,
  continuation: { bot: 'expert', delayUs: frameTime(CONTINUATION_FRAMES) },
  opponents: [{ bot: 'mixed', delayUs: frameTime(OPPONENT_FRAMES) }],
};
