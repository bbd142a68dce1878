/**
 * Latency of decisions: observation pushed to action landed. Rejected and missed decisions stay in as right-censored samples
 * (no action came by then), so dropping slow answers cannot make an agent look fast. Decisions whose call failed are left out: a server
 * that refuses at once is not fast.
 */
import type { Trace } from '../trace/trace.js';
import { decisionsOf, endOf, isPlay, type Decision } from '../trace/decisions.js';
import { clusteredShare } from '../statistics/shares.js';
import { quantile, quantileShares } from '../statistics/quantiles.js';
import { ratioOfSums, type RatioPart } from '../statistics/ratios.js';
import { NOT_MEASURED, type Estimate } from '../statistics/estimate.js';

/** One latency; `censored`: the action came later than this, or never. */
export interface LatencySample {
  us: number;
  censored: boolean;
}

/** When a censored sample's action came: never, which bounds a quantile from above, or right after its mark, which bounds it from below. */
const MARKS = {
  never: ({ us, censored }: LatencySample): number => (censored ? Infinity : us),
  atOnce: ({ us }: LatencySample): number => us,
};

function ascending(a: number, b: number): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/**
 * The p-quantile over all samples of the matches, with its interval over matches (see `quantileShares`). A quantile that falls among
 * censored samples is a lower bound (`atLeast`), and an interval's upper end there is unbounded (null).
 */
export function latencyQuantile(matches: readonly (readonly LatencySample[])[], p: number): Estimate {
  const played = matches.filter((samples) => samples.length > 0);
  if (played.length === 0) return NOT_MEASURED;
  const sorted = (mark: (sample: LatencySample) => number): number[] => played.flat().map(mark).sort(ascending);
  const [upper, lower] = [sorted(MARKS.never), sorted(MARKS.atOnce)];
  const end = (mark: (sample: LatencySample) => number, side: 'low' | 'high', marks: readonly number[]): number | null => {
    const shares = quantileShares(
      played.map((samples) => samples.map(mark)),
      p,
    );
    const at = shares ? quantile(marks, shares[side]) : Infinity;
    return at === Infinity ? null : at;
  };
  const value = quantile(upper, p);
  const low = end(MARKS.atOnce, 'low', lower);
  if (value === Infinity) return { value: quantile(lower, p), low, high: null, n: played.length, atLeast: true };
  return { value, low, high: end(MARKS.never, 'high', upper), n: played.length };
}

/** A decision's latency in world microseconds. */
export function worldLatency(decision: Decision): LatencySample {
  return { us: decision.latencyUs, censored: decision.outcome !== 'act' };
}

/** A decision's latency in real microseconds, without added delay. A miss waited its whole world limit, at the match's speed. */
export function realLatency(decision: Decision, speed: number): LatencySample {
  return { us: decision.realUs ?? Math.round(decision.latencyUs / speed), censored: decision.outcome !== 'act' };
}

/** A match's part of a mean latency: the time waited for actions, and how many landed. */
export interface LatencyPart extends RatioPart {
  seed: number;
}

/**
 * The time waited for each action that landed: all latencies over the actions. A decision that brought no action adds its time to that of
 * the next one, so quick answers that are no actions make nobody fast. Without any action the time waited is a lower bound (`atLeast`).
 */
export function meanLatency(parts: readonly LatencyPart[]): Estimate {
  const waited = parts.reduce((sum, part) => sum + part.numerator, 0);
  if (waited > 0 && parts.every((part) => part.denominator === 0))
    return { value: waited / parts.length, low: null, high: null, n: parts.length, atLeast: true };
  return ratioOfSums(parts);
}

/** A match's part of the mean latency. */
export function latencyPart(seed: number, samples: readonly LatencySample[]): LatencyPart {
  return {
    seed,
    numerator: samples.reduce((sum, { us }) => sum + us, 0),
    denominator: samples.filter(({ censored }) => !censored).length,
  };
}

/** Every latency figure of one configuration. Times in microseconds, rates per second, shares in [0, 1]. */
export interface LatencySummary {
  /** All that were settled, failed calls included. */
  decisions: number;
  /** The frontier's latency: see `meanLatency`. */
  worldMeanUs: Estimate;
  /** Its sums by match, in the order given; a seed that was played more than once has several. */
  latencyParts: readonly LatencyPart[];
  worldP50Us: Estimate;
  worldP90Us: Estimate;
  realP50Us: Estimate;
  realP90Us: Estimate;
  /** Actions landed a second. */
  perWorldSecond: Estimate;
  perRealSecond: Estimate;
  rejected: Estimate;
  missed: Estimate;
}

/** One match as one seat played it. */
export interface PlayedSeat {
  trace: Trace;
  seat: number;
}

/** Latencies, rates and shares over matches, each the unit of sampling. */
export function latencySummary(matches: readonly PlayedSeat[]): LatencySummary {
  const played = matches.map(({ trace, seat }) => ({ trace, decisions: decisionsOf(trace, seat) }));
  const world = played.map(({ decisions }) => decisions.filter(isPlay).map(worldLatency));
  const real = played.map(({ trace, decisions }) => decisions.filter(isPlay).map((decision) => realLatency(decision, trace.header.speed)));
  const latencyParts = world
    .map((samples, i) => latencyPart(played[i]!.trace.header.seed, samples))
    .filter(({ numerator }) => numerator > 0);
  const landed = (decisions: Decision[]) => decisions.filter((decision) => decision.outcome === 'act').length;
  const share = (outcome: Decision['outcome']) =>
    clusteredShare(
      played.map(({ decisions }) => ({
        successes: decisions.filter((decision) => decision.outcome === outcome).length,
        trials: decisions.length,
      })),
    );
  const rate = (speed: (trace: Trace) => number) =>
    ratioOfSums(
      played.map(({ trace, decisions }) => ({ numerator: landed(decisions), denominator: endOf(trace) / 1_000_000 / speed(trace) })),
    );
  return {
    decisions: played.reduce((sum, { decisions }) => sum + decisions.length, 0),
    worldMeanUs: meanLatency(latencyParts),
    latencyParts,
    worldP50Us: latencyQuantile(world, 0.5),
    worldP90Us: latencyQuantile(world, 0.9),
    realP50Us: latencyQuantile(real, 0.5),
    realP90Us: latencyQuantile(real, 0.9),
    perWorldSecond: rate(() => 1),
    perRealSecond: rate((trace) => trace.header.speed),
    rejected: share('reject'),
    missed: share('miss'),
  };
}
