/** Answers as the policies put them together. */
import type { Action } from '../../environment.js';
import { PLAN_FRAMES, PLAN_STEPS, actionNamed } from '../actions.js';
import type { Plan, Step } from '../state.js';

/** A held action for so many frames. */
export const hold = (action: string, frames: number): Step => ({ action, frames });
/** A move. */
export const does = (action: string): Step => ({ action });

/** An answer of legal length: held frames beyond what a plan may have are taken from where they are asked last. */
export function answer(plan: Plan, standing = 'guard_low'): Action<Plan> {
  let left = PLAN_FRAMES;
  const steps: Plan = [];
  for (const step of plan.slice(0, PLAN_STEPS)) {
    if (step.frames === undefined || actionNamed(step.action)?.move) {
      steps.push(step);
      continue;
    }
    const frames = Math.min(step.frames, left);
    left -= frames;
    if (frames > 0) steps.push(hold(step.action, frames));
  }
  return { plan: steps, standing };
}
