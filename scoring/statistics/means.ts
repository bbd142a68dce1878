/** Intervals of means over matches. */
import { mean, sampleVariance } from 'simple-statistics';
import { boundedInterval, type Prior, type Range } from './bounded.js';
import { studentQuantile } from './distributions.js';
import { CONFIDENCE, LEAST_MATCHES, NOT_MEASURED, type Estimate } from './estimate.js';

/** How a mean's interval is made. */
export interface MeanSettings {
  confidence?: number;
  /** Where every single value lies, when that is known. */
  range?: Range;
  prior?: Prior;
}

/** As if two matches with values anywhere in the range had been seen before: a fight that is won nine times in ten looks won always. */
const UNIFORM: Prior = { part: 1 / 3, matches: 2 };

/**
 * Degrees of freedom of a variance over those of normal values. Yields of markets have heavy tails, so their variance is known less well
 * (a kurtosis of 3.5 gives 2 / (3.5 - 1)).
 */
const HEAVY_TAILS = 0.8;

/**
 * Mean of independent values with its interval: Student's t, or within the values' range where one is given. Fewer than three values have
 * no interval.
 */
export function meanInterval(values: readonly number[], { confidence = CONFIDENCE, range, prior = UNIFORM }: MeanSettings = {}): Estimate {
  const n = values.length;
  if (n === 0) return NOT_MEASURED;
  const value = mean([...values]);
  if (n < LEAST_MATCHES) return { value, low: null, high: null, n };
  const error = Math.sqrt(sampleVariance([...values]) / n);
  if (range) return { value, ...boundedInterval({ value, error, n, degrees: n - 1 }, range, prior, confidence), n };
  const half = studentQuantile((1 + confidence) / 2, HEAVY_TAILS * (n - 1)) * error;
  return { value, low: value - half, high: value + half, n };
}
