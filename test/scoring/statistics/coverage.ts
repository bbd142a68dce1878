/** How often intervals hold what they claim: samples drawn with replacement from a population whose figure is known. */
import type { Stream } from '../../../envs/random.js';
import type { Estimate } from '../../../scoring/statistics/estimate.js';

/** Sample sizes at which intervals are tried: the smallest plans, and what a careful one plays. */
export const SIZES = [6, 12, 30] as const;

export interface Coverage {
  /** Share of the replicates whose interval holds the population's value. */
  covered: number;
  /** Mean width of the intervals that have two ends. */
  width: number;
}

/** A missing end is unbounded, so it holds the value; an interval without any end claims nothing and counts as held. */
export function coverageOf<Match>(
  population: readonly Match[],
  interval: (matches: readonly Match[]) => Estimate,
  truth: number,
  { size, replicates, stream }: { size: number; replicates: number; stream: Stream },
): Coverage {
  let held = 0;
  let width = 0;
  let closed = 0;
  for (let replicate = 0; replicate < replicates; replicate++) {
    const { low, high } = interval(Array.from({ length: size }, () => population[stream.below(population.length)]!));
    // Ends that differ from the truth by rounding alone hold it.
    const slack = 1e-9 * Math.max(1, Math.abs(truth));
    if ((low ?? -Infinity) <= truth + slack && (high ?? Infinity) >= truth - slack) held++;
    if (low === null || high === null) continue;
    width += high - low;
    closed++;
  }
  return { covered: held / replicates, width: width / closed };
}

/** A uniform number in [0, 1). */
export function uniform(stream: Stream): number {
  return stream.next() / 0x100000000;
}

/** A standard normal number (Box & Muller). */
export function normal(stream: Stream): number {
  return Math.sqrt(-2 * Math.log(1 - uniform(stream))) * Math.cos(2 * Math.PI * uniform(stream));
}
