/**
 * Quantiles and tails of the distributions that intervals and tests are made of. The numbers are `@stdlib`'s; here they get names and a check of
 * their arguments.
 */
import binomial from '@stdlib/stats-base-dists-binomial-pmf';
import chisquare from '@stdlib/stats-base-dists-chisquare-cdf';
import normal from '@stdlib/stats-base-dists-normal-quantile';
import studentizedRange from '@stdlib/stats-base-dists-studentized-range-quantile';
import student from '@stdlib/stats-base-dists-t-quantile';

/** Quantile of the standard normal distribution, 0 < p < 1. */
export function normalQuantile(p: number): number {
  return normal(inside(p), 0, 1);
}

/** Quantile of Student's t distribution, 0 < p < 1. @param degrees of freedom, above 0, whole or not */
export function studentQuantile(p: number, degrees: number): number {
  if (!(degrees > 0)) throw new RangeError(`Student's t with ${degrees} degrees of freedom`);
  return student(inside(p), degrees);
}

/** Chance that a chi-squared figure is at least x. @param degrees of freedom, above 0 */
export function chiSquaredTail(x: number, degrees: number): number {
  if (!(degrees > 0)) throw new RangeError(`chi-squared with ${degrees} degrees of freedom`);
  return 1 - chisquare(Math.max(0, x), degrees);
}

/** Quantile of the studentised range of so many means (Tukey 1949), 0 < p < 1. @param degrees of freedom, from 2; Infinity: the spread is known */
export function studentizedRangeQuantile(p: number, means: number, degrees: number): number {
  if (!(means >= 2) || !(degrees >= 2)) throw new RangeError(`studentised range of ${means} means with ${degrees} degrees of freedom`);
  return studentizedRange(inside(p), means, degrees);
}

/** Chance of just so many successes in trials that succeed with a chance from 0 to 1 each. */
export function binomialChance(successes: number, trials: number, chance: number): number {
  if (!(chance >= 0 && chance <= 1)) throw new RangeError(`binomial with a chance of ${chance}: one from 0 to 1 is needed`);
  return binomial(successes, trials, chance);
}

function inside(p: number): number {
  if (!(p > 0 && p < 1)) throw new RangeError(`quantile at ${p}: a share between 0 and 1 is needed`);
  return p;
}
