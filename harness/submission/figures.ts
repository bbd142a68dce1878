/** The figures of an entry, reckoned from its traces alone by whoever verifies them: what the submitter reckoned is never looked at. */
import { readFileSync } from 'node:fs';
import { summarise } from '../../scoring/figures/summary.js';
import type { PlayedSeat } from '../../scoring/figures/latency.js';
import { rewardSummary } from '../../scoring/reward/reward.js';
import { scaled, type Estimate } from '../../scoring/statistics/estimate.js';
import { taskNamed } from '../match/tasks.js';
import { measuredSeat } from '../sweep/cells.js';
import { traceFromBytes } from '../traces/reader.js';
import type { Figures } from './figures-form.js';
import type { Purpose } from './manifest.js';
import { MOST_UNPACKED } from './trace-check.js';

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
