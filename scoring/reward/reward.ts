/** What a configuration was paid: the mean reward of its matches, in the task's shown unit. */
import type { AnyTask } from '../../envs/environment.js';
import type { PlayedSeat } from '../figures/latency.js';
import { meanInterval } from '../statistics/means.js';
import { pairedDifference } from '../statistics/pairing.js';
import type { Estimate } from '../statistics/estimate.js';

/** A finished match's reward for a seat in the shown unit (percent, points), or undefined when the match was cut off. */
export function shownReward(task: Pick<AnyTask, 'reward'>, { trace, seat }: PlayedSeat): number | undefined {
  const reward = trace.footer?.results.reward[seat];
  return reward === undefined ? undefined : reward / task.reward.scale;
}

/** Mean reward over matches with its t interval, in the task's shown unit. */
export function rewardSummary(task: Pick<AnyTask, 'reward'>, matches: readonly PlayedSeat[]): Estimate {
  return meanInterval(matches.map((match) => shownReward(task, match)).filter((reward) => reward !== undefined));
}

/** Mean difference of reward a - b on the seeds both played, in the shown unit. A seed played more than once counts with its mean. */
export function rewardDifference(task: Pick<AnyTask, 'reward'>, a: readonly PlayedSeat[], b: readonly PlayedSeat[]): Estimate {
  return pairedDifference(bySeed(task, a), bySeed(task, b));
}

/** Each seed's mean reward in the shown unit, over the matches played on it. */
export function bySeed(task: Pick<AnyTask, 'reward'>, matches: readonly PlayedSeat[]): Map<number, number> {
  const sums = new Map<number, { sum: number; count: number }>();
  for (const match of matches) {
    const reward = shownReward(task, match);
    if (reward === undefined) continue;
    const seed = match.trace.header.seed;
    const { sum, count } = sums.get(seed) ?? { sum: 0, count: 0 };
    sums.set(seed, { sum: sum + reward, count: count + 1 });
  }
  return new Map([...sums].map(([seed, { sum, count }]) => [seed, sum / count]));
}
