/** What a seat observes, what it may do, and what the market is set up with: the types every other file here speaks. */

/** One level of the book: [ticks away from the best price of its side (bids: 0 or less, asks: 0 or more), shares]. */
export type Level = [number, number];

/** A resting order of the own seat. */
export interface OwnOrder {
  side: 'bid' | 'ask';
  priceTicks: number;
  /** Ticks from the best price of its side, as in the action's `at` (bid: 0 or less behind or at the best; ask: 0 or more). */
  at: number;
  size: number;
  ageUs: number;
}

/** An own execution. `size` is positive for shares bought, negative for shares sold. */
export interface OwnFill {
  size: number;
  priceTicks: number;
  agoUs: number;
  maker: boolean;
}

/** How the market stood some time ago. */
export interface Past {
  agoUs: number;
  mid2Ticks: number;
  indexTicks: number;
}

/** An observation. Prices are absolute ticks here; the text shows them relative to the touch. */
export interface HftState {
  at: number;
  leftUs: number;
  /** Best prices; when a side is empty, one tick from the other side's last known best. `bids`/`asks` tell whether there is anything. */
  bidTicks: number;
  askTicks: number;
  /** The public leading signal, in ticks of the same price. */
  indexTicks: number;
  /** Up to five levels a side, best first. */
  bids: Level[];
  asks: Level[];
  /** 0.25, 0.5, 1, 2 and 4 s ago. */
  past: Past[];
  /** The last eight trades, newest first: shares, positive when a buyer took, negative when a seller took. */
  trades: number[];
  /** Shares taken by buyers less shares taken by sellers over the last second and the last five. */
  flow1: number;
  flow5: number;
  position: number;
  /** Largest position either way, and largest size of one order. */
  positionLimit: number;
  orderLimit: number;
  cashMicros: number;
  /** Profit so far, marked at the mid, in ppm of the starting cash. */
  pnlPpm: number;
  /** Own resting orders, bids before asks, best first. */
  orders: OwnOrder[];
  /** The last three own executions, newest first. */
  fills: OwnFill[];
  standing: string;
}

/** One order of a plan. Prices are relative to the best price of the same side at the moment of landing. */
export type HftOrder =
  { do: 'buy' | 'sell'; size: number } | { do: 'bid' | 'ask'; size: number; at: number } | { do: 'cancel' } | { do: 'flat' };

/** The orders of one answer, carried out in this order. Empty: hold. */
export type HftPlan = HftOrder[];
