/** Quantiles of the distributions that intervals are made of. The numbers are jStat's; here they get names and a check of their arguments. */
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

function inside(p: number): number {
  if (!(p > 0 && p < 1)) throw new RangeError(`quantile at ${p}: a share between 0 and 1 is needed`);
  return p;
}
