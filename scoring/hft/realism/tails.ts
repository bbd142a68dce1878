/** How heavy tails are. */

/** Excess kurtosis m4 / m2^2 - 3 about the pooled mean. NaN without variance. */
export function excessKurtosis(series: readonly ArrayLike<number>[]): number {
  let sum = 0;
  let count = 0;
  for (const values of series) {
    for (let i = 0; i < values.length; i++) sum += values[i]!;
    count += values.length;
  }
  const mean = sum / count;
  let second = 0;
  let fourth = 0;
  for (const values of series) {
    for (let i = 0; i < values.length; i++) {
      const square = (values[i]! - mean) * (values[i]! - mean);
      second += square;
      fourth += square * square;
    }
  }
  return (fourth * count) / (second * second) - 3;
}

/**
 * Tail exponent a of P(X > x) ~ x^-a by Hill's estimator (Hill 1975) over the largest `share` of positive values, pooled over the series:
 * k / sum ln(x_i / threshold), the threshold being the largest value left out. For whole numbers (`whole`) the threshold is half a unit below
 * the smallest value kept, and all values equal to it are kept (Clauset, Shalizi & Newman 2009, equation 3.7). NaN with fewer than 20 in the tail.
 */
export function hill(series: readonly ArrayLike<number>[], share: number, whole = false): number {
  let count = 0;
  for (const values of series) count += values.length;
  const sorted = new Float64Array(count);
  let n = 0;
  for (const values of series) for (let i = 0; i < values.length; i++) if (values[i]! > 0) sorted[n++] = values[i]!;
  const tail = sorted.subarray(0, n).sort();
  let from = n - Math.floor(n * share);
  if (n - from < 20) return NaN;
  let threshold = tail[from - 1]!;
  if (whole) {
    const least = tail[from]!;
    while (from > 0 && tail[from - 1] === least) from--;
    threshold = least - 0.5;
  }
  let sum = 0;
  for (let i = from; i < n; i++) sum += Math.log(tail[i]! / threshold);
  return (n - from) / sum;
}
