/** Two configurations compared on the matches that both played. */
import { CONFIDENCE, type Estimate } from './estimate.js';
import { meanInterval } from './means.js';

/**
 * Mean difference a - b over the seeds that both were played on, with its t interval: what a comparison of two configurations
 * should print, because the seeds' own difficulty cancels.
 */
export function pairedDifference(a: ReadonlyMap<number, number>, b: ReadonlyMap<number, number>, confidence = CONFIDENCE): Estimate {
  const differences: number[] = [];
  for (const [seed, value] of a) {
    const other = b.get(seed);
    if (other !== undefined) differences.push(value - other);
  }
  return meanInterval(differences, confidence);
}
