/** Adverse selection: how often those who took a seat's resting orders knew better. */
import type { Micros } from '../../../envs/environment.js';
import { fillMarkouts } from './markouts.js';
import type { MarketExecution, MarketRecord } from './record.js';

/** The mid this long after a fill decides. */
export const ADVERSE_US: Micros = 1_000_000;

/** Counts of maker fills, and means over them, of one match. */
export interface AdverseSelection {
  /** Maker fills with a second of the match left. */
  fills: number;
  /** The mid had moved against the seat a second later. */
  against: number;
  /** It had moved by more than the half spread the fill had earned: the markout is negative. */
  losing: number;
  /** Means in ticks; null without fills. */
  moveTicks: number | null;
  markoutTicks: number | null;
}

/** Adverse selection of these fills; takers' fills among them are passed over. */
export function adverseSelection(record: MarketRecord, fills: readonly MarketExecution[]): AdverseSelection {
  const marked = fillMarkouts(
    record,
    fills.filter(({ maker }) => maker),
    ADVERSE_US,
  );
  const meanOf = (of: (each: (typeof marked)[number]) => number): number | null =>
    marked.length === 0 ? null : marked.reduce((sum, each) => sum + of(each), 0) / marked.length / 2;
  return {
    fills: marked.length,
    against: marked.filter(({ move2 }) => move2 < 0).length,
    losing: marked.filter(({ markout2 }) => markout2 < 0).length,
    moveTicks: meanOf(({ move2 }) => move2),
    markoutTicks: meanOf(({ markout2 }) => markout2),
  };
}
