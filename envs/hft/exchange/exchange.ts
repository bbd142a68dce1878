/** The exchange: one book, everyone's accounts, the tape and the history, and the one way by which an order reaches them. */
import { fault, priceFault, sizeFault } from './admission.js';
import { bandFault } from './band.js';
import { NOTHING_RESTS, REFUSED } from './book.js';
import { Clearing, WOULD_TAKE } from './clearing.js';
import type { Stop } from './conditional.js';
import {
  BUY,
  CANCEL_RESTING,
  IOC,
  LIMIT,
  MARKET,
  MAX_PRICE_TICKS,
  POST_ONLY,
  SELF_TRADE_PREVENTIONS,
  SELL,
  type Ack,
  type Kind,
  type OrderRequest,
  type Prevention,
  type SelfTradePrevention,
  type Side,
} from './order.js';

export type { OnExecution } from './clearing.js';

export class Exchange extends Clearing {
  /** Best bid; while there is none, the tick below the last known mid (or below the ask, when that is lower). */
  bid(): number {
    const { book } = this;
    if (book.bidOrders > 0) return book.bestBid;
    const fallback = Math.floor((this.lastMid2 - 1) / 2);
    return Math.max(1, book.askOrders > 0 ? Math.min(fallback, book.bestAsk - 1) : fallback);
  }

  /** Best ask; while there is none, the tick above the last known mid (or above the bid, when that is higher). */
  ask(): number {
    const { book } = this;
    if (book.askOrders > 0) return book.bestAsk;
    const fallback = Math.floor(this.lastMid2 / 2) + 1;
    return book.bidOrders > 0 ? Math.max(fallback, book.bestBid + 1) : fallback;
  }

  /** Twice the mid; the last one known while a side is empty. */
  mid2(): number {
    return this.lastMid2;
  }

  /**
   * Sends an order, of any kind. Stops that its trades trigger have entered by the time this returns, and the acknowledgement is as of then.
   * A bad order is refused, with the reason; nothing is thrown.
   */
  submit(request: OrderRequest): Ack {
    const { book, conditionals } = this;
    const { owner, side, size, trigger, pair } = request;
    const display = request.display ?? 0;
    const waits = trigger !== undefined;
    const bad =
      fault(request, this.lastMid2) ??
      (pair === undefined ? undefined : conditionals.unfit(owner, pair, side, waits)) ??
      (waits || (request.kind !== LIMIT && request.kind !== POST_ONLY) ? undefined : this.outside(owner, side, request.priceTicks));
    if (bad !== undefined) return refusal(bad);
    const prevention = preventionOf(request.selfTrade);
    this.messages++;
    if (waits) {
      const { kind } = request;
      const limit = kind === MARKET ? (side === BUY ? MAX_PRICE_TICKS : 1) : request.priceTicks;
      const id = book.reserve(owner, side, limit, size, kind === POST_ONLY, display);
      this.watch(id);
      conditionals.wait({ id, owner, side, kind, triggerTicks: trigger, prevention });
      if (pair !== undefined) conditionals.pair(id, owner, pair, side, true);
      if (this.lastTrade > 0) this.reach(this.lastTrade);
      this.drain();
      return this.acknowledge(id, size);
    }
    const { kind, limit: priceTicks } = this.collar(owner, side, request.kind, request.priceTicks);
    const rests = book.add(owner, side, priceTicks, size, kind, prevention, display);
    if (rests === REFUSED) {
      this.witness?.sent(owner, side, priceTicks, size, kind, rests, 0);
      return refusal(WOULD_TAKE);
    }
    const id = rests === NOTHING_RESTS ? book.spendId() : rests;
    this.watch(id);
    if (pair !== undefined && (rests > 0 || book.fillCount > 0)) conditionals.pair(id, owner, pair, side, false);
    this.follow(owner, side, priceTicks, size, kind, rests, id, '');
    this.drain();
    return this.acknowledge(id, size);
  }

  /**
   * Changes a live order, which keeps its id. A resting one keeps its place while its price stays and its size does not grow, else it queues
   * last, or trades; a post-only one is refused where it would take, and stays as it was. The price of a stop is its trigger: the limit
   * of a stop-limit moves along.
   * @param size shares that are to be left of it, hidden ones included
   */
  modify(id: number, size: number, priceTicks: number, selfTrade?: SelfTradePrevention): Ack {
    const { book } = this;
    const stop = this.conditionals.stop(id);
    const bad = sizeFault(size) ?? priceFault(priceTicks, this.lastMid2, stop === undefined);
    if (bad !== undefined) return { ...refusal(bad), id };
    if (stop !== undefined) return this.moveStop(stop, size, priceTicks);
    if (!book.alive(id)) return refusal(`order ${id} neither rests nor waits`);
    const outside = this.outside(book.ownerOf(id), book.sideOf(id), priceTicks);
    if (outside !== undefined) return { ...refusal(outside), id };
    this.messages++;
    this.watch(id);
    const before = book.sizeOf(id);
    const side = book.sideOf(id);
    const owner = book.ownerOf(id);
    const shown = before - book.hiddenOf(id);
    const keeps = book.priceOf(id) === priceTicks && size <= before;
    const rests = book.modify(id, size, priceTicks, preventionOf(selfTrade));
    if (rests === REFUSED) return { ...this.acknowledge(id, size), status: 'refused', reason: WOULD_TAKE };
    if (keeps) {
      const unshown = shown - (size - book.hiddenOf(id));
      if (unshown > 0) this.witness?.decreased?.(id, unshown);
      return { ...this.acknowledge(id, size), aheadShares: book.queueAhead(id) };
    }
    this.witness?.cancelled(id, true);
    this.follow(owner, side, priceTicks, size, LIMIT, rests, id, 'modified, ');
    this.drain();
    return this.acknowledge(id, size);
  }

  /** Takes all resting orders and stops of an owner out; of one side, or of both. @returns how many */
  cancelAll(owner: number, side?: Side): number {
    const ids = [...this.book.ownedBy(owner, side), ...this.conditionals.ownedBy(owner, side)];
    for (const id of ids) this.cancel(id);
    return ids.length;
  }

  /** Shares shown ahead of a resting order at its price, exactly; -1 when it does not rest. Hidden parts of icebergs are never ahead. */
  queueAhead(id: number): number {
    return this.book.queueAhead(id);
  }

  /** The trigger of a stop that waits; 0 when there is none such. */
  triggerOf(id: number): number {
    return this.conditionals.stop(id)?.triggerTicks ?? 0;
  }

  /** Where a stop-limit that waits will rest; 0 for another stop, or when there is none such. */
  stopLimitOf(id: number): number {
    const stop = this.conditionals.stop(id);
    return stop === undefined || stop.kind === MARKET ? 0 : this.book.priceOf(id);
  }

  /** Sends an order, the short way. The book's `left` and `removals` tell what became of it. @returns what Book.add returns. */
  send(owner: number, side: Side, priceTicks: number, size: number, kind: Kind): number {
    this.messages++;
    const id = this.book.add(owner, side, priceTicks, size, kind);
    this.follow(owner, side, priceTicks, size, kind, id, id > 0 ? id : 0, '');
    this.drain();
    return id;
  }

  /** Takes an order out, resting or waiting. @returns the shares taken out, 0 when it does neither any more. */
  cancel(id: number): number {
    const size = this.book.cancel(id);
    if (size > 0) {
      this.messages++;
      this.touched();
      if (this.conditionals.any) this.conditionals.forget(id);
    }
    this.witness?.cancelled(id, size > 0);
    return size;
  }

  /** Takes shares off a resting order, which keeps its place. @returns the shares taken off. */
  decrease(id: number, by: number): number {
    const taken = this.book.decrease(id, by);
    if (taken > 0) {
      this.messages++;
      this.touched();
      if (this.conditionals.any && !this.book.alive(id)) this.conditionals.forget(id);
    }
    this.witness?.decreased?.(id, taken);
    if (this.book.refill > 0) this.refilled(id, this.book.refill, this.book.ahead);
    return taken;
  }

  /**
   * Executes shares of one chosen resting order, wherever it stands in line: how a recorded trade reaches the order it was recorded for.
   * @returns shares executed: fewer when it shows no more, 0 when it rests no longer
   */
  strike(taker: number, id: number, size: number): number {
    const { book } = this;
    if (!book.alive(id)) return 0;
    const side = book.sideOf(id) === BUY ? SELL : BUY;
    this.messages++;
    const filled = book.strike(id, size);
    this.execute(0, taker, side, 0, '');
    this.touched();
    this.traded(0);
    this.drain();
    return filled;
  }

  /** Puts a trade on the tape that no visible order had a part in: a hidden one, an auction. `side` is the taker's. It triggers stops. */
  print(taker: number, maker: number, side: Side, priceTicks: number, size: number): void {
    this.tape.add(this.now, priceTicks, size, side === BUY ? 1 : -1, taker, maker);
    this.witness?.printed?.(side, priceTicks, size);
    this.lastTrade = priceTicks;
    this.reach(priceTicks);
    this.drain();
  }

  /** A limit order that may take and rest; background agents' usual way. */
  limit(owner: number, side: Side, priceTicks: number, size: number): number {
    const { book } = this;
    const price = priceTicks < 1 ? 1 : priceTicks;
    if (book.meets(side, price)) return this.send(owner, side, price, size, LIMIT);
    // Nearly all of them rest: nothing of what follows a trade can follow.
    this.messages++;
    const id = book.lay(owner, side, price, size);
    this.witness?.sent(owner, side, price, size, LIMIT, id, 0);
    this.entries.note(id, this.now, book.ahead);
    this.touched();
    return id;
  }

  /** Takes what it can up to `reach` ticks beyond the best opposite price. @returns shares filled. */
  take(owner: number, side: Side, size: number, reach: number): number {
    const { book } = this;
    if (side === BUY ? book.askOrders === 0 : book.bidOrders === 0) return 0;
    const worst = side === BUY ? Math.min(MAX_PRICE_TICKS, book.bestAsk + reach) : Math.max(1, book.bestBid - reach);
    this.send(owner, side, worst, size, IOC);
    return size - book.left;
  }

  /** Why no order of this owner may rest at this price; undefined where it may. */
  private outside(owner: number, side: Side, priceTicks: number): string | undefined {
    const { band } = this;
    return band === undefined || owner >= this.accounts.ledger.seats ? undefined : bandFault(band, side, priceTicks);
  }

  private moveStop(stop: Stop, size: number, triggerTicks: number): Ack {
    const { book } = this;
    const limit = stop.kind === MARKET ? book.priceOf(stop.id) : book.priceOf(stop.id) + triggerTicks - stop.triggerTicks;
    if (limit < 1 || limit > MAX_PRICE_TICKS)
      return { ...refusal(`its limit would move to ${limit} ticks; accepted: 1 to ${MAX_PRICE_TICKS}`), id: stop.id };
    this.messages++;
    this.watch(stop.id);
    const keeps = triggerTicks === stop.triggerTicks && size <= book.sizeOf(stop.id);
    book.rewrite(stop.id, size, limit);
    if (!keeps) this.conditionals.move({ ...stop, triggerTicks });
    if (this.lastTrade > 0) this.reach(this.lastTrade);
    this.drain();
    return this.acknowledge(stop.id, size);
  }
}

function refusal(reason: string): Ack {
  return { id: 0, status: 'refused', filled: 0, resting: 0, aheadShares: 0, reason };
}

function preventionOf(name: SelfTradePrevention | undefined): Prevention {
  return name === undefined ? CANCEL_RESTING : (SELF_TRADE_PREVENTIONS.indexOf(name) as Prevention);
}
