/**
 * Intervals for the figures we print. The unit of sampling is the match: what happens inside one match is a cluster, so
 * intervals come from the spread between matches, never from the number of decisions.
 */
import { corr, erf, mean, variance } from '../reward/mathjs.js';
import { keyOf, Stream } from '../../envs/random.js';

/** A figure with its confidence interval. `n` is the number of independent units (matches) behind it. */
export interface Estimate {
  /** null: not measured. */
  value: number | null;
  /** null: unbounded, or too few units to say. */
  low: number | null;
  high: number | null;
  n: number;
  /** The value is only a lower bound (it fell among right-censored samples): print it as `>= value`. */
  atLeast?: true;
}

/** Confidence of every interval unless told otherwise. */
export const CONFIDENCE = 0.95;

/** A figure nobody measured. */
export const NOT_MEASURED: Estimate = { value: null, low: null, high: null, n: 0 };

/** The p-quantile of sorted values as an order statistic: the smallest value with at least a share p at or below it. */
export function quantile(sorted: readonly number[], p: number): number {
  if (sorted.length === 0) throw new RangeError('quantile of no values');
  return sorted[quantileRank(sorted.length, p)]!;
}

/** Index of the p-quantile among n sorted values (inverse of the empirical distribution function, Hyndman-Fan type 1). */
export function quantileRank(n: number, p: number): number {
  return Math.min(n - 1, Math.max(0, Math.ceil(p * n - 1e-9) - 1));
}

/** P(B <= k) for k = 0..n, B ~ Binomial(n, p) with 0 < p < 1; terms are kept as logarithms so that a large n does not underflow. */
export function binomialCdf(n: number, p: number): Float64Array {
  const cdf = new Float64Array(n + 1);
  const odds = Math.log(p) - Math.log1p(-p);
  let logTerm = n * Math.log1p(-p);
  let sum = 0;
  for (let k = 0; k <= n; k++) {
    sum += Math.exp(logTerm);
    cdf[k] = Math.min(1, sum);
    logTerm += Math.log(n - k) - Math.log(k + 1) + odds;
  }
  return cdf;
}

/**
 * Ranks (0-based) of the two order statistics that hold the p-quantile with at least the given confidence, whatever the
 * distribution; null where no sample is extreme enough (David & Nagaraja, Order Statistics, 7.1: coverage P(l <= B < u)).
 */
export function quantileIntervalRanks(n: number, p: number, confidence = CONFIDENCE): [number | null, number | null] {
  const tail = (1 - confidence) / 2;
  const cdf = binomialCdf(n, p);
  let low: number | null = null;
  for (let l = 1; l <= n && cdf[l - 1]! <= tail; l++) low = l - 1;
  let high: number | null = null;
  for (let u = n; u >= 1 && 1 - cdf[u - 1]! <= tail; u--) high = u - 1;
  return [low, high];
}

/** The p-quantile of independent values with its distribution-free interval. */
export function quantileInterval(values: readonly number[], p: number, confidence = CONFIDENCE): Estimate {
  if (values.length === 0) return NOT_MEASURED;
  const sorted = [...values].sort((a, b) => a - b);
  const [low, high] = quantileIntervalRanks(sorted.length, p, confidence);
  return {
    value: quantile(sorted, p),
    low: low === null ? null : sorted[low]!,
    high: high === null ? null : sorted[high]!,
    n: sorted.length,
  };
}

/** The x at which an increasing function reaches `target`, by bisection. */
function invert(increasing: (x: number) => number, target: number, low: number, high: number): number {
  let a = low;
  let b = high;
  for (let i = 0; i < 100; i++) {
    const middle = (a + b) / 2;
    if (increasing(middle) < target) a = middle;
    else b = middle;
  }
  return (a + b) / 2;
}

/** Quantile of the standard normal distribution. */
export function normalQuantile(p: number): number {
  return invert((x) => (1 + erf(x / Math.SQRT2)) / 2, p, -9, 9);
}

/** Student's t distribution function for whole degrees of freedom: the finite series of Abramowitz & Stegun 26.7.3-4. */
export function studentCdf(t: number, degrees: number): number {
  const theta = Math.atan(t / Math.sqrt(degrees));
  const cos = Math.cos(theta);
  const sin = Math.sin(theta);
  let inside: number;
  if (degrees % 2 === 1) {
    let term = cos;
    let sum = degrees > 1 ? cos : 0;
    for (let k = 3; k <= degrees - 2; k += 2) {
      term *= ((k - 1) / k) * cos * cos;
      sum += term;
    }
    inside = (2 / Math.PI) * (theta + sin * sum);
  } else {
    let term = 1;
    let sum = 1;
    for (let k = 2; k <= degrees - 2; k += 2) {
      term *= ((k - 1) / k) * cos * cos;
      sum += term;
    }
    inside = sin * sum;
  }
  return (1 + inside) / 2;
}

/** Quantile of Student's t distribution for whole degrees of freedom, at least 1. */
export function studentQuantile(p: number, degrees: number): number {
  // With the substitution t = tan(x) the search stays bounded however heavy the tails are.
  return Math.tan(invert((x) => studentCdf(Math.tan(x), degrees), p, -Math.PI / 2 + 1e-9, Math.PI / 2 - 1e-9));
}

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

/** One cluster's part of a ratio of sums. */
export interface RatioPart {
  numerator: number;
  denominator: number;
}

/**
 * Sum of numerators over sum of denominators, the clusters being the sampled units. Interval by linearisation: the residuals
 * numerator - ratio x denominator of the clusters, with t quantiles of n - 1 degrees (Cochran, Sampling Techniques, 6.3).
 */
export function ratioOfSums(parts: readonly RatioPart[], confidence = CONFIDENCE): Estimate {
  const n = parts.length;
  const denominator = parts.reduce((sum, part) => sum + part.denominator, 0);
  if (n === 0 || denominator === 0) return { ...NOT_MEASURED, n };
  const value = parts.reduce((sum, part) => sum + part.numerator, 0) / denominator;
  if (n === 1) return { value, low: null, high: null, n };
  const residuals = parts.map((part) => part.numerator - value * part.denominator);
  const squares = residuals.reduce((sum, residual) => sum + residual * residual, 0);
  const error = Math.sqrt((squares * n) / (n - 1)) / Math.abs(denominator);
  const half = studentQuantile((1 + confidence) / 2, n - 1) * error;
  return { value, low: value - half, high: value + half, n };
}

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

export interface BootstrapSettings {
  replicates: number;
  seed: number;
  confidence?: number;
}

/**
 * Percentile bootstrap over clusters: `statistic` of the clusters, and the quantiles of it over resamples with replacement.
 * Seeded, so that a table is the same each time it is printed. One cluster has no interval.
 */
export function clusterBootstrap<Cluster>(
  clusters: readonly Cluster[],
  statistic: (clusters: readonly Cluster[]) => number,
  { replicates, seed, confidence = CONFIDENCE }: BootstrapSettings,
): { low: number | null; high: number | null } {
  const n = clusters.length;
  if (n < 2) return { low: null, high: null };
  const stream = new Stream(keyOf(seed, 0xb007), 0);
  const values: number[] = [];
  for (let replicate = 0; replicate < replicates; replicate++) {
    const resample = Array.from({ length: n }, () => clusters[stream.below(n)]!);
    const value = statistic(resample);
    if (!Number.isNaN(value)) values.push(value);
  }
  values.sort((a, b) => a - b);
  if (values.length === 0) return { low: null, high: null };
  const tail = (1 - confidence) / 2;
  return { low: quantile(values, tail), high: quantile(values, 1 - tail) };
}

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

/** Spearman's rank correlation, ties sharing their mean rank. NaN when a side is constant. */
export function spearman(a: readonly number[], b: readonly number[]): number {
  return corr(ranks(a), ranks(b)) as unknown as number;
}

function ranks(values: readonly number[]): number[] {
  const order = values.map((_, i) => i).sort((i, j) => values[i]! - values[j]!);
  const result = new Array<number>(values.length).fill(0);
  for (let start = 0; start < order.length;) {
    let end = start;
    while (end + 1 < order.length && values[order[end + 1]!] === values[order[start]!]) end++;
    for (let i = start; i <= end; i++) result[order[i]!] = (start + end) / 2 + 1;
    start = end + 1;
  }
  return result;
}
