/**
 * Quality of a set of decisions: sum(V - Vworst) / sum(Vbest - Vworst). One ratio of sums, so that decisions without stakes
 * weigh nothing; never an average of ratios. 1: as good as the best candidates, 0: as bad as the worst.
 */
import { ratioDifference, ratioOfSums, type RatioPart } from '../statistics/ratios.js';
import { NOT_MEASURED, type Estimate } from '../statistics/estimate.js';

/** Values of one decision, all on the same futures and in the same unit (see VALUE_SCALE). */
export interface Stakes {
  value: number;
  best: number;
  worst: number;
}

/** One cluster's part of the ratio: the sums over its decisions. */
export function qualityPart(decisions: readonly Stakes[]): RatioPart {
  let numerator = 0;
  let denominator = 0;
  for (const { value, best, worst } of decisions) {
    numerator += value - worst;
    denominator += best - worst;
  }
  return { numerator, denominator };
}

/** Quality over clusters of decisions (matches), the clusters being the unit of sampling. */
export function quality(clusters: readonly (readonly Stakes[])[]): Estimate {
  return qualityOf(clusters.filter((cluster) => cluster.length > 0).map(qualityPart));
}

/** Quality from its sums by cluster. */
export function qualityOf(parts: readonly RatioPart[]): Estimate {
  return ratioOfSums(parts, { range: { low: 0, high: 1 } });
}

/**
 * Difference of quality a - b of two sets of answers to the same states, or of two players' patient matches, cluster by cluster. Not measured
 * where there is nothing to be won between the two ends of the scale: where the best player earned less than the random one, it would
 * call the worse of two the better.
 */
export function qualityDifference(a: readonly RatioPart[], b: readonly RatioPart[], confidence?: number): Estimate {
  const isScale = a.reduce((sum, { denominator }) => sum + denominator, 0) > 0;
  return isScale ? ratioDifference(a, b, confidence) : { ...NOT_MEASURED, n: a.length };
}
