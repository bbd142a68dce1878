/** Random plans that fight: what every property of the engine is tried on. */
import type { Stream } from '../../../envs/random.js';
import { ACTIONS, HELD_COUNT, PLAN_FRAMES } from '../../../envs/fighter/actions.js';
import type { Plan, Step } from '../../../envs/fighter/state.js';

/** A plan of one to four steps, half of them at close quarters: stepping in, blows and what cancels them. */
export function randomPlan(stream: Stream): Plan {
  let held = PLAN_FRAMES;
  const step = (): Step => {
    const id = stream.below(ACTIONS.length);
    if (id >= HELD_COUNT) return { action: ACTIONS[id]!.name };
    const frames = stream.between(1, Math.max(1, Math.min(held - 4, 24)));
    held -= frames;
    return { action: ACTIONS[id]!.name, frames };
  };
  if (stream.chance(1, 2)) {
    const blow = ['jab', 'low', 'heavy', 'throw'][stream.below(4)]!;
    const special = ['super', 'lunge', 'uppercut', 'fireball', 'throw'][stream.below(5)]!;
    return [{ action: 'walk_fwd', frames: stream.between(1, 20) }, { action: blow }, { action: special }];
  }
  return Array.from({ length: stream.between(1, 4) }, step);
}
