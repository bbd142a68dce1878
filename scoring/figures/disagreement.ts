/**
 * Where two measures of quality put two configurations in opposite orders, and at least one of the measures tells them apart: then neither
 * may be read alone. Both compare in pairs, on the seeds or the states that the two configurations share.
 */
import type { Estimate } from '../statistics/estimate.js';
import type { RatioPart } from '../statistics/ratios.js';
import { qualityDifference } from './quality.js';

/** A configuration's sums by two measures, cluster by cluster. */
export interface TwiceMeasured {
  name: string;
  first: readonly RatioPart[];
  second: readonly RatioPart[];
}

/** Two configurations that the measures order oppositely. */
export interface Disagreement {
  /** Better by the first measure, and by the second. */
  byFirst: string;
  bySecond: string;
  /** `byFirst` less `bySecond` by each measure. */
  first: Estimate;
  second: Estimate;
}

/** Whether an interval leaves no doubt about the sign. */
function apart({ low, high }: Estimate): boolean {
  return (low !== null && low > 0) || (high !== null && high < 0);
}

/** The difference by one measure; undefined where the two did not play or answer the same. */
function difference(a: readonly RatioPart[], b: readonly RatioPart[]): Estimate | undefined {
  const isPaired = a.length > 0 && a.length === b.length && a.every(({ denominator }, i) => denominator === b[i]!.denominator);
  return isPaired ? qualityDifference(a, b) : undefined;
}

/** All pairs on which the measures disagree. */
export function disagreements(all: readonly TwiceMeasured[]): Disagreement[] {
  return all.flatMap((a, i) =>
    all.slice(i + 1).flatMap((b): Disagreement[] => {
      const [first, second] = [difference(a.first, b.first), difference(a.second, b.second)];
      if (!first || !second || first.value === null || second.value === null) return [];
      if (first.value * second.value >= 0 || !(apart(first) || apart(second))) return [];
      if (first.value > 0) return [{ byFirst: a.name, bySecond: b.name, first, second }];
      return disagreements([b, a]);
    }),
  );
}
