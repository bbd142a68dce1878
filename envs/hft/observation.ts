/** What a seat observes and what a spectator sees, read off the market without changing it. */
import { BUY, SELL } from './exchange/book.js';
import { STEP_US } from './history.js';
import { label, type Listing } from './listing.js';
import type { Market } from './market.js';
import type { HftScene, SceneNews, SceneTrade, SymbolScene } from './scene.js';
import type { Seat } from './seats/seat.js';
import type { Wire } from './news/wire.js';
import type { HftState, Level, NewsState, Past, SymbolState } from './state.js';

const LEVELS = 5;
const TRADES = 8;
/** 0.25, 0.5, 1, 2 and 4 seconds ago. */
const PAST_STEPS = [5, 10, 20, 40, 80] as const;
const SCENE_LEVELS = 10;
const SCENE_TRADES = 48;

/** What `seat` may see now. */
export function observe(market: Market, seat: number): HftState {
  const { options, now, ledger } = market;
  const own = market.seats[seat]!;
  return {
    at: now,
    leftUs: Math.max(0, options.durationUs - now),
    orderLimit: options.orderLimit,
    cashMicros: ledger.cash[seat]!,
    pnlPpm: market.worth(seat),
    feesMicros: ledger.fees[seat]!,
    feesPpm: Math.floor((ledger.fees[seat]! * 1_000_000) / options.cashMicros),
    liquidatedShares: own.counts.liquidatedShares,
    latencyUs: own.latencyUs,
    standing: own.standing,
    symbols: market.listings.map((listing, i) => symbolState(listing, own, i, now)),
  };
}

function symbolState(listing: Listing, seat: Seat, i: number, now: number): SymbolState {
  const { exchange, symbol } = listing;
  const { book, history, tape } = exchange;
  const bid = exchange.bid();
  const ask = exchange.ask();
  const desk = seat.desks[i]!;
  const state: SymbolState = {
    symbol: symbol.symbol,
    bidTicks: bid,
    askTicks: ask,
    indexTicks: listing.index,
    bids: levelsFrom(bid, book.depth(BUY, LEVELS)),
    asks: levelsFrom(ask, book.depth(SELL, LEVELS)),
    past: PAST_STEPS.map((steps): Past => ({
      agoUs: steps * STEP_US,
      mid2Ticks: history.mid2Ago(steps),
      indexTicks: history.indexAgo(steps),
    })),
    trades: tape.recent(TRADES),
    flow1: tape.flow(now - 1_000_000),
    flow5: tape.flow(now - 5_000_000),
    position: desk.position,
    positionLimit: symbol.positionLimit,
    lotSize: symbol.lotSize,
    tickMicros: symbol.tickMicros,
    orders: desk.orders(bid, ask, now),
    fills: desk.recentFills(now),
  };
  if (listing.wire !== undefined) state.news = newsState(listing.wire, now);
  return state;
}

/** Levels of a book's side, which are nobody else's, by their distance from the best price. */
function levelsFrom(best: number, levels: Level[]): Level[] {
  for (const level of levels) level[0] -= best;
  return levels;
}

function newsState(wire: Wire, now: number): NewsState {
  return { names: { ...wire.cast }, items: wire.shown.map(({ text, at }) => ({ text, agoUs: now - at })) };
}

/** What there is to understand in an item, and what it is worth, is told once the index knows it: until then it could be traded on. */
function newsScene(wire: Wire): SceneNews {
  return {
    names: { ...wire.cast },
    items: wire.shown.map((item) => ({
      at: item.at,
      text: item.text,
      ...(wire.isKnown(item) ? { class: item.class, effectTicks: item.effectTicks } : {}),
    })),
  };
}

/** What spectators see now. */
export function scene(market: Market): HftScene {
  const { options, now, ledger } = market;
  return {
    task: 'hft',
    at: now,
    leftUs: Math.max(0, options.durationUs - now),
    over: market.over,
    symbols: market.listings.map((listing, i) => symbolScene(market, listing, i)),
    seats: market.seats.map((seat) => ({
      cashMicros: ledger.cash[seat.number]!,
      pnlMicros: market.equity(seat.number) - options.cashMicros,
      pnlPpm: market.worth(seat.number),
      feesMicros: ledger.fees[seat.number]!,
      standing: seat.standing,
      liquidations: seat.counts.liquidations,
    })),
  };
}

function symbolScene(market: Market, listing: Listing, i: number): SymbolScene {
  const { exchange, symbol } = listing;
  const { book, tape, accounts } = exchange;
  const mid2 = exchange.mid2();
  const seatOf = (owner: number): number => (owner < market.seats.length ? owner : -1);
  const trades: SceneTrade[] = [];
  for (let id = Math.max(0, tape.count - SCENE_TRADES); id < tape.count; id++) {
    const t = tape.get(id)!;
    const [buyer, seller] = t.taker === 1 ? [t.takerOwner, t.makerOwner] : [t.makerOwner, t.takerOwner];
    trades.push({ id, at: t.at, priceTicks: t.priceTicks, size: t.size, taker: t.taker, buyer: seatOf(buyer), seller: seatOf(seller) });
  }
  return {
    label: label(symbol.market),
    symbol: symbol.symbol,
    tickMicros: symbol.tickMicros,
    bidTicks: book.bidOrders > 0 ? book.bestBid : null,
    askTicks: book.askOrders > 0 ? book.bestAsk : null,
    mid2Ticks: mid2,
    lastTicks: tape.get(tape.count - 1)?.priceTicks ?? Math.floor(mid2 / 2),
    indexTicks: listing.index,
    bids: book.depth(BUY, SCENE_LEVELS),
    asks: book.depth(SELL, SCENE_LEVELS),
    trades,
    ...(listing.wire === undefined ? {} : { news: newsScene(listing.wire) }),
    holdings: market.seats.map((seat) => ({
      position: accounts.position[seat.number]!,
      orders: seat.desks[i]!.live().map(({ id, number }) => {
        const waits = exchange.stateOf(id) === 'waiting';
        return {
          id,
          number,
          side: book.sideOf(id) === BUY ? 'bid' : 'ask',
          priceTicks: waits ? exchange.triggerOf(id) : book.priceOf(id),
          size: book.sizeOf(id),
          ...(waits ? { stop: true } : {}),
        };
      }),
    })),
  };
}
