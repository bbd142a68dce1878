/**
 * What a replayed market match leaves to be judged: every execution, the mid over time, each seat's account over time, and what each
 * seat had seen when it decided. `MarketRecorder` fills it; the other files here are pure functions over it.
 *
 * Times are world microseconds, prices ticks, `mid2` twice the mid (so that it stays an integer), money micro-units.
 */
import type { Micros } from '../../../envs/environment.js';
import type { Execution, Side } from '../../../envs/hft/exchange/order.js';

/** One owner's leg of a trade as the exchange told it, and what was around it. Each trade gives two legs, standing together, with the same `tradeId`. */
export interface MarketExecution extends Execution {
  /** Position in `MarketRecord.symbols`. */
  symbol: number;
  /** Twice the mid before the taking order arrived, and the public index at that time. */
  mid2: number;
  indexTicks: number;
}

/** The mid of one symbol at rising times; between two of them it is taken as at the earlier one. */
export interface MidPath {
  at: Micros[];
  mid2: number[];
}

/** A seat's account at the sampled times, before what lands at those very times; the last one after the close. */
export interface AccountPath {
  at: Micros[];
  /** Cash and positions marked at the mid. */
  equityMicros: number[];
  /** By symbol, then by sample. */
  position: number[][];
}

/** Best prices; null while that side was empty. */
export interface Touch {
  bidTicks: number | null;
  askTicks: number | null;
}

/** A plan that landed, with what its seat had seen. */
export interface LandedPlan {
  seat: number;
  /** When the observation it answers was published, and when it landed. */
  observedAt: Micros;
  at: Micros;
  /** The touch of each symbol in that observation. */
  seen: Touch[];
  /** Sides of symbols that its orders meant to take from, filled or not. */
  tries: { symbol: number; side: Side }[];
  /** Executions that happened in its landing: positions [from, to) in `MarketRecord.executions`. */
  from: number;
  to: number;
}

/** One match, as the functions here read it. */
export interface MarketRecord {
  symbols: string[];
  /** What each symbol's market is made of, in words: synthetic, recorded, bars with a synthetic book. */
  markets: string[];
  seats: number;
  /** Micro-units of currency in a tick, by symbol. */
  tickMicros: number[];
  startMicros: number;
  /** When the market closed, or the last time reached. Trades at this time are the close's. */
  endAt: Micros;
  /** Interval of the accounts' samples. */
  sampleUs: Micros;
  /** In the order in which they happened; the maker's and the taker's leg of a trade stand together. */
  executions: MarketExecution[];
  /** By symbol. */
  mids: MidPath[];
  /** By seat. */
  accounts: AccountPath[];
  /** In the order in which they landed. */
  plans: LandedPlan[];
}

/** A seat's own executions, in order. */
export function executionsOf(record: MarketRecord, seat: number): MarketExecution[] {
  return record.executions.filter((execution) => execution.owner === seat);
}

/** The mid of a symbol at a time, doubled: the last one known then. undefined before the first. */
export function mid2At(path: MidPath, at: Micros): number | undefined {
  let low = 0;
  let high = path.at.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (path.at[middle]! <= at) low = middle + 1;
    else high = middle;
  }
  return path.mid2[low - 1];
}
