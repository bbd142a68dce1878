/** Quantiles of samples, and of samples that come in matches. */
import { studentQuantile } from './distributions.js';
import { CONFIDENCE, LEAST_MATCHES } from './estimate.js';
import { measuredRatio } from './ratios.js';

/** The p-quantile of sorted values as an order statistic: the smallest value with at least a share p at or below it. */
export function quantile(sorted: readonly number[], p: number): number {
  if (sorted.length === 0) throw new RangeError('quantile of no values');
  return sorted[quantileRank(sorted.length, p)]!;
}

/** Index of the p-quantile among n sorted values (inverse of the empirical distribution function, Hyndman-Fan type 1). */
function quantileRank(n: number, p: number): number {
  return Math.min(n - 1, Math.max(0, Math.ceil(p * n - 1e-9) - 1));
}

/**
 * The shares between which the p-quantile of all samples lies (Woodruff 1952): how far the share of samples at or below the sample's own
 * quantile may be from p, by Student's t over the spread of that share between matches. The quantiles at these two shares are the interval's
 * ends. Undefined with fewer than three matches.
 */
export function quantileShares(
  matches: readonly (readonly number[])[],
  p: number,
  confidence = CONFIDENCE,
): { low: number; high: number } | undefined {
  const played = matches.filter((samples) => samples.length > 0);
  if (played.length < LEAST_MATCHES) return undefined;
  const middle = quantile(
    played.flat().sort((a, b) => (a < b ? -1 : a > b ? 1 : 0)),
    p,
  );
  const parts = played.map((samples) => ({ numerator: samples.filter((each) => each <= middle).length, denominator: samples.length }));
  const { error, degrees } = measuredRatio(parts)!;
  if (!Number.isFinite(error)) return undefined;
  const half = studentQuantile((1 + confidence) / 2, degrees) * error;
  return { low: Math.max(0, p - half), high: Math.min(1, p + half) };
}
