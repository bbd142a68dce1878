/** A job's work and its outcome as JSON: one for each cell and each bank that is to be asked. */
import { z } from 'zod';

/** One of a plan's tasks: several may have the same name and differ in who plays the other seat. */
const who = {
  task: z.int().min(0),
  entrant: z.string(),
  name: z.string(),
  isBot: z.boolean(),
  /** Hashes of what the model is made of, part by part: a refusal names what differs. Empty for a bot. */
  made: z.record(z.string(), z.string()),
};

const matchWork = z.object({
  kind: z.literal('match'),
  ...who,
  cell: z.string(),
  seed: z.int().min(0),
  purpose: z.enum(['measure', 'patient', 'confirm', 'recovery']),
  addedUs: z.int().min(0),
  /** Hashes of what the trace's header has to say, part by part: a refusal names what differs. */
  parts: z.record(z.string(), z.string()),
  /** Real seconds that it is expected to take. */
  expectedS: z.number(),
});

const probesWork = z.object({ kind: z.literal('probes'), ...who, expectedS: z.number() });

/** What a worker is to do: play a match, or ask an entrant a bank. */
export const workForm = z.discriminatedUnion('kind', [matchWork, probesWork]);
export type Work = z.infer<typeof workForm>;

/** What came of it, beside the bytes of the trace or of the answers. */
export const outcomeForm = z.object({
  /** Void attempts before this one. */
  voided: z.int().min(0),
  /** Why the match does not count; absent when it does. */
  unfinished: z.string().optional(),
});
export type Outcome = z.infer<typeof outcomeForm>;
