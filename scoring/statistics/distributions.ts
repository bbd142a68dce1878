/**
 * Quantiles and tails of the distributions that intervals and tests are made of. The numbers are jStat's, one file without dependencies; here
 * they get names and a check of their arguments. They agree with those of `@stdlib/stats-base-dists-*` to within 5e-8 of a quantile
 * (docs/scores.md); that library would bring 241 packages and take fifteen times as long to load.
 */
import jstat from 'jstat';

/** Quantile of the standard normal distribution, 0 < p < 1. */
export function normalQuantile(p: number): number {
  return jstat.normal.inv(inside(p), 0, 1);
}

/** Quantile of Student's t distribution, 0 < p < 1. @param degrees of freedom, above 0, whole or not */
export function studentQuantile(p: number, degrees: number): number {
  if (!(degrees > 0)) throw new RangeError(`Student's t with ${degrees} degrees of freedom`);
  return jstat.studentt.inv(inside(p), degrees);
}

/** Chance that a chi-squared figure is at least x. @param degrees of freedom, above 0 */
export function chiSquaredTail(x: number, degrees: number): number {
  if (!(degrees > 0)) throw new RangeError(`chi-squared with ${degrees} degrees of freedom`);
  return Math.min(1, Math.max(0, 1 - jstat.chisquare.cdf(Math.max(0, x), degrees)));
}

/** Quantile of the studentised range of so many means (Tukey 1949), 0 < p < 1. @param degrees of freedom, from 2; Infinity: the spread is known */
export function studentizedRangeQuantile(p: number, means: number, degrees: number): number {
  if (!(means >= 2) || !(degrees >= 2)) throw new RangeError(`studentised range of ${means} means with ${degrees} degrees of freedom`);
  return jstat.tukey.inv(inside(p), means, degrees);
}

/** Natural logarithm of n factorial. */
export function logFactorial(n: number): number {
  return jstat.gammaln(n + 1);
}

function inside(p: number): number {
  if (!(p > 0 && p < 1)) throw new RangeError(`quantile at ${p}: a share between 0 and 1 is needed`);
  return p;
}
