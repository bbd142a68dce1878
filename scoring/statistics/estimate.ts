/**
 * A figure with its interval. The unit of sampling is the match: what happens inside one match is a cluster, so intervals come from the
 * spread between matches, never from the number of decisions.
 */

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

/** Matches below which there is no interval: two say next to nothing of the spread between matches. */
export const LEAST_MATCHES = 3;

/** A figure nobody measured. */
export const NOT_MEASURED: Estimate = { value: null, low: null, high: null, n: 0 };

/** An estimate in another unit. */
export function scaled(estimate: Estimate, factor: number): Estimate {
  const times = (value: number | null) => (value === null ? null : value * factor);
  return { ...estimate, value: times(estimate.value), low: times(estimate.low), high: times(estimate.high) };
}
