/** Intervals of means over matches. */
import { mean, variance } from '../reward/mathjs.js';
import { studentQuantile } from './distributions.js';
import { CONFIDENCE, NOT_MEASURED, type Estimate } from './estimate.js';

/** Mean of independent values with its t interval. One value has no interval. */
export function meanInterval(values: readonly number[], confidence = CONFIDENCE): Estimate {
  const n = values.length;
  if (n === 0) return NOT_MEASURED;
  const value = mean([...values]);
  if (n === 1) return { value, low: null, high: null, n };
  const spread = variance([...values]) as unknown as number;
  const half = studentQuantile((1 + confidence) / 2, n - 1) * Math.sqrt(spread / n);
  return { value, low: value - half, high: value + half, n };
}
