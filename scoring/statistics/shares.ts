/** Intervals of shares: of single trials, and of trials that come in matches. */
import { normalQuantile } from './distributions.js';
import { CONFIDENCE, LEAST_MATCHES, NOT_MEASURED, type Estimate } from './estimate.js';
import { boundedInterval } from './bounded.js';
import { measuredDifference, measuredRatio, ratioDifference } from './ratios.js';

/** Wilson's interval for a share of independent trials. Never leaves [0, 1], and says something even when none or all succeeded. */
export function wilson(successes: number, trials: number, confidence = CONFIDENCE): Estimate {
  if (trials === 0) return NOT_MEASURED;
  const z = normalQuantile((1 + confidence) / 2);
  const share = successes / trials;
  const centre = (share + (z * z) / (2 * trials)) / (1 + (z * z) / trials);
  const half = (z / (1 + (z * z) / trials)) * Math.sqrt((share * (1 - share)) / trials + (z * z) / (4 * trials * trials));
  return { value: share, low: share === 0 ? 0 : centre - half, high: share === 1 ? 1 : centre + half, n: trials };
}

/** One match's part of a share. */
export interface SharePart {
  successes: number;
  trials: number;
}

/**
 * Share of trials that come in matches. The spread between matches is measured, with half a match's weight of what independent trials
 * would have, so that it says something even when none or all succeeded. Never leaves [0, 1]. Fewer than three matches have no interval.
 */
export function clusteredShare(clusters: readonly SharePart[], confidence = CONFIDENCE): Estimate {
  const played = clusters.filter((cluster) => cluster.trials > 0);
  const measured = measuredRatio(played.map(({ successes, trials }) => ({ numerator: successes, denominator: trials })));
  if (measured === undefined) return NOT_MEASURED;
  const { value, error, n } = measured;
  if (n < LEAST_MATCHES || !Number.isFinite(error)) return { value, low: null, high: null, n };
  const trials = played.reduce((sum, cluster) => sum + cluster.trials, 0);
  // Independent trials in matches of this size: the variance of a match's share is m (1 - m) over the number of its trials.
  const { low, high } = boundedInterval(measured, { low: 0, high: 1 }, { part: n / trials, matches: 0.5 }, confidence);
  return { value, low: value === 0 ? 0 : low, high: value === 1 ? 1 : high, n };
}

/**
 * Difference a - b of two shares over the same matches, in the same order, of which all have trials. As wide as the spread between matches asks
 * for, and as trials in matches of this size do even where that shows none: a few matches with none against a few with all differ by chance, too.
 */
export function shareDifference(a: readonly SharePart[], b: readonly SharePart[], confidence = CONFIDENCE): Estimate {
  const [first, second] = [a, b].map((parts) => parts.map(({ successes, trials }) => ({ numerator: successes, denominator: trials })));
  const spread = ratioDifference(first!, second!, confidence);
  const measured = measuredDifference(first!, second!);
  if (measured === undefined || spread.low === null || spread.high === null) return spread;
  const trials = Math.min(...[a, b].map((parts) => parts.reduce((sum, each) => sum + each.trials, 0)));
  const { low, high } = boundedInterval(measured, { low: -1, high: 1 }, { part: measured.n / trials, matches: 0.5 }, confidence);
  return { ...spread, low: Math.min(spread.low, low), high: Math.max(spread.high, high) };
}
