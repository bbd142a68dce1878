/** The figures of an entry, reckoned from its traces alone by whoever verifies them: what the submitter reckoned is never looked at. */
import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { summarise } from '../../scoring/figures/summary.js';
import type { PlayedSeat } from '../../scoring/figures/latency.js';
import { rewardSummary } from '../../scoring/reward/reward.js';
import { scaled, type Estimate } from '../../scoring/statistics/estimate.js';
import { taskNamed } from '../match/tasks.js';
import { measuredSeat } from '../sweep/cells.js';
import { traceFromBytes } from '../traces/reader.js';
import type { Purpose } from './manifest.js';
import { MOST_UNPACKED } from './trace-check.js';

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

/** Reckons them. @param traces files of accepted traces @throws TraceError for one that cannot be read */
export function figuresOf(taskName: string, name: string, traces: readonly { path: string; purpose: Purpose }[]): Figures {
  const task = taskNamed(taskName);
  const played = (purpose: Purpose): PlayedSeat[] =>
    traces
      .filter((each) => each.purpose === purpose)
      .map(({ path }) => {
        const { trace } = traceFromBytes(readFileSync(path), path, MOST_UNPACKED);
        return { trace, seat: measuredSeat(trace.header.seats.length, trace.header.seed) };
      });
  const measured = played('measure');
  const summary = summarise(task, name, measured);
  const ms = (estimate: Estimate): Estimate => scaled(estimate, 1 / 1000);
  const { clock, speed } = measured[0]!.trace.header;
  return {
    matches: summary.matches,
    decisions: summary.decisions,
    rewardUnit: summary.rewardUnit,
    reward: summary.reward,
    latencyMeanMs: ms(summary.worldMeanUs),
    latencyP50Ms: ms(summary.worldP50Us),
    latencyP90Ms: ms(summary.worldP90Us),
    realLatencyP50Ms: ms(summary.realP50Us),
    rejected: summary.rejected,
    missed: summary.missed,
    patientReward: rewardSummary(task, played('patient')),
    clock,
    speed,
  };
}
