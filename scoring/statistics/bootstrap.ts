/** The bootstrap over matches. */
import { keyOf, Stream } from '../../envs/random.js';
import { CONFIDENCE } from './estimate.js';
import { quantile } from './quantiles.js';

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
