/** Quantiles of samples. */

/** The p-quantile of sorted values as an order statistic: the smallest value with at least a share p at or below it. */
export function quantile(sorted: readonly number[], p: number): number {
  if (sorted.length === 0) throw new RangeError('quantile of no values');
  return sorted[quantileRank(sorted.length, p)]!;
}

/** Index of the p-quantile among n sorted values (inverse of the empirical distribution function, Hyndman-Fan type 1). */
export function quantileRank(n: number, p: number): number {
  return Math.min(n - 1, Math.max(0, Math.ceil(p * n - 1e-9) - 1));
}
