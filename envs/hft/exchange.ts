/** The exchange: one book, everyone's accounts, the tape and the history, and the one way by which an order reaches them. */
import type { Digest } from '../digest.js';
import type { Accounts } from './accounts.js';
import { BUY, Book, IOC, LIMIT, REFUSED, SELL, type Kind, type Side } from './book.js';
import { History } from './history.js';
import { Tape } from './tape.js';
import type { Witness } from './witness.js';

/** Told of every execution of a resting order, so that its owner can keep its own record. */
export type OnFill = (owner: number, id: number, signedSize: number, priceTicks: number, maker: boolean) => void;

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
  private lastMid2: number;

  /** @param accounts where executions are booked; @param kinds the class of every owner ('seat', or a background agent's kind) */
  constructor(
    startTicks: number,
    readonly accounts: Accounts,
    readonly kinds: readonly string[],
    private readonly onFill: OnFill,
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

  /** Sends an order. The book's `fill*`, `left` and `dropped` tell what became of it. @returns what Book.add returns. */
  send(owner: number, side: Side, priceTicks: number, size: number, kind: Kind): number {
    const { book, witness } = this;
    this.messages++;
    const id = book.add(owner, side, priceTicks, size, kind);
    const sign = side === BUY ? 1 : -1;
    for (let i = 0; i < book.fillCount; i++) {
      const maker = book.fillOwners[i]!;
      const price = book.fillPrices[i]!;
      const filled = book.fillSizes[i]!;
      this.accounts.settle(owner, maker, side, price, filled);
      this.tape.add(this.now, price, filled, sign, owner, maker);
      this.onFill(maker, book.fillIds[i]!, -sign * filled, price, true);
      this.onFill(owner, 0, sign * filled, price, false);
      witness?.filled(book.fillIds[i]!, maker, price, filled);
    }
    if (witness !== undefined) {
      for (const dropped of book.dropped) witness.cancelled(dropped, true);
      witness.sent(owner, side, priceTicks, size, kind, id, takenBy(book));
    }
    if (id !== REFUSED) this.touched();
    return id;
  }

  /** Takes a resting order out. @returns the shares taken out, 0 when it no longer rests. */
  cancel(id: number): number {
    const size = this.book.cancel(id);
    if (size > 0) {
      this.messages++;
      this.touched();
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
    }
    this.witness?.decreased?.(id, taken);
    return taken;
  }

  /**
   * Executes shares of one chosen resting order, wherever it stands in line: how a recorded trade reaches the order it was recorded for.
   * @returns shares executed: fewer when it has no more, 0 when it rests no longer
   */
  strike(taker: number, id: number, size: number): number {
    const { book } = this;
    if (!book.alive(id)) return 0;
    const maker = book.ownerOf(id);
    const price = book.priceOf(id);
    const side = book.sideOf(id) === BUY ? SELL : BUY;
    const sign = side === BUY ? 1 : -1;
    this.messages++;
    const filled = book.decrease(id, size);
    this.accounts.settle(taker, maker, side, price, filled);
    this.tape.add(this.now, price, filled, sign, taker, maker);
    this.onFill(maker, id, -sign * filled, price, true);
    this.onFill(taker, 0, sign * filled, price, false);
    this.witness?.filled(id, maker, price, filled);
    this.touched();
    return filled;
  }

  /** Puts a trade on the tape that no visible order had a part in: a hidden one, an auction. `side` is the taker's. */
  print(taker: number, maker: number, side: Side, priceTicks: number, size: number): void {
    this.tape.add(this.now, priceTicks, size, side === BUY ? 1 : -1, taker, maker);
    this.witness?.printed?.(side, priceTicks, size);
  }

  /** A limit order that may take and rest; background agents' usual way. */
  limit(owner: number, side: Side, priceTicks: number, size: number): number {
    return this.send(owner, side, Math.max(1, priceTicks), size, LIMIT);
  }

  /** Takes what it can up to `reach` ticks beyond the best opposite price. @returns shares filled. */
  take(owner: number, side: Side, size: number, reach: number): number {
    const { book } = this;
    if (side === BUY ? book.askOrders === 0 : book.bidOrders === 0) return 0;
    this.send(owner, side, side === BUY ? book.bestAsk + reach : Math.max(1, book.bestBid - reach), size, IOC);
    return size - book.left;
  }

  private touched(): void {
    const { book } = this;
    if (book.bidOrders > 0 && book.askOrders > 0) this.lastMid2 = book.bestBid + book.bestAsk;
  }

  digest(into: Digest): void {
    into.int(this.lastMid2).int(this.messages);
    this.book.digest(into);
    this.accounts.digest(into);
    this.tape.digest(into);
    this.history.digest(into);
  }

  snapshot() {
    return {
      now: this.now,
      messages: this.messages,
      lastMid2: this.lastMid2,
      book: this.book.snapshot(),
      accounts: this.accounts.snapshot(),
      tape: this.tape.snapshot(),
      history: this.history.snapshot(),
    };
  }

  restore(from: ReturnType<Exchange['snapshot']>): void {
    this.now = from.now;
    this.messages = from.messages;
    this.lastMid2 = from.lastMid2;
    this.book.restore(from.book);
    this.accounts.restore(from.accounts);
    this.tape.restore(from.tape);
    this.history.restore(from.history);
  }
}

/** Shares that the last order took. */
function takenBy(book: Book): number {
  let shares = 0;
  for (let i = 0; i < book.fillCount; i++) shares += book.fillSizes[i]!;
  return shares;
}
