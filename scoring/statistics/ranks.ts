/** Rank correlation. */
import { sampleCorrelation } from 'simple-statistics';

/** Spearman's rank correlation, ties sharing their mean rank. NaN when a side is constant. */
export function spearman(a: readonly number[], b: readonly number[]): number {
  // Rounding may carry it a last bit over its ends.
  return Math.min(1, Math.max(-1, sampleCorrelation(ranks(a), ranks(b))));
}

function ranks(values: readonly number[]): number[] {
  const order = values.map((_, i) => i).sort((i, j) => values[i]! - values[j]!);
  const result = new Array<number>(values.length).fill(0);
  for (let start = 0; start < order.length;) {
    let end = start;
    while (end + 1 < order.length && values[order[end + 1]!] === values[order[start]!]) end++;
    for (let i = start; i <= end; i++) result[order[i]!] = (start + end) / 2 + 1;
    start = end + 1;
  }
  return result;
}
