/** What a match of two was worth to each of the two. */
import type { AnyTask, Results } from '../../envs/environment.js';

/** A seat's points: by what its task calls a win, else by who earned more; equal is a draw. @param seat 0 or 1 */
export function pointsOf(task: Pick<AnyTask, 'outcome'>, results: Results, seat: number): 0 | 0.5 | 1 {
  if (task.outcome) return task.outcome(results, seat);
  const ahead = results.reward[seat]! - results.reward[1 - seat]!;
  return ahead > 0 ? 1 : ahead < 0 ? 0 : 0.5;
}
