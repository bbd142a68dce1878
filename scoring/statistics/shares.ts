/** Intervals of shares: of single trials, and of trials that come in matches. */
import { normalQuantile } from './distributions.js';
import { CONFIDENCE, NOT_MEASURED, type Estimate } from './estimate.js';

/** Wilson's interval for a share of independent trials. Never leaves [0, 1], and says something even when none or all succeeded. */
export function wilson(successes: number, trials: number, confidence = CONFIDENCE): Estimate {
  if (trials === 0) return NOT_MEASURED;
  const z = normalQuantile((1 + confidence) / 2);
  const share = successes / trials;
  const centre = (share + (z * z) / (2 * trials)) / (1 + (z * z) / trials);
  const half = (z / (1 + (z * z) / trials)) * Math.sqrt((share * (1 - share)) / trials + (z * z) / (4 * trials * trials));
  return { value: share, low: share === 0 ? 0 : centre - half, high: share === 1 ? 1 : centre + half, n: trials };
}

/**
 * Share of trials that come in clusters (matches): Wilson's interval at the effective number of trials, that is the trials
 * divided by the design effect (variance between clusters over the binomial one; Kish 1965), which is at least 1.
 */
export function clusteredShare(clusters: readonly { successes: number; trials: number }[], confidence = CONFIDENCE): Estimate {
  const played = clusters.filter((cluster) => cluster.trials > 0);
  const trials = played.reduce((sum, cluster) => sum + cluster.trials, 0);
  if (trials === 0) return { ...NOT_MEASURED, n: 0 };
  const successes = played.reduce((sum, cluster) => sum + cluster.successes, 0);
  const share = successes / trials;
  const n = played.length;
  const squares = played.reduce((sum, cluster) => sum + (cluster.successes - share * cluster.trials) ** 2, 0);
  const binomial = trials * share * (1 - share);
  const effect = n > 1 && binomial > 0 ? Math.max(1, (squares * n) / (n - 1) / binomial) : 1;
  return { ...wilson(successes / effect, trials / effect, confidence), value: share, n };
}
