/**
 * Where a seat's plan meets the exchange: sizes are cut to what the limits leave, prices are taken from the touch as it is at the
 * landing, and every part that could not be carried out says why. The landing's detail has an entry for each part, with its executions.
 */
import type { Json, Landing, Micros } from '../../environment.js';
import { OUTSIDE_BAND } from '../exchange/band.js';
import { OWN_ORDER, WOULD_TAKE } from '../exchange/clearing.js';
import type { Desk, Entry } from './desk.js';
import type { Exchange } from '../exchange/exchange.js';
import { positionCap } from './margin.js';
import {
  BUY,
  FOK,
  IOC,
  LIMIT,
  MARKET,
  MAX_PRICE_TICKS,
  POST_ONLY,
  SELL,
  type Ack,
  type Execution,
  type Kind,
  type OrderRequest,
  type Side,
} from '../exchange/order.js';
import type { Seat } from './seat.js';
import type { HftOrder, HftPlan } from '../state.js';

/** `buy`, `sell` and `flat` take prices up to this many ticks beyond the best one; what is left after that is dropped. */
export const TAKE_REACH_TICKS = 3;

/** What became of one order in one symbol. */
interface Outcome {
  carried: boolean;
  /** Signed shares traded at once, shares that rest or wait, orders cancelled. */
  filled: number;
  rests: number;
  cancelled: number;
  /** The seat's number for what rests or waits, and shares ahead of it. */
  number: number | undefined;
  ahead: number | undefined;
  /** Why not, or what was cut. */
  reason: string | undefined;
}

/** An order carried out. Every outcome has the same fields from the start: the oracle lands thousands a second, and changing shapes costs more. */
const carried = (filled: number, cancelled = 0): Outcome => ({
  carried: true,
  filled,
  rests: 0,
  cancelled,
  number: undefined,
  ahead: undefined,
  reason: undefined,
});

function refused(reason: string): Outcome {
  const outcome = carried(0);
  outcome.carried = false;
  outcome.reason = reason;
  return outcome;
}

/** Carries a seat's plan out, in order. @param at the time of the landing, which every exchange has been told */
export function carryOut(seat: Seat, plan: HftPlan, at: Micros): Landing {
  const { desks } = seat;
  const reasons: string[] = [];
  const parts: Json[] = [];
  let accepted = plan.length === 0;
  for (const order of plan) {
    seat.counts.orders++;
    let taken = false;
    for (const desk of desksOf(desks, order)) {
      const executed: Execution[] = [];
      seat.executions = executed;
      const outcome = desk === undefined ? refused(unknownSymbol(desks, order)) : one(seat, desk, order);
      seat.executions = undefined;
      taken ||= outcome.carried;
      if (outcome.reason !== undefined) reasons.push(`${order.do}: ${outcome.reason}`);
      parts.push(partOf(order, desks.length > 1 ? desk : undefined, outcome, executed));
    }
    if (!taken) seat.counts.rejected++;
    accepted ||= taken;
  }
  const positions = desks.map(({ position }) => position);
  const { liquidatedShares } = seat.counts;
  const detail: Record<string, Json> = { parts, position: positions[0]! };
  if (positions.length > 1) detail.positions = positions;
  if (liquidatedShares > 0) detail.liquidatedShares = liquidatedShares;
  const landing: Landing = { at, accepted, detail };
  if (reasons.length > 0) landing.reason = reasons.join('; ');
  return landing;
}

/** One part of a landing's detail. Fields are set one by one: the oracle lands thousands of orders a second, and spreading costs more. */
function partOf(order: HftOrder, named: Desk | undefined, outcome: Outcome, executed: readonly Execution[]): Json {
  const part: Record<string, Json> = { do: order.do };
  if (named !== undefined) part.symbol = named.symbol.symbol;
  part.accepted = outcome.carried;
  part.filled = outcome.filled;
  part.rests = outcome.rests;
  part.cancelled = outcome.cancelled;
  if (outcome.number !== undefined) part.number = outcome.number;
  if (outcome.ahead !== undefined) part.ahead = outcome.ahead;
  if (outcome.reason !== undefined) part.reason = outcome.reason;
  if (executed.length > 0) part.executions = executed.map(told);
  return part;
}

/** The symbols an order is for; [undefined] when it names none of the match. */
function desksOf(desks: readonly Desk[], order: HftOrder): readonly (Desk | undefined)[] {
  if (order.symbol !== undefined) return [desks.find(({ symbol }) => symbol.symbol === order.symbol)];
  if (order.do === 'flat' || (order.do === 'cancel' && order.order === undefined)) return desks;
  return [desks[0]];
}

function unknownSymbol(desks: readonly Desk[], order: HftOrder): string {
  return `no symbol ${order.symbol}; accepted: ${desks.map(({ symbol }) => symbol.symbol).join(', ')}`;
}

/** An execution as a landing tells it. */
function told({ side, size, priceTicks, maker, why, feeMicros, counterparty }: Execution): Json {
  return { size: side === BUY ? size : -size, priceTicks, maker, why, feeMicros, counterparty };
}

function one(seat: Seat, desk: Desk, order: HftOrder): Outcome {
  switch (order.do) {
    case 'cancel':
      return cancel(seat, desk, order);
    case 'flat': {
      // Live orders go first: sized to turn the position round, they would overshoot the limit once it is gone.
      const cancelled = desk.cancelAll();
      const { position } = desk;
      if (position === 0) return carried(0, cancelled);
      const outcome = take(seat, desk, position > 0 ? SELL : BUY, Math.abs(position), IOC);
      outcome.cancelled = cancelled;
      return outcome;
    }
    case 'buy':
    case 'sell': {
      const side = order.do === 'buy' ? BUY : SELL;
      const kind = order.type === 'fok' ? FOK : order.type === 'market' ? MARKET : IOC;
      return cut(allow(seat, desk, side, order.size), (size) => take(seat, desk, side, size, kind));
    }
    case 'bid':
    case 'ask': {
      const side = order.do === 'bid' ? BUY : SELL;
      const kind = order.type === 'limit' ? LIMIT : POST_ONLY;
      const allowed = room(seat, 1) ?? allow(seat, desk, side, order.size);
      return cut(allowed, (size) => rest(seat, desk, side, size, order.at, kind, order.show));
    }
    case 'stop':
    case 'oco': {
      const side = order.side === 'buy' ? BUY : SELL;
      const allowed = room(seat, order.do === 'oco' ? 2 : 1) ?? allow(seat, desk, side, order.size);
      if (order.do === 'stop') return cut(allowed, (size) => stop(seat, desk, side, size, order.at, order.limit));
      return cut(allowed, (size) => pair(seat, desk, side, size, order.at, order.stop));
    }
    case 'move':
      return move(seat, desk, order);
  }
}

/** What limits leave of an order's size, and why not all of it. */
interface Allowed {
  size: number;
  reason?: string;
}

/** Carries out what is allowed of an order, and says what was cut where nothing else is to be said. */
function cut(allowed: Allowed, carry: (size: number) => Outcome): Outcome {
  if (allowed.size === 0) return refused(allowed.reason!);
  const outcome = carry(allowed.size);
  outcome.reason ??= allowed.reason;
  return outcome;
}

/** Nothing is allowed while `orders` more would be over the limit of live orders. */
function room({ live, limits }: Seat, orders: number): Allowed | undefined {
  return live + orders > limits.restingLimit ? { size: 0, reason: `${live} orders rest already, the limit; cancel first` } : undefined;
}

/**
 * The part of `size` that limits leave: whole lots, one order's limit, and the largest position (limits of position, margin and
 * notional), with live orders of the same side, but for `own` shares of the order itself, counted as if they had filled.
 */
function allow(seat: Seat, desk: Desk, side: Side, size: number, own = 0): Allowed {
  const { orderLimit } = seat.limits;
  const { lotSize } = desk.symbol;
  const { shares: cap, limit } = positionCap(seat, desk);
  const position = desk.position * (side === BUY ? 1 : -1);
  const room = Math.max(0, cap - position - desk.openShares(side) + own);
  const most = Math.min(size, orderLimit, room);
  const allowed = most - (most % lotSize);
  if (allowed === size) return { size };
  const why =
    room < Math.min(size, orderLimit)
      ? limit === 'position'
        ? `the position limit of ${cap} leaves ${room}`
        : `${limit} leaves ${room}`
      : orderLimit < size
        ? `one order's limit is ${orderLimit}`
        : `sizes are whole multiples of ${lotSize}`;
  return { size: allowed, reason: allowed === 0 ? why : `cut to ${allowed}: ${why}` };
}

/** Sends an order in the seat's name. */
function send(seat: Seat, { exchange }: Desk, request: Omit<OrderRequest, 'owner' | 'selfTrade'>): Ack {
  const { side, kind, priceTicks, size, display, trigger, pair } = request;
  return exchange.submit({ owner: seat.number, side, kind, priceTicks, size, display, trigger, pair, selfTrade: seat.limits.selfTrade });
}

/** The price `at` ticks from the best one of `side`, at least a tick. */
function priced(exchange: Exchange, side: Side, at: number): number {
  return Math.max(1, (side === BUY ? exchange.bid() : exchange.ask()) + at);
}

const wouldTake = (at: number): string => `at ${at} would take from the other side; a smaller step towards it rests`;
const other = (side: Side): Side => (side === BUY ? SELL : BUY);

function take(seat: Seat, desk: Desk, side: Side, size: number, kind: Kind): Outcome {
  const { book } = desk.exchange;
  if (side === BUY ? book.askOrders === 0 : book.bidOrders === 0) {
    const outcome = carried(0);
    outcome.reason = `0 of ${size} filled: nobody offers any`;
    return outcome;
  }
  const worst = side === BUY ? Math.min(MAX_PRICE_TICKS, book.bestAsk + TAKE_REACH_TICKS) : Math.max(1, book.bestBid - TAKE_REACH_TICKS);
  const ack = send(seat, desk, { side, kind, priceTicks: worst, size });
  if (ack.status === 'refused') return refused(ack.reason!);
  const outcome = carried(signed(side, ack.filled));
  if (ack.filled < size) {
    const within = kind === MARKET ? 'no more in the book' : `no more within ${TAKE_REACH_TICKS} ticks of the best price`;
    const own = ack.reason?.endsWith(OWN_ORDER) === true;
    const outside = ack.reason?.endsWith(OUTSIDE_BAND) === true ? OUTSIDE_BAND : undefined;
    const why = own ? 'the rest met an order of your own' : (outside ?? (kind === FOK ? 'not all of it could be' : within));
    outcome.reason = `${ack.filled} of ${size} filled: ${why}`;
  }
  return outcome;
}

function rest(seat: Seat, desk: Desk, side: Side, size: number, at: number, kind: Kind, show?: number): Outcome {
  const { exchange } = desk;
  const price = (side === BUY ? exchange.bid() : exchange.ask()) + at;
  if (price < 1) return refused(`price ${price} is under one tick`);
  if (show !== undefined && show >= size) show = undefined;
  const ack = send(seat, desk, { side, kind, priceTicks: price, size, display: show });
  if (ack.reason === WOULD_TAKE) return refused(wouldTake(at));
  return lives(seat, desk, side, ack);
}

function stop(seat: Seat, desk: Desk, side: Side, size: number, at: number, limit: number | undefined): Outcome {
  const { exchange } = desk;
  const trigger = priced(exchange, other(side), at);
  const priceTicks = limit === undefined ? trigger : priced(exchange, other(side), limit);
  const kind = limit === undefined ? MARKET : LIMIT;
  return lives(seat, desk, side, send(seat, desk, { side, kind, priceTicks, size, trigger }));
}

/** One-cancels-other: an order that rests and a stop, both of the same side and size. */
function pair(seat: Seat, desk: Desk, side: Side, size: number, at: number, stopAt: number): Outcome {
  const { exchange } = desk;
  const pair = seat.freeNumber();
  const trigger = priced(exchange, other(side), stopAt);
  const ack = send(seat, desk, { side, kind: POST_ONLY, priceTicks: priced(exchange, side, at), size, pair });
  if (ack.status === 'refused') return refused(ack.reason === WOULD_TAKE ? wouldTake(at) : ack.reason!);
  const first = lives(seat, desk, side, ack);
  const second = send(seat, desk, { side, kind: MARKET, priceTicks: trigger, size, trigger, pair });
  if (second.status === 'refused') first.reason = `no stop: ${second.reason}`;
  else first.filled += lives(seat, desk, side, second, ack.id).filled;
  return first;
}

function move(seat: Seat, desk: Desk, order: Extract<HftOrder, { do: 'move' }>): Outcome {
  const found = find(seat, desk, order);
  if (typeof found === 'string') return refused(found);
  const { exchange } = found.desk;
  const { id } = found.entry;
  const side = exchange.book.sideOf(id);
  const waits = exchange.stateOf(id) === 'waiting';
  const price = priced(exchange, waits ? other(side) : side, order.at);
  return cut(allow(seat, found.desk, side, order.size, exchange.book.sizeOf(id)), (size) => {
    const ack = exchange.modify(id, size, price, seat.limits.selfTrade);
    if (ack.status === 'refused') return refused(ack.reason ?? 'refused');
    const outcome = carried(signed(side, ack.filled));
    outcome.rests = open(exchange, id);
    outcome.number = order.order;
    outcome.ahead = ack.aheadShares;
    return outcome;
  });
}

function cancel(seat: Seat, desk: Desk, order: Extract<HftOrder, { do: 'cancel' }>): Outcome {
  if (order.order === undefined) {
    const side = order.side === undefined ? undefined : order.side === 'bid' ? BUY : SELL;
    return carried(0, desk.cancelAll(side));
  }
  const found = find(seat, desk, { ...order, order: order.order });
  if (typeof found === 'string') return refused(found);
  found.desk.exchange.cancel(found.entry.id);
  return carried(0, 1);
}

/** The seat's live order of a number, in the symbol named or, when none is, in any; or why there is none. */
function find({ desks }: Seat, here: Desk, order: { order: number; symbol?: string }): { desk: Desk; entry: Entry } | string {
  for (const desk of order.symbol === undefined ? desks : [here]) {
    const entry = desk.live().find(({ number }) => number === order.order);
    if (entry !== undefined) return { desk, entry };
  }
  const live = desks.flatMap((desk) => desk.live().map(({ number }) => `#${number}`));
  return `no order #${order.order}; live: ${live.length > 0 ? live.join(', ') : 'none'}`;
}

/** Notes an order that lives on, and says what became of it. @param mate of the stop of a pair: the id of the other order */
function lives(seat: Seat, desk: Desk, side: Side, ack: Ack, mate = 0): Outcome {
  const { exchange } = desk;
  if (ack.status === 'refused') return refused(ack.reason!);
  const outcome = carried(signed(side, ack.filled));
  if (ack.status !== 'resting' && ack.status !== 'waiting') {
    outcome.reason = ack.reason;
    return outcome;
  }
  outcome.rests = open(exchange, ack.id);
  outcome.number = seat.freeNumber();
  outcome.ahead = ack.aheadShares;
  desk.placed({ id: ack.id, number: outcome.number, placedAt: exchange.now, mate });
  return outcome;
}

function open(exchange: Exchange, id: number): number {
  return exchange.stateOf(id) === 'gone' ? 0 : exchange.book.sizeOf(id);
}

function signed(side: Side, shares: number): number {
  return side === BUY || shares === 0 ? shares : -shares;
}
