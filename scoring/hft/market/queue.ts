/** Where in the queue a seat's resting orders stood: when they came to rest, and when the order that filled them arrived. */
import type { Micros } from '../../../envs/environment.js';
import { quantile } from '../../statistics/quantiles.js';
import type { MarketExecution, MarketRecord } from './record.js';

/** Over the maker fills of one match; null without any. */
export interface QueueAhead {
  fills: number;
  /** Shares queued ahead at the same price when the order came to rest. */
  entryMedian: number | null;
  entryMean: number | null;
  /**
   * Shares that the order which made the fill took at the same price before it reached the seat's: those still ahead when it came.
   * 0: the seat stood at the front.
   */
  fillMedian: number | null;
  fillMean: number | null;
  /** How long the order had rested. */
  restedMedianUs: Micros | null;
}

/** Queue positions of a seat's maker fills, in one symbol or (absent) in all. */
export function queueAhead(record: MarketRecord, seat: number, symbol?: number): QueueAhead {
  const entry: number[] = [];
  const atFill: number[] = [];
  const rested: number[] = [];
  record.executions.forEach((fill, i) => {
    if (fill.owner !== seat || !fill.maker || (symbol !== undefined && fill.symbol !== symbol)) return;
    entry.push(fill.aheadAtEntry);
    atFill.push(takenBefore(record.executions, i));
    rested.push(fill.restedUs);
  });
  return {
    fills: entry.length,
    entryMedian: median(entry),
    entryMean: mean(entry),
    fillMedian: median(atFill),
    fillMean: mean(atFill),
    restedMedianUs: median(rested),
  };
}

/** Shares that the taking order of this maker's leg had taken at the same price before it. */
function takenBefore(executions: readonly MarketExecution[], index: number): number {
  const fill = executions[index]!;
  const taker = takerOf(executions, index);
  if (!taker) return 0;
  let shares = 0;
  for (let i = index - 1; i >= 0; i--) {
    const e = executions[i]!;
    if (e.tradeId === fill.tradeId && e.symbol === fill.symbol) continue;
    if (e.at !== fill.at || e.symbol !== fill.symbol) break;
    if (!e.maker) {
      if (e.owner !== taker.owner || e.side !== taker.side || e.id !== taker.id) break;
    } else if (e.priceTicks === fill.priceTicks && e.side === fill.side) shares += e.size;
  }
  return shares;
}

/** The other leg of a maker's: its neighbour with the same trade number. */
function takerOf(executions: readonly MarketExecution[], index: number): MarketExecution | undefined {
  const fill = executions[index]!;
  return [executions[index + 1], executions[index - 1]].find(
    (e) => e && e.tradeId === fill.tradeId && e.symbol === fill.symbol && !e.maker,
  );
}

function median(values: number[]): number | null {
  return values.length === 0
    ? null
    : quantile(
        values.sort((a, b) => a - b),
        0.5,
      );
}

function mean(values: readonly number[]): number | null {
  return values.length === 0 ? null : values.reduce((sum, value) => sum + value, 0) / values.length;
}
