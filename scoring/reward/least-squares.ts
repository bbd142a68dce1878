/** Ordinary least squares. */
import { lusolve } from './mathjs.js';

/** A hair of ridge, so that terms that cannot be told apart do not break a fit. */
const RIDGE = 1e-6;

/** The coefficients of the terms that leave the least squares, a row of terms for each value. @throws RangeError where there are no rows */
export function leastSquares(rows: readonly (readonly number[])[], values: readonly number[]): number[] {
  const width = rows[0]?.length;
  if (width === undefined) throw new RangeError('least squares of no rows');
  const normal = Array.from({ length: width }, (_, i) =>
    Array.from({ length: width }, (__, j) => rows.reduce((sum, row) => sum + row[i]! * row[j]!, i === j ? RIDGE : 0)),
  );
  const right = Array.from({ length: width }, (_, i) => rows.reduce((sum, row, k) => sum + row[i]! * values[k]!, 0));
  return (lusolve(normal, right) as number[][]).map(([each]) => each!);
}
