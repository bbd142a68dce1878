/** What a configuration was paid: the mean reward of its matches, in the task's shown unit. */
import type { AnyTask } from '../../envs/environment.js';
import type { Range } from '../statistics/bounded.js';
import type { PlayedSeat } from '../figures/latency.js';
import { meanInterval } from '../statistics/means.js';
import type { Estimate } from '../statistics/estimate.js';

/** What of a task says how its rewards are shown. */
type RewardedTask = Pick<AnyTask, 'reward' | 'parseOptions'>;

/** A finished match's reward for a seat in the shown unit (percent, points), or undefined when the match was cut off. */
export function shownReward(task: Pick<AnyTask, 'reward'>, { trace, seat }: PlayedSeat): number | undefined {
  const reward = trace.footer?.results.reward[seat];
  return reward === undefined ? undefined : reward / task.reward.scale;
}

/** Where every reward of these matches lies, in the shown unit; undefined where a task's rewards have no bounds. */
export function shownRange(task: RewardedTask, matches: readonly PlayedSeat[]): Range | undefined {
  const ranges = matches.map(({ trace }) => task.reward.range?.(task.parseOptions(trace.header.options)));
  if (ranges.length === 0 || ranges.includes(undefined)) return undefined;
  const low = Math.min(...ranges.map((range) => range!.low));
  const high = Math.max(...ranges.map((range) => range!.high));
  return { low: low / task.reward.scale, high: high / task.reward.scale };
}

/** Mean reward over matches with its interval, in the task's shown unit. */
export function rewardSummary(task: RewardedTask, matches: readonly PlayedSeat[]): Estimate {
  const rewards = matches.map((match) => shownReward(task, match)).filter((reward) => reward !== undefined);
  return meanInterval(rewards, { range: shownRange(task, matches) });
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
