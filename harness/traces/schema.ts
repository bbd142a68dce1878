/** The lines of a trace as schemas. Pure: they also read traces in the browser. */
import { z } from 'zod';
import { FAILURE_KINDS } from '../../scoring/trace/trace.js';
import { MAX_SPEED } from '../match/grid.js';
import { telemetry } from '../protocol/frames.js';

const micros = z.int().min(0);
const seq = z.int().min(0);
const seat = z.int().min(0);
const json = z.unknown();

const processorWait = z.object({ harnessUs: z.number().min(0), endpointUs: z.number().min(0).optional() });
const settled = { seat, seq, at: micros, latencyUs: micros, wait: processorWait.optional() };
const event = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('observe'), seat, seq, at: micros, lateUs: z.number() }),
  z.object({
    kind: z.literal('act'),
    ...settled,
    realUs: z.number(),
    action: z.object({ plan: json, standing: z.string().optional() }),
    landing: z.object({ at: micros, accepted: z.boolean(), reason: z.string().optional(), detail: json.optional() }),
    telemetry: z.object(telemetry.shape).optional(),
  }),
  z.object({
    kind: z.literal('reject'),
    ...settled,
    realUs: z.number(),
    reason: z.string(),
    failure: z.enum(FAILURE_KINDS).optional(),
    telemetry: z.object(telemetry.shape).optional(),
  }),
  z.object({ kind: z.literal('miss'), ...settled }),
  z.object({ kind: z.literal('leave'), seat, at: micros, reason: z.string() }),
  z.object({ kind: z.literal('return'), seat, at: micros }),
  z.object({ kind: z.literal('error'), seat, at: micros, code: z.string(), detail: z.string() }),
  z.object({ kind: z.literal('ticks'), at: micros, lateUs: z.array(z.int().min(0)) }),
  z.object({
    kind: z.literal('trips'),
    seat,
    at: micros,
    us: z.array(micros),
    lost: z.int().min(0).optional(),
    aheadUs: z.array(z.int()).optional(),
  }),
  z.object({ kind: z.literal('outage'), seat, at: micros, state: z.enum(['down', 'up']), realUs: micros.optional() }),
  z.object({ kind: z.literal('energy'), at: micros, realUs: z.int().min(0), uj: z.record(z.string().max(100), z.int().min(0)) }),
  z.object({ kind: z.literal('moved'), at: micros, pausedMs: z.int().min(0).nullable(), missed: z.array(seat), host: json }),
]);

const latencyModel = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('constant'), us: micros }),
  z.object({ kind: z.literal('jittered'), baseUs: micros, jitterUs: micros }),
  z.object({ kind: z.literal('recorded'), us: z.array(micros).min(1) }),
]);

const contention = z
  .object({
    agents: z.int().positive(),
    agent: z.int().min(0),
    group: z.int().min(0),
    sequences: z.int().positive().optional(),
    tenant: z.object({ name: z.string(), weight: z.number().positive() }).optional(),
    gateway: z.string().optional(),
    run: z.string(),
  })
  .refine(({ agents, agent }) => agent < agents, 'agent: accepted: less than agents');

/** First line of a trace file. */
export const headerLine = z.object({
  header: z.object({
    tickbench: z.literal('trace.v1'),
    id: z.string(),
    task: z.string(),
    rules: z.string(),
    options: json,
    seed: z.int(),
    clock: z.enum(['wall', 'virtual']),
    speed: z.number().positive().max(MAX_SPEED),
    tickUs: z.int().positive(),
    timeoutUs: z.int().positive(),
    asksAbsent: z.literal(true).optional(),
    jitterUs: z.int().positive().optional(),
    patient: z.literal(true).optional(),
    contention: contention.optional(),
    seats: z.array(
      z.object({
        name: z.string(),
        kind: z.enum(['model', 'bot', 'stranger', 'human']),
        addedUs: micros,
        givenUs: micros.optional(),
        replayed: z.literal(true).optional(),
        latency: z.object({ feed: latencyModel.optional(), entry: latencyModel.optional(), response: latencyModel.optional() }).optional(),
        outage: z.object({ atUs: micros, forUs: z.int().positive().optional() }).optional(),
        configuration: json.optional(),
      }),
    ),
    host: json,
    startedAt: z.string(),
  }),
});

/** One second of events. */
export const blockLine = z.object({ previous: z.string(), second: z.int().min(0), events: z.array(event) });

/** Last line of a finished trace. */
export const footerLine = z.object({
  previous: z.string(),
  footer: z.object({
    results: z.object({
      over: z.boolean(),
      endedAt: micros,
      reward: z.array(z.number()),
      seats: z.array(z.record(z.string(), z.number())),
    }),
    digest: z.string(),
    verdict: z.object({
      counts: z.boolean(),
      reasons: z.array(z.string()),
      unfinished: z.literal(true).optional(),
      notes: z.array(z.string()).optional(),
    }),
    lateness: z.object({ ticks: z.number(), p50Us: z.number(), p99Us: z.number(), maxUs: z.number(), over: z.number() }),
    givenUp: z.array(z.int().min(0)).optional(),
    endedAt: z.string(),
  }),
});
