/**
 * Markouts: where the mid went after a fill, in favour of the seat.
 *
 *     move    = sign x (mid(t + horizon) - mid(t))       what happened after the fill
 *     markout = sign x (mid(t + horizon) - fill price)   what the fill has earned by then at the mid, before fees
 *
 * with sign +1 for shares bought and -1 for shares sold, and mid(t) the mid before the taking order arrived. Their difference is the
 * half spread: earned by a maker, paid by a taker. Every fill counts once, whatever its size.
 */
import type { Micros } from '../../../envs/environment.js';
import { BUY } from '../../../envs/hft/exchange/order.js';
import { meanInterval } from '../../statistics/means.js';
import type { Estimate } from '../../statistics/estimate.js';
import { mid2At, type MarketExecution, type MarketRecord } from './record.js';

/** 0.1, 1 and 10 s. */
export const HORIZONS_US: readonly Micros[] = [100_000, 1_000_000, 10_000_000];

/** One fill after one horizon, in half ticks. */
export interface FillMarkout {
  fill: MarketExecution;
  move2: number;
  markout2: number;
}

/** Fills after one horizon. Estimates are means over the fills of one match: they say nothing about other matches. */
export interface Markout {
  horizonUs: Micros;
  fills: number;
  /** Fills at or after which the match had no such time left. */
  leftOut: number;
  moveTicks: Estimate;
  markoutTicks: Estimate;
  /** In parts per million of the fill price, that is of the notional. */
  movePpm: Estimate;
  markoutPpm: Estimate;
}

/** The fills whose horizon ends before the close, each with its move and markout. */
export function fillMarkouts(record: MarketRecord, fills: readonly MarketExecution[], horizonUs: Micros): FillMarkout[] {
  const result: FillMarkout[] = [];
  for (const fill of fills) {
    const at = fill.at + horizonUs;
    if (at >= record.endAt) continue;
    const later = mid2At(record.mids[fill.symbol]!, at);
    if (later === undefined) continue;
    // Differences rather than a sign times them: nothing becomes -0.
    const gained = (from: number): number => (fill.side === BUY ? later - from : from - later);
    result.push({ fill, move2: gained(fill.mid2), markout2: gained(2 * fill.priceTicks) });
  }
  return result;
}

/** The mean markouts of these fills at each horizon. */
export function markouts(record: MarketRecord, fills: readonly MarketExecution[]): Markout[] {
  return HORIZONS_US.map((horizonUs) => {
    const marked = fillMarkouts(record, fills, horizonUs);
    const ppm = (half: number, fill: MarketExecution): number => (half * 500_000) / fill.priceTicks;
    return {
      horizonUs,
      fills: marked.length,
      leftOut: fills.length - marked.length,
      moveTicks: meanInterval(marked.map(({ move2 }) => move2 / 2)),
      markoutTicks: meanInterval(marked.map(({ markout2 }) => markout2 / 2)),
      movePpm: meanInterval(marked.map(({ move2, fill }) => ppm(move2, fill))),
      markoutPpm: meanInterval(marked.map(({ markout2, fill }) => ppm(markout2, fill))),
    };
  });
}
