/** The form of an entry's figures. The page reads it too. */
import { z } from 'zod';

const estimateSchema = z.object({
  value: z.number().nullable(),
  low: z.number().nullable(),
  high: z.number().nullable(),
  n: z.int(),
  atLeast: z.literal(true).optional(),
});

/** An entry's figures; latencies in milliseconds, world time unless they say real; rewards in the task's shown unit. */
export const figuresSchema = z.object({
  matches: z.int(),
  decisions: z.int(),
  rewardUnit: z.string(),
  reward: estimateSchema,
  latencyMeanMs: estimateSchema,
  latencyP50Ms: estimateSchema,
  latencyP90Ms: estimateSchema,
  realLatencyP50Ms: estimateSchema,
  rejected: estimateSchema,
  missed: estimateSchema,
  /** What it earns in whole matches while the clock waits; value null where the plan has none. */
  patientReward: estimateSchema,
  clock: z.enum(['wall', 'virtual']),
  speed: z.number(),
});

export type Figures = z.infer<typeof figuresSchema>;
