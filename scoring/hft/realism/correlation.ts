/** Correlations over several series at once: one mean and one variance for all of them, so that a short series is not measured against itself. */

type Series = ArrayLike<number>;

function pooledMean(series: readonly Series[]): number {
  let sum = 0;
  let count = 0;
  for (const values of series) {
    for (let i = 0; i < values.length; i++) sum += values[i]!;
    count += values.length;
  }
  return sum / count;
}

/** Mean product of deviations `lag` apart, over all pairs within a series. */
function covariance(series: readonly Series[], mean: number, lag: number): number {
  let sum = 0;
  let pairs = 0;
  for (const values of series) {
    const n = values.length - lag;
    for (let i = 0; i < n; i++) sum += (values[i]! - mean) * (values[i + lag]! - mean);
    if (n > 0) pairs += n;
  }
  return sum / pairs;
}

/** Standard deviation about the pooled mean. NaN without values. */
export function deviation(series: readonly Series[]): number {
  return Math.sqrt(covariance(series, pooledMean(series), 0));
}

/** Autocorrelation at each of `lags`, pooled over the series. NaN where there is no pair, or no variance. */
export function autocorrelations(series: readonly Series[], lags: readonly number[]): number[] {
  const mean = pooledMean(series);
  const variance = covariance(series, mean, 0);
  return lags.map((lag) => covariance(series, mean, lag) / variance);
}

/** Slope of a straight line through points by least squares. */
export function slope(x: readonly number[], y: readonly number[]): number {
  const n = x.length;
  const mx = x.reduce((a, b) => a + b, 0) / n;
  const my = y.reduce((a, b) => a + b, 0) / n;
  let xy = 0;
  let xx = 0;
  for (let i = 0; i < n; i++) {
    xy += (x[i]! - mx) * (y[i]! - my);
    xx += (x[i]! - mx) * (x[i]! - mx);
  }
  return xy / xx;
}

/** Octaves of lags: 1, 2, 3-4, 5-8 ... up to `longest`, a power of two. */
export function octaves(longest: number): number[][] {
  const bins: number[][] = [[1]];
  for (let high = 2; high <= longest; high *= 2) bins.push(Array.from({ length: high / 2 }, (_, i) => high / 2 + 1 + i));
  return bins;
}

/**
 * The exponent b of an autocorrelation that falls as lag^-b: least squares in logarithms over the octaves' mean correlations (at their mean
 * logarithm of the lag), so that every octave weighs the same and the noise of single lags averages out. NaN where an octave's mean is not
 * positive: that is no power law.
 */
export function decayExponent(series: readonly Series[], longest: number): number {
  const bins = octaves(longest);
  const all = autocorrelations(series, bins.flat());
  const x: number[] = [];
  const y: number[] = [];
  let at = 0;
  for (const lags of bins) {
    const mean = all.slice(at, at + lags.length).reduce((a, b) => a + b, 0) / lags.length;
    at += lags.length;
    if (!(mean > 0)) return NaN;
    x.push(lags.reduce((sum, lag) => sum + Math.log(lag), 0) / lags.length);
    y.push(Math.log(mean));
  }
  return -slope(x, y);
}

/** Pearson's correlation of two quantities observed together, pooled over the series. */
export function correlation(pairs: readonly { x: Series; y: Series }[]): number {
  const mx = pooledMean(pairs.map((p) => p.x));
  const my = pooledMean(pairs.map((p) => p.y));
  let xx = 0;
  let yy = 0;
  let xy = 0;
  for (const { x, y } of pairs) {
    for (let i = 0; i < x.length; i++) {
      const dx = x[i]! - mx;
      const dy = y[i]! - my;
      xx += dx * dx;
      yy += dy * dy;
      xy += dx * dy;
    }
  }
  return xy / Math.sqrt(xx * yy);
}
