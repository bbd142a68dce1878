/**
 * Where a seat's plan meets the exchange: sizes are cut to what the limits leave, prices are taken from the touch as it is at the
 * landing, and every part that could not be carried out says why.
 */
import type { Json, Landing } from '../environment.js';
import { BUY, NOTHING_RESTS, POST_ONLY, REFUSED, SELL, type Side } from './book.js';
import type { Desk } from './desk.js';
import type { Exchange } from './exchange.js';
import type { Listing } from './listing.js';
import type { Market } from './market.js';
import type { Seat } from './seat.js';
import type { HftOrder, HftPlan } from './state.js';

/** `buy`, `sell` and `flat` take prices up to this many ticks beyond the best one; what is left after that is dropped. */
export const TAKE_REACH_TICKS = 3;

/** What became of one order. */
interface Outcome {
  /** Signed shares traded at once, shares resting, orders cancelled. */
  filled: number;
  rests: number;
  cancelled: number;
  /** Why not, or what was cut. */
  reason?: string;
  carried: boolean;
}

/** One seat at one symbol: where its orders go. */
interface Place {
  market: Market;
  seat: Seat;
  listing: Listing;
  exchange: Exchange;
  desk: Desk;
}

/** Carries a plan out, in order. The landing's detail lists what each order did. */
export function carryOut(market: Market, seat: Seat, plan: HftPlan): Landing {
  const reasons: string[] = [];
  const parts: Json[] = [];
  let carried = plan.length === 0;
  for (const order of plan) {
    const outcome = one(market, seat, order);
    seat.counts.orders++;
    if (!outcome.carried) seat.counts.rejected++;
    carried ||= outcome.carried;
    if (outcome.reason !== undefined) reasons.push(`${order.do}: ${outcome.reason}`);
    const { filled, rests, cancelled } = outcome;
    parts.push({ do: order.do, ...(order.symbol === undefined ? {} : { symbol: order.symbol }), filled, rests, cancelled });
  }
  const positions = market.listings.map(({ exchange }) => exchange.accounts.position[seat.number]!);
  const detail: Json = { parts, position: positions[0]!, ...(positions.length > 1 ? { positions } : {}) };
  const landing: Landing = { at: market.now, accepted: carried, detail };
  if (reasons.length > 0) landing.reason = reasons.join('; ');
  return landing;
}

function one(market: Market, seat: Seat, order: HftOrder): Outcome {
  const { listings } = market;
  const i = order.symbol === undefined ? 0 : listings.findIndex(({ symbol }) => symbol.symbol === order.symbol);
  const listing = listings[i];
  if (listing === undefined)
    return refused(`no symbol ${order.symbol}; accepted: ${listings.map(({ symbol }) => symbol.symbol).join(', ')}`);
  const place: Place = { market, seat, listing, exchange: listing.exchange, desk: seat.desks[i]! };
  const { exchange, desk } = place;
  switch (order.do) {
    case 'cancel':
      return { filled: 0, rests: 0, cancelled: desk.cancelAll(exchange), carried: true };
    case 'flat': {
      // Resting orders go first: sized to turn the position round, they would overshoot the limit once it is gone.
      const cancelled = desk.cancelAll(exchange);
      const position = exchange.accounts.position[seat.number]!;
      if (position === 0) return { filled: 0, rests: 0, cancelled, carried: true };
      return { ...take(place, position > 0 ? SELL : BUY, Math.abs(position)), cancelled };
    }
    case 'buy':
    case 'sell': {
      const side = order.do === 'buy' ? BUY : SELL;
      const allowed = allow(place, side, order.size);
      if (allowed.size === 0) return refused(allowed.reason!);
      const outcome = take(place, side, allowed.size);
      const reason = outcome.reason ?? allowed.reason;
      return reason === undefined ? outcome : { ...outcome, reason };
    }
    case 'bid':
    case 'ask':
      return rest(place, order.do === 'bid' ? BUY : SELL, order.size, order.at);
    default:
      return refused('this exchange does not take such orders');
  }
}

function refused(reason: string): Outcome {
  return { filled: 0, rests: 0, cancelled: 0, reason, carried: false };
}

function take({ exchange, seat, desk }: Place, side: Side, size: number): Outcome {
  const filled = exchange.take(seat.number, side, size, TAKE_REACH_TICKS);
  for (const id of exchange.book.dropped) desk.forget(id);
  const outcome: Outcome = { filled: side === BUY ? filled : -filled, rests: 0, cancelled: 0, carried: true };
  if (filled < size) outcome.reason = `${filled} of ${size} filled: no more within ${TAKE_REACH_TICKS} ticks of the best price`;
  return outcome;
}

function rest(place: Place, side: Side, size: number, at: number): Outcome {
  const { market, exchange, seat, desk } = place;
  if (seat.resting >= market.options.restingLimit) return refused(`${seat.resting} orders rest already, the limit; cancel first`);
  const allowed = allow(place, side, size);
  if (allowed.size === 0) return refused(allowed.reason!);
  const price = (side === BUY ? exchange.bid() : exchange.ask()) + at;
  if (price < 1) return refused(`price ${price} is under one tick`);
  const id = exchange.send(seat.number, side, price, allowed.size, POST_ONLY);
  if (id === REFUSED) return refused(`at ${at} would take from the other side; a smaller step towards it rests`);
  if (id !== NOTHING_RESTS) desk.placed(id, seat.freeNumber(), exchange.now);
  const outcome: Outcome = { filled: 0, rests: allowed.size, cancelled: 0, carried: true };
  if (allowed.reason !== undefined) outcome.reason = allowed.reason;
  return outcome;
}

/**
 * The part of `size` that limits leave: one order's limit, the position limit and the margin (the positions' value may not exceed the
 * seat's equity), with resting orders of the same side counted as if they had filled.
 */
function allow({ market, listing, exchange, seat, desk }: Place, side: Side, size: number): { size: number; reason?: string } {
  const { orderLimit } = market.options;
  const { positionLimit, tickMicros } = listing.symbol;
  const mid2 = exchange.mid2();
  let free = market.equity(seat.number);
  for (const other of market.listings)
    if (other !== listing) free -= Math.abs(other.exchange.accounts.marked(seat.number, other.exchange.mid2()));
  const affordable = Math.max(0, Math.floor((free * 2) / (mid2 * tickMicros)));
  const cap = Math.min(positionLimit, affordable);
  const position = exchange.accounts.position[seat.number]! * (side === BUY ? 1 : -1);
  const room = Math.max(0, cap - position - desk.restingShares(exchange, side));
  const allowed = Math.min(size, orderLimit, room);
  if (allowed === size) return { size };
  const why =
    room >= Math.min(size, orderLimit)
      ? `one order's limit is ${orderLimit}`
      : cap < positionLimit
        ? `margin leaves ${room}`
        : `the position limit of ${cap} leaves ${room}`;
  return { size: allowed, reason: allowed === 0 ? why : `cut to ${allowed}: ${why}` };
}
