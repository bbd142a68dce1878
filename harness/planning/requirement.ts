/**
 * What hardware is looked for, as a file: either which configuration on which machines serves so many seats of a task (`choose`), or where
 * each of several stages runs so that all end in time (`stages`).
 */
import { z } from 'zod';
import { ConfigurationError, explain, readYaml, TELLING_KEYS } from '../configuration/configuration.js';

const above0 = z.number().positive();
const count = z.int().positive();
const name = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9._ /-]{0,39}$/, 'letters, digits, ".", "_", "-", "/" and spaces, 40 at most');

/** How a model is served. */
const servedFields = {
  /** A model whose shape is known (`tickbench fpx export` lists them), or a folder with its config.json. */
  model: z.string().min(1),
  /** A format for all layers, or a file with a precision map. */
  map: z.string().default('bf16'),
  fp4Inputs: z.union([z.literal(4), z.literal(16)], { error: 'accepted are 4 (W4A4) and 16 (W4A16)' }).default(16),
  kvBits: z.union([z.literal(8), z.literal(16)], { error: 'accepted are 8 and 16' }).default(16),
};
export const servedSchema = z.strictObject(servedFields);

const requestFields = { promptTokens: count, cachedTokens: z.int().min(0).default(0), answerTokens: count };
const request = z
  .strictObject(requestFields)
  .refine(({ promptTokens, cachedTokens }) => cachedTokens < promptTokens, { path: ['cachedTokens'], error: 'fewer than promptTokens' });

const configuration = z.strictObject({
  name: name.optional(),
  ...servedFields,
  /** What it is worth where the clock waits: its probe quality where a surface tells the reward, else any figure of which more is better. */
  quality: z.number(),
  qualityIs: z.enum(['measured', 'published', 'assumed'], { error: 'accepted are measured, published and assumed' }),
});

const choose = z
  .strictObject({
    configurations: z.array(configuration).min(1, 'at least one configuration'),
    /** Agents that play at once, each with a request of its own; in the worst moment all ask together. */
    seats: count.max(100_000),
    request,
    /** A surface that `tickbench fpx surface` wrote: the reward at a latency and a quality. */
    reward: z.string().optional(),
    /** World time for real time: the surface's latencies are in world time. */
    speed: above0.default(1),
    /** Answers that come later are worth nothing. */
    deadlineMs: above0.optional(),
    mostCostAnHour: above0.optional(),
    /** Of a seat on the average: reward, or quality where there is no surface. */
    least: z.number().optional(),
  })
  .refine((each) => each.reward !== undefined || each.deadlineMs !== undefined, 'needs reward: (a surface) or deadlineMs:, or both')
  .refine((each) => (each.mostCostAnHour === undefined) !== (each.least === undefined), 'needs one of mostCostAnHour: and least:');

/** A time that is known, not reckoned. */
const given = z.strictObject({
  ms: above0,
  /** Of one request; the device's price for that time where it is absent. */
  dollars: z.number().min(0).optional(),
  is: z.enum(['measured', 'published', 'assumed'], { error: 'accepted are measured, published and assumed' }),
  from: z.string().min(1, 'where the time is from'),
});

const modelStage = z.strictObject({
  ...servedFields,
  part: z.enum(['prefill', 'decode', 'whole'], { error: 'accepted are prefill, decode and whole' }).default('whole'),
  request,
  /** Requests that a machine computes together. */
  batch: count.default(1),
});

/** What goes to the next stage where that is on another device. */
const sends = z.union([z.literal('kv'), z.strictObject({ bytes: above0 }), z.strictObject({ ms: z.number().min(0), dollars: z.number().min(0).default(0) })], {
  error: 'accepted are kv (the keys and values of the prompt), {bytes: N} and {ms: N, dollars: N}',
}); // prettier-ignore

const step = z
  .strictObject({
    name,
    /** Stages that it waits for; the one before when absent. */
    after: z.array(name).optional(),
    on: z.record(name, given).optional(),
    model: modelStage.optional(),
    sends: sends.optional(),
  })
  .refine(({ on, model }) => on !== undefined || model !== undefined, 'needs on: (devices with times) or model:')
  .refine(({ sends: what, model }) => what !== 'kv' || model !== undefined, { path: ['sends'], error: 'kv is of a model: stage' });

const stages = z.strictObject({
  limitMs: above0,
  /** Every request pays for the time that it takes; or machines are paid by the hour, whole ones for each stage. */
  pay: z.enum(['request', 'hour'], { error: 'accepted are request and hour' }),
  /** By which machines are counted when they are paid by the hour. */
  requestsPerSecond: above0.optional(),
  steps: z.array(step).min(1, 'at least one stage'),
});

export const requirementSchema = z
  .strictObject({
    tickbench: z.literal('requirement.v1'),
    title: z.string().max(120).optional(),
    /** A catalogue of your own; the shipped one when absent. */
    catalogue: z.string().optional(),
    /** Files of timings that the latency model is calibrated on, beside the published ones. */
    timings: z.array(z.string()).default([]),
    /** Whether the published timings that ship with the project are taken too. */
    published: z.boolean().default(true),
    /** By which share predicted times are raised before they are held against limits: room for the model's error. */
    margin: z.number().min(0).max(10).default(0),
    /** Devices that come into question; all of the catalogue when absent. */
    devices: z.array(z.string()).min(1).optional(),
    /** How many machines of a kind there are, where machines are counted; as many as one likes when absent. */
    available: z.record(z.string(), z.int().min(0)).default({}),
    choose: choose.optional(),
    stages: stages.optional(),
  })
  .refine((each) => (each.choose === undefined) !== (each.stages === undefined), 'needs one of choose: and stages:');

export type Requirement = z.output<typeof requirementSchema>;
export type Choice = NonNullable<Requirement['choose']>;
export type Stages = NonNullable<Requirement['stages']>;
export type Step = Stages['steps'][number];
export type ServedAs = z.output<typeof servedSchema>;

/** Reads a requirement. @throws ConfigurationError naming the key and what is accepted there */
export function readRequirement(path: string): Requirement {
  const parsed = requirementSchema.safeParse(readYaml(path), TELLING_KEYS);
  if (!parsed.success) throw new ConfigurationError(`${path} is no requirement:\n${explain(parsed.error)}`);
  const { stages: all } = parsed.data;
  if (all?.pay === 'hour' && all.requestsPerSecond === undefined)
    throw new ConfigurationError(`${path}: stages.requestsPerSecond: is needed where machines are paid by the hour`);
  if (all?.pay === 'request' && Object.keys(parsed.data.available).length > 0)
    throw new ConfigurationError(`${path}: available: machines are not counted where requests pay for the time that they take; accepted: pay: hour, or devices: without those that there are not`); // prettier-ignore
  const known: string[] = [];
  for (const [i, { name: own, after = [] }] of (all?.steps ?? []).entries()) {
    if (known.includes(own)) throw new ConfigurationError(`${path}: stages.steps.${i}.name: "${own}" is there already`);
    for (const each of after)
      if (!known.includes(each)) throw new ConfigurationError(`${path}: stages.steps.${i}.after: "${each}" is no stage before it; accepted: ${known.join(', ') || 'none'}`); // prettier-ignore
    known.push(own);
  }
  return parsed.data;
}

/** The requirement's form for other programs. */
export function requirementJsonSchema(): unknown {
  return z.toJSONSchema(requirementSchema, { io: 'input' });
}
