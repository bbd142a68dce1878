/**
 * Least squares with no coefficient below 0, from the sums that a fit needs: active sets on the normal equations (Bro and de Jong, A fast
 * non-negativity-constrained least squares algorithm, 1997, after Lawson and Hanson, 1974).
 */

/** What least squares keep of all rows: X'X and X'y. */
export interface NormalSums {
  /** Products of columns, summed over rows: [column][column]. */
  gram: number[][];
  /** Products of columns and what was measured. */
  moments: number[];
}

/** Gradients below this, of columns scaled to length 1, count as none. */
const FLAT = 1e-10;
/** Of a column's length what has to be left of it once the others are taken off, for it not to be a mix of them. */
const APART = 1e-9;

/** Sums of no rows, for so many columns. */
export function noSums(columns: number): NormalSums {
  return { gram: Array.from({ length: columns }, () => new Array<number>(columns).fill(0)), moments: new Array<number>(columns).fill(0) };
}

/** Adds a row, or with a weight of -1 takes it off again. */
export function addRow({ gram, moments }: NormalSums, row: readonly number[], measured: number, weight = 1): void {
  row.forEach((x, i) => {
    row.forEach((y, j) => (gram[i]![j]! += weight * x * y));
    moments[i]! += weight * x * measured;
  });
}

/** How many columns are not mixes of others. */
export function rankOf({ gram }: NormalSums): number {
  const rest = scaled(gram);
  let rank = 0;
  const left = new Set(rest.keys());
  for (;;) {
    const pivot = [...left].reduce((best, i) => (best < 0 || rest[i]![i]! > rest[best]![best]! ? i : best), -1);
    if (pivot < 0 || rest[pivot]![pivot]! <= APART) return rank;
    rank++;
    left.delete(pivot);
    for (const i of left) {
      const factor = rest[i]![pivot]! / rest[pivot]![pivot]!;
      for (const j of left) rest[i]![j]! -= factor * rest[pivot]![j]!;
    }
  }
}

/** Columns of length 1 (those of length 0 stay as they are). */
function scaled(gram: readonly (readonly number[])[]): number[][] {
  const length = gram.map((row, i) => Math.sqrt(row[i]!) || 1);
  return gram.map((row, i) => row.map((value, j) => value / (length[i]! * length[j]!)));
}

/** The coefficients, each 0 or above, that leave the least squares. Of columns that are mixes of each other some one is used. */
export function leastSquaresFromZero({ gram, moments }: NormalSums): number[] {
  const count = moments.length;
  const length = gram.map((row, i) => Math.sqrt(row[i]!) || 1);
  const matrix = scaled(gram);
  const target = moments.map((value, i) => value / length[i]!);
  const size = Math.sqrt(target.reduce((sum, each) => sum + each * each, 0)) || 1;
  let solution = new Array<number>(count).fill(0);
  const used = new Set<number>();
  const refused = new Set<number>();
  // Each round adds a column or refuses one, and adds only what lowers the squares: it ends, and the bound is for rounding alone.
  for (let round = 0; round < 20 * count + 20; round++) {
    const gradient = target.map((value, i) => value - matrix[i]!.reduce((sum, each, j) => sum + each * solution[j]!, 0));
    let best = -1;
    for (let i = 0; i < count; i++)
      if (!used.has(i) && !refused.has(i) && gradient[i]! > FLAT * size && (best < 0 || gradient[i]! > gradient[best]!)) best = i;
    if (best < 0) break;
    used.add(best);
    let next = solved(matrix, target, [...used]);
    if (next === undefined || next[best]! <= 0) {
      used.delete(best);
      refused.add(best);
      continue;
    }
    while ([...used].some((i) => next![i]! <= 0)) {
      let step = 1;
      for (const i of used) if (next[i]! <= 0) step = Math.min(step, solution[i]! / (solution[i]! - next[i]!));
      solution = solution.map((value, i) => value + step * (next![i]! - value));
      for (const i of [...used]) {
        if (solution[i]! > 1e-15 * size) continue;
        used.delete(i);
        solution[i] = 0;
      }
      next = solved(matrix, target, [...used])!;
    }
    solution = next;
    refused.clear();
  }
  return solution.map((value, i) => value / length[i]!);
}

/** Plain least squares on some columns, the others 0; undefined where one of them is a mix of the rest. */
function solved(matrix: readonly (readonly number[])[], target: readonly number[], columns: readonly number[]): number[] | undefined {
  const n = columns.length;
  const lower = Array.from({ length: n }, () => new Array<number>(n).fill(0));
  const half = new Array<number>(n).fill(0);
  for (let i = 0; i < n; i++) {
    const dot = (row: readonly number[], other: readonly number[], to: number): number => {
      let sum = 0;
      for (let k = 0; k < to; k++) sum += row[k]! * other[k]!;
      return sum;
    };
    for (let j = 0; j < i; j++) lower[i]![j] = (matrix[columns[i]!]![columns[j]!]! - dot(lower[i]!, lower[j]!, j)) / lower[j]![j]!;
    const pivot = matrix[columns[i]!]![columns[i]!]! - dot(lower[i]!, lower[i]!, i);
    if (pivot <= APART) return undefined;
    lower[i]![i] = Math.sqrt(pivot);
    half[i] = (target[columns[i]!]! - dot(lower[i]!, half, i)) / lower[i]![i]!;
  }
  const values = new Array<number>(matrix.length).fill(0);
  for (let i = n - 1; i >= 0; i--) {
    let value = half[i]!;
    for (let k = i + 1; k < n; k++) value -= lower[k]![i]! * values[columns[k]!]!;
    values[columns[i]!] = value / lower[i]![i]!;
  }
  return values;
}
