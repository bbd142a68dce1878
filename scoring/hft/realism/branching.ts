/** How much of the activity is caused by activity. */

/**
 * The branching ratio of a self-exciting process from its counts in consecutive windows, no kernel assumed: n = 1 - sqrt(mean / variance)
 * (Hardiman & Bouchaud 2014), the variance taken from the differences of neighbours (half their mean square, von Neumann 1941). A rate that
 * changes slowly by itself, a Cox process, inflates the variance about one mean and would pass for excitation; between neighbours it hardly
 * differs. What excites for longer than a window is missed, so this is a lower bound. Poisson gives 0; NaN without two neighbours or events.
 */
export function branchingRatio(counts: readonly ArrayLike<number>[]): number {
  let n = 0;
  let sum = 0;
  let pairs = 0;
  let squares = 0;
  for (const windows of counts) {
    for (let i = 0; i < windows.length; i++) {
      n++;
      sum += windows[i]!;
      if (i === 0) continue;
      const step = windows[i]! - windows[i - 1]!;
      squares += step * step;
      pairs++;
    }
  }
  const mean = sum / n;
  return mean > 0 && pairs > 0 ? 1 - Math.sqrt(mean / (squares / (2 * pairs))) : NaN;
}
