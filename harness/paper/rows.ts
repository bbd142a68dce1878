/** The rows of a table of ours: of each configuration what it earned on each seed, how late it was, and what it is. */
import type { AnyTask } from '../../envs/environment.js';
import { latencySummary, type PlayedSeat } from '../../scoring/figures/latency.js';
import { rateSummary } from '../../scoring/figures/rates.js';
import type { Game, Member } from '../../scoring/figures/claims.js';
import { ratedRoundRobin, type RatedPair } from '../../scoring/ratings/bradley-terry.js';
import { shownRange, shownReward } from '../../scoring/reward/reward.js';
import type { Range } from '../../scoring/statistics/bounded.js';
import type { Estimate } from '../../scoring/statistics/estimate.js';
import { meanInterval } from '../../scoring/statistics/means.js';
import type { TaskReport } from '../sweep/run.js';
import type { PaperEntrant } from './entrants.js';
import { publishedBits } from './size.js';

/** What a table compares: rewards in the task's unit, or the share of points (1 won, a half drawn), in per cent. */
export type Measure = 'reward' | 'points';

/** One configuration. `values`: more is better, by seed. */
export interface PaperRow extends Member {
  size?: string;
  /** As the publication counts them. */
  bits?: number;
  /** Bits a weight that the engine holds, scales counted. */
  heldBits?: number;
  /** Matches that count, and those that do not. */
  matches: number;
  void: number;
  value: Estimate;
  worldMeanUs: Estimate;
  realP50Us: Estimate;
  invalid: Estimate;
  /** Bradley and Terry's rating, natural logarithm of odds; of whole round robins alone. */
  rating?: Estimate;
}

/** A table of ours with where each of its values lies. */
export interface PaperTable {
  measure: Measure;
  unit: string;
  rows: PaperRow[];
  range?: Range;
}

/** A match as one of its sides played it. `rival`: the configuration in the other seat, where there is one. */
interface Side extends PlayedSeat {
  rival?: string;
}

/**
 * A table of what was played: one report, or one for each rival of a round robin. Where matches of a round robin do not count, values are
 * of different rivals; ratings and comparisons by `games` allow for it.
 */
export function tableOf(task: AnyTask, entrants: readonly PaperEntrant[], reports: readonly TaskReport[], measure: Measure): PaperTable {
  const sides = entrants.map(({ configuration }) => sidesOf(reports, configuration.name));
  const all = sides.flatMap(({ played }) => played);
  const range = measure === 'points' ? { low: 0, high: 100 } : shownRange(task, all);
  const ratings = ratingsOf(task, entrants, reports);
  const rows = entrants.map((entrant, i): PaperRow => {
    const { played, voided, engine } = sides[i]!;
    const values = bySeed(task, played, measure);
    const latency = latencySummary(played);
    const bits = entrant.bits ?? (engine && publishedBits(engine));
    return {
      name: entrant.configuration.name,
      ...(entrant.size === undefined ? {} : { size: entrant.size }),
      ...(bits === undefined ? {} : { bits }),
      ...(engine ? { heldBits: engine.bitsPerWeight } : {}),
      matches: played.length,
      void: voided,
      values,
      ...(reports.length > 1 ? { games: gamesOf(task, played, measure) } : {}),
      value: meanInterval([...values.values()], { range }),
      worldMeanUs: latency.worldMeanUs,
      realP50Us: latency.realP50Us,
      invalid: rateSummary(played).invalid,
      ...(ratings ? { rating: ratings[i]! } : {}),
    };
  });
  return { measure, unit: measure === 'points' ? '%' : task.reward.unit, rows, ...(range ? { range } : {}) };
}

function sidesOf(
  reports: readonly TaskReport[],
  name: string,
): { played: Side[]; voided: number; engine?: TaskReport['rows'][number]['engine'] } {
  const played: Side[] = [];
  let voided = 0;
  let engine: TaskReport['rows'][number]['engine'];
  for (const { task, cells, rows } of reports) {
    const rival = task.plan.rival?.name;
    engine ??= rows.find((row) => row.name === name)?.engine;
    for (const { cell, trace } of cells) {
      const isOwn = cell.entrant.name === name;
      if (!isOwn && rival !== name) continue;
      const other = isOwn ? rival : cell.entrant.name;
      if (!trace.footer?.verdict.counts) voided++;
      else played.push({ trace, seat: isOwn ? cell.seat : 1 - cell.seat, ...(other === undefined ? {} : { rival: other }) });
    }
  }
  return { played, voided, engine };
}

function valueOf(task: AnyTask, side: PlayedSeat, measure: Measure): number {
  return measure === 'points' ? 100 * task.outcome!(side.trace.footer!.results, side.seat) : shownReward(task, side)!;
}

function bySeed(task: AnyTask, played: readonly Side[], measure: Measure): Map<number, number> {
  const seeds = new Map<number, number[]>();
  for (const side of played) {
    const { seed } = side.trace.header;
    seeds.set(seed, [...(seeds.get(seed) ?? []), valueOf(task, side, measure)]);
  }
  return new Map([...seeds].map(([seed, values]) => [seed, values.reduce((sum, value) => sum + value, 0) / values.length]));
}

function gamesOf(task: AnyTask, played: readonly Side[], measure: Measure): Game[] {
  return played.map((side) => ({
    seed: side.trace.header.seed,
    seat: side.seat,
    against: side.rival ?? '',
    value: valueOf(task, side, measure),
  }));
}

/** Ratings of a round robin from all matches that count; undefined for anything else, or where a pair has none. */
function ratingsOf(task: AnyTask, entrants: readonly PaperEntrant[], reports: readonly TaskReport[]): Estimate[] | undefined {
  const names = entrants.map(({ configuration }) => configuration.name);
  if (reports.length !== names.length || !reports.every((report) => report.task.plan.rival)) return undefined;
  const seeds = new Map<number, RatedPair[]>();
  for (const { task: played, cells } of reports)
    for (const { cell, trace } of cells) {
      if (!trace.footer?.verdict.counts) continue;
      const pair = { first: names.indexOf(cell.entrant.name), second: names.indexOf(played.plan.rival!.name) };
      const game: RatedPair = { ...pair, points: task.outcome!(trace.footer.results, cell.seat) };
      seeds.set(cell.seed, [...(seeds.get(cell.seed) ?? []), game]);
    }
  const games = [...seeds.values()];
  const met = new Set(games.flat().map(({ first, second }) => `${Math.min(first, second)} ${Math.max(first, second)}`));
  return met.size < (names.length * (names.length - 1)) / 2 ? undefined : ratedRoundRobin(names.length, games);
}
