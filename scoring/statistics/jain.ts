/** Jain's index: how evenly something was shared out. */

/**
 * Jain's index of fairness (Jain, Chiu and Hawe 1984, DEC-TR-301): (sum of x)^2 / (n * sum of x^2). 1 where everybody got the same, 1/n where one
 * got everything. Where shares are owed by weight, give what each got divided by its weight.
 * @param got what each got, none below 0 @returns null where there is nobody, or nobody got anything: nothing was shared out
 */
export function jainIndex(got: readonly number[]): number | null {
  const sum = got.reduce((total, each) => total + each, 0);
  const squares = got.reduce((total, each) => total + each * each, 0);
  return squares > 0 ? (sum * sum) / (got.length * squares) : null;
}
