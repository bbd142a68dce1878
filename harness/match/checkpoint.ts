/**
 * What a checkpoint says of a match beside its trace so far, from which everything that follows from the record is taken: the world itself, which
 * observations were open, who was connected, which receipts were due. So a file can claim nothing that its own record contradicts, and a world
 * comes to be by its rules alone. Tokens are in it as hashes; whose key an endpoint takes is not in it at all.
 */
import { z } from 'zod';
import type { Micros } from '../../envs/environment.js';
import { FAILURE_KINDS } from '../../scoring/trace/trace.js';
import { telemetry } from '../protocol/frames.js';
import type { QueueState } from './world.js';
import type { Answer, Seat } from './seat.js';

const micros = z.int().min(0);

const answer = z.strictObject({
  landsAt: micros,
  realUs: z.number().min(0),
  wait: z.strictObject({ harnessUs: z.number().min(0), endpointUs: z.number().min(0).optional() }).optional(),
  telemetry: telemetry.optional(),
  content: z.discriminatedUnion('kind', [
    z.strictObject({ kind: z.literal('action'), action: z.strictObject({ plan: z.unknown(), standing: z.string().max(50).optional() }) }),
    z.strictObject({ kind: z.literal('rejected'), reason: z.string().max(8000), failure: z.enum(FAILURE_KINDS).optional() }),
  ]),
});

const seat = z.strictObject({
  /** SHA-256 of the token by which its agent may come back; null where the agent is started anew. */
  tokenHash: z
    .string()
    .regex(/^[0-9a-f]{64}$/)
    .nullable(),
  /** The seed that its agent was told. */
  agentSeed: z.int().min(0).max(0xffffffff),
  /** Of its open observation, where it has one: sent to the agent; given up; answered, and the answer on its way. */
  sent: z.boolean(),
  expired: z.boolean(),
  answer: answer.nullable(),
  /** The receipt of its last decision is still on its way. */
  receiptDue: z.boolean(),
});

/** The last line of a checkpoint, less the hash of the line before it. */
export const checkpointState = z.strictObject({
  version: z.literal('checkpoint.v1'),
  /** When it was taken, by this host's date. */
  takenAtMs: z.int().min(0),
  /** World time of the world, of its last publishing moment, and of the clock. */
  at: micros,
  published: micros,
  clockAt: micros,
  /** The world's digest at `at`. */
  digest: z.string().regex(/^[0-9a-f]{16}$/),
  /** How late the publishing moments were that the trace does not hold yet. */
  late: z.array(z.int().min(0)).max(1_000_000),
  clockJumpsMs: z.array(z.int()).max(10_000),
  /** Seats whose observation is to be sent next. */
  outgoing: z.array(micros).max(4096),
  seats: z.array(seat).min(1).max(4096),
  /** The match server's port: agents that come back look for it there. */
  port: z.int().min(1).max(65535),
});

export type CheckpointState = z.infer<typeof checkpointState>;

/** A match at a moment. */
export interface MatchMoment {
  at: Micros;
  clockAt: Micros;
  digest: string;
  queue: QueueState;
  seats: readonly Seat[];
  clockJumpsMs: readonly number[];
  /** Who a seat's agent is, for letting it in again. */
  agentOf(seat: number): { tokenHash: string | null; agentSeed: number };
  port: number;
  nowMs: number;
}

/** What the last line of a checkpoint says. */
export function checkpointOf(moment: MatchMoment): CheckpointState {
  const { at, clockAt, digest, queue, seats, clockJumpsMs, port, nowMs } = moment;
  return {
    version: 'checkpoint.v1',
    takenAtMs: nowMs,
    at,
    published: queue.published,
    clockAt,
    digest,
    late: queue.late,
    clockJumpsMs: [...clockJumpsMs],
    outgoing: queue.outgoing,
    seats: seats.map(({ index, pending, receipt }) => ({
      ...moment.agentOf(index),
      sent: pending?.sent ?? false,
      expired: pending?.expired ?? false,
      answer: pending?.answer ? (pending.answer satisfies Answer) : null,
      receiptDue: receipt !== null,
    })),
    port,
  };
}
