/**
 * What a spectator of the market sees: of each symbol the ladder, the tape and the index, and every seat's account.
 * Prices are integer ticks (`tickMicros` micro-units of currency each), sizes are shares, times world microseconds.
 */

import type { ItemClass, Role } from './news/meaning.js';

/** One execution on the tape. `id` grows by one with every trade, so a watcher can drop those it already has. */
export interface SceneTrade {
  id: number;
  at: number;
  priceTicks: number;
  size: number;
  /** 1: a buyer took; -1: a seller took. */
  taker: 1 | -1;
  /** Seats on either side (0, 1...), or -1 for the background. */
  buyer: number;
  seller: number;
}

/** One live order of a seat: it rests, or it is a stop that waits for its trigger (then that is its price). */
export interface SceneOrder {
  id: number;
  /** The seat's own number for it. */
  number: number;
  side: 'bid' | 'ask';
  priceTicks: number;
  size: number;
  stop?: boolean;
}

/** One seat's money as spectators see it, over all symbols, in integer micro-units. */
export interface SceneAccount {
  cashMicros: number;
  /** Profit so far, marked at the mids. */
  pnlMicros: number;
  /** The same in ppm of the starting cash: the reward if the match ended now. */
  pnlPpm: number;
  feesMicros: number;
  standing: string;
  /** How often the exchange has closed its positions because its margin was gone. */
  liquidations: number;
}

/** What one seat has in one symbol. */
export interface SceneHolding {
  position: number;
  orders: SceneOrder[];
}

/** The news of a symbol: who is who in it, and the last three items, newest first. */
export interface SceneNews {
  names: Record<Role, string>;
  items: SceneNewsItem[];
}

export interface SceneNewsItem {
  at: number;
  text: string;
  /** What had to be understood, and what it is worth to the symbol, in ticks: both told from when the index knows it. */
  class?: ItemClass;
  effectTicks?: number;
}

/** One symbol. */
export interface SymbolScene {
  /** What the market is made of: `synthetic (normal)` or `AMZN: one-second bars; the book around them is synthetic`. */
  label: string;
  symbol: string;
  tickMicros: number;
  /** Best prices; null while that side is empty. */
  bidTicks: number | null;
  askTicks: number | null;
  /** Bid plus ask: twice the mid, so that it stays an integer. While a side is empty: the last value known. */
  mid2Ticks: number;
  lastTicks: number;
  /** The public leading signal. */
  indexTicks: number;
  /** Up to ten levels a side, best first: [price in ticks, shares]. */
  bids: [number, number][];
  asks: [number, number][];
  /** The last 48 trades, oldest first. */
  trades: SceneTrade[];
  /** Absent in a market without a wire. */
  news?: SceneNews;
  /** One entry a seat. */
  holdings: SceneHolding[];
}

/** The whole scene: symbols in the order of the options. */
export interface HftScene {
  task: 'hft';
  at: number;
  leftUs: number;
  over: boolean;
  symbols: SymbolScene[];
  seats: SceneAccount[];
}

/** A scene narrowed to one symbol: what a view of one symbol draws. */
export interface SymbolSceneView extends Omit<SymbolScene, 'holdings'> {
  at: number;
  leftUs: number;
  over: boolean;
  seats: (SceneAccount & SceneHolding)[];
}

/** The scene of the symbol at place `i`; the first when there is no such place. */
export function sceneOf(scene: HftScene, i: number): SymbolSceneView {
  const { holdings, ...symbol } = scene.symbols[i] ?? scene.symbols[0]!;
  const { at, leftUs, over } = scene;
  return { ...symbol, at, leftUs, over, seats: scene.seats.map((seat, k) => ({ ...seat, ...holdings[k]! })) };
}
