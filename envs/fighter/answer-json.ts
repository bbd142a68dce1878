/** An answer given as JSON though a line was asked for: what it says, as a line. */
import { jsonIn } from '../answer/json-object.js';
import { NONE } from './answer-line.js';

/** The line a JSON text amounts to; undefined when it is no JSON or has no plan in it. Single quotes and commas too many are borne with. */
export function lineOf(text: string): string | undefined {
  const value = jsonIn(text);
  if (typeof value !== 'object' || value === null) return undefined;
  const object = (Array.isArray(value) ? { plan: value } : value) as Record<string, unknown>;
  const plan = object.plan ?? object.actions ?? object.steps ?? (object.action === undefined ? undefined : [object]);
  const standing = object.standing ?? object.standing_order ?? object.standingOrder ?? undefined;
  const steps = (Array.isArray(plan) ? plan : [plan]).map(stepIn);
  if (plan === undefined || steps.includes(undefined) || (standing !== undefined && typeof standing !== 'string')) return undefined;
  const line = steps.length === 0 ? NONE : steps.join(', ');
  return standing === undefined ? line : `${line} | ${standing}`;
}

/** One step: a string, or an object with a name and perhaps frames. */
function stepIn(step: unknown): string | undefined {
  if (typeof step === 'string') return step.replace(/\s*;\s*$/, '');
  if (typeof step !== 'object' || step === null) return undefined;
  const { action, action_type: type = action, name = type, move = name, frames, duration = frames } = step as Record<string, unknown>;
  if (typeof move !== 'string') return undefined;
  return duration === undefined || duration === null
    ? move
    : `${move} ${typeof duration === 'number' ? duration : JSON.stringify(duration)}`;
}
