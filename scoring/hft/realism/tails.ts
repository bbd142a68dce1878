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
  return hillOfSorted(series.map(positiveAscending), share, whole);
}

/** What `hillOfSorted` asks for: the positive values of a series, smallest first. */
export function positiveAscending(values: ArrayLike<number>): Float64Array {
  const sorted = new Float64Array(values.length);
  let n = 0;
  for (let i = 0; i < values.length; i++) if (values[i]! > 0) sorted[n++] = values[i]!;
  return sorted.subarray(0, n).sort();
}

/** `hill` of series that are sorted already, so that a jackknife, which leaves out one at a time, sorts none again. @param series by `positiveAscending` */
export function hillOfSorted(series: readonly Float64Array[], share: number, whole = false): number {
  let n = 0;
  for (const values of series) n += values.length;
  const kept = Math.floor(n * share);
  if (kept < 20) return NaN;
  const tail = largest(series, share);
  let from = tail.length - kept;
  let threshold = tail[from - 1]!;
  if (whole) {
    const least = tail[from]!;
    while (from > 0 && tail[from - 1] === least) from--;
    threshold = least - 0.5;
  }
  let sum = 0;
  for (let i = from; i < tail.length; i++) sum += Math.log(tail[i]! / threshold);
  return (tail.length - from) / sum;
}

/**
 * All values of the pooled series, ascending, from one on that is no larger than the largest outside of the pooled `share`. There are at
 * least as many values and one more from the smallest on that ends such a share, and one more, of a single series.
 */
function largest(series: readonly Float64Array[], share: number): Float64Array {
  let least = Infinity;
  for (const values of series)
    if (values.length > 0) least = Math.min(least, values[Math.max(0, values.length - Math.ceil(values.length * share) - 1)]!);
  const tails = series.map((values) => values.subarray(firstFrom(values, least)));
  const pooled = new Float64Array(tails.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const values of tails) {
    pooled.set(values, at);
    at += values.length;
  }
  return pooled.sort();
}

/** Where in an ascending series the values from `least` on begin. */
function firstFrom(values: Float64Array, least: number): number {
  let low = 0;
  let high = values.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (values[middle]! < least) low = middle + 1;
    else high = middle;
  }
  return low;
}
