/** One row of the table: everything that is printed about a configuration (or a bot) on a task. */
import type { AnyTask } from '../../envs/environment.js';
import { absenceOf } from '../trace/absence.js';
import { endOf } from '../trace/decisions.js';
import { latencySummary, type LatencySummary, type PlayedSeat } from './latency.js';
import { VALUE_SCALE, type ValuedDecision } from '../oracle/oracle.js';
import type { SituationQuality } from '../oracle/probes.js';
import { quality, qualityOf } from './quality.js';
import { rateSummary, type RateSummary } from './rates.js';
import { rewardSummary } from '../reward/reward.js';
import { NOT_MEASURED, scaled, type Estimate } from '../statistics/estimate.js';
import { ratioOfSums, type RatioPart } from '../statistics/ratios.js';
import type { Trace } from '../trace/trace.js';
import { workload, workloadOf, type Workload } from './workload.js';

/** The oracle's results for one match. */
export interface ValuedMatch {
  traceId: string;
  seat: number;
  decisions: readonly ValuedDecision[];
}

/** A configuration's answers to the probe bank, already valued. */
export interface ProbeResult {
  /** Sums by source match (see `probeParts`). */
  parts: readonly RatioPart[];
  /** States asked, and how many of the answers were no action. */
  asked: number;
  rejected: number;
  /** The same by kinds of situation, where the task tells any apart (see `qualityBySituation`). */
  situations?: readonly SituationQuality[];
}

/** All figures of one configuration on one task. Latencies in microseconds; `latencyCost` and `reward` in the task's shown unit. */
export interface Summary extends LatencySummary, RateSummary {
  name: string;
  task: string;
  /** Matches that count, those left out because they are void, and those of the void that a budget ended. */
  matches: number;
  voided: number;
  unfinished: number;
  /** Matches that count in which its agent was away for a while. */
  away: number;
  probeQuality: Estimate;
  probeParts: readonly RatioPart[];
  probesAsked: number;
  probesRejected: number;
  probeSituations: readonly SituationQuality[];
  decidedQuality: Estimate;
  landedQuality: Estimate;
  /** Mean cost of the latency of one decision. */
  latencyCost: Estimate;
  /** Decisions the oracle valued. */
  valued: number;
  reward: Estimate;
  rewardUnit: string;
  /** What it asked of its server; undefined where no server told of tokens. */
  workload: Workload | undefined;
}

/**
 * Summarises one configuration. Void matches are counted and left out of every figure; without a single match that counts there are none,
 * of probes neither: whoever cannot play a match through has no place beside those who can.
 * @param matches the traces with the seat the configuration took in each.
 * @param valued the oracle's results of any of these matches (by trace id and seat); others are ignored.
 */
export function summarise(
  task: Pick<AnyTask, 'name' | 'reward' | 'parseOptions'>,
  name: string,
  matches: readonly PlayedSeat[],
  valued: readonly ValuedMatch[] = [],
  probes?: ProbeResult,
): Summary {
  const counting = matches.filter(({ trace }) => counts(trace));
  const clusters = counting
    .map(({ trace, seat }) =>
      valued.filter((each) => each.traceId === trace.header.id && each.seat === seat).flatMap((each) => each.decisions),
    )
    .filter((decisions) => decisions.length > 0);
  const asked = counting.length === 0 ? undefined : probes;
  const costs = ratioOfSums(
    clusters.map((decisions) => ({ numerator: decisions.reduce((sum, each) => sum + each.latencyCost, 0), denominator: decisions.length })),
  );
  return {
    name,
    task: task.name,
    matches: counting.length,
    voided: matches.length - counting.length,
    unfinished: matches.filter(({ trace }) => trace.footer?.verdict.unfinished).length,
    away: counting.filter(({ trace, seat }) => absenceOf(trace.events, seat, endOf(trace)) !== null).length,
    ...latencySummary(counting),
    ...rateSummary(counting),
    probeQuality: asked ? qualityOf(asked.parts) : NOT_MEASURED,
    probeParts: asked?.parts ?? [],
    probesAsked: probes?.asked ?? 0,
    probesRejected: probes?.rejected ?? 0,
    probeSituations: asked?.situations ?? [],
    decidedQuality: quality(clusters.map((decisions) => decisions.map((each) => each.decided))),
    landedQuality: quality(clusters.map((decisions) => decisions.map((each) => each.landed))),
    latencyCost: scaled(costs, 1 / (VALUE_SCALE * task.reward.scale)),
    valued: clusters.reduce((sum, decisions) => sum + decisions.length, 0),
    reward: rewardSummary(task, counting),
    rewardUnit: task.reward.unit,
    workload: workload(counting.flatMap(({ trace, seat }) => workloadOf(trace, seat) ?? [])),
  };
}

/** Whether a trace counts: finished, and not void. */
export function counts(trace: Trace): boolean {
  return trace.footer?.verdict.counts === true;
}
