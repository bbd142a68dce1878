/** What a seat observes and what a spectator sees, read off the market without changing it. */
import { BUY, SELL } from './book.js';
import { STEP_US } from './history.js';
import type { Market } from './market.js';
import type { HftOptions } from './options.js';
import type { HftScene, SceneTrade } from './scene.js';
import type { HftState, Level, Past } from './state.js';

const LEVELS = 5;
const TRADES = 8;
/** 0.25, 0.5, 1, 2 and 4 seconds ago. */
const PAST_STEPS = [5, 10, 20, 40, 80] as const;
const SCENE_LEVELS = 10;
const SCENE_TRADES = 48;

/** What `seat` may see now. */
export function observe(market: Market, seat: number): HftState {
  const { exchange, options, now } = market;
  const { book, history, tape, accounts } = exchange;
  const bid = exchange.bid();
  const ask = exchange.ask();
  const own = market.seats[seat]!;
  return {
    at: now,
    leftUs: Math.max(0, options.durationUs - now),
    bidTicks: bid,
    askTicks: ask,
    indexTicks: market.index,
    bids: book.depth(BUY, LEVELS).map(([price, size]): Level => [price - bid, size]),
    asks: book.depth(SELL, LEVELS).map(([price, size]): Level => [price - ask, size]),
    past: PAST_STEPS.map((steps): Past => ({
      agoUs: steps * STEP_US,
      mid2Ticks: history.mid2Ago(steps),
      indexTicks: history.indexAgo(steps),
    })),
    trades: tape.recent(TRADES),
    flow1: tape.flow(now - 1_000_000),
    flow5: tape.flow(now - 5_000_000),
    position: accounts.position[seat]!,
    positionLimit: options.positionLimit,
    orderLimit: options.orderLimit,
    cashMicros: accounts.cash[seat]!,
    pnlPpm: market.worth(seat),
    orders: own.orders(exchange, bid, ask, now),
    fills: own.recentFills(now),
    standing: own.standing,
  };
}

/** What spectators see now. */
export function scene(market: Market): HftScene {
  const { exchange, options, now } = market;
  const { book, accounts, tape } = exchange;
  const mid2 = exchange.mid2();
  const seatOf = (owner: number): number => (owner < options.seats ? owner : -1);
  const trades: SceneTrade[] = [];
  for (let id = Math.max(0, tape.count - SCENE_TRADES); id < tape.count; id++) {
    const t = tape.get(id)!;
    const [buyer, seller] = t.taker === 1 ? [t.takerOwner, t.makerOwner] : [t.makerOwner, t.takerOwner];
    trades.push({ id, at: t.at, priceTicks: t.priceTicks, size: t.size, taker: t.taker, buyer: seatOf(buyer), seller: seatOf(seller) });
  }
  return {
    task: 'hft',
    at: now,
    leftUs: Math.max(0, options.durationUs - now),
    over: market.over,
    label: label(options),
    symbol: options.market.kind === 'ohlc' ? options.market.symbol : 'SYN',
    tickMicros: options.tickMicros,
    bidTicks: book.bidOrders > 0 ? book.bestBid : null,
    askTicks: book.askOrders > 0 ? book.bestAsk : null,
    mid2Ticks: mid2,
    lastTicks: tape.get(tape.count - 1)?.priceTicks ?? Math.floor(mid2 / 2),
    indexTicks: market.index,
    bids: book.depth(BUY, SCENE_LEVELS),
    asks: book.depth(SELL, SCENE_LEVELS),
    trades,
    seats: market.seats.map((seat) => ({
      position: accounts.position[seat.number]!,
      cashMicros: accounts.cash[seat.number]!,
      pnlMicros: accounts.equity(seat.number, mid2) - options.cashMicros,
      pnlPpm: market.worth(seat.number),
      feesMicros: accounts.fees[seat.number]!,
      orders: seat.resting.map((id) => ({
        id,
        side: book.sideOf(id) === BUY ? 'bid' : 'ask',
        priceTicks: book.priceOf(id),
        size: book.sizeOf(id),
      })),
      standing: seat.standing,
    })),
  };
}

/** What the market is made of, in words that never claim a replayed book. */
export function label(options: HftOptions): string {
  const { market } = options;
  if (market.kind === 'synthetic') return `synthetic (${market.preset})`;
  return `${market.symbol}${market.from === '' ? '' : ` ${market.from}`}: one-second bars; the book around them is synthetic`;
}
