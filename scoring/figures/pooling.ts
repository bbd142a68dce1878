/**
 * Configurations that answer alike, as one: precisions of a model that give the same answers on nearly all frozen states differ in how fast
 * they are, not in what they do. Pooled they play more matches, so that sizes can be compared that single precisions cannot.
 */
import type { Estimate } from '../statistics/estimate.js';
import { differenceInterval, pairedDifference } from '../statistics/pairing.js';
import type { RatioPart } from '../statistics/ratios.js';
import type { Range } from '../statistics/bounded.js';
import { qualityDifference } from './quality.js';

/** Share of states on which two configurations have to give the same answer in order to be pooled. */
export const AGREEMENT = 0.95;

/** What is pooled of a configuration. */
export interface Poolable {
  name: string;
  /** Its canonical answers to the frozen states, in the bank's order; null where it gave no action. */
  answers: readonly (string | null)[];
  /** Rewards by seed, in the shown unit. */
  rewards: ReadonlyMap<number, number>;
  /** Sums of its patient play by seed, and of its probe quality by source match. */
  patient: readonly RatioPart[];
  probes: readonly RatioPart[];
}

/** The smallest share of states on which any two of them answer alike; undefined when they were not asked the same states. */
export function agreement(members: readonly Pick<Poolable, 'answers'>[]): number | undefined {
  let least = 1;
  for (const [i, a] of members.entries())
    for (const b of members.slice(i + 1)) {
      if (a.answers.length === 0 || a.answers.length !== b.answers.length) return undefined;
      least = Math.min(least, a.answers.filter((answer, k) => answer === b.answers[k]).length / a.answers.length);
    }
  return least;
}

/**
 * The members any two of which answer alike: one after another is left out that agrees least with the others, the later of two that agree
 * as little. Chosen by answers alone and never by rewards, so that what the rest earned is told without bias. Alone, the first.
 */
export function alike<Member extends Pick<Poolable, 'answers'>>(members: readonly Member[]): readonly Member[] {
  const rest = [...members];
  while (rest.length > 1) {
    const least = agreement(rest);
    if (least === undefined) break;
    if (least >= AGREEMENT) return rest;
    const sums = rest.map((each) => rest.reduce((sum, other) => sum + agreement([each, other])!, 0));
    rest.splice(sums.lastIndexOf(Math.min(...sums)), 1);
  }
  return members.slice(0, 1);
}

/** Several configurations as one: on each seed and source match that all have, the mean of what they did. */
export function pooled(members: readonly Poolable[]): Omit<Poolable, 'name' | 'answers'> {
  const [first] = members;
  const seeds = [...first!.rewards.keys()].filter((seed) => members.every(({ rewards }) => rewards.has(seed)));
  const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
  const parts = (of: (member: Poolable) => readonly RatioPart[]): RatioPart[] =>
    members.every((member) => of(member).length === of(first!).length)
      ? of(first!).map(({ denominator }, i) => ({ numerator: mean(members.map((member) => of(member)[i]!.numerator)), denominator }))
      : [];
  return {
    rewards: new Map(seeds.map((seed) => [seed, mean(members.map(({ rewards }) => rewards.get(seed)!))])),
    patient: parts(({ patient }) => patient),
    probes: parts(({ probes }) => probes),
  };
}

/** What one pool earned and judged more than another, seed by seed and state by state. */
export interface PoolDifference {
  reward: Estimate;
  patient: Estimate;
  probes: Estimate;
}

/** @param range of one reward, where it is known */
export function poolDifference(a: ReturnType<typeof pooled>, b: ReturnType<typeof pooled>, range?: Range): PoolDifference {
  const paired = (x: readonly RatioPart[], y: readonly RatioPart[]): Estimate =>
    x.length === y.length && x.every(({ denominator }, i) => denominator === y[i]!.denominator)
      ? qualityDifference(x, y)
      : { value: null, low: null, high: null, n: 0 };
  return {
    reward: pairedDifference(a.rewards, b.rewards, range ? { range } : {}),
    patient: paired(a.patient, b.patient),
    probes: paired(a.probes, b.probes),
  };
}

/** How many times as late one configuration is as another: the mean over the seeds that both played of the ratio of their mean latencies. */
export function latencyRatio(a: readonly (RatioPart & { seed: number })[], b: readonly (RatioPart & { seed: number })[]): Estimate {
  const mean = ({ numerator, denominator }: RatioPart): number => numerator / denominator;
  const others = new Map(b.filter(({ denominator }) => denominator > 0).map((part) => [part.seed, mean(part)]));
  const ratios = a
    .filter(({ seed, denominator }) => denominator > 0 && others.has(seed))
    .map((part) => mean(part) / others.get(part.seed)!);
  return differenceInterval(ratios);
}
