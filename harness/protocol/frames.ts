/**
 * The protocol `tickbench.v1`: JSON text frames between a match server and an agent, as schemas. What an agent sends is checked by
 * them; what a server sends is built to them (tests check); both are published as JSON Schema for agents in other languages.
 *
 * An agent connects once to ws://HOST:PORT/agent and says hello. For each match it sits in it gets a welcome, then observations, one
 * unanswered at a time, each of which it answers by an action naming its seq; then a receipt, and at the match's end an end. It stays connected.
 */
import { z } from 'zod';
import type { Json } from '../../envs/environment.js';
import { printable } from './printable.js';
import { FAILURE_KINDS } from '../../scoring/trace/trace.js';

export const PROTOCOL = 'tickbench.v1';

/** What one agent may send. */
export const LIMITS = {
  /** Larger frames are refused unread. */
  maxFrameBytes: 16384,
  /** Larger ones close the connection (it may resume): nobody should be able to fill the server's memory. */
  closeFrameBytes: 1048576,
  /** Frames a real second, besides `framesPerObservation` for every observation it was sent. */
  framesPerSecond: 50,
  framesPerObservation: 4,
  /** Frames at once. */
  burst: 100,
  /** What may wait to be read by an agent; with more than this its connection is closed (it may resume). */
  unreadBytes: 1048576,
} as const;

const micros = z.int().min(0);
const count = z.int().min(0);
const anything = z.unknown();

/** Diagnostics only: an agent's own stamps never enter a score. A trace keeps it as it came. */
export const telemetry = z
  .strictObject({
    requestUs: count.optional(),
    firstTokenUs: count.optional(),
    releasedUs: count.optional(),
    lastTokenUs: count.optional(),
    promptTokens: count.optional(),
    cachedTokens: count.optional(),
    completionTokens: count.optional(),
    answer: z.string().max(4000).optional(),
    error: z.string().max(1000).optional(),
    cpuPermille: count.optional(),
    choice: z.strictObject({ arm: z.string().max(40), situation: z.string().max(80) }).optional(),
    earned: z
      .array(z.strictObject({ seq: count, gain: z.int(), overUs: count }))
      .max(64)
      .optional(),
    advice: z
      .array(z.strictObject({ text: z.string().max(1000), ageUs: count, unfinished: z.literal(true).optional() }))
      .max(2)
      .optional(),
    planner: z
      .strictObject({ ended: count, failures: z.array(z.enum(FAILURE_KINDS)).max(64), error: z.string().max(1000).optional() })
      .optional(),
  })
  .describe(
    'Stamps of the model call in real microseconds since the observation arrived, and what it said; of an agent of several models, whom it asked and why. Diagnostics only.',
  );

export const helloFrame = z
  .strictObject({
    type: z.literal('hello'),
    protocol: z.literal(PROTOCOL),
    token: z.string().min(1).max(200),
    name: z.string().min(1).max(200),
    task: z.string().max(50).optional(),
    recalls: z
      .literal(true)
      .optional()
      .describe('This process remembers nothing: should its match have begun elsewhere, it asks for what its seat has seen (`past`).'),
  })
  .describe('First frame of a connection. The token says which seat may be taken; the same token resumes after a lost connection.');

const actionBase = {
  type: z.literal('action'),
  match: z.string().max(200).optional().describe('The match it answers in; may be left out.'),
  seq: z.int().min(0).describe('The observation it answers.'),
  standing: z.string().max(50).optional().describe('What the seat does while the agent thinks about the next observation.'),
  telemetry: telemetry.optional(),
};
const says = {
  plan: anything.describe("The plan, in the task's own form (see the plan schema in welcome)."),
  answer: z.string().max(8000).describe('Instead of a plan: text, which the server parses as it parses a model.'),
  rejected: z.string().min(1).max(1000).describe('Instead of a plan: why there is none (the model answered nothing usable).'),
};
const failure = z
  .enum(FAILURE_KINDS)
  .optional()
  .describe("Beside `rejected`: the model call itself failed. Recorded for Tickbench's own model agents only.");

export const actionFrame = z
  .strictObject({ ...actionBase, plan: says.plan.optional(), answer: says.answer.optional(), rejected: says.rejected.optional(), failure })
  .refine((frame) => [frame.plan, frame.answer, frame.rejected].filter((part) => part !== undefined).length === 1, {
    error: 'exactly one of plan, answer and rejected is expected',
  })
  .refine(({ failure, rejected }) => failure === undefined || rejected !== undefined, { error: 'failure goes with rejected only' })
  .describe('Answers the one unanswered observation.');

export const pingFrame = z
  .strictObject({ type: z.literal('ping'), id: z.int(), sentUs: z.number().optional() })
  .describe('Asks for a pong, to estimate the offset between clocks.');

export const readyFrame = z
  .strictObject({ type: z.literal('ready'), id: z.int(), done: count, note: z.string().max(1000).optional() })
  .describe('The warm-up asked for is finished: so many calls were made.');

/** Everything an agent may send. */
export const agentFrame = z.discriminatedUnion('type', [helloFrame, actionFrame, pingFrame, readyFrame]);

const welcomeFrame = z
  .strictObject({
    type: z.literal('welcome'),
    protocol: z.literal(PROTOCOL),
    match: z.string(),
    seat: count,
    task: z.string(),
    options: anything,
    clock: z.enum(['wall', 'virtual']),
    speed: z.number().positive(),
    seed: count.describe("For the agent's own randomness; it says nothing about the world's."),
    timeoutUs: micros,
    tickUs: micros,
    patient: z.literal(true).optional().describe('The clock waits for every answer and charges a given latency whatever it takes.'),
    standingOrders: z.array(z.string()).describe('Legal standing orders, the default first.'),
    planSchema: anything.describe('JSON Schema of a plan.'),
    resumed: z.boolean(),
    limits: z.strictObject({ maxFrameBytes: count, framesPerSecond: count, framesPerObservation: count, burst: count }),
  })
  .describe('A seat was taken (or taken again) in a match.');

const observationFrame = z
  .strictObject({ type: z.literal('observation'), match: z.string(), seq: count, at: micros, state: anything, text: z.string() })
  .describe('What the seat may see at world time `at`. Latency runs from here until the answer has landed.');

const pastFrame = observationFrame
  .extend({ type: z.literal('past') })
  .describe(
    'In a match that goes on from a checkpoint, to an agent whose hello said `recalls`: an observation its seat was sent before, oldest first. It is not to be answered.',
  );

const receiptFrame = z
  .strictObject({
    type: z.literal('receipt'),
    match: z.string(),
    seq: count,
    outcome: z.enum(['act', 'reject', 'miss']),
    at: micros,
    latencyUs: micros,
    accepted: z.boolean(),
    reason: z.string().optional(),
  })
  .describe('What became of the answer: where it landed, or why it did not.');

/** Why a frame was refused. */
export const ERROR_CODES = [
  'malformed',
  'oversized',
  'too-frequent',
  'wrong-type',
  'late',
  'future',
  'wrong-match',
  'not-seated',
  'too-slow',
  'refused',
] as const;
export type ErrorCode = (typeof ERROR_CODES)[number];

const errorFrame = z
  .strictObject({ type: z.literal('error'), code: z.enum(ERROR_CODES), detail: z.string() })
  .describe('A frame was refused; the match goes on and the observation is still to be answered.');

const pongFrame = z
  .strictObject({ type: z.literal('pong'), id: z.int(), sentUs: z.number().optional(), receivedUs: z.number(), returnedUs: z.number() })
  .describe("The ping's id and stamp, and when the server got it and sent this, in microseconds of the server's monotonic clock.");

const warmupFrame = z
  .strictObject({ type: z.literal('warmup'), id: z.int(), task: z.string(), options: anything, seed: count, count })
  .describe('Asks for some unscored calls with real prompts, before a match. Agents without anything to warm answer ready at once.');

const assignmentFrame = z
  .strictObject({
    type: z.literal('assignment'),
    pairing: z.string(),
    task: z.string(),
    url: z.string().describe('Another match server, ws://HOST:PORT; agents connect to its /agent.'),
    token: z.string().describe('What to say hello with there. It is good for this pairing alone.'),
    matches: count.describe('How many matches are played there.'),
    withinMs: count.describe('How soon, in real milliseconds: whoever is not there by then has lost the match.'),
  })
  .describe('In an arena: a rival was found. Connect there and play; this connection stays, and the next assignment comes on it.');

const endFrame = z
  .strictObject({
    type: z.literal('end'),
    match: z.string(),
    results: anything,
    verdict: z.strictObject({
      counts: z.boolean(),
      reasons: z.array(z.string()),
      unfinished: z.literal(true).optional(),
      notes: z.array(z.string()).optional(),
    }),
  })
  .describe('The match is over. The connection stays for the next one.');

/** Everything a server may send to an agent. */
export const serverFrame = z.discriminatedUnion('type', [
  welcomeFrame,
  observationFrame,
  pastFrame,
  receiptFrame,
  errorFrame,
  pongFrame,
  warmupFrame,
  assignmentFrame,
  endFrame,
]);

export type AgentFrame = z.infer<typeof agentFrame>;
export type ActionFrame = z.infer<typeof actionFrame>;
export type HelloFrame = z.infer<typeof helloFrame>;
export type ReadyFrame = z.infer<typeof readyFrame>;
export type ServerFrame = z.infer<typeof serverFrame>;
export type WelcomeFrame = z.infer<typeof welcomeFrame>;
export type ObservationFrame = z.infer<typeof observationFrame>;
export type PastFrame = z.infer<typeof pastFrame>;
export type ReceiptFrame = z.infer<typeof receiptFrame>;
export type WarmupFrame = z.infer<typeof warmupFrame>;
export type AssignmentFrame = z.infer<typeof assignmentFrame>;
export type EndFrame = z.infer<typeof endFrame>;

/** A frame as read, or why not. */
export type Reading = { ok: true; frame: AgentFrame } | { ok: false; code: ErrorCode; detail: string };

/** Reads one frame of an agent. Never throws. */
export function readAgentFrame(text: string): Reading {
  let raw: unknown;
  try {
    raw = JSON.parse(text);
  } catch (error) {
    return { ok: false, code: 'malformed', detail: printable(`not JSON: ${(error as Error).message}`) };
  }
  const parsed = agentFrame.safeParse(raw);
  if (parsed.success) return { ok: true, frame: parsed.data };
  return { ok: false, code: 'wrong-type', detail: printable(explain(parsed.error)) };
}

/** A schema's refusal in one line: where, and what is expected there. */
export function explain(error: z.ZodError): string {
  const lines = error.issues.map((issue) => {
    const where = issue.path.length > 0 ? issue.path.join('.') : 'frame';
    const options = 'options' in issue && Array.isArray(issue.options) ? ` (one of ${issue.options.join(', ')})` : '';
    return `${where}: ${issue.message}${options}`;
  });
  const shown = lines.slice(0, 5).join('; ');
  return lines.length > 5 ? `${shown}; and ${lines.length - 5} more` : shown;
}

/** The whole protocol as JSON Schema (2020-12): `agent` for what agents send, `server` for what they get, and the limits. */
export function protocolSchema(): Json {
  const options = { io: 'input', unrepresentable: 'any' } as const;
  // The rule "exactly one of" is a refinement, which JSON Schema generation cannot see: the frame is published as its three forms.
  const { plan, answer, rejected } = says;
  const forms = [{ plan }, { answer }, { rejected, failure }].map((said) => z.strictObject({ ...actionBase, ...said }));
  const agent = z.toJSONSchema(z.union([helloFrame, ...forms, pingFrame, readyFrame]), options);
  return { protocol: PROTOCOL, limits: { ...LIMITS }, agent: agent as Json, server: z.toJSONSchema(serverFrame, options) as Json };
}
