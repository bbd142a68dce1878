/** Intervals of means over matches. */
import { mean, sampleVariance } from 'simple-statistics';
import { boundedInterval, type Prior, type Range } from './bounded.js';
import { studentQuantile } from './distributions.js';
import { CONFIDENCE, LEAST_MATCHES, NOT_MEASURED, type Estimate } from './estimate.js';

/** How a mean's interval is made. */
export interface MeanSettings {
  confidence?: number;
  /** Where every single value lies, when that is known. Infinite ends: that they have a range is known, but not which. */
  range?: Range;
  /** Only a part of what makes the values lies in the range, the rest being as it was: together they may lie outside of it. */
  isPart?: boolean;
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
 * Mean of independent values with its interval: Student's t, or within the values' range where one is given; the wider of both where the range is of
 * a part of them. Fewer than three values have no interval, nor have values without spread whose range is not known.
 */
export function meanInterval(
  values: readonly number[],
  { confidence = CONFIDENCE, range, isPart = false, prior = UNIFORM }: MeanSettings = {},
): Estimate {
  const n = values.length;
  if (n === 0) return NOT_MEASURED;
  const value = mean([...values]);
  if (n < LEAST_MATCHES) return { value, low: null, high: null, n };
  const error = Math.sqrt(sampleVariance([...values]) / n);
  const half = studentQuantile((1 + confidence) / 2, HEAVY_TAILS * (n - 1)) * error;
  const usual = { value, low: value - half, high: value + half, n };
  if (!range) return usual;
  if (!Number.isFinite(range.high - range.low)) return error > 0 ? usual : { value, low: null, high: null, n };
  const { low, high } = boundedInterval({ value, error, n, degrees: n - 1 }, range, prior, confidence);
  return isPart ? { value, low: Math.min(low, usual.low), high: Math.max(high, usual.high), n } : { value, low, high, n };
}
