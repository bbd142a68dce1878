/** Intervals of ratios of sums over matches. */
import { boundedInterval, type Measured, type Prior, type Range } from './bounded.js';
import { studentQuantile } from './distributions.js';
import { CONFIDENCE, LEAST_MATCHES, NOT_MEASURED, type Estimate } from './estimate.js';

/** One cluster's part of a ratio of sums. */
export interface RatioPart {
  numerator: number;
  denominator: number;
}

/** How a ratio's interval is made. */
export interface RatioSettings {
  confidence?: number;
  /** Where the ratio lies, when that is known; single clusters may lie outside of it. */
  range?: Range;
}

const PRIOR: Prior = { part: 1 / 6, matches: 0.5 };

/**
 * Sum of numerators over sum of denominators, the clusters being the sampled units, with Student's t interval. Where a range is given the
 * interval is wide enough for that range, too, and cut to it. Fewer than three clusters have none.
 */
export function ratioOfSums(parts: readonly RatioPart[], { confidence = CONFIDENCE, range }: RatioSettings = {}): Estimate {
  const measured = measuredRatio(parts);
  if (measured === undefined) return { ...NOT_MEASURED, n: parts.length };
  const { value, error, degrees, n } = measured;
  if (n < LEAST_MATCHES || !Number.isFinite(error)) return { value, low: null, high: null, n };
  const half = studentQuantile((1 + confidence) / 2, degrees) * error;
  const [low, high] = [value - half, value + half];
  if (!range) return { value, low, high, n };
  const bounded = boundedInterval(measured, range, PRIOR, confidence);
  return {
    value,
    low: Math.max(Math.min(range.low, value), Math.min(low, bounded.low)),
    high: Math.min(Math.max(range.high, value), Math.max(high, bounded.high)),
    n,
  };
}

/**
 * A ratio of sums with its jackknife error: what it becomes without each of the clusters (Cochran, Sampling Techniques, 6.17). A few
 * clusters with large denominators make up most of it, so its degrees of freedom are those of the effective number of clusters,
 * (sum of d)^2 / (sum of d^2), less one (Kish 1965). Undefined where the denominators sum to nothing; an infinite error where too few
 * clusters have weight.
 */
export function measuredRatio(parts: readonly RatioPart[]): Measured | undefined {
  const n = parts.length;
  let numerator = 0;
  let denominator = 0;
  let squares = 0;
  for (const part of parts) {
    numerator += part.numerator;
    denominator += part.denominator;
    squares += part.denominator * part.denominator;
  }
  if (n === 0 || denominator === 0) return undefined;
  const value = numerator / denominator;
  const without = parts.map((part) => (numerator - part.numerator) / (denominator - part.denominator));
  const degrees = (denominator * denominator) / squares - 1;
  if (degrees < 0.5 || without.some((each) => !Number.isFinite(each))) return { value, error: Infinity, n, degrees };
  const centre = without.reduce((sum, each) => sum + each, 0) / n;
  const spread = without.reduce((sum, each) => sum + (each - centre) * (each - centre), 0);
  return { value, error: Math.sqrt(((n - 1) / n) * spread), n, degrees };
}
