/** How a configuration's latencies are spread, beyond their middle: what a chart of the distribution and a table of its tail are drawn from. */
import { quantile } from '../statistics/quantiles.js';
import { NOT_MEASURED, type Estimate } from '../statistics/estimate.js';
import { latencyQuantile, type LatencySample } from './latency.js';

/** Decisions that have to lie beyond a tail quantile for it to be told: with fewer it is little more than the slowest few. */
export const LEAST_BEYOND = 10;

/** The shares at which the curve of a distribution is told: each hundredth. */
export const CURVE_SHARES: readonly number[] = Array.from({ length: 99 }, (_, i) => (i + 1) / 100);

/** The spread of a configuration's latencies, in the unit of its samples (microseconds). */
export interface LatencyDistribution {
  /** Decisions behind it; failed calls are none. */
  decisions: number;
  /** Those that brought no action: right-censored. */
  unanswered: number;
  p50: Estimate;
  p90: Estimate;
  /** Not measured unless `LEAST_BEYOND` decisions lie beyond it, which takes a thousand. */
  p99: Estimate;
  /** By which latency each of `CURVE_SHARES` of the decisions had brought an action; null where it lies among those that brought none. */
  curve: (number | null)[];
}

/** Decisions that a quantile needs to be told. */
export function decisionsNeeded(p: number): number {
  return Math.ceil(LEAST_BEYOND / (1 - p) - 1e-9);
}

/** The spread of latencies over matches; undefined without any decision. @param matches each match's samples (see `latencyQuantile`) */
export function latencyDistribution(matches: readonly (readonly LatencySample[])[]): LatencyDistribution | undefined {
  const samples = matches.flat();
  if (samples.length === 0) return undefined;
  const sorted = samples.map(({ us, censored }) => (censored ? Infinity : us)).sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));
  return {
    decisions: samples.length,
    unanswered: samples.filter(({ censored }) => censored).length,
    p50: latencyQuantile(matches, 0.5),
    p90: latencyQuantile(matches, 0.9),
    p99: samples.length >= decisionsNeeded(0.99) ? latencyQuantile(matches, 0.99) : NOT_MEASURED,
    curve: CURVE_SHARES.map((share) => {
      const at = quantile(sorted, share);
      return at === Infinity ? null : at;
    }),
  };
}
