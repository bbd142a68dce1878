/** How much of the activity is caused by activity. */

/**
 * The branching ratio of a self-exciting process from its counts in long windows: n = 1 - sqrt(mean / variance) (Hardiman & Bouchaud 2014), no
 * kernel assumed. The windows have to be longer than the memory; what the rate itself does besides enters as well. Poisson gives 0; NaN
 * without events.
 */
export function branchingRatio(counts: readonly ArrayLike<number>[]): number {
  let n = 0;
  let sum = 0;
  for (const windows of counts) {
    for (let i = 0; i < windows.length; i++) sum += windows[i]!;
    n += windows.length;
  }
  const mean = sum / n;
  let squares = 0;
  for (const windows of counts) for (let i = 0; i < windows.length; i++) squares += (windows[i]! - mean) * (windows[i]! - mean);
  return mean > 0 ? 1 - Math.sqrt(mean / (squares / (n - 1))) : NaN;
}
