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
 * Difference a - b of two ratios of sums over the same clusters, in the same order, with its interval: each cluster is left out of both at
 * once, so that what the clusters share cancels. Fewer than three clusters have none.
 */
export function ratioDifference(a: readonly RatioPart[], b: readonly RatioPart[], confidence = CONFIDENCE): Estimate {
  const measured = measuredDifference(a, b);
  if (!measured) return { ...NOT_MEASURED, n: a.length };
  const { value, error, degrees, n } = measured;
  if (n < LEAST_MATCHES || !Number.isFinite(error)) return { value, low: null, high: null, n };
  const half = studentQuantile((1 + confidence) / 2, degrees) * error;
  return { value, low: value - half, high: value + half, n };
}

/** The same with its jackknife error, infinite where too few clusters have weight. Undefined where one of the ratios is, or the clusters are not the same. */
export function measuredDifference(a: readonly RatioPart[], b: readonly RatioPart[]): Measured | undefined {
  const [first, second] = [measuredRatio(a), measuredRatio(b)];
  const n = a.length;
  if (!first || !second || n !== b.length) return undefined;
  const others = withoutEach(b);
  const known = Number.isFinite(first.error + second.error);
  const error = known ? jackknifeError(withoutEach(a).map((each, i) => each - others[i]!)) : Infinity;
  return { value: first.value - second.value, error, n, degrees: Math.min(first.degrees, second.degrees) };
}

/**
 * A ratio of sums with its jackknife error: what it becomes without each of the clusters (Cochran, Sampling Techniques, 6.17). A few
 * clusters with large denominators make up most of it, so its degrees of freedom are those of the effective number of clusters,
 * (sum of d)^2 / (sum of d^2), less one (Kish 1965). Undefined where the denominators sum to nothing; an infinite error where too few
 * clusters have weight.
 */
export function measuredRatio(parts: readonly RatioPart[]): Measured | undefined {
  const n = parts.length;
  const { numerator, denominator } = sumOf(parts);
  if (n === 0 || denominator === 0) return undefined;
  const value = numerator / denominator;
  const squares = parts.reduce((sum, part) => sum + part.denominator * part.denominator, 0);
  const degrees = (denominator * denominator) / squares - 1;
  const without = withoutEach(parts);
  const known = degrees >= 0.5 && without.every((each) => Number.isFinite(each));
  return { value, error: known ? jackknifeError(without) : Infinity, n, degrees };
}

function sumOf(parts: readonly RatioPart[]): RatioPart {
  const sum = { numerator: 0, denominator: 0 };
  for (const part of parts) {
    sum.numerator += part.numerator;
    sum.denominator += part.denominator;
  }
  return sum;
}

/** The ratio without each of the clusters. */
function withoutEach(parts: readonly RatioPart[]): number[] {
  const { numerator, denominator } = sumOf(parts);
  return parts.map((part) => (numerator - part.numerator) / (denominator - part.denominator));
}

/** Standard error of a figure from its values without each of the clusters (Efron & Tibshirani 1993, chapter 11). */
function jackknifeError(without: readonly number[]): number {
  const n = without.length;
  const centre = without.reduce((sum, each) => sum + each, 0) / n;
  return Math.sqrt(((n - 1) / n) * without.reduce((sum, each) => sum + (each - centre) * (each - centre), 0));
}
