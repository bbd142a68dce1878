/**
 * The delay ladder: one scripted player at several reaction delays and shares of random decisions, on the same seeds, and whether each
 * rung earns more than the next. What a task must show before its latency-quality frontier means anything: that both axes pay.
 */
import type { AnyTask, Json, Micros } from '../../envs/environment.js';
import { keyOf } from '../../envs/random.js';
import { playOn, scripted, type Player, type SeatScript } from '../oracle/rollout.js';
import type { Range } from '../statistics/bounded.js';
import { meanInterval } from '../statistics/means.js';
import { differenceInterval } from '../statistics/pairing.js';
import type { Estimate } from '../statistics/estimate.js';

/** One rung: who plays, how late, how often at random. */
export type Rung = SeatScript;

/** What a ladder is played with. */
export interface LadderSettings {
  options: unknown;
  /** One match a seed and rung; where there are several seats the sides alternate with the seed. */
  seeds: readonly number[];
  /** Who takes the other seats. Ignored where a task has one. */
  opponent?: SeatScript;
  /** The seed of the player in a seat of a match (default: from both). */
  playerSeed?(matchSeed: number, seat: number): number;
}

/** One rung's matches. Rewards are in the task's integer unit, in the order of the seeds. */
export interface RungResult {
  rung: Rung;
  rewards: number[];
  reward: Estimate;
  /** Where every reward lies; absent: without bound. */
  range?: Range;
}

/** Two rungs compared match by match: `first` less `second` on the same seeds. `apart`: the interval lies above 0. */
export interface Comparison {
  first: Rung;
  second: Rung;
  difference: Estimate;
  apart: boolean;
}

/** Plays one match without sockets, as the virtual clock does with given latencies. @returns the reward of the seat in question */
export function playRung(task: AnyTask, rung: Rung, seed: number, settings: LadderSettings): number {
  const options: unknown = task.parseOptions(settings.options);
  const world = task.create(options, seed);
  const seats = task.seats(options);
  const { playerSeed = keyOf } = settings;
  const own = seed % seats;
  const first = world.nextPublish(0);
  const players: Player[] = [];
  for (let seat = 0; seat < seats; seat++) {
    const script = seat === own ? rung : settings.opponent;
    if (script) players.push(scripted(task, seat, script, playerSeed(seed, seat), first));
  }
  playOn(world, players, Infinity);
  return world.results().reward[own]!;
}

/** A rung on all seeds. @param played told after each match */
export function playLadderRung(task: AnyTask, rung: Rung, settings: LadderSettings, played?: () => void): RungResult {
  const rewards = settings.seeds.map((seed) => {
    const reward = playRung(task, rung, seed, settings);
    played?.();
    return reward;
  });
  const range = task.reward.range?.(task.parseOptions(settings.options));
  return { rung, rewards, reward: meanInterval(rewards, { range }), ...(range ? { range } : {}) };
}

/** The paired difference of two rungs with its interval over matches. */
export function compareRungs(a: RungResult, b: RungResult): Comparison {
  const difference = differenceInterval(
    a.rewards.map((reward, i) => reward - b.rewards[i]!),
    { range: a.range },
  );
  return { first: a.rung, second: b.rung, difference, apart: difference.low !== null && difference.low > 0 };
}

/** A delay in milliseconds, for people. */
export function delayMs(us: Micros): string {
  return `${Number((us / 1000).toFixed(1))} ms`;
}

/** A rung's name in tables. */
export function rungName(rung: Rung): string {
  const errors = rung.errorPermille === 0 ? '' : `, ${rung.errorPermille / 10}% random`;
  return `${rung.bot}${errors} at ${delayMs(rung.delayUs)}`;
}

/** What a comparison is as JSON. */
export function comparisonJson({ first, second, difference, apart }: Comparison): Json {
  return { first: rungName(first), second: rungName(second), difference: { ...difference }, apart };
}
