/**
 * How much a seat may hold, and what happens when it holds too much. The value of all its positions, with resting orders counted as if
 * they had filled, may be at most its equity over the initial margin, and at most the notional limit. At every step of the market's
 * clock a seat whose equity is under the maintenance margin is liquidated: all its orders are cancelled, and each position, symbol by
 * symbol, is traded away against the book at whatever price there is, with taker fees. What the book cannot absorb is tried again at the
 * next step. The seat goes on playing with what is left.
 */
import type { Exchange } from '../exchange/exchange.js';
import { IOC, BUY, MAX_PRICE_TICKS, SELL, type Side } from '../exchange/order.js';
import type { Desk } from './desk.js';
import type { Seat } from './seat.js';

/** The largest value its other positions and orders could come to, in micro-units, apart from one symbol. */
function heldElsewhere(seat: Seat, here: Desk): number {
  let held = 0;
  for (const desk of seat.desks) {
    if (desk === here) continue;
    const { exchange, symbol, position } = desk;
    const long = Math.abs(position + desk.openShares(BUY));
    const short = Math.abs(position - desk.openShares(SELL));
    held += Math.floor((Math.max(long, short) * exchange.mid2() * symbol.tickMicros) / 2);
  }
  return held;
}

/** The largest position either way that a seat may have in a symbol now, in shares, and which limit says so. */
export function positionCap(seat: Seat, desk: Desk): { shares: number; limit: 'position' | 'margin' | 'notional' } {
  const { initialMarginPermille: initial, notionalLimitMicros } = seat.limits;
  const { positionLimit, tickMicros } = desk.symbol;
  const mid2 = desk.exchange.mid2();
  const elsewhere = heldElsewhere(seat, desk);
  const { equity } = seat;
  const shares = (micros: number): number => Math.max(0, Math.floor((micros * 2) / (mid2 * tickMicros)));
  const affordable = shares((initial === 1000 ? equity : Math.floor((equity * 1000) / initial)) - elsewhere);
  const allowed = notionalLimitMicros === undefined ? Infinity : shares(notionalLimitMicros - elsewhere);
  if (allowed < Math.min(positionLimit, affordable)) return { shares: allowed, limit: 'notional' };
  return affordable < positionLimit ? { shares: affordable, limit: 'margin' } : { shares: positionLimit, limit: 'position' };
}

/** Whether a seat's equity is under the maintenance margin of its positions. */
function isShort(seat: Seat): boolean {
  let value = 0;
  for (const desk of seat.desks) if (desk.position !== 0) value += Math.abs(desk.marked);
  return value > 0 && seat.equity < Math.ceil((value * seat.limits.maintenanceMarginPermille) / 1000);
}

/** Liquidates every seat that is under its maintenance margin. */
export function liquidate(seats: readonly Seat[]): void {
  for (const seat of seats) {
    if (!isShort(seat)) continue;
    seat.cancelAll();
    seat.counts.liquidations++;
    for (const { exchange } of seat.desks) seat.counts.liquidatedShares += flatten(exchange, seat.number);
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
