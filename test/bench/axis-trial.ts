/**
 * Does a quality order what players earn once the clock runs? Bots are played patiently on one set of seeds and late on another, and the
 * two orders are compared at each delay; then reward is fitted as a surface over latency and quality, and each policy in turn is predicted
 * from the others.
 */
import type { AnyTask, Json, Micros } from '../../envs/environment.js';
import { keyOf, Stream } from '../../envs/random.js';
import type { SeatScript } from '../../scoring/oracle/rollout.js';
import { playRung } from '../../scoring/ratings/ladder.js';
import { leastSquares } from '../../scoring/reward/least-squares.js';
import { CONFIDENCE, type Estimate } from '../../scoring/statistics/estimate.js';
import { quantile } from '../../scoring/statistics/quantiles.js';
import { spearman } from '../../scoring/statistics/ranks.js';

/** A player of the trial. */
export interface TrialPolicy {
  bot: string;
  errorPermille: number;
}

export interface TrialSettings {
  task: AnyTask;
  options: Record<string, unknown>;
  opponent?: SeatScript;
  policies: readonly TrialPolicy[];
  delaysUs: readonly Micros[];
  /** Matches of a policy at a delay, and of its patient play; on seeds of their own. */
  matches: number;
  /** Options of patient matches; those of the others when absent. */
  patientOptions?: Record<string, unknown>;
  /** The latency of patient play; the task's own when absent. */
  patientUs?: Micros;
}

/** A policy's rewards in the shown unit, a match each. */
export interface PlayedPolicy extends TrialPolicy {
  patient: number[];
  /** By delay, in the settings' order. */
  late: number[][];
}

const PATIENT_SEEDS_FROM = 400_000;
const LATE_SEEDS_FROM = 500_000;
const REPLICATES = 400;

/** Plays every policy patiently and at every delay. */
export function playTrial(settings: TrialSettings): PlayedPolicy[] {
  const { task, options, patientOptions = options, opponent, policies, delaysUs, matches, patientUs = task.patient!.latencyUs } = settings;
  const rewards = (policy: TrialPolicy, delayUs: Micros, from: number, by: Record<string, unknown>): number[] =>
    Array.from({ length: matches }, (_, i) => {
      const reward = playRung(task, { ...policy, delayUs }, from + i, { options: by, seeds: [], opponent });
      return reward / task.reward.scale;
    });
  return policies.map((policy) => ({
    ...policy,
    patient: rewards(policy, patientUs, PATIENT_SEEDS_FROM, patientOptions),
    late: delaysUs.map((delayUs) => rewards(policy, delayUs, LATE_SEEDS_FROM, options)),
  }));
}

export function meanOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/**
 * Rank correlation of a quality with the mean reward at one delay. Its interval is a bootstrap over seeds, which all policies share; `n` is
 * how many policies there are.
 * @param quality of each policy: a figure, or its matches on seeds of their own
 */
export function rankCorrelation(quality: readonly (number | readonly number[])[], late: readonly (readonly number[])[]): Estimate {
  const figure = (each: number | readonly number[], draw: (length: number) => number[]): number =>
    typeof each === 'number' ? each : meanOf(draw(each.length).map((i) => each[i]!));
  const all = (length: number): number[] => Array.from({ length }, (_, i) => i);
  const value = spearman(
    quality.map((each) => figure(each, all)),
    late.map((each) => figure(each, all)),
  );
  const stream = new Stream(keyOf(1, 0xa815), 1);
  const resampled: number[] = [];
  for (let replicate = 0; replicate < REPLICATES; replicate++) {
    const drawn = [0, 1].map(() => new Map<number, number[]>());
    const same = (which: number) => (length: number) => {
      const found = drawn[which]!.get(length) ?? all(length).map(() => stream.below(length));
      drawn[which]!.set(length, found);
      return found;
    };
    resampled.push(
      spearman(
        quality.map((each) => figure(each, same(0))),
        late.map((each) => figure(each, same(1))),
      ),
    );
  }
  resampled.sort((a, b) => a - b);
  const tail = (1 - CONFIDENCE) / 2;
  return { value, low: quantile(resampled, tail), high: quantile(resampled, 1 - tail), n: quality.length };
}

/** One point of the surface: a policy at a delay. */
export interface SurfacePoint {
  policy: number;
  delayUs: Micros;
  reward: number;
}

/**
 * Share of the variance of held-out rewards that the surface explains (R2; below 0 it is worse than their mean): quadratic in the logarithm of
 * the delay, times 1 and each of the policy's numbers, by least squares on all other policies.
 * @param numbers of each policy: its quality, and what else is to be tried
 */
export function heldOutR2(points: readonly SurfacePoint[], numbers: readonly (readonly number[])[]): number {
  const terms = ({ policy, delayUs }: SurfacePoint): number[] => termsOf(numbers[policy]!, delayUs);
  const mean = meanOf(points.map(({ reward }) => reward));
  let [left, all] = [0, 0];
  for (const [held] of numbers.entries()) {
    const others = points.filter(({ policy }) => policy !== held);
    const fitted = leastSquares(others.map(terms), others.map(({ reward }) => reward)); // prettier-ignore
    for (const point of points.filter(({ policy }) => policy === held)) {
      const predicted = terms(point).reduce((sum, term, i) => sum + term * fitted[i]!, 0);
      left += (point.reward - predicted) ** 2;
      all += (point.reward - mean) ** 2;
    }
  }
  return 1 - left / all;
}

/** The surface's terms at a player's numbers and a delay. */
function termsOf(numbers: readonly number[], delayUs: Micros): number[] {
  const late = Math.log(delayUs / 300_000);
  return [1, ...numbers].flatMap((number) => [number, number * late, number * late * late]);
}

/** The same share for players that the surface was not fitted on, with their mean rewards as it predicts them. */
export function predictedR2(fit: Surface, others: Surface): { r2: number; predicted: number[] } {
  const terms = ({ numbers }: Surface) => ({ policy, delayUs }: SurfacePoint) => termsOf(numbers[policy]!, delayUs); // prettier-ignore
  const fitted = leastSquares(fit.points.map(terms(fit)), fit.points.map(({ reward }) => reward)); // prettier-ignore
  const predicted = others.points.map((point) => terms(others)(point).reduce((sum, term, i) => sum + term * fitted[i]!, 0));
  const mean = meanOf(others.points.map(({ reward }) => reward));
  const left = others.points.reduce((sum, { reward }, i) => sum + (reward - predicted[i]!) ** 2, 0);
  return { r2: 1 - left / others.points.reduce((sum, { reward }) => sum + (reward - mean) ** 2, 0), predicted };
}

/** Points and the numbers of their policies. */
export interface Surface {
  points: readonly SurfacePoint[];
  numbers: readonly (readonly number[])[];
}

/** All points of a played trial. */
export function surfacePoints(played: readonly PlayedPolicy[], delaysUs: readonly Micros[]): SurfacePoint[] {
  return played.flatMap(({ late }, policy) => delaysUs.map((delayUs, i) => ({ policy, delayUs, reward: meanOf(late[i]!) })));
}

/** The share of a policy's answers, played patiently, that do anything at all. */
export function activity({ task, options, patientOptions = options, opponent, matches }: TrialSettings, policy: TrialPolicy): number {
  let [acted, asked] = [0, 0];
  const counting: AnyTask = {
    ...task,
    bots: task.bots.map((bot) => ({
      ...bot,
      create(settings) {
        const player = bot.create(settings) as { decide(state: Json): { plan: unknown } };
        if (bot.name !== policy.bot) return player as never;
        return {
          decide(state: Json) {
            const action = player.decide(state);
            asked++;
            if (!Array.isArray(action.plan) || action.plan.length > 0) acted++;
            return action;
          },
        } as never;
      },
    })),
  };
  for (let i = 0; i < Math.min(10, matches); i++)
    playRung(counting, { ...policy, delayUs: task.patient!.latencyUs }, PATIENT_SEEDS_FROM + i, {
      options: patientOptions,
      seeds: [],
      opponent,
    });
  return asked === 0 ? 0 : acted / asked;
}
