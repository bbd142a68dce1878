/** A reward of one's own: a formula over the figures of each match, so that it has an interval over matches like every other reward. */
import { mean } from 'simple-statistics';
import { isMissing, type Missing } from '../figures/cost.js';
import type { Range } from '../statistics/bounded.js';
import { meanInterval } from '../statistics/means.js';
import type { SeedValues } from '../statistics/pairing.js';
import type { Estimate } from '../statistics/estimate.js';
import type { Expression } from './expression.js';
import { measured, type MeasuredMatch } from './measures.js';
import { shownRange } from './reward.js';

/** A configuration's score, also by seed: one that was played more than once counts with its mean, and its range with that of the ranges' ends. */
export interface Score extends SeedValues {
  figure: Estimate;
  bySeed: Map<number, number>;
  /** Matches without a score, and why, by their id. */
  missing: { id: string; why: string }[];
}

/** One match's score, or why it has none. */
export function matchScore(expression: Expression, match: MeasuredMatch): number | Missing {
  const figures = new Map<string, number>();
  for (const name of expression.names) {
    const figure = measured(name, match);
    if (isMissing(figure)) return { missing: `${name}: ${figure.missing}` };
    figures.set(name, figure);
  }
  const value = expression.value((name) => figures.get(name)!);
  if (Number.isFinite(value)) return value;
  const given = [...figures].map(([name, figure]) => `${name} = ${Number(figure.toPrecision(6))}`).join(', ');
  return { missing: `the formula gives ${Number.isNaN(value) ? 'no number' : 'an infinite value'}${given === '' ? '' : ` for ${given}`}` };
}

/** At so many steps of the reward, from its least to its greatest, a score is looked at. */
const RANGE_POINTS = 64;

/**
 * Where one match's score lies, all else as it was, since the task's reward has a least and a greatest value; undefined where the formula does not
 * name the reward, the task gives it no bounds, or the formula no number there.
 */
function rangeOf(expression: Expression, match: MeasuredMatch, score: number): Range | undefined {
  const range = expression.names.includes('reward') ? shownRange(match.task, [match]) : undefined;
  if (!range) return undefined;
  // Not at the ends alone: a formula may fall and rise again between them.
  const values = Array.from({ length: RANGE_POINTS + 1 }, (_, i) => {
    const reward = range.low + ((range.high - range.low) * i) / RANGE_POINTS;
    return expression.value((name) => (name === 'reward' ? reward : (measured(name, match) as number)));
  });
  const low = Math.min(score, ...values);
  const high = Math.max(score, ...values);
  return Number.isFinite(high - low) && high > low ? { low, high } : undefined;
}

/**
 * The mean over matches with its interval: within what the reward's bounds leave where it has some, so that a few matches that all ended alike are
 * not taken for all there are; else Student's t. A match without a score is in none of it.
 */
export function scoreOf(expression: Expression, matches: readonly MeasuredMatch[]): Score {
  const seeds = new Map<number, { score: number; range: Range | undefined }[]>();
  const missing: Score['missing'] = [];
  for (const match of matches) {
    const { id, seed } = match.trace.header;
    const score = matchScore(expression, match);
    if (isMissing(score)) missing.push({ id, why: score.missing });
    else seeds.set(seed, [...(seeds.get(seed) ?? []), { score, range: rangeOf(expression, match, score) }]);
  }
  const all = [...seeds.values()].flat();
  const bySeed = new Map([...seeds].map(([seed, each]) => [seed, mean(each.map(({ score }) => score))]));
  if (all.length === 0 || all.some(({ range }) => !range)) return { figure: meanInterval(all.map(({ score }) => score)), bySeed, missing };
  const joint = (each: typeof all): Range => ({
    low: mean(each.map(({ range }) => range!.low)),
    high: mean(each.map(({ range }) => range!.high)),
  });
  const figure = meanInterval(
    all.map(({ score }) => score),
    { range: joint(all) },
  );
  return { figure, bySeed, ranges: new Map([...seeds].map(([seed, each]) => [seed, joint(each)])), missing };
}
