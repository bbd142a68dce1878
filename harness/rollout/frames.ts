/**
 * The frames between a learner and a batch of worlds: one JSON object a line, each answered by one line with the same `id`. Everything that comes is
 * checked by these schemas; docs/rollout.schema.json is made of them.
 */
import { z } from 'zod';
import type { Json } from '../../envs/environment.js';
import { RolloutError } from './fault.js';

export const ROLLOUT = 'tickbench.rollout.v1';

export const ROLLOUT_LIMITS = {
  /** Worlds of one connection at a time. */
  worlds: 65_536,
  /** Characters of one line. */
  lineCharacters: 64 * 1024 * 1024,
  /** Levels of nesting in one line. */
  depth: 64,
} as const;

const id = z.union([z.int(), z.string().max(100)]).describe('Handed back in the answer.');
const world = z.int().min(0).max(Number.MAX_SAFE_INTEGER);
const seed = z.int().min(0);
const latency = { latencyTicks: z.number().min(0).max(1e9).optional(), latencyUs: z.int().min(0).max(1e12).optional() };
const oneLatency = { error: 'at most one of latencyTicks and latencyUs is expected' };

const action = z
  .strictObject({
    seat: z.int().min(0).optional().describe('May be left out where one seat alone was asked.'),
    plan: z.unknown().optional().describe("The plan, in the task's own form."),
    answer: z.string().max(8000).optional().describe('Instead of a plan: text, read as a model is read.'),
    rejected: z.string().min(1).max(1000).optional().describe('Instead of a plan: why there is none.'),
    standing: z.string().max(50).optional(),
    ...latency,
  })
  .refine(({ plan, answer, rejected }) => [plan, answer, rejected].filter((part) => part !== undefined).length === 1, {
    error: 'exactly one of plan, answer and rejected is expected',
  })
  .refine(({ latencyTicks, latencyUs }) => latencyTicks === undefined || latencyUs === undefined, oneLatency);

/** One world's part of a step. */
export const stepPart = z.strictObject({ world, actions: z.array(action).min(1).max(256) });
/** One world's part of a restoring. */
export const restorePart = z.strictObject({ world, snapshot: z.int().min(0) });

const create = z
  .strictObject({
    id,
    do: z.literal('create'),
    worlds: z.int().min(1).max(ROLLOUT_LIMITS.worlds),
    task: z.string().max(50),
    options: z.unknown().optional().describe("The task's options, as in a match."),
    seats: z
      .array(z.string().max(200))
      .max(256)
      .optional()
      .describe("learner, or bot:NAME[:ERROR%]@DELAY; absent: a learner in seat 0, and the task's usual opponents."),
    ...latency,
    timeoutUs: z.int().min(1).max(1e12).optional(),
    observe: z.enum(['text', 'state', 'both']).optional(),
    maxSteps: z.int().min(1).optional(),
    snapshots: z.boolean().optional(),
  })
  .refine(({ latencyTicks, latencyUs }) => latencyTicks === undefined || latencyUs === undefined, oneLatency);
const reset = z
  .strictObject({ id, do: z.literal('reset'), worlds: z.array(world).optional(), seed: seed.optional(), seeds: z.array(seed).optional() })
  .refine(({ seed: one, seeds }) => (one === undefined) !== (seeds === undefined), {
    error: 'exactly one of seed (of the first world, counted up) and seeds (one a world) is expected',
  });
const step = z.strictObject({
  id,
  do: z.literal('step'),
  steps: z.array(z.unknown()).describe('One part a world: {world, actions}.'),
  futures: z.int().min(2).max(4096).optional().describe('Value each decision in so many futures (even); absent: it is not valued.'),
});
const snapshot = z.strictObject({ id, do: z.literal('snapshot'), worlds: z.array(world).optional() });
const restore = z.strictObject({
  id,
  do: z.literal('restore'),
  restores: z.array(z.unknown()).describe('One part a world: {world, snapshot}.'),
});
const forget = z.strictObject({ id, do: z.literal('forget'), worlds: z.array(world).optional() });
const close = z.strictObject({ id, do: z.literal('close') });

const FRAMES = { create, reset, step, snapshot, restore, forget, close } as const;

export type CreateFrame = z.infer<typeof create>;
export type LearnerFrame =
  | CreateFrame
  | z.infer<typeof reset>
  | z.infer<typeof step>
  | z.infer<typeof snapshot>
  | z.infer<typeof restore>
  | z.infer<typeof forget>
  | z.infer<typeof close>;
export type StepPart = z.infer<typeof stepPart>;
export type RestorePart = z.infer<typeof restorePart>;

/** What each frame takes, in a line. */
const FORMS: Record<keyof typeof FRAMES, string> = {
  create:
    '{"id":1,"do":"create","worlds":N,"task":NAME} and options, seats, latencyTicks or latencyUs, timeoutUs, observe, maxSteps, snapshots',
  reset: '{"id":1,"do":"reset","seed":N} or "seeds":[...], and worlds',
  step: '{"id":1,"do":"step","steps":[{"world":N,"actions":[{"plan":...}]}]} and futures',
  snapshot: '{"id":1,"do":"snapshot"} and worlds',
  restore: '{"id":1,"do":"restore","restores":[{"world":N,"snapshot":N}]}',
  forget: '{"id":1,"do":"forget"} and worlds',
  close: '{"id":1,"do":"close"}',
};
const STEP_FORM = '{"world":N,"actions":[{"plan":...}]}, each action with seat, standing, and latencyTicks or latencyUs if needed';
const RESTORE_FORM = '{"world":N,"snapshot":N}';

/** Reads a frame. @throws RolloutError */
export function readFrame(raw: unknown): LearnerFrame {
  const verb = (raw as { do?: unknown } | null)?.do;
  if (typeof verb !== 'string' || !Object.hasOwn(FRAMES, verb))
    throw new RolloutError(
      'do',
      verb === undefined ? 'nothing' : (JSON.stringify(verb)?.slice(0, 50) ?? 'nothing'),
      Object.keys(FRAMES).join(', '),
    );
  return checked(FRAMES[verb as keyof typeof FRAMES], raw, '', FORMS[verb as keyof typeof FRAMES]) as LearnerFrame;
}

/** Reads one world's part of a step. @throws RolloutError naming `place` */
export function readStep(raw: unknown, place: string): StepPart {
  return checked(stepPart, raw, place, STEP_FORM);
}

/** Reads one world's part of a restoring. @throws RolloutError naming `place` */
export function readRestore(raw: unknown, place: string): RestorePart {
  return checked(restorePart, raw, place, RESTORE_FORM);
}

function checked<T extends z.ZodType>(schema: T, raw: unknown, place: string, accepted: string): z.infer<T> {
  const parsed = schema.safeParse(raw);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0]!;
  const where = [...(place === '' ? [] : [place]), ...issue.path.map(String)].join('.');
  throw new RolloutError(where === '' ? 'frame' : where, issue.message, accepted);
}

const micros = z.int().min(0);
const stakes = z.strictObject({ value: z.int(), best: z.int(), worst: z.int() });
const fault = z.strictObject({ where: z.string(), what: z.string(), accepted: z.string() });
const seatStep = z.strictObject({
  seat: z.int().min(0),
  seq: z.int().optional(),
  at: micros.optional(),
  state: z.unknown().optional(),
  text: z.string().optional(),
  reward: z.number().describe("In the task's integer reward unit; over a world they add up to the match's reward."),
  settled: z
    .strictObject({
      outcome: z.enum(['act', 'reject', 'miss']),
      at: micros,
      latencyUs: micros,
      accepted: z.boolean(),
      reason: z.string().optional(),
    })
    .optional()
    .describe('What became of the decision before.'),
  value: stakes.optional().describe('Of the decision before, in thousandths of the reward unit, less the standing order.'),
});
const worldStep = z.union([
  z.strictObject({
    world,
    seats: z.array(seatStep),
    terminated: z.boolean(),
    truncated: z.boolean(),
    results: z.unknown().optional(),
    digest: z.string().optional(),
  }),
  z.strictObject({ world: world.nullable(), error: fault }),
]);
const created = z.strictObject({
  id,
  first: z.int(),
  count: z.int(),
  task: z.string(),
  rules: z.string(),
  learners: z.array(z.int()),
  tickUs: z.int(),
  latencyUs: z.int(),
  timeoutUs: z.int(),
  standingOrders: z.array(z.string()),
  planSchema: z.unknown(),
  reward: z.strictObject({ unit: z.string(), scale: z.number() }),
});

/** What a learner is answered. */
export const answerFrame = z.union([
  created,
  z.strictObject({ id, worlds: z.array(worldStep) }),
  z.strictObject({ id, snapshots: z.array(z.union([restorePart, z.strictObject({ world: world.nullable(), error: fault })])) }),
  z.strictObject({ id, done: z.literal(true) }),
  z.strictObject({ id: id.nullable(), error: fault }),
]);

/** All frames as JSON Schema (2020-12): what a learner may send, and what it is answered. */
export function rolloutSchema(): Json {
  const options = { io: 'input', unrepresentable: 'any' } as const;
  const asked = z.union([
    create,
    reset,
    z.strictObject({ ...step.shape, steps: z.array(stepPart) }),
    snapshot,
    z.strictObject({ ...restore.shape, restores: z.array(restorePart) }),
    forget,
    close,
  ]);
  return {
    protocol: ROLLOUT,
    limits: { ...ROLLOUT_LIMITS },
    asks: z.toJSONSchema(asked, options) as Json,
    answers: z.toJSONSchema(answerFrame, options) as Json,
  };
}
