/** Which of some rows of one clock and speed to take: for the sentence that ends a sweep, and for the wall-clock matches that confirm it. */
import type { AnyTask } from '../../envs/environment.js';
import { recommend, type Recommendation } from '../../scoring/figures/recommendation.js';
import { bySeed, shownRange } from '../../scoring/reward/reward.js';
import { NOT_MEASURED } from '../../scoring/statistics/estimate.js';
import type { Range } from '../../scoring/statistics/bounded.js';
import type { CellResult } from './play.js';
import type { Row } from './rows.js';

export interface Recommended {
  recommendation: Recommendation;
  /** Of each row, in order, its reward by seed, in the task's shown unit. */
  rewards: Map<number, number>[];
  /** Where every reward lies; undefined when it has no bounds. */
  range: Range | undefined;
}

/** By the plan's own reward where the rows have one. @param cells every measured match of the task's, of other rows too; those that do not count are passed over */
export function recommendAmong(task: AnyTask, rows: readonly Row[], cells: readonly CellResult[]): Recommended {
  const counting = cells.filter(({ trace }) => trace.footer?.verdict.counts === true);
  const matchesOf = (entrant?: Row['entrant']) =>
    counting.filter(({ cell }) => entrant === undefined || cell.entrant === entrant).map(({ cell, trace }) => ({ trace, seat: cell.seat }));
  const range = shownRange(task, matchesOf());
  const rewards = rows.map(({ entrant }) => bySeed(task, matchesOf(entrant)));
  const isScored = rows.some(({ score }) => score);
  const candidates = rows.map(({ name, summary, score }, i) => ({
    name,
    rewards: isScored ? (score?.bySeed ?? new Map<number, number>()) : rewards[i]!,
    ...(isScored && score?.ranges ? { ranges: score.ranges, isPart: score.isPart === true } : {}),
    reward: isScored ? (score?.figure ?? NOT_MEASURED) : summary.reward,
    latency: summary.worldMeanUs,
  }));
  return { recommendation: isScored ? recommend(candidates) : recommend(candidates, range, 0), rewards, range };
}
