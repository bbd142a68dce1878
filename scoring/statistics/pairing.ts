/** Two configurations compared on the matches that both played. */
import type { Prior, Range } from './bounded.js';
import type { Estimate } from './estimate.js';
import { meanInterval, type MeanSettings } from './means.js';

/** Two values that may lie anywhere in their range differ by a variance of a sixth of the greatest possible one. */
const UNIFORM_PAIR: Prior = { part: 1 / 6, matches: 0.5 };

/**
 * Mean difference a - b over the seeds that both were played on, with its interval: what a comparison of two configurations should print,
 * because the seeds' own difficulty cancels. @param settings `range`: of one value
 */
export function pairedDifference(
  a: ReadonlyMap<number, number>,
  b: ReadonlyMap<number, number>,
  { range, ...settings }: Pick<MeanSettings, 'confidence' | 'range'> = {},
): Estimate {
  const differences: number[] = [];
  for (const [seed, value] of a) {
    const other = b.get(seed);
    if (other !== undefined) differences.push(value - other);
  }
  return differenceInterval(differences, { range, ...settings });
}

/** Mean of differences that were taken pair by pair, with its interval. @param settings `range`: of one value, not of a difference */
export function differenceInterval(
  differences: readonly number[],
  { range, confidence }: Pick<MeanSettings, 'confidence' | 'range'> = {},
): Estimate {
  return meanInterval(differences, { confidence, ...(range ? { range: rangeOfDifference(range), prior: UNIFORM_PAIR } : {}) });
}

function rangeOfDifference({ low, high }: Range): Range {
  return { low: low - high, high: high - low };
}
