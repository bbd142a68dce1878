/** The forms of what a sweep keeps beside its traces: a file of another form was made by another version, or damaged, and is made again. */
import { z } from 'zod';
import type { ValuedMatch } from '../../scoring/figures/summary.js';
import type { Overhead } from '../agents/calibration.js';

const stakes = z.object({ value: z.number(), best: z.number(), worst: z.number() });

/** The oracle's values of a match. */
export const valuedMatch: z.ZodType<ValuedMatch> = z.object({
  traceId: z.string(),
  seat: z.int().min(0),
  decisions: z.array(
    z.object({
      seat: z.int().min(0),
      seq: z.int().min(0),
      observedAt: z.number(),
      landedAt: z.number(),
      outcome: z.enum(['act', 'reject', 'miss']),
      decided: stakes,
      landed: stakes,
      latencyCost: z.number(),
    }),
  ),
});

/** What the harness adds to a latency by itself. */
export const overheadForm: z.ZodType<Overhead> = z.object({
  decisions: z.number(),
  scriptedUs: z.number(),
  p50Us: z.number(),
  p90Us: z.number(),
  p99Us: z.number(),
});
