/**
 * What follows once an order has met the book: accounts, tape, history, who is told, pairs and stops. The exchange, which orders reach
 * the book through, is built on it.
 */
import type { Digest } from '../../digest.js';
import type { Accounts } from '../seats/accounts.js';
import { isBeyond, OUTSIDE_BAND, worstWithin, type PriceBand } from './band.js';
import { Book, REFUSED, type Removal } from './book.js';
import { Conditionals } from './conditional.js';
import { Entries } from './entries.js';
import { History } from '../history.js';
import { BUY, FOK, IOC, MARKET, SELL, type Ack, type Execution, type ExchangeListener, type Kind, type Side } from './order.js';
import { Tape } from './tape.js';
import type { Witness } from './witness.js';

/** Why an order was refused or ended. */
export const WOULD_TAKE = 'post-only, and it would take';
export const OWN_ORDER = 'it met an order of its own owner';
/** No order's id. */
const NOBODY = -1;

/** Told of the executions of seats, each side that is a seat's. */
export type OnExecution = (execution: Execution) => void;

/** Everything an exchange keeps, and what follows from what its book did; how orders reach the book is the exchange's part. */
export class Clearing {
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
  /** How far seats may go; without it as far as they like. No part of the state. */
  band: PriceBand | undefined;
  protected readonly conditionals = new Conditionals();
  protected readonly entries = new Entries();
  protected lastMid2: number;
  /** Price of the last trade, 0 before the first. */
  protected lastTrade = 0;
  /** The order that is being acknowledged: its fills so far, and why it ended. */
  private watched = -1;
  private watchedFilled = 0;
  private watchedEnd: string | undefined;
  /** Whether the band changed the price of the order at hand. */
  private collared = false;

  /**
   * @param accounts where executions are booked; @param kinds the class of every owner ('seat', or a background agent's kind)
   * @param groups of the first so many owners, the group of each: they are one owner for self-trade prevention
   */
  constructor(
    startTicks: number,
    readonly accounts: Accounts,
    readonly kinds: readonly string[],
    private readonly onExecution?: OnExecution,
    groups?: readonly number[],
  ) {
    this.book = new Book(startTicks, undefined, groups);
    this.history = new History(startTicks);
    this.lastMid2 = startTicks * 2;
  }

  /** Where an order is. */
  stateOf(id: number): 'resting' | 'waiting' | 'gone' {
    return this.book.alive(id) ? 'resting' : this.book.reserved(id) ? 'waiting' : 'gone';
  }

  /** Books and tells everything that the book's last operation did. @param id the order's id as executions name it, 0 for none */
  protected follow(
    owner: number,
    side: Side,
    priceTicks: number,
    size: number,
    kind: Kind,
    rests: number,
    id: number,
    prefix: string,
  ): void {
    const { book } = this;
    const { removals } = book;
    let removed = 0;
    for (let i = 0; i < book.fillCount; i++) {
      // An order that went uncovered the price behind it: that is told before the fill there.
      while (removed < removals.length && removals[removed]!.afterFills <= i) this.remove(removals[removed++]!);
      this.execute(i, owner, side, id, prefix);
    }
    while (removed < removals.length) this.remove(removals[removed++]!);
    this.witness?.sent(owner, side, priceTicks, size, kind, rests, this.taken());
    if (rests > 0) this.entries.note(rests, this.now, book.ahead);
    if (rests !== REFUSED) this.touched();
    if (id > 0 && book.left > 0) {
      const why = rests === REFUSED ? WOULD_TAKE : `${book.left} of ${size} dropped: ${this.shortfall(kind)}`;
      // What self-trade prevention decremented may rest all the same.
      if (rests <= 0) this.end(owner, id, why);
      else if (id === this.watched) this.watchedEnd = why;
    }
    if (book.fillCount > 0) this.traded(id);
    // One of a pair that neither filled nor rests, because it met an order of its owner, leaves the other.
    if (rests <= 0 && this.conditionals.any) this.conditionals.part(id);
  }

  /** What self-trade prevention did to a resting order. */
  private remove({ id, owner, size, gone, refill, ahead }: Removal): void {
    if (gone) {
      this.witness?.cancelled(id, true);
      this.conditionals.part(id);
      this.end(owner, id, OWN_ORDER);
      return;
    }
    this.witness?.decreased?.(id, size);
    if (refill > 0) this.refilled(id, refill, ahead);
  }

  /** An iceberg shows its next part: it has a new place, so its time at rest and what is ahead of it begin anew. */
  protected refilled(id: number, shown: number, ahead: number): void {
    this.entries.note(id, this.now, ahead);
    this.witness?.refilled?.(id, shown);
  }

  /** The `i`th fill: accounts, tape, and whoever listens. */
  protected execute(i: number, owner: number, side: Side, id: number, prefix: string): void {
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
    if (this.listener !== undefined || maker < seats || owner < seats) this.report(i, owner, side, id, prefix);
    const refill = book.fillRefills[i]!;
    if (refill > 0) this.refilled(makerId, refill, book.fillAheads[i]!);
  }

  /** Tells the `i`th fill, just booked, to each side that is a seat's, and both to whoever listens. */
  private report(i: number, owner: number, side: Side, id: number, prefix: string): void {
    const { book, accounts, tape, now: at } = this;
    const makerId = book.fillIds[i]!;
    const maker = book.fillOwners[i]!;
    const priceTicks = book.fillPrices[i]!;
    const size = book.fillSizes[i]!;
    const { seats } = accounts.ledger;
    const heard = this.listener !== undefined;
    const tradeId = tape.count - 1;
    // Every field is written out: spreading what the two have in common into both would cost more than all the rest of an execution.
    if (heard || maker < seats)
      this.tell({
        at,
        priceTicks,
        size,
        tradeId,
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
        at,
        priceTicks,
        size,
        tradeId,
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

  /**
   * Trades shares between two accounts at a stated price, past the book: what it could not absorb at the close. On the tape and told to both like
   * any other trade, `why` for its reason and the exchange as the taker's counterparty.
   */
  settle(taker: number, maker: number, side: Side, priceTicks: number, size: number, why: string): void {
    const { accounts, tape, now: at } = this;
    accounts.settle(taker, maker, side, priceTicks, size);
    tape.add(at, priceTicks, size, side === BUY ? 1 : -1, taker, maker);
    const deal = { at, id: 0, priceTicks, size, why, restedUs: 0, aheadAtEntry: 0, tradeId: tape.count - 1 };
    const other: Side = side === BUY ? SELL : BUY;
    const fees = { maker: accounts.makerFeeMicros, taker: accounts.takerFeeMicros };
    const counterparty = this.kinds[taker] ?? 'nobody';
    this.tell({ ...deal, owner: maker, side: other, maker: true, counterpartyOwner: taker, counterparty, feeMicros: fees.maker });
    this.tell({ ...deal, owner: taker, side, maker: false, counterpartyOwner: maker, counterparty: 'exchange', feeMicros: fees.taker });
  }

  /** Tells an execution to the seat it is of, and to whoever listens. */
  private tell(execution: Execution): void {
    if (execution.owner < this.accounts.ledger.seats) this.onExecution?.(execution);
    this.listener?.executed(execution);
  }

  /** After an order that traded: the other orders of pairs go, and stops that its trades reached are due. */
  protected traded(id: number): void {
    const { book, conditionals } = this;
    this.lastTrade = book.fillPrices[book.fillCount - 1]!;
    if (!conditionals.any) return;
    for (let i = 0; i < book.fillCount; i++) this.endOther(conditionals.part(book.fillIds[i]!));
    this.endOther(conditionals.part(id));
    for (let i = 0; i < book.fillCount; i++) this.reach(book.fillPrices[i]!);
  }

  protected reach(priceTicks: number): void {
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
  protected drain(): void {
    const { book, conditionals } = this;
    if (conditionals.dueCount === 0) return;
    const { left, removals } = book;
    for (let stop = conditionals.next(); stop !== undefined; stop = conditionals.next()) {
      const { id, owner, side } = stop;
      const size = book.sizeOf(id);
      const { kind, limit } = this.collar(owner, side, stop.kind, book.priceOf(id));
      book.rewrite(id, size, limit);
      const rests = book.enter(id, kind, stop.prevention);
      this.follow(owner, side, limit, size, kind, rests, id, `stop triggered at ${stop.triggerTicks}, `);
    }
    book.fillCount = 0;
    book.left = left;
    book.removals = removals;
  }

  /** The kind and the worst price with which an order goes in: as sent, or what the band leaves of them. */
  protected collar(owner: number, side: Side, kind: Kind, limit: number): { kind: Kind; limit: number } {
    const { band } = this;
    this.collared = false;
    if (band === undefined || owner >= this.accounts.ledger.seats) return { kind, limit };
    const worst = worstWithin(band, side);
    if (kind !== MARKET && !isBeyond(limit, worst, side)) return { kind, limit };
    this.collared = true;
    return { kind: kind === MARKET ? IOC : kind, limit: worst };
  }

  /** From here on what happens to this order is counted, for its acknowledgement. */
  protected watch(id: number): void {
    this.watched = id;
    this.watchedFilled = 0;
    this.watchedEnd = undefined;
  }

  protected acknowledge(id: number, size: number): Ack {
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
    if (this.collared) return OUTSIDE_BAND;
    return kind === FOK ? 'not all of it could fill at once' : 'no more within its price';
  }

  /** Shares that the last order took. */
  private taken(): number {
    const { book } = this;
    let shares = 0;
    for (let i = 0; i < book.fillCount; i++) shares += book.fillSizes[i]!;
    return shares;
  }

  protected touched(): void {
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

  restore(from: ReturnType<Clearing['snapshot']>): void {
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
