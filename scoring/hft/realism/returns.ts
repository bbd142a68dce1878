/** Returns of the mid. */

/** Log returns in basis points over `horizon` samples, beginning at every sample (they overlap). */
export function returnsBp(mids: ArrayLike<number>, horizon: number): Float64Array {
  const count = Math.max(0, mids.length - horizon);
  const returns = new Float64Array(count);
  for (let i = 0; i < count; i++) returns[i] = 10_000 * Math.log(mids[i + horizon]! / mids[i]!);
  return returns;
}

/** Absolute values. */
export function absolute(values: ArrayLike<number>): Float64Array {
  return Float64Array.from(values, Math.abs);
}

/** Sums over consecutive blocks of `size`; a last, shorter block is left out. */
export function blocks(values: ArrayLike<number>, size: number): Float64Array {
  const sums = new Float64Array(Math.floor(values.length / size));
  for (let i = 0; i < sums.length * size; i++) sums[Math.floor(i / size)]! += values[i]!;
  return sums;
}
