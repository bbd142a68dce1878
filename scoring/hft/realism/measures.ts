/** How each part of each fact is measured: a figure of all seeds' records together, and how many things it was made of. */
import { branchingRatio } from './branching.js';
import { autocorrelations, correlation, decayExponent, deviation } from './correlation.js';
import { beyondPlacebo, impactExponent, impactLeft, impactMean } from './metaorders.js';
import type { MarketRecord } from './record.js';
import { absolute, blocks, returnsBp } from './returns.js';
import { excessKurtosis, hillOfSorted, positiveAscending } from './tails.js';

/** The share of values that counts as the tail. */
const TAIL = 0.05;
/** Longest lag of the two decay exponents. */
const LONGEST_LAG = 128;
const MINUTE = 60;
/** Longer than most of what one event sets off, shorter than what else changes the rate. */
const BRANCHING_S = 10;

export interface Measure {
  value(records: readonly Prepared[]): number;
  samples(records: readonly Prepared[]): number;
  /** What the samples are. */
  of: string;
}

/** A record with its returns, made once. */
export interface Prepared extends MarketRecord {
  /** Overlapping returns in bp, beginning at every second, by horizon in seconds. */
  returns: { 1: Float64Array; 60: Float64Array; 300: Float64Array };
  absolute1: Float64Array;
  /** Absolute returns over a minute, distances and shares taken, ascending: what tails are measured on. */
  sorted: { absolute60: Float64Array; distances: Float64Array; takenShares: Float64Array };
  minutes: { x: Float64Array; y: Float64Array };
  /** Changes of the mid in consecutive windows of `BRANCHING_S`. */
  changes: Float64Array;
}

export function prepare(record: MarketRecord): Prepared {
  const returns = { 1: returnsBp(record.mid2, 1), 60: returnsBp(record.mid2, 60), 300: returnsBp(record.mid2, 300) };
  const whole = Math.floor(record.seconds / MINUTE);
  return {
    ...record,
    returns,
    absolute1: absolute(returns[1]),
    sorted: {
      absolute60: positiveAscending(absolute(returns[60])),
      distances: positiveAscending(record.distances),
      takenShares: positiveAscending(record.takenShares),
    },
    minutes: { x: blocks(record.volume, MINUTE), y: Float64Array.from({ length: whole }, (_, i) => Math.abs(returns[60][i * MINUTE]!)) },
    changes: blocks(record.midChanges, BRANCHING_S),
  };
}

function total(records: readonly Prepared[], count: (record: Prepared) => number): number {
  return records.reduce((sum, record) => sum + count(record), 0);
}

const ratio = (top: (r: Prepared) => number, bottom: (r: Prepared) => number, of: string): Measure => ({
  value: (records) => total(records, top) / total(records, bottom),
  samples: (records) => total(records, bottom),
  of,
});

type Horizon = 1 | 60 | 300;
const overlapping = (horizon: Horizon, value: (series: Float64Array[]) => number): Measure => ({
  value: (records) => value(records.map((r) => r.returns[horizon])),
  samples: (records) => total(records, (r) => Math.floor(r.seconds / horizon)),
  of: `returns over ${horizon} s`,
});

const kurtosis = (records: readonly Prepared[], horizon: Horizon): number => excessKurtosis(records.map((r) => r.returns[horizon]));
const clustering = (value: (series: Float64Array[]) => number): Measure => ({
  value: (records) => value(records.map((r) => r.absolute1)),
  samples: (records) => total(records, (r) => r.absolute1.length),
  of: 'returns over 1 s',
});
const metaorders = (value: (orders: Prepared['metaorders']) => number): Measure => ({
  value: (records) =>
    value(
      beyondPlacebo(
        records.flatMap((r) => r.metaorders),
        records.flatMap((r) => r.placebo),
      ),
    ),
  samples: (records) => total(records, (r) => r.metaorders.length),
  of: 'metaorders',
});

/** In the order of each fact's parts. */
export const MEASURES: Record<string, readonly Measure[]> = {
  spread: [
    {
      ...ratio(
        (r) => r.oneTickUs,
        (r) => r.quotedUs,
        'seconds',
      ),
      samples: (records) => Math.round(total(records, (r) => r.quotedUs) / 1e6),
    },
  ],
  autocorrelation: [
    overlapping(1, (series) => autocorrelations(series, [1])[0]!),
    overlapping(60, (series) => autocorrelations(series, [60])[0]!),
  ],
  kurtosis: [
    overlapping(1, excessKurtosis),
    overlapping(60, excessKurtosis),
    overlapping(300, excessKurtosis),
    {
      value: (records) => Math.min(kurtosis(records, 1) - kurtosis(records, 60), kurtosis(records, 60) - kurtosis(records, 300)),
      samples: (records) => total(records, (r) => Math.floor(r.seconds / 300)),
      of: 'returns over 300 s',
    },
  ],
  tail: [
    {
      ...overlapping(60, () => NaN),
      value: (records) =>
        hillOfSorted(
          records.map((r) => r.sorted.absolute60),
          TAIL,
        ),
    },
  ],
  clustering: [
    ...[1, 10, 50].map((lag) => clustering((series) => autocorrelations(series, [lag])[0]!)),
    clustering((series) => decayExponent(series, LONGEST_LAG)),
  ],
  volatility: [overlapping(1, deviation), overlapping(60, deviation)],
  signs: [
    {
      value: (records) =>
        decayExponent(
          records.map((r) => r.signs),
          LONGEST_LAG,
        ),
      samples: (records) => total(records, (r) => r.signs.length),
      of: 'orders that took',
    },
  ],
  impact: [metaorders(impactMean), metaorders(impactExponent), metaorders(impactLeft)],
  distance: [
    {
      value: (records) =>
        hillOfSorted(
          records.map((r) => r.sorted.distances),
          TAIL,
          true,
        ),
      samples: (records) => total(records, (r) => r.distances.length),
      of: 'orders behind the quote',
    },
  ],
  fleeting: [
    ratio(
      (r) => r.fleetingOrders,
      (r) => r.restingOrders,
      'resting orders',
    ),
  ],
  cancels: [
    ratio(
      (r) => r.cancels,
      (r) => r.executions,
      'executions',
    ),
  ],
  sizes: [
    {
      value: (records) =>
        hillOfSorted(
          records.map((r) => r.sorted.takenShares),
          TAIL,
          true,
        ),
      samples: (records) => total(records, (r) => r.takenShares.length),
      of: 'orders that took',
    },
  ],
  branching: [
    {
      value: (records) => branchingRatio(records.map((r) => r.changes)),
      samples: (records) => total(records, (r) => r.changes.length),
      of: `windows of ${BRANCHING_S} s`,
    },
  ],
  volume: [
    {
      value: (records) => correlation(records.map((r) => r.minutes)),
      samples: (records) => total(records, (r) => r.minutes.x.length),
      of: 'minutes',
    },
  ],
  races: [
    ratio(
      (r) => r.races,
      (r) => r.seconds / 60,
      'minutes',
    ),
  ],
};
