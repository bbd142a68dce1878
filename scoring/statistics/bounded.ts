/**
 * Intervals of figures that lie in a known range: a reward that no match can exceed, a share, a quality. A sample of few matches that were
 * all won shows no spread, and an interval made of its spread alone would claim to know what it has not seen. What the range allows is
 * used instead: a figure that may lie anywhere in [0, 1] with mean m has at most the variance m (1 - m), so its spread is written as a part
 * of that, the part is measured with a little of a prior mixed in, and the interval is Wilson's with it (Wilson 1927; Bhatia & Davis 2000).
 */
import { studentQuantile } from './distributions.js';
import { CONFIDENCE } from './estimate.js';

/** The range of a figure, in its unit. */
export interface Range {
  low: number;
  high: number;
}

/**
 * What is assumed of the spread before anything is seen: `part` of the greatest variance that the range and the mean allow, with the weight
 * of so many `matches`.
 */
export interface Prior {
  part: number;
  matches: number;
}

/** A figure as measured: its standard error over `n` matches, and the degrees of freedom with which that is known. */
export interface Measured {
  value: number;
  error: number;
  n: number;
  degrees: number;
}

/** Both ends of the interval; never outside the range. @param measured its value lies in the range */
export function boundedInterval({ value, error, n, degrees }: Measured, range: Range, prior: Prior, confidence = CONFIDENCE): Range {
  const width = range.high - range.low;
  const mean = Math.min(1, Math.max(0, (value - range.low) / width));
  const greatest = mean * (1 - mean);
  const weight = n - 1 + prior.matches;
  const measured = greatest > 1e-9 ? (error / width) ** 2 * n : undefined;
  const part = measured === undefined ? prior.part : (((n - 1) * measured) / greatest + prior.matches * prior.part) / weight;
  const t = studentQuantile((1 + confidence) / 2, degrees);
  const a = (t * t * part) / n;
  const centre = (mean + a / 2) / (1 + a);
  const half = Math.sqrt(a * greatest + (a * a) / 4) / (1 + a);
  return { low: range.low + width * Math.max(0, centre - half), high: range.low + width * Math.min(1, centre + half) };
}
