/**
 * A price-time-priority limit order book for one symbol: integer ticks, integer shares, integer ids.
 *
 * Orders live in a pool of typed arrays; a price level is a first-in-first-out queue linked through the pool; levels are an
 * array indexed by price less `base`, a window that shifts or doubles when a price falls outside it. Adding, cancelling and
 * each fill are O(1); only a level that empties at the best price costs a scan to the next one. A snapshot is a copy of arrays.
 */
import type { Digest } from '../digest.js';

export const BUY = 0;
export const SELL = 1;
export type Side = typeof BUY | typeof SELL;

/** Rests what is not filled at once. */
export const LIMIT = 0;
/** Fills what it can at once; the rest is dropped. */
export const IOC = 1;
/** Rests, or is refused when it would take. */
export const POST_ONLY = 2;
export type Kind = typeof LIMIT | typeof IOC | typeof POST_ONLY;

/** What `add` returns when a post-only order would have taken. */
export const REFUSED = -1;
/** What `add` returns when nothing of the order rests. */
export const NOTHING_RESTS = 0;

/** Ids are `generation * SLOTS + slot`: a slot that is used again gives another id, so a stale id never names a stranger's order. */
const SLOTS = 0x100000;
const FREE = 2;
const NONE = -1;
const START_WINDOW = 512;

/** A copy of a whole book. */
export interface BookSnapshot {
  scalars: Float64Array;
  orders: Int32Array[];
  levels: Int32Array[];
}

/** The book. After `add`, the `fill*` arrays and `dropped*` hold what happened until the next `add`. */
export class Book {
  /** Best prices; meaningful only while that side is not empty (`bidOrders`, `askOrders`). */
  bestBid = 0;
  bestAsk = 0;
  bidOrders = 0;
  askOrders = 0;
  /** Fills of the last `add`, in order. */
  fillCount = 0;
  fillIds: number[] = [];
  fillOwners = new Int32Array(64);
  fillPrices = new Int32Array(64);
  fillSizes = new Int32Array(64);
  /** Shares of the last `add` that neither filled nor rested. */
  left = 0;
  /** Own resting orders that the last `add` ran into: cancelled, not traded with (self-trade prevention: cancel resting). */
  dropped: number[] = [];

  private price: Int32Array;
  private size: Int32Array;
  private owner: Int32Array;
  private side: Int32Array;
  private next: Int32Array;
  private previous: Int32Array;
  private generation: Int32Array;
  private freeHead = 0;

  private base: number;
  private head: Int32Array;
  private tail: Int32Array;
  private total: Int32Array;

  /** @param around a price near which trading starts, in ticks; @param capacity orders to make room for at first (the pool grows). */
  constructor(around: number, capacity = 256) {
    this.price = new Int32Array(capacity);
    this.size = new Int32Array(capacity);
    this.owner = new Int32Array(capacity);
    this.side = new Int32Array(capacity).fill(FREE);
    this.next = new Int32Array(capacity);
    this.previous = new Int32Array(capacity);
    this.generation = new Int32Array(capacity).fill(1);
    for (let slot = 0; slot < capacity; slot++) this.next[slot] = slot + 1;
    this.next[capacity - 1] = NONE;
    this.base = Math.max(0, around - START_WINDOW / 2);
    this.head = new Int32Array(START_WINDOW).fill(NONE);
    this.tail = new Int32Array(START_WINDOW).fill(NONE);
    this.total = new Int32Array(START_WINDOW);
  }

  /**
   * Lets an order meet the book: it trades against better or equal prices in price-time order, and what is left rests or is dropped.
   * @param owner who sends it, never matched with itself; -1 for nobody in particular
   * @param limit the worst price it accepts, a positive integer of ticks; @param size shares, a positive integer
   * @returns the id of what rests, NOTHING_RESTS, or REFUSED
   */
  add(owner: number, side: Side, limit: number, size: number, kind: Kind): number {
    this.fillCount = 0;
    this.left = size;
    if (this.dropped.length > 0) this.dropped.length = 0;
    const crosses = side === BUY ? this.askOrders > 0 && this.bestAsk <= limit : this.bidOrders > 0 && this.bestBid >= limit;
    if (crosses) {
      if (kind === POST_ONLY) return REFUSED;
      if (side === BUY) this.matchBuy(owner, limit);
      else this.matchSell(owner, limit);
    }
    if (this.left === 0 || kind === IOC) return NOTHING_RESTS;
    const rests = this.left;
    this.left = 0;
    return this.rest(owner, side, limit, rests);
  }

  /** Takes a resting order out. @returns its shares, or 0 when no such order rests any more. */
  cancel(id: number): number {
    const slot = id & (SLOTS - 1);
    if (!this.alive(id)) return 0;
    const size = this.size[slot]!;
    this.remove(slot);
    return size;
  }

  /** Takes shares off a resting order, which keeps its place. @returns the shares taken off: fewer when it has no more, 0 when it rests no longer. */
  decrease(id: number, by: number): number {
    if (!this.alive(id)) return 0;
    const slot = id & (SLOTS - 1);
    const size = this.size[slot]!;
    if (by >= size) {
      this.remove(slot);
      return size;
    }
    this.size[slot] = size - by;
    this.total[this.price[slot]! - this.base]! -= by;
    return by;
  }

  /** The order that is first in line on a side, 0 when the side is empty. */
  first(side: Side): number {
    if (side === BUY ? this.bidOrders === 0 : this.askOrders === 0) return 0;
    return this.idOf(this.head[(side === BUY ? this.bestBid : this.bestAsk) - this.base]!);
  }

  /** The first order at a price, 0 when none rests there. */
  firstAt(price: number): number {
    const slot = this.head[price - this.base] ?? NONE;
    return slot === NONE ? 0 : this.idOf(slot);
  }

  /** The order next in line after one that rests, at its price or the next worse one; 0 when it is the last of its side. */
  after(id: number): number {
    const slot = id & (SLOTS - 1);
    if (this.next[slot] !== NONE) return this.idOf(this.next[slot]!);
    const step = this.side[slot] === BUY ? -1 : 1;
    for (let level = this.price[slot]! - this.base + step; level >= 0 && level < this.head.length; level += step) {
      const head = this.head[level]!;
      if (head !== NONE) return this.side[head] === this.side[slot] ? this.idOf(head) : 0;
    }
    return 0;
  }

  /** Whether this order still rests. */
  alive(id: number): boolean {
    const slot = id & (SLOTS - 1);
    return id > 0 && slot < this.price.length && this.side[slot] !== FREE && this.generation[slot] === Math.floor(id / SLOTS);
  }

  /** Price and shares of a resting order (it must be alive). */
  priceOf(id: number): number {
    return this.price[id & (SLOTS - 1)]!;
  }
  sizeOf(id: number): number {
    return this.size[id & (SLOTS - 1)]!;
  }
  ownerOf(id: number): number {
    return this.owner[id & (SLOTS - 1)]!;
  }
  sideOf(id: number): Side {
    return this.side[id & (SLOTS - 1)] as Side;
  }

  /** Shares resting at a price on either side (a price never holds both). */
  sizeAt(price: number): number {
    return this.total[price - this.base] ?? 0;
  }

  /** The best levels of a side, best first: at most `count` pairs of [price, shares]. */
  depth(side: Side, count: number): [number, number][] {
    const levels: [number, number][] = [];
    if (side === BUY && this.bidOrders > 0) {
      for (let i = this.bestBid - this.base; i >= 0 && levels.length < count; i--)
        if (this.total[i]! > 0) levels.push([i + this.base, this.total[i]!]);
    } else if (side === SELL && this.askOrders > 0) {
      for (let i = this.bestAsk - this.base; i < this.total.length && levels.length < count; i++) {
        if (this.total[i]! > 0) levels.push([i + this.base, this.total[i]!]);
      }
    }
    return levels;
  }

  /** Every resting order of a side, best price first, first come first: id, price, size, owner. For tests and digests; not for the fast path. */
  *orders(side: Side): Generator<{ id: number; price: number; size: number; owner: number }> {
    for (const [price] of this.depth(side, Infinity)) {
      for (let slot = this.head[price - this.base]!; slot !== NONE; slot = this.next[slot]!) {
        yield { id: this.idOf(slot), price, size: this.size[slot]!, owner: this.owner[slot]! };
      }
    }
  }

  /** Adds the whole book to a digest. */
  digest(into: Digest): void {
    into.int32(this.bidOrders).int32(this.askOrders);
    for (const side of [BUY, SELL] as const) for (const o of this.orders(side)) into.int(o.id).int32(o.price).int32(o.size).int32(o.owner);
  }

  snapshot(): BookSnapshot {
    return {
      scalars: Float64Array.of(this.bestBid, this.bestAsk, this.bidOrders, this.askOrders, this.freeHead, this.base),
      orders: [this.price, this.size, this.owner, this.side, this.next, this.previous, this.generation].map((a) => a.slice()),
      levels: [this.head, this.tail, this.total].map((a) => a.slice()),
    };
  }

  restore(from: BookSnapshot): void {
    [this.bestBid, this.bestAsk, this.bidOrders, this.askOrders, this.freeHead, this.base] = from.scalars as unknown as [
      number,
      number,
      number,
      number,
      number,
      number,
    ];
    const own = [this.price, this.size, this.owner, this.side, this.next, this.previous, this.generation];
    [this.price, this.size, this.owner, this.side, this.next, this.previous, this.generation] = copied(own, from.orders) as [
      Int32Array,
      Int32Array,
      Int32Array,
      Int32Array,
      Int32Array,
      Int32Array,
      Int32Array,
    ];
    [this.head, this.tail, this.total] = copied([this.head, this.tail, this.total], from.levels) as [Int32Array, Int32Array, Int32Array];
    this.fillCount = 0;
    this.left = 0;
    this.dropped.length = 0;
  }

  private idOf(slot: number): number {
    return this.generation[slot]! * SLOTS + slot;
  }

  private matchBuy(owner: number, limit: number): void {
    while (this.left > 0 && this.askOrders > 0 && this.bestAsk <= limit) this.trade(owner, this.head[this.bestAsk - this.base]!);
  }

  private matchSell(owner: number, limit: number): void {
    while (this.left > 0 && this.bidOrders > 0 && this.bestBid >= limit) this.trade(owner, this.head[this.bestBid - this.base]!);
  }

  /** One execution against the order in `slot`, or its cancellation when it is the taker's own. */
  private trade(owner: number, slot: number): void {
    if (owner >= 0 && this.owner[slot] === owner) {
      this.dropped.push(this.idOf(slot));
      this.remove(slot);
      return;
    }
    const resting = this.size[slot]!;
    const size = resting < this.left ? resting : this.left;
    if (this.fillCount === this.fillSizes.length) this.growFills();
    const n = this.fillCount++;
    this.fillIds[n] = this.idOf(slot);
    this.fillOwners[n] = this.owner[slot]!;
    this.fillPrices[n] = this.price[slot]!;
    this.fillSizes[n] = size;
    this.left -= size;
    if (size === resting) this.remove(slot);
    else {
      this.size[slot] = resting - size;
      this.total[this.price[slot]! - this.base]! -= size;
    }
  }

  private rest(owner: number, side: Side, price: number, size: number): number {
    let level = price - this.base;
    if (level < 0 || level >= this.head.length) {
      this.makeRoom(price);
      level = price - this.base;
    }
    if (this.freeHead === NONE) this.growPool();
    const slot = this.freeHead;
    this.freeHead = this.next[slot]!;
    this.price[slot] = price;
    this.size[slot] = size;
    this.owner[slot] = owner;
    this.side[slot] = side;
    this.next[slot] = NONE;
    const last = this.tail[level]!;
    this.previous[slot] = last;
    if (last === NONE) this.head[level] = slot;
    else this.next[last] = slot;
    this.tail[level] = slot;
    this.total[level]! += size;
    if (side === BUY) {
      if (this.bidOrders++ === 0 || price > this.bestBid) this.bestBid = price;
    } else if (this.askOrders++ === 0 || price < this.bestAsk) this.bestAsk = price;
    return this.idOf(slot);
  }

  private remove(slot: number): void {
    const level = this.price[slot]! - this.base;
    const before = this.previous[slot]!;
    const after = this.next[slot]!;
    if (before === NONE) this.head[level] = after;
    else this.next[before] = after;
    if (after === NONE) this.tail[level] = before;
    else this.previous[after] = before;
    this.total[level]! -= this.size[slot]!;
    const side = this.side[slot];
    this.side[slot] = FREE;
    this.generation[slot]!++;
    this.next[slot] = this.freeHead;
    this.freeHead = slot;
    if (side === BUY) {
      if (--this.bidOrders > 0 && this.head[level] === NONE && this.price[slot] === this.bestBid) {
        let i = level - 1;
        while (this.head[i] === NONE) i--;
        this.bestBid = i + this.base;
      }
    } else if (--this.askOrders > 0 && this.head[level] === NONE && this.price[slot] === this.bestAsk) {
      let i = level + 1;
      while (this.head[i] === NONE) i++;
      this.bestAsk = i + this.base;
    }
  }

  /** Shifts the window of levels, or doubles it until it fits, so that every live price and this one are inside. */
  private makeRoom(price: number): void {
    let low = price;
    let high = price;
    for (const side of [BUY, SELL] as const) {
      for (const [p] of this.depth(side, Infinity)) {
        if (p < low) low = p;
        if (p > high) high = p;
      }
    }
    let window = this.head.length;
    while (window < (high - low + 1) * 2) window *= 2;
    const base = Math.max(0, low - ((window - (high - low + 1)) >> 1));
    const head = new Int32Array(window).fill(NONE);
    const tail = new Int32Array(window).fill(NONE);
    const total = new Int32Array(window);
    for (let i = 0; i < this.head.length; i++) {
      if (this.head[i] === NONE) continue;
      const to = i + this.base - base;
      head[to] = this.head[i]!;
      tail[to] = this.tail[i]!;
      total[to] = this.total[i]!;
    }
    this.base = base;
    this.head = head;
    this.tail = tail;
    this.total = total;
  }

  private growPool(): void {
    const from = this.price.length;
    if (from * 2 > SLOTS) throw new Error(`the book holds ${from} orders: no more than ${SLOTS} are possible`);
    const grown = (a: Int32Array, fill = 0): Int32Array => {
      const b = new Int32Array(from * 2).fill(fill);
      b.set(a);
      return b;
    };
    this.price = grown(this.price);
    this.size = grown(this.size);
    this.owner = grown(this.owner);
    this.side = grown(this.side, FREE);
    this.next = grown(this.next);
    this.previous = grown(this.previous);
    this.generation = grown(this.generation, 1);
    for (let slot = from; slot < from * 2; slot++) this.next[slot] = slot + 1;
    this.next[from * 2 - 1] = NONE;
    this.freeHead = from;
  }

  private growFills(): void {
    const grown = (a: Int32Array): Int32Array<ArrayBuffer> => {
      const b = new Int32Array(a.length * 2);
      b.set(a);
      return b;
    };
    this.fillOwners = grown(this.fillOwners);
    this.fillPrices = grown(this.fillPrices);
    this.fillSizes = grown(this.fillSizes);
  }
}

/** Copies arrays into those already held where lengths agree (no allocation while an oracle forks), into new ones where not. */
function copied(own: Int32Array[], from: Int32Array[]): Int32Array[] {
  return from.map((source, i) => {
    const target = own[i]!;
    if (target.length !== source.length) return source.slice();
    target.set(source);
    return target;
  });
}
