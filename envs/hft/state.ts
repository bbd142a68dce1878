/** What a seat observes and what it may do: the types every other file here speaks. */

import type { Role } from './news/meaning.js';

/** One level of the book: [ticks away from the best price of its side (bids: 0 or less, asks: 0 or more), shares]. */
export type Level = [number, number];

/** A live order of the own seat: resting in the book, or waiting for its trigger. */
export interface OwnOrder {
  /** The seat's own small number for it, what `move #n` and `cancel #n` name. */
  number: number;
  kind: 'limit' | 'stop' | 'stop-limit';
  side: 'bid' | 'ask';
  /** Where it rests; of a stop, its trigger. */
  priceTicks: number;
  /** Ticks from the best price of its side, as in the action's `at` (bid: 0 or less behind or at the best; ask: 0 or more). Of a stop: from the best price it would take, as in `stop ... at K`. */
  at: number;
  /** Shares left, hidden ones included. */
  size: number;
  /** Shares queued ahead of it at its price; 0 for a stop. */
  aheadShares: number;
  /** Of an iceberg: shares the book does not show. Absent otherwise. */
  hiddenShares?: number;
  /** Of a stop-limit: where it will rest, and that as in `limit L`. Absent otherwise. */
  limitTicks?: number;
  limitAt?: number;
  ageUs: number;
}

/** An own execution. `size` is positive for shares bought, negative for shares sold. */
export interface OwnFill {
  size: number;
  priceTicks: number;
  agoUs: number;
  maker: boolean;
  /** The fee paid for it in micro-units; negative for a rebate. */
  feeMicros: number;
  /** The class of the other side: `seat`, or a kind of background agent. */
  counterparty: string;
}

/** How the market stood some time ago. */
export interface Past {
  agoUs: number;
  mid2Ticks: number;
  indexTicks: number;
}

/** An item of news as a seat sees it. */
export interface NewsItem {
  text: string;
  agoUs: number;
}

/** The news of one symbol: who is who, and the last three items, newest first. */
export interface NewsState {
  names: Record<Role, string>;
  items: NewsItem[];
}

/** One symbol as a seat sees it. Prices are absolute ticks here; the text shows them relative to the touch. */
export interface SymbolState {
  symbol: string;
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
  /** Largest position either way; sizes are whole multiples of `lotSize`. */
  positionLimit: number;
  lotSize: number;
  tickMicros: number;
  /** Own live orders, bids before asks, best first, stops after those that rest. */
  orders: OwnOrder[];
  /** The last three own executions, newest first. */
  fills: OwnFill[];
  /** Absent in a market without a wire. */
  news?: NewsState;
}

/** What belongs to the seat as a whole. */
export interface AccountState {
  at: number;
  leftUs: number;
  /** Largest size of one order. */
  orderLimit: number;
  cashMicros: number;
  /** Profit so far, marked at the mids, in ppm of the starting cash. */
  pnlPpm: number;
  /** Fees paid so far less rebates received, and the same in ppm of the starting cash. */
  feesMicros: number;
  feesPpm: number;
  /** Shares that the exchange has traded away so far because the margin was gone. */
  liquidatedShares: number;
  /** How long the seat's last answer took, from its observation to its landing, in world time; 0 before the first. */
  latencyUs: number;
  standing: string;
}

/** An observation: the seat's account, and every symbol of the match in the order of its options. */
export interface HftState extends AccountState {
  symbols: SymbolState[];
}

/** One symbol together with the account: what a rule for one symbol decides by. */
export type SymbolView = AccountState & SymbolState;

/** The state as one view a symbol. Written out: spreading two wide objects would cost more than deciding, thousands of times a second in the oracle. */
export function views(state: HftState): SymbolView[] {
  return state.symbols.map((s) => viewOf(state, s));
}

function viewOf(a: AccountState, s: SymbolState): SymbolView {
  return {
    at: a.at,
    leftUs: a.leftUs,
    orderLimit: a.orderLimit,
    cashMicros: a.cashMicros,
    pnlPpm: a.pnlPpm,
    feesMicros: a.feesMicros,
    feesPpm: a.feesPpm,
    liquidatedShares: a.liquidatedShares,
    latencyUs: a.latencyUs,
    standing: a.standing,
    symbol: s.symbol,
    bidTicks: s.bidTicks,
    askTicks: s.askTicks,
    indexTicks: s.indexTicks,
    bids: s.bids,
    asks: s.asks,
    past: s.past,
    trades: s.trades,
    flow1: s.flow1,
    flow5: s.flow5,
    position: s.position,
    positionLimit: s.positionLimit,
    lotSize: s.lotSize,
    tickMicros: s.tickMicros,
    orders: s.orders,
    fills: s.fills,
    news: s.news,
  };
}

/**
 * One order of a plan. Prices are ticks from the best price at the moment of landing: of the own side for orders that rest (`bid`: best
 * bid + at), of the side it would take for a buy stop (best ask + at) and a sell stop (best bid + at), each with its `limit`.
 */
export type HftOrder = (
  | { do: 'buy' | 'sell'; size: number; type?: 'fok' | 'market' }
  | { do: 'bid' | 'ask'; size: number; at: number; type?: 'limit'; show?: number }
  | { do: 'stop'; side: 'buy' | 'sell'; size: number; at: number; limit?: number }
  | { do: 'oco'; side: 'buy' | 'sell'; size: number; at: number; stop: number }
  | { do: 'move'; order: number; size: number; at: number }
  | { do: 'cancel'; order?: number; side?: 'bid' | 'ask' }
  | { do: 'flat' }
) & {
  /** Which symbol. Absent: every symbol for `cancel` and `flat`, that of the order for what names one by number, else the first. */
  symbol?: string;
};

/** The orders of one answer, carried out in this order. Empty: hold. */
export type HftPlan = HftOrder[];
