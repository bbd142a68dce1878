/** What a match of two was worth to each of the two. */
import type { AnyTask, Results } from '../../envs/environment.js';

/** Whoever earned more has won, equal is a draw. @param own and @param other in the task's unit */
export function pointsByReward(own: number, other: number): 0 | 0.5 | 1 {
  return own > other ? 1 : own < other ? 0 : 0.5;
}

/** A seat's points: by what its task calls a win, else by who earned more. @param seat 0 or 1 */
export function pointsOf(task: Pick<AnyTask, 'outcome'>, results: Results, seat: number): 0 | 0.5 | 1 {
  if (task.outcome) return task.outcome(results, seat);
  return pointsByReward(results.reward[seat]!, results.reward[1 - seat]!);
}
