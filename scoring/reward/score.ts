/** A reward of one's own: a formula over the figures of each match, so that it has an interval over matches like every other reward. */
import { isMissing, type Missing } from '../figures/cost.js';
import { meanInterval } from '../statistics/means.js';
import type { Estimate } from '../statistics/estimate.js';
import type { Expression } from './expression.js';
import { measured, type MeasuredMatch } from './measures.js';

/** A configuration's score. */
export interface Score {
  figure: Estimate;
  /** By seed; one that was played more than once counts with its mean. */
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

/** The mean over matches with its interval (Student's t). A match without a score is in none of it. */
export function scoreOf(expression: Expression, matches: readonly MeasuredMatch[]): Score {
  const seeds = new Map<number, number[]>();
  const missing: Score['missing'] = [];
  for (const match of matches) {
    const { id, seed } = match.trace.header;
    const score = matchScore(expression, match);
    if (isMissing(score)) missing.push({ id, why: score.missing });
    else seeds.set(seed, [...(seeds.get(seed) ?? []), score]);
  }
  const bySeed = new Map([...seeds].map(([seed, all]) => [seed, all.reduce((sum, each) => sum + each, 0) / all.length]));
  return { figure: meanInterval([...seeds.values()].flat()), bySeed, missing };
}
