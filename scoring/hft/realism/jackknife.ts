/** Intervals for figures that only make sense pooled over the seeds: the seed is the unit of sampling. */
import { CONFIDENCE, NOT_MEASURED, type Estimate } from '../../statistics/estimate.js';
import { studentQuantile } from '../../statistics/distributions.js';

/**
 * A statistic of all seeds with its delete-one-seed jackknife interval: standard error sqrt((n - 1) / n * sum (theta_-i - mean)^2), Student's t
 * with n - 1 degrees of freedom (Efron & Tibshirani 1993, chapter 11). Not measured where the statistic is no finite number; no interval with
 * fewer than two seeds, or where it is undefined without one of them.
 */
export function jackknife<Seed>(seeds: readonly Seed[], statistic: (seeds: readonly Seed[]) => number, confidence = CONFIDENCE): Estimate {
  const n = seeds.length;
  if (n === 0) return NOT_MEASURED;
  const value = statistic(seeds);
  if (!Number.isFinite(value)) return { ...NOT_MEASURED, n };
  const without = n < 2 ? [] : seeds.map((_, i) => statistic(seeds.filter((_, j) => j !== i)));
  if (without.length === 0 || without.some((theta) => !Number.isFinite(theta))) return { value, low: null, high: null, n };
  const mean = without.reduce((sum, theta) => sum + theta, 0) / n;
  const squares = without.reduce((sum, theta) => sum + (theta - mean) * (theta - mean), 0);
  const half = studentQuantile(1 - (1 - confidence) / 2, n - 1) * Math.sqrt(((n - 1) / n) * squares);
  return { value, low: value - half, high: value + half, n };
}
