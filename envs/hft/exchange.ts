/** The exchange: one book, everyone's accounts, the tape and the history, and the one way by which an order reaches them. */
import type { Digest } from '../digest.js';
import type { Accounts } from './accounts.js';
import { fault, priceFault, sizeFault } from './admission.js';
import { Book, NOTHING_RESTS, REFUSED } from './book.js';
import { Conditionals, type Stop } from './conditional.js';
import { Entries } from './entries.js';
import { History } from './history.js';
import {
  BUY,
  CANCEL_RESTING,
  FOK,
  IOC,
  LIMIT,
  MARKET,
  MAX_PRICE_TICKS,
  POST_ONLY,
  SELF_TRADE_PREVENTIONS,
  SELL,
  type Ack,
  type Execution,
  type ExchangeListener,
  type Kind,
  type OrderRequest,
  type Prevention,
  type SelfTradePrevention,
  type Side,
} from './order.js';
import { Tape } from './tape.js';
import type { Witness } from './witness.js';

/** Told of the executions of seats, each side that is a seat's. */
export type OnExecution = (execution: Execution) => void;

export class Exchange {
  readonly book: Book;
  readonly tape = new Tape();
  readonly history: History;
  /** World time, set by the scheduler before anyone acts. */
  now = 0;
  /** Orders sent and cancelled so far, by anyone. */
  messages = 0;
  /** Told of every message while it is set; no part of the state. */
  witness: Witness | undefined;
  /** Told of every execution, both sides, while it is set; no part of the state. */
  listener: ExchangeListener | undefined;
  private readonly conditionals = new Conditionals();
  private readonly entries = new Entries();
  private lastMid2: number;
  /** Price of the last trade, 0 before the first. */
  private lastTrade = 0;
  /** The order that is being acknowledged: its fills so far, and why it ended. */
  private watched = -1;
  private watchedFilled = 0;
  private watchedEnd: string | undefined;

  /** @param accounts where executions are booked; @param kinds the class of every owner ('seat', or a background agent's kind) */
  constructor(
    startTicks: number,
    readonly accounts: Accounts,
    readonly kinds: readonly string[],
    private readonly onExecution?: OnExecution,
  ) {
    this.book = new Book(startTicks);
    this.history = new History(startTicks);
    this.lastMid2 = startTicks * 2;
  }

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
    const { owner, side, kind, size, priceTicks, trigger, pair } = request;
    const display = request.display ?? 0;
    const waits = trigger !== undefined;
    const bad = fault(request, this.lastMid2) ?? (pair === undefined ? undefined : conditionals.unfit(owner, pair, side, waits));
    if (bad !== undefined) return refusal(bad);
    const prevention = preventionOf(request.selfTrade);
    this.messages++;
    if (waits) {
      const limit = kind === MARKET ? (side === BUY ? MAX_PRICE_TICKS : 1) : priceTicks;
      const id = book.reserve(owner, side, limit, size, kind === POST_ONLY, display);
      this.watch(id);
      conditionals.wait({ id, owner, side, kind, triggerTicks: trigger, prevention });
      if (pair !== undefined) conditionals.pair(id, owner, pair, side, true);
      if (this.lastTrade > 0) this.reach(this.lastTrade);
      this.drain();
      return this.acknowledge(id, size);
    }
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
    this.messages++;
    this.watch(id);
    const before = book.sizeOf(id);
    const side = book.sideOf(id);
    const owner = book.ownerOf(id);
    const keeps = book.priceOf(id) === priceTicks && size <= before;
    const rests = book.modify(id, size, priceTicks, preventionOf(selfTrade));
    if (rests === REFUSED) return { ...this.acknowledge(id, size), status: 'refused', reason: WOULD_TAKE };
    if (keeps) {
      this.witness?.decreased?.(id, before - size);
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

  /** Where an order is. */
  stateOf(id: number): 'resting' | 'waiting' | 'gone' {
    return this.book.alive(id) ? 'resting' : this.book.reserved(id) ? 'waiting' : 'gone';
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

  /** Sends an order, the short way. The book's `left` and `dropped` tell what became of it. @returns what Book.add returns. */
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
    return this.send(owner, side, Math.max(1, priceTicks), size, LIMIT);
  }

  /** Takes what it can up to `reach` ticks beyond the best opposite price. @returns shares filled. */
  take(owner: number, side: Side, size: number, reach: number): number {
    const { book } = this;
    if (side === BUY ? book.askOrders === 0 : book.bidOrders === 0) return 0;
    const worst = side === BUY ? Math.min(MAX_PRICE_TICKS, book.bestAsk + reach) : Math.max(1, book.bestBid - reach);
    this.send(owner, side, worst, size, IOC);
    return size - book.left;
  }

  /** Books and tells everything that the book's last operation did. @param id the order's id as executions name it, 0 for none */
  private follow(owner: number, side: Side, priceTicks: number, size: number, kind: Kind, rests: number, id: number, prefix: string): void {
    const { book, witness, conditionals } = this;
    for (let i = 0; i < book.fillCount; i++) this.execute(i, owner, side, id, prefix);
    for (const dropped of book.dropped) {
      witness?.cancelled(dropped, true);
      conditionals.part(dropped);
      this.end(owner, dropped, OWN_ORDER);
    }
    if (witness !== undefined) {
      for (let i = 0; i < book.decremented.length; i += 2) witness.decreased?.(book.decremented[i]!, book.decremented[i + 1]!);
      witness.sent(owner, side, priceTicks, size, kind, rests, this.taken());
    }
    if (rests > 0) this.entries.note(rests, this.now, book.ahead);
    if (rests !== REFUSED) this.touched();
    if (id > 0 && book.left > 0) {
      this.end(owner, id, rests === REFUSED ? WOULD_TAKE : `${book.left} of ${size} dropped: ${this.shortfall(kind)}`);
    }
    if (book.fillCount > 0) this.traded(id);
  }

  /** The `i`th fill: accounts, tape, and whoever listens. */
  private execute(i: number, owner: number, side: Side, id: number, prefix: string): void {
    const { book, accounts, tape, now: at } = this;
    const sign = side === BUY ? 1 : -1;
    const makerId = book.fillIds[i]!;
    const maker = book.fillOwners[i]!;
    const priceTicks = book.fillPrices[i]!;
    const size = book.fillSizes[i]!;
    accounts.settle(owner, maker, side, priceTicks, size);
    tape.add(at, priceTicks, size, sign, owner, maker);
    this.witness?.filled(makerId, maker, priceTicks, size);
    if (makerId === this.watched || id === this.watched) this.watchedFilled += size;
    const { seats } = accounts.ledger;
    const heard = this.listener !== undefined;
    const deal = { at, priceTicks, size, tradeId: tape.count - 1 };
    if (heard || maker < seats)
      this.tell({
        ...deal,
        id: makerId,
        owner: maker,
        side: side === BUY ? SELL : BUY,
        maker: true,
        counterpartyOwner: owner,
        counterparty: this.kinds[owner] ?? 'nobody',
        why: book.struck ? `a recorded trade at ${priceTicks}` : `front of the queue at ${priceTicks}`,
        restedUs: at - this.entries.atOf(makerId),
        aheadAtEntry: this.entries.aheadOf(makerId),
        feeMicros: accounts.makerFeeMicros,
      });
    if (heard || owner < seats) {
      const beyond = Math.abs(priceTicks - book.fillPrices[0]!);
      const touch = side === BUY ? 'ask' : 'bid';
      this.tell({
        ...deal,
        id,
        owner,
        side,
        maker: false,
        counterpartyOwner: maker,
        counterparty: this.kinds[maker] ?? 'nobody',
        why: `${prefix}took ${beyond === 0 ? `the best ${touch}` : `${beyond} beyond the best ${touch}`}`,
        restedUs: 0,
        aheadAtEntry: 0,
        feeMicros: accounts.takerFeeMicros,
      });
    }
  }

  /** Tells an execution to the seat it is of, and to whoever listens. */
  private tell(execution: Execution): void {
    if (execution.owner < this.accounts.ledger.seats) this.onExecution?.(execution);
    this.listener?.executed(execution);
  }

  /** After an order that traded: the other orders of pairs go, and stops that its trades reached are due. */
  private traded(id: number): void {
    const { book, conditionals } = this;
    this.lastTrade = book.fillPrices[book.fillCount - 1]!;
    if (!conditionals.any) return;
    for (let i = 0; i < book.fillCount; i++) this.endOther(conditionals.part(book.fillIds[i]!));
    this.endOther(conditionals.part(id));
    for (let i = 0; i < book.fillCount; i++) this.reach(book.fillPrices[i]!);
  }

  private reach(priceTicks: number): void {
    for (const other of this.conditionals.reach(priceTicks)) this.endOther(other);
  }

  /** Takes out the other order of a pair. */
  private endOther(id: number): void {
    const { book } = this;
    if (id === 0) return;
    const owner = book.ownerOf(id);
    this.conditionals.forget(id);
    if (book.cancel(id) === 0) return;
    this.witness?.cancelled(id, true);
    this.touched();
    this.end(owner, id, 'the other order of its pair executed or was triggered');
  }

  /** Lets the stops that are due enter, and those that these make due. What the book tells of the order before stays readable. */
  private drain(): void {
    const { book, conditionals } = this;
    if (conditionals.dueCount === 0) return;
    const { left } = book;
    const dropped = book.dropped.slice();
    for (let stop = conditionals.next(); stop !== undefined; stop = conditionals.next()) {
      const { id, owner, side, kind } = stop;
      const size = book.sizeOf(id);
      const limit = book.priceOf(id);
      const rests = book.enter(id, kind, stop.prevention);
      this.follow(owner, side, limit, size, kind, rests, id, `stop triggered at ${stop.triggerTicks}, `);
    }
    book.fillCount = 0;
    book.left = left;
    book.dropped = dropped;
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

  /** From here on what happens to this order is counted, for its acknowledgement. */
  private watch(id: number): void {
    this.watched = id;
    this.watchedFilled = 0;
    this.watchedEnd = undefined;
  }

  private acknowledge(id: number, size: number): Ack {
    const { book, watchedFilled: filled, watchedEnd: reason } = this;
    this.watched = NOBODY;
    const state = this.stateOf(id);
    const resting = state === 'resting' ? book.sizeOf(id) : 0;
    const status = state !== 'gone' ? state : filled === size ? 'filled' : 'cancelled';
    const ack: Ack = { id, status, filled, resting, aheadShares: state === 'resting' ? this.entries.aheadOf(id) : 0 };
    if (reason !== undefined) ack.reason = reason;
    return ack;
  }

  private end(owner: number, id: number, why: string): void {
    if (id === this.watched) this.watchedEnd = why;
    this.listener?.ended?.(owner, id, why);
  }

  private shortfall(kind: Kind): string {
    if (this.book.prevented > 0) return OWN_ORDER;
    return kind === FOK ? 'not all of it could fill at once' : 'no more within its price';
  }

  /** Shares that the last order took. */
  private taken(): number {
    const { book } = this;
    let shares = 0;
    for (let i = 0; i < book.fillCount; i++) shares += book.fillSizes[i]!;
    return shares;
  }

  private touched(): void {
    const { book } = this;
    if (book.bidOrders > 0 && book.askOrders > 0) this.lastMid2 = book.bestBid + book.bestAsk;
  }

  digest(into: Digest): void {
    into.int(this.lastMid2).int(this.messages);
    this.book.digest(into);
    this.entries.digest(into, this.book);
    this.conditionals.digest(into);
    this.accounts.digest(into);
    this.tape.digest(into);
    this.history.digest(into);
  }

  snapshot() {
    return {
      now: this.now,
      messages: this.messages,
      lastMid2: this.lastMid2,
      lastTrade: this.lastTrade,
      book: this.book.snapshot(),
      entries: this.entries.snapshot(),
      conditionals: this.conditionals.snapshot(),
      accounts: this.accounts.snapshot(),
      tape: this.tape.snapshot(),
      history: this.history.snapshot(),
    };
  }

  restore(from: ReturnType<Exchange['snapshot']>): void {
    this.now = from.now;
    this.messages = from.messages;
    this.lastMid2 = from.lastMid2;
    this.lastTrade = from.lastTrade;
    this.book.restore(from.book);
    this.entries.restore(from.entries);
    this.conditionals.restore(from.conditionals);
    this.accounts.restore(from.accounts);
    this.tape.restore(from.tape);
    this.history.restore(from.history);
  }
}

const WOULD_TAKE = 'post-only, and it would take';
const OWN_ORDER = 'it met an order of its own owner';
/** No order's id. */
const NOBODY = -1;

function refusal(reason: string): Ack {
  return { id: 0, status: 'refused', filled: 0, resting: 0, aheadShares: 0, reason };
}

function preventionOf(name: SelfTradePrevention | undefined): Prevention {
  return name === undefined ? CANCEL_RESTING : (SELF_TRADE_PREVENTIONS.indexOf(name) as Prevention);
}
