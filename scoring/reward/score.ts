/** A reward of one's own: a formula over the figures of each match, so that it has an interval over matches like every other reward. */
import { mean } from 'simple-statistics';
import { isMissing, type Missing } from '../figures/cost.js';
import type { Range } from '../statistics/bounded.js';
import { meanInterval } from '../statistics/means.js';
import { meanRange, type SeedValues } from '../statistics/pairing.js';
import type { Estimate } from '../statistics/estimate.js';
import type { Expression } from './expression.js';
import { measured, measuredRange, WHOLE, type MeasuredMatch } from './measures.js';

/** A configuration's score, also by seed: one that was played more than once counts with its mean, and its range with that of the ranges' ends. */
export interface Score extends SeedValues {
  figure: Estimate;
  bySeed: Map<number, number>;
  /** Matches without a score, and why, by their id. */
  missing: { id: string; why: string }[];
}

/** One match's score with the figures that it is made of, or why it has none. */
function matchScore(expression: Expression, match: MeasuredMatch): { score: number; figures: Map<string, number> } | Missing {
  const figures = new Map<string, number>();
  for (const name of expression.names) {
    const figure = measured(name, match);
    if (isMissing(figure)) return { missing: `${name}: ${figure.missing}` };
    figures.set(name, figure);
  }
  const score = expression.value((name) => figures.get(name)!);
  if (Number.isFinite(score)) return { score, figures };
  const given = [...figures].map(([name, figure]) => `${name} = ${Number(figure.toPrecision(6))}`).join(', ');
  return { missing: `the formula gives ${Number.isNaN(score) ? 'no number' : 'an infinite value'}${given === '' ? '' : ` for ${given}`}` };
}

/** Steps between the ends of a measure at which a score is looked at, by how many measures with ends a formula names; of more, the ends alone. */
const STEPS = [0, 64, 16, 8, 4];

/**
 * Where one match's score lies, all else as it was, since what the formula names has a least and a greatest value: a reward, a share, who won.
 * Infinite where the formula gives no number somewhere between these; undefined where nothing in it has such ends.
 */
function rangeOf(expression: Expression, match: MeasuredMatch, score: number, figures: ReadonlyMap<string, number>): Range | undefined {
  const bounded = expression.names.flatMap((name) => {
    const range = measuredRange(name, match);
    return range ? [{ name, range }] : [];
  });
  if (bounded.length === 0) return undefined;
  const steps = STEPS[bounded.length] ?? 1;
  const now = new Map(figures);
  const found = { low: score, high: score };
  // Not at the ends alone: a formula may fall and rise again between them.
  const look = (place: number): void => {
    const at = bounded[place];
    if (at) {
      for (let step = 0; step <= steps; step++) {
        now.set(at.name, at.range.low + ((at.range.high - at.range.low) * step) / steps);
        look(place + 1);
      }
      return;
    }
    const value = expression.value((name) => now.get(name)!);
    found.low = Number.isNaN(value) ? -Infinity : Math.min(found.low, value);
    found.high = Number.isNaN(value) ? Infinity : Math.max(found.high, value);
  };
  look(0);
  return found;
}

/**
 * The mean over matches with its interval: within what the bounds of its figures leave where they have some, so that a few matches that all ended
 * alike are not taken for all there are; else Student's t. A match without a score is in none of it.
 */
export function scoreOf(expression: Expression, matches: readonly MeasuredMatch[]): Score {
  const seeds = new Map<number, { score: number; range: Range | undefined }[]>();
  const missing: Score['missing'] = [];
  for (const match of matches) {
    const { id, seed } = match.trace.header;
    const found = matchScore(expression, match);
    if (isMissing(found)) missing.push({ id, why: found.missing });
    else
      seeds.set(seed, [...(seeds.get(seed) ?? []), { score: found.score, range: rangeOf(expression, match, found.score, found.figures) }]);
  }
  const all = [...seeds.values()].flat();
  const scores = all.map(({ score }) => score);
  const bySeed = new Map([...seeds].map(([seed, each]) => [seed, mean(each.map(({ score }) => score))]));
  const joint = (each: typeof all): Range => meanRange(each.map(({ range }) => range!));
  const range = all.length > 0 && all.every((each) => each.range) ? joint(all) : undefined;
  if (!range || range.low === range.high) return { figure: meanInterval(scores), bySeed, missing };
  const isPart = matches.some((match) => expression.names.some((name) => !WHOLE.includes(name) && !measuredRange(name, match)));
  const ranges = new Map([...seeds].map(([seed, each]) => [seed, joint(each)]));
  return { figure: meanInterval(scores, { range, isPart }), bySeed, ranges, isPart, missing };
}
