/**
 * Composes a recording from what a file says happened, row by row: finds what cannot have happened, cleans and counts it, and keeps the
 * part that is to be played. The result always passes the environment's own check.
 */
import { BUY, SELL, type Side } from '../../envs/hft/exchange/book.js';
import { Ladder } from '../../envs/hft/replay/ladder.js';
import type { CROSS } from '../../envs/hft/replay/messages.js';
import {
  ASK,
  BID,
  CANCEL,
  CLEAR,
  EXECUTE,
  HIDDEN_ASK,
  HIDDEN_BID,
  MAX_MESSAGES,
  type ReplayMessages,
} from '../../envs/hft/replay/messages.js';
import { MOST_OFF, tickText } from '../../envs/hft/exchange/tick.js';
import type { Findings } from './cleaning.js';
import { MarketError } from './errors.js';
import { momentOf, type Part } from './part.js';

/** A larger share of rows before the row above them than this, and the file is in no order of time. */
const MOST_BACKWARDS = 0.2;
/** Orders further than this from the best price of their side take no part: the book is an array of prices. */
const FAR_TICKS = 20_000;

/** An order that rests in the record. */
interface Order {
  key: string;
  side: Side;
  price: number;
  size: number;
  /** Its number in the recording; -1 while it has none (the part has not begun) or is left out. */
  number: number;
}

export class Composer {
  /** Shares by price as recorded, on both sides. */
  readonly ladder = new Ladder();
  /** When the part starts, in the file's clock; undefined until it has. */
  startUs: number | undefined;
  /** Time of the last message inside the part, since its start. */
  lastUs = 0;
  private readonly live = new Map<string, Order>();
  /** Anonymous orders by side and price, oldest first. */
  private readonly anonymous = new Map<string, Order[]>();
  private readonly ignored = new Set<string>();
  /** Rows with a time, and orders, so far. */
  private times = 0;
  private submitted = 0;
  private readonly messages: ReplayMessages = { opening: 0, wait: [], what: [], of: [], size: [] };
  private orders = 0;
  private clock = -Infinity;
  /** Halted time cut out so far, and since when trading is halted. */
  private cutUs = 0;
  private haltedAt: number | undefined;
  private nowUs = 0;
  private emittedUs = 0;
  private anonymousCount = 0;

  constructor(
    private readonly part: Part,
    private readonly findings: Findings,
  ) {}

  /**
   * The next message's time, in microseconds of the file's clock. Must be called before the message.
   * @returns false when the part is over
   */
  at(us: number, row: number): boolean {
    this.times++;
    if (us < this.clock) {
      this.findings.add('backwards', row);
      us = this.clock;
    }
    this.clock = us;
    const from = this.part.fromUs ?? Math.max(us, this.part.notBeforeUs ?? -Infinity);
    if (this.startUs === undefined && us >= from) {
      this.startUs = from;
      this.open();
    }
    if (this.startUs === undefined) return true;
    this.nowUs = (this.haltedAt ?? us) - this.startUs - this.cutUs;
    return this.nowUs < this.part.lengthUs;
  }

  /** An order comes to rest. */
  add(key: string, side: Side, price: number, size: number, row: number): void {
    this.submitted++;
    if (this.live.has(key)) {
      this.findings.add('duplicate', row);
      return;
    }
    this.ignored.delete(key);
    if (this.ladder.crosses(side, price)) {
      this.findings.add('crossed', row);
      for (const stale of [...this.live.values()]) {
        if (stale.side !== side && (side === BUY ? stale.price <= price : stale.price >= price)) this.reduce(stale, stale.size, CANCEL);
      }
    }
    const order: Order = { key, side, price, size, number: -1 };
    this.live.set(key, order);
    this.ladder.change(side, price, size);
    if (this.startUs === undefined) return;
    if (this.far(side, price)) this.findings.add('far', row);
    else this.emitOrder(order);
  }

  /** An order between two ticks is left out; later messages about it are no surprise. */
  offTick(key: string, row: number): void {
    this.submitted++;
    this.findings.add('offTick', row);
    this.ignored.add(key);
  }

  /** All that a side shows is one price: what else rests there goes. Without shares the side is empty. */
  showTop(side: Side, price: number, size: number, row: number): void {
    const key = `top ${side}`;
    let kept = false;
    for (const order of [...this.live.values()]) {
      if (order.side !== side) continue;
      kept = order.key === key && order.price === price && order.size >= size && size > 0;
      const less = kept ? order.size - size : order.size;
      if (less > 0) this.reduce(order, less, CANCEL);
    }
    if (!kept && size > 0) this.add(key, side, price, size, row);
  }

  /** The order of this number as recorded; undefined when none rests. */
  order(key: string): Readonly<Order> | undefined {
    return this.live.get(key);
  }

  /** Shares whose orders nobody told of: the levels of a published book. */
  addAnonymous(side: Side, price: number, size: number, row: number): void {
    const key = `anonymous ${this.anonymousCount++}`;
    this.add(key, side, price, size, row);
    const at = `${side}:${price}`;
    const list = this.anonymousAt(side, price).filter((order) => order.size > 0);
    list.push(this.live.get(key)!);
    this.anonymous.set(at, list);
  }

  /** Shares at a price are more than the record can have left there: the excess goes, anonymous shares first, then the youngest orders. */
  removeAt(side: Side, price: number, size: number): void {
    const named = [...this.live.values()].filter((order) => order.side === side && order.price === price).reverse();
    let left = size;
    for (const order of [...this.anonymousAt(side, price), ...named]) {
      if (left === 0) return;
      if (order.size > 0) left -= this.reduce(order, Math.min(left, order.size), CANCEL);
    }
  }

  /**
   * Shares of an order are cancelled or executed; all of them when `size` is undefined.
   * @param side and price as the row names them, undefined where it names none
   */
  take(key: string, as: { side?: Side; price?: number }, size: number | undefined, executed: boolean, row: number): void {
    if (this.ignored.has(key)) return;
    const order = this.live.get(key);
    if (order !== undefined) {
      if ((as.side !== undefined && as.side !== order.side) || (as.price !== undefined && as.price !== order.price)) {
        this.findings.add('mismatch', row);
      }
      const wanted = size ?? order.size;
      if (wanted > order.size) this.findings.add('excess', row);
      this.reduce(order, Math.min(wanted, order.size), executed ? EXECUTE : CANCEL);
      return;
    }
    const { side, price } = as;
    let left = size ?? Infinity;
    if (side !== undefined && price !== undefined) {
      for (const unnamed of this.anonymousAt(side, price)) {
        if (left > 0 && unnamed.size > 0) left -= this.reduce(unnamed, Math.min(left, unnamed.size), executed ? EXECUTE : CANCEL);
      }
      if (left !== size) this.findings.add('before', row);
    }
    if (left === 0 || left === Infinity) {
      if (left === Infinity) this.findings.add('unknown', row);
      return;
    }
    this.findings.add(executed ? 'unknownFill' : left === size ? 'unknown' : 'excess', row);
    // Whoever was executed stood in front: so does the first of those that are known there.
    if (executed && side !== undefined && price !== undefined && this.ladder.at(side, price) > 0) {
      for (const order of [...this.live.values()].filter((other) => other.side === side && other.price === price)) {
        if (left > 0) left -= this.reduce(order, Math.min(left, order.size), EXECUTE);
      }
    }
    if (executed && left > 0 && price !== undefined) this.print(side === SELL ? HIDDEN_ASK : HIDDEN_BID, price, left);
  }

  /** A trade without a visible order: HIDDEN_BID, HIDDEN_ASK or CROSS. */
  print(what: typeof HIDDEN_BID | typeof HIDDEN_ASK | typeof CROSS, price: number, size: number): void {
    if (this.startUs !== undefined && !this.far(BUY, price)) this.emit(what, price, size);
  }

  /** The venue empties the book. */
  clear(row: number): void {
    const empty = this.live.size === 0;
    this.live.clear();
    this.anonymous.clear();
    this.ladder.clear();
    if (empty) return;
    this.findings.add('clear', row);
    if (this.startUs !== undefined) this.emit(CLEAR, 0, 0);
  }

  /** Trading is halted; what happens until it resumes takes no time. */
  halt(row: number): void {
    if (this.haltedAt !== undefined) return;
    this.findings.add('halt', row);
    this.haltedAt = this.clock;
  }

  resume(): void {
    if (this.haltedAt === undefined) return;
    if (this.startUs !== undefined) this.cutUs += this.clock - Math.max(this.haltedAt, this.startUs);
    this.haltedAt = undefined;
  }

  /**
   * The recording.
   * @param zone what the file's clock is called, with a space before it
   * @throws MarketError when the part holds no messages, or the file cannot have been meant as it was read
   */
  finish(where: string, tickMicros: number, zone = ''): ReplayMessages {
    const { findings, part, clock } = this;
    const backwards = findings.count('backwards');
    if (backwards > this.times * MOST_BACKWARDS)
      throw new MarketError(
        `${where}: ${backwards} of ${this.times} rows are earlier than the row before, the first of them row ${findings.first('backwards')}; accepted: rows in the order of time`,
      );
    const off = findings.count('offTick');
    if (off > this.submitted * MOST_OFF)
      throw new MarketError(
        `${where}: ${off} of ${this.submitted} orders lie between two ticks of ${tickText(tickMicros)}, the first of them in row ${findings.first('offTick')}; ` +
          `accepted: a finer tick, as --options '{"tickMicros": 100}' has (micro-units of currency)`,
      );
    if (this.messages.wait.length === 0) {
      const from = this.startUs ?? part.fromUs ?? clock;
      const next = clock >= from + part.lengthUs ? `; the next message is at ${momentOf(clock)}${zone}` : '';
      throw new MarketError(
        `${where}: nothing happens from ${momentOf(from)} to ${momentOf(from + part.lengthUs)}${zone}${next}; accepted: a part with messages (--from, --minutes)`,
      );
    }
    return this.messages;
  }

  get count(): number {
    return this.messages.wait.length;
  }

  /** The last row's time, on the file's clock; undefined before the first. */
  get lastTime(): number | undefined {
    return this.clock === -Infinity ? undefined : this.clock;
  }

  get opening(): number {
    return this.messages.opening;
  }

  /** The part begins: what rests is its opening book, each queue in the order in which it formed. */
  private open(): void {
    for (const order of this.live.values()) if (!this.far(order.side, order.price)) this.emitOrder(order);
    this.messages.opening = this.messages.wait.length;
  }

  private far(side: Side, price: number): boolean {
    const best = this.ladder.best(side) || this.ladder.best(side === BUY ? SELL : BUY);
    return best !== 0 && Math.abs(best - price) > FAR_TICKS;
  }

  private anonymousAt(side: Side, price: number): Order[] {
    return this.anonymous.get(`${side}:${price}`) ?? [];
  }

  private reduce(order: Order, size: number, what: typeof CANCEL | typeof EXECUTE): number {
    order.size -= size;
    this.ladder.change(order.side, order.price, -size);
    if (order.size === 0) this.live.delete(order.key);
    if (order.number >= 0) this.emit(what, order.number, size);
    return size;
  }

  private emitOrder(order: Order): void {
    order.number = this.orders++;
    this.emit(order.side === BUY ? BID : ASK, order.price, order.size);
  }

  private emit(what: number, of: number, size: number): void {
    const { messages } = this;
    if (messages.wait.length === MAX_MESSAGES)
      throw new MarketError(`over ${MAX_MESSAGES} messages in the part asked for; accepted: a shorter one (--minutes)`);
    // Until the part has begun in earnest its time is 0; the opening book has no time of its own.
    const now = Math.max(this.emittedUs, this.nowUs);
    messages.wait.push(now - this.emittedUs);
    messages.what.push(what);
    messages.of.push(of);
    messages.size.push(size);
    this.emittedUs = now;
    this.lastUs = now;
  }
}
