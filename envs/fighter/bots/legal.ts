/** Uniform legal actions: what the random player does, and what replaces a degraded player's decisions. */
import type { Action } from '../../environment.js';
import type { Stream } from '../../random.js';
import { ACTIONS, PLAN_FRAMES, STANDING_ORDERS } from '../actions.js';
import type { Plan } from '../state.js';

/** One action of the table, each equally likely, held ones for 1 to 40 frames, with any standing order. */
export function randomAction(stream: Stream): Action<Plan> {
  const entry = ACTIONS[stream.below(ACTIONS.length)]!;
  const frames = stream.between(1, PLAN_FRAMES);
  const standing = STANDING_ORDERS[stream.below(STANDING_ORDERS.length)]!;
  return { plan: [entry.move ? { action: entry.name } : { action: entry.name, frames }], standing };
}
