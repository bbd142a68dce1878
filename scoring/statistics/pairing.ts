/** Two configurations compared on the matches that both played. */
import type { Prior, Range } from './bounded.js';
import type { Estimate } from './estimate.js';
import { meanInterval, type MeanSettings } from './means.js';

/** Two values that may lie anywhere in their range differ by a variance of a sixth of the greatest possible one. */
const UNIFORM_PAIR: Prior = { part: 1 / 6, matches: 0.5 };

/**
 * Values by seed. `ranges`: where each lies, where that is known and not the same of all; `isPart`: as far as a part of it goes, the rest being as
 * it was (see `meanInterval`).
 */
export interface SeedValues {
  bySeed: ReadonlyMap<number, number>;
  ranges?: ReadonlyMap<number, Range>;
  isPart?: boolean;
}

/**
 * Mean difference a - b over the seeds that both were played on, with its interval: what a comparison of two configurations should print,
 * because the seeds' own difficulty cancels. @param settings `range`: of one value
 */
export function pairedDifference(
  a: ReadonlyMap<number, number>,
  b: ReadonlyMap<number, number>,
  { range, ...settings }: Pick<MeanSettings, 'confidence' | 'range'> = {},
): Estimate {
  const differences = sharedSeeds(a, b).map((seed) => a.get(seed)! - b.get(seed)!);
  return differenceInterval(differences, { range, ...settings });
}

/** The same of values that may have a range each. */
export function rangedDifference(a: SeedValues, b: SeedValues, confidence?: number): Estimate {
  const seeds = sharedSeeds(a.bySeed, b.bySeed);
  if (!a.ranges || !b.ranges || seeds.length === 0) return pairedDifference(a.bySeed, b.bySeed, { confidence });
  const [own, other] = [a.ranges, b.ranges];
  const range = meanRange(
    seeds.map((seed) => ({ low: own.get(seed)!.low - other.get(seed)!.high, high: own.get(seed)!.high - other.get(seed)!.low })),
  );
  return meanInterval(
    seeds.map((seed) => a.bySeed.get(seed)! - b.bySeed.get(seed)!),
    { confidence, range, isPart: a.isPart === true || b.isPart === true, prior: UNIFORM_PAIR },
  );
}

/** Where the mean of values lies that have a range each; of one at least. */
export function meanRange(ranges: readonly Range[]): Range {
  const sum = (ends: readonly number[]): number => ends.reduce((total, end) => total + end, 0);
  return { low: sum(ranges.map(({ low }) => low)) / ranges.length, high: sum(ranges.map(({ high }) => high)) / ranges.length };
}

function sharedSeeds(a: ReadonlyMap<number, number>, b: ReadonlyMap<number, number>): number[] {
  return [...a.keys()].filter((seed) => b.has(seed));
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
