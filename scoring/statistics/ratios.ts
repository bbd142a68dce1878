/** Intervals of ratios of sums over matches. */
import { studentQuantile } from './distributions.js';
import { CONFIDENCE, NOT_MEASURED, type Estimate } from './estimate.js';

/** One cluster's part of a ratio of sums. */
export interface RatioPart {
  numerator: number;
  denominator: number;
}

/**
 * Sum of numerators over sum of denominators, the clusters being the sampled units. Interval by linearisation: the residuals
 * numerator - ratio x denominator of the clusters, with t quantiles of n - 1 degrees (Cochran, Sampling Techniques, 6.3).
 */
export function ratioOfSums(parts: readonly RatioPart[], confidence = CONFIDENCE): Estimate {
  const n = parts.length;
  const denominator = parts.reduce((sum, part) => sum + part.denominator, 0);
  if (n === 0 || denominator === 0) return { ...NOT_MEASURED, n };
  const value = parts.reduce((sum, part) => sum + part.numerator, 0) / denominator;
  if (n === 1) return { value, low: null, high: null, n };
  const residuals = parts.map((part) => part.numerator - value * part.denominator);
  const squares = residuals.reduce((sum, residual) => sum + residual * residual, 0);
  const error = Math.sqrt((squares * n) / (n - 1)) / Math.abs(denominator);
  const half = studentQuantile((1 + confidence) / 2, n - 1) * error;
  return { value, low: value - half, high: value + half, n };
}
