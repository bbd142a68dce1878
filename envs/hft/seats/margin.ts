/**
 * How much a seat may hold, and what happens when it holds too much. The value of all its positions, with resting orders counted as if
 * they had filled, may be at most its equity over the initial margin, and at most the notional limit. At every step of the market's
 * clock a seat whose equity is under the maintenance margin is liquidated: all its orders are cancelled, and each position, symbol by
 * symbol, is traded away against the book at whatever price there is, with taker fees. What the book cannot absorb is tried again at the
 * next step. The seat goes on playing with what is left.
 */
import type { Exchange } from '../exchange/exchange.js';
import { IOC, BUY, MAX_PRICE_TICKS, SELL, type Side } from '../exchange/order.js';
import type { Listing } from '../listing.js';
import type { Market } from '../market.js';
import type { Seat } from './seat.js';

/** The largest value its other positions and orders could come to, in micro-units, apart from one symbol. */
function heldElsewhere(market: Market, seat: Seat, here: Listing): number {
  let held = 0;
  market.listings.forEach((listing, i) => {
    if (listing === here) return;
    const { exchange, symbol } = listing;
    const position = exchange.accounts.position[seat.number]!;
    const desk = seat.desks[i]!;
    const long = Math.abs(position + desk.openShares(exchange, BUY));
    const short = Math.abs(position - desk.openShares(exchange, SELL));
    held += Math.floor((Math.max(long, short) * exchange.mid2() * symbol.tickMicros) / 2);
  });
  return held;
}

/** The largest position either way that a seat may have in a symbol now, in shares, and which limit says so. */
export function positionCap(market: Market, seat: Seat, listing: Listing): { shares: number; limit: 'position' | 'margin' | 'notional' } {
  const { initialMarginPermille: initial, notionalLimitMicros } = market.options;
  const { positionLimit, tickMicros } = listing.symbol;
  const mid2 = listing.exchange.mid2();
  const elsewhere = heldElsewhere(market, seat, listing);
  const equity = market.equity(seat.number);
  const shares = (micros: number): number => Math.max(0, Math.floor((micros * 2) / (mid2 * tickMicros)));
  const affordable = shares((initial === 1000 ? equity : Math.floor((equity * 1000) / initial)) - elsewhere);
  const allowed = notionalLimitMicros === undefined ? Infinity : shares(notionalLimitMicros - elsewhere);
  if (allowed < Math.min(positionLimit, affordable)) return { shares: allowed, limit: 'notional' };
  return affordable < positionLimit ? { shares: affordable, limit: 'margin' } : { shares: positionLimit, limit: 'position' };
}

/** Whether a seat's equity is under the maintenance margin of its positions. */
function isShort(market: Market, seat: Seat): boolean {
  let value = 0;
  for (const { exchange } of market.listings) value += Math.abs(exchange.accounts.marked(seat.number, exchange.mid2()));
  return value > 0 && market.equity(seat.number) < Math.ceil((value * market.options.maintenanceMarginPermille) / 1000);
}

/** Liquidates every seat that is under its maintenance margin. */
export function liquidate(market: Market): void {
  for (const seat of market.seats) {
    if (!isShort(market, seat)) continue;
    seat.cancelAll(market.listings);
    seat.counts.liquidations++;
    for (const { exchange } of market.listings) seat.counts.liquidatedShares += flatten(exchange, seat.number);
  }
}

/** Trades a whole position away against the book, however deep. @returns shares traded */
export function flatten(exchange: Exchange, owner: number): number {
  const position = exchange.accounts.position[owner]!;
  if (position === 0) return 0;
  const side: Side = position > 0 ? SELL : BUY;
  exchange.send(owner, side, side === SELL ? 1 : MAX_PRICE_TICKS, Math.abs(position), IOC);
  return Math.abs(position) - Math.abs(exchange.accounts.position[owner]!);
}
