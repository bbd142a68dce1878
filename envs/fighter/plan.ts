/** A plan as it comes over the protocol: its schema, and its checks against the action table. */
import { z } from 'zod';
import { OptionsError, type Action, type Json } from '../environment.js';
import { ACTIONS, HELD_COUNT, HELD_DEFAULT, KEEP, PLAN_FRAMES, PLAN_STEPS, STANDING_ORDERS, actionNamed } from './actions.js';
import { describe } from './options.js';
import type { Plan, Step } from './state.js';

const NAMES = [...ACTIONS.map((a) => a.name), KEEP];
const acceptedFrames = `accepted: whole frames from 1 to ${PLAN_FRAMES}`;

const step = z.strictObject({
  action: z.enum(NAMES as [string, ...string[]], { error: `accepted: ${NAMES.join(', ')}` }),
  frames: z.int({ error: acceptedFrames }).min(1, acceptedFrames).max(PLAN_FRAMES, acceptedFrames).optional(),
});

const planSchemaOf = z
  .array(step, { error: 'accepted: a list of steps {action, frames}' })
  .max(PLAN_STEPS, `accepted: at most ${PLAN_STEPS} steps`);

const action = z.strictObject({
  plan: planSchemaOf,
  standing: z.enum(STANDING_ORDERS as [string, ...string[]], { error: `accepted: ${STANDING_ORDERS.join(', ')}` }).optional(),
});

/** What is wrong with a plan of known actions, in one sentence, or null. Number of steps, frames on moves, sum of held frames. */
export function planFault(plan: Plan): string | null {
  if (plan.length > PLAN_STEPS) return `${plan.length} steps; a plan has at most ${PLAN_STEPS}`;
  let held = 0;
  for (const { action: name, frames } of plan) {
    if (name === KEEP) {
      if (plan.length === 1 && frames === undefined) continue;
      return 'keep stands alone, without frames or other actions';
    }
    const entry = actionNamed(name);
    if (!entry) return `unknown action ${JSON.stringify(name.slice(0, 40))}; accepted: ${NAMES.join(', ')}`;
    if (entry.move) {
      if (frames !== undefined) return `${name} ${frames}: a move takes no frames; only ${STANDING_ORDERS.join(', ')} do`;
      continue;
    }
    const n = frames ?? HELD_DEFAULT;
    if (!Number.isInteger(n) || n < 1 || n > PLAN_FRAMES) return `${name} ${n}: frames go from 1 to ${PLAN_FRAMES}`;
    held += n;
  }
  return held > PLAN_FRAMES ? `${held} held frames in all; a plan has at most ${PLAN_FRAMES}` : null;
}

/** Whether a step's action is a held one. */
export function takesFrames(name: string): boolean {
  return actionNamed(name)?.move === null;
}

/** Puts in the frames that were left out, so that equal plans look equal. */
export function withFrames(plan: Plan): Plan {
  return plan.map((s): Step => (takesFrames(s.action) ? { action: s.action, frames: s.frames ?? HELD_DEFAULT } : { action: s.action }));
}

/** Checks an action that came as JSON. @throws OptionsError naming the place, what was found and what is accepted. */
export function parseAction(raw: unknown): Action<Plan> {
  const parsed = action.safeParse(raw);
  if (!parsed.success) throw new OptionsError(describe(parsed.error, raw, 'fighter action'));
  const fault = planFault(parsed.data.plan);
  if (fault) throw new OptionsError(`fighter action at plan: ${fault}`);
  const plan = withFrames(parsed.data.plan);
  return parsed.data.standing === undefined ? { plan } : { plan, standing: parsed.data.standing };
}

/** JSON Schema of a plan: the steps, each a move, or a held action with its frames; `keep` is a plan of its own. */
export function planSchema(): Json {
  const held = ACTIONS.slice(0, HELD_COUNT).map((a) => a.name);
  const moves = [...ACTIONS.slice(HELD_COUNT).map((a) => a.name), KEEP];
  const stepOf = (names: string[], frames: boolean): Json => ({
    type: 'object',
    properties: {
      action: { type: 'string', enum: names },
      ...(frames ? { frames: { type: 'integer', minimum: 1, maximum: PLAN_FRAMES } } : {}),
    },
    required: ['action'],
    additionalProperties: false,
  });
  return { type: 'array', maxItems: PLAN_STEPS, items: { anyOf: [stepOf(moves, false), stepOf(held, true)] } };
}
