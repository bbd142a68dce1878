/**
 * Resting orders of one symbol in first-in-first-out queues by price: the storage under the book, which decides what trades.
 *
 * An order is a row of eight integers in one pool, half a cache line, so that touching it is one miss at most; a price level is a
 * queue linked through the pool; levels are rows of an array indexed by price less `base`, a window that shifts or doubles when a
 * price falls outside it. Adding to and taking out of a queue are O(1); only a level that empties at the best price costs a scan to the next.
 */
import type { Digest } from '../../digest.js';
import { Flag, LevelRow, No, Row, SLOTS, Shift } from './order-rows.js';
import { BUY, SELL, type Side } from './order.js';

const START_WINDOW = 512;
/** Levels kept at most: prices further apart than this cannot rest together. */
export const MAX_WINDOW = 0x400000;

/** The slot in which the order `id` lives: below 2^20, smallest first, for arrays kept beside the book. */
export function slotOf(id: number): number {
  return id & (SLOTS - 1);
}

/**
 * A copy of all queues. Of the levels only those at which something rests, each as its price and its row: most of a window is empty. Numbers stand
 * one by one: read back out of a Float64Array they would count as fractions from then on, and every price would be converted wherever it is used.
 */
export interface QueuesSnapshot {
  bestBid: number;
  bestAsk: number;
  bidOrders: number;
  askOrders: number;
  freeHead: number;
  base: number;
  /** Length of the levels' array. */
  length: number;
  pool: Int32Array;
  peaks: Int32Array;
  levels: Int32Array;
}

export class Queues {
  /** Best prices; meaningful only while that side is not empty (`bidOrders`, `askOrders`). */
  bestBid = 0;
  bestAsk = 0;
  bidOrders = 0;
  askOrders = 0;
  /** Shares shown ahead of the order that came to rest last, at its price. */
  ahead = 0;

  protected pool: Int32Array;
  protected peaks: Int32Array;
  protected levels: Int32Array;
  protected base: number;
  private freeHead = 0;

  /** @param around a price near which trading starts, in ticks; @param capacity orders to make room for at first (the pool grows). */
  constructor(around: number, capacity = 256) {
    this.pool = new Int32Array(capacity << Shift.ROW);
    this.peaks = new Int32Array(capacity);
    this.freeFrom(0);
    this.base = Math.max(0, around - START_WINDOW / 2);
    this.levels = emptyLevels(START_WINDOW);
  }

  /** Slots there are now: every `slotOf` is below it. It doubles when they run out. */
  get capacity(): number {
    return this.peaks.length;
  }

  /** Whether this order still rests. */
  alive(id: number): boolean {
    return this.flagsOf(id, Flag.RESTING) !== 0;
  }

  /** Whether this order has its slot but is in no queue. */
  reserved(id: number): boolean {
    return this.flagsOf(id, Flag.RESERVED) !== 0;
  }

  /** Price, shares left (hidden ones included), owner and side of an order that rests or is reserved. */
  priceOf(id: number): number {
    return this.pool[(slotOf(id) << Shift.ROW) + Row.PRICE]!;
  }
  sizeOf(id: number): number {
    const o = slotOf(id) << Shift.ROW;
    return this.pool[o + Row.SIZE]! + this.pool[o + Row.HIDDEN]!;
  }
  /** Shares left of an order, hidden ones included; 0 when it does not rest. */
  restOf(id: number): number {
    return this.flagsOf(id, Flag.RESTING) === 0 ? 0 : this.sizeOf(id);
  }
  hiddenOf(id: number): number {
    return this.pool[(slotOf(id) << Shift.ROW) + Row.HIDDEN]!;
  }
  ownerOf(id: number): number {
    return this.pool[(slotOf(id) << Shift.ROW) + Row.OWNER]!;
  }
  sideOf(id: number): Side {
    return (this.pool[(slotOf(id) << Shift.ROW) + Row.FLAGS]! & 1) as Side;
  }

  /** Shares shown that stand before a resting order at its price, by walking its queue; -1 when it does not rest. */
  queueAhead(id: number): number {
    if (!this.alive(id)) return -1;
    const { pool } = this;
    let sum = 0;
    for (let slot = pool[(slotOf(id) << Shift.ROW) + Row.PREVIOUS]!; slot !== No.SLOT; slot = pool[(slot << Shift.ROW) + Row.PREVIOUS]!) {
      sum += pool[(slot << Shift.ROW) + Row.SIZE]!;
    }
    return sum;
  }

  /** The order that is first in line on a side, 0 when the side is empty. */
  first(side: Side): number {
    if (side === BUY ? this.bidOrders === 0 : this.askOrders === 0) return 0;
    return this.firstAt(side === BUY ? this.bestBid : this.bestAsk);
  }

  /** The first order at a price, 0 when none rests there. */
  firstAt(price: number): number {
    const slot = this.levels[((price - this.base) << Shift.LEVEL) + LevelRow.HEAD] ?? No.SLOT;
    return slot === No.SLOT ? 0 : this.idOf(slot);
  }

  /** The order next in line after one that rests, at its price or the next worse one; 0 when it is the last of its side. */
  after(id: number): number {
    const { pool, levels } = this;
    const o = slotOf(id) << Shift.ROW;
    const next = pool[o + Row.NEXT]!;
    if (next !== No.SLOT) return this.idOf(next);
    const side = pool[o + Row.FLAGS]! & Flag.SIDE;
    const step = (side === BUY ? -1 : 1) << Shift.LEVEL;
    for (let l = ((pool[o + Row.PRICE]! - this.base) << Shift.LEVEL) + step; l >= 0 && l < levels.length; l += step) {
      const head = levels[l + LevelRow.HEAD]!;
      if (head !== No.SLOT) return (pool[(head << Shift.ROW) + Row.FLAGS]! & Flag.SIDE) === side ? this.idOf(head) : 0;
    }
    return 0;
  }

  /** Shares shown at a price on either side (a price never holds both). */
  sizeAt(price: number): number {
    return this.levels[((price - this.base) << Shift.LEVEL) + LevelRow.TOTAL] ?? 0;
  }

  /** The best levels of a side, best first: at most `count` pairs of [price, shares shown]. */
  depth(side: Side, count: number): [number, number][] {
    const found: [number, number][] = [];
    const { levels, base } = this;
    if (side === BUY && this.bidOrders > 0) {
      for (let i = this.bestBid - base; i >= 0 && found.length < count; i--) {
        const total = levels[(i << Shift.LEVEL) + LevelRow.TOTAL]!;
        if (total > 0) found.push([i + base, total]);
      }
    } else if (side === SELL && this.askOrders > 0) {
      const window = levels.length >> Shift.LEVEL;
      for (let i = this.bestAsk - base; i < window && found.length < count; i++) {
        const total = levels[(i << Shift.LEVEL) + LevelRow.TOTAL]!;
        if (total > 0) found.push([i + base, total]);
      }
    }
    return found;
  }

  /** Every resting order of a side, best price first, first come first; `size` is what it shows. Not for the fast path. */
  *orders(side: Side): Generator<{ id: number; price: number; size: number; hidden: number; owner: number }> {
    const { pool } = this;
    for (const [price] of this.depth(side, Infinity)) {
      for (
        let slot = this.levels[((price - this.base) << Shift.LEVEL) + LevelRow.HEAD]!;
        slot !== No.SLOT;
        slot = pool[(slot << Shift.ROW) + Row.NEXT]!
      ) {
        const o = slot << Shift.ROW;
        yield { id: this.idOf(slot), price, size: pool[o + Row.SIZE]!, hidden: pool[o + Row.HIDDEN]!, owner: pool[o + Row.OWNER]! };
      }
    }
  }

  /** Ids of the resting orders of an owner, by slot; on one side, or on both. */
  ownedBy(owner: number, side?: Side): number[] {
    const ids: number[] = [];
    const { pool } = this;
    for (let o = 0; o < pool.length; o += 1 << Shift.ROW) {
      const flags = pool[o + Row.FLAGS]!;
      if (pool[o + Row.OWNER] === owner && (flags & Flag.RESTING) !== 0 && (side === undefined || (flags & 1) === side)) {
        ids.push(this.idOf(o >> Shift.ROW));
      }
    }
    return ids;
  }

  /** Adds all queues to a digest. */
  digest(into: Digest): void {
    into.int32(this.bidOrders).int32(this.askOrders);
    for (const side of [BUY, SELL] as const) {
      for (const o of this.orders(side)) {
        const flags = this.pool[(slotOf(o.id) << Shift.ROW) + Row.FLAGS]!;
        into.int(o.id).int32(o.price).int32(o.size).int32(o.owner).int32(flags);
        if ((flags & Flag.ICEBERG) !== 0) into.int32(o.hidden).int32(this.peaks[slotOf(o.id)]!);
      }
    }
  }

  snapshot(): QueuesSnapshot {
    return {
      bestBid: this.bestBid,
      bestAsk: this.bestAsk,
      bidOrders: this.bidOrders,
      askOrders: this.askOrders,
      freeHead: this.freeHead,
      base: this.base,
      length: this.levels.length,
      pool: this.pool.slice(),
      peaks: this.peaks.slice(),
      levels: Int32Array.from(this.heads().flatMap((o) => this.levelOf(o))),
    };
  }

  restore(from: QueuesSnapshot): void {
    const { levels } = from;
    for (const o of this.heads()) this.setLevel(this.pool[o + Row.PRICE]!, No.SLOT, No.SLOT, 0);
    this.bestBid = from.bestBid;
    this.bestAsk = from.bestAsk;
    this.bidOrders = from.bidOrders;
    this.askOrders = from.askOrders;
    this.freeHead = from.freeHead;
    this.pool = copied(this.pool, from.pool);
    this.peaks = copied(this.peaks, from.peaks);
    // All levels are empty now. The own window stays where it holds what is to rest: an oracle's futures would widen it again and again.
    let fits = true;
    for (let i = 0; i < levels.length; i += 4) fits &&= this.isInside(levels[i]!);
    if (!fits) {
      this.base = from.base;
      if (this.levels.length < from.length) this.levels = emptyLevels(from.length >> Shift.LEVEL);
    }
    for (let i = 0; i < levels.length; i += 4) this.setLevel(levels[i]!, levels[i + 1]!, levels[i + 2]!, levels[i + 3]!);
  }

  /** Where in the pool the orders lie that are first in line at their prices. */
  private heads(): number[] {
    const { pool } = this;
    const heads: number[] = [];
    for (let o = 0; o < pool.length; o += 1 << Shift.ROW)
      if ((pool[o + Row.FLAGS]! & Flag.RESTING) !== 0 && pool[o + Row.PREVIOUS] === No.SLOT) heads.push(o);
    return heads;
  }

  /** The price of an order and the row of its level. */
  private levelOf(o: number): number[] {
    const price = this.pool[o + Row.PRICE]!;
    const l = (price - this.base) << Shift.LEVEL;
    return [price, this.levels[l + LevelRow.HEAD]!, this.levels[l + LevelRow.TAIL]!, this.levels[l + LevelRow.TOTAL]!];
  }

  private setLevel(price: number, head: number, tail: number, total: number): void {
    const l = (price - this.base) << Shift.LEVEL;
    this.levels[l + LevelRow.HEAD] = head;
    this.levels[l + LevelRow.TAIL] = tail;
    this.levels[l + LevelRow.TOTAL] = total;
  }

  private isInside(price: number): boolean {
    return price >= this.base && price - this.base < this.levels.length >> Shift.LEVEL;
  }

  protected idOf(slot: number): number {
    return this.pool[(slot << Shift.ROW) + Row.GENERATION]! * SLOTS + slot;
  }

  /** Takes a free slot. The caller fills its row. */
  protected allot(): number {
    if (this.freeHead === No.SLOT) this.growPool();
    const slot = this.freeHead;
    this.freeHead = this.pool[(slot << Shift.ROW) + Row.NEXT]!;
    return slot;
  }

  /** Gives a slot back; its order's id is never used again. */
  protected release(slot: number): void {
    const { pool } = this;
    const o = slot << Shift.ROW;
    pool[o + Row.FLAGS] = 0;
    pool[o + Row.GENERATION]!++;
    pool[o + Row.NEXT] = this.freeHead;
    this.freeHead = slot;
  }

  /** Puts a slot, its row filled but for the links, at the end of its price's queue. */
  protected append(slot: number, side: Side, price: number, size: number): void {
    if (!this.isInside(price)) this.makeRoom(price);
    const { pool, levels } = this;
    const l = (price - this.base) << Shift.LEVEL;
    const o = slot << Shift.ROW;
    const last = levels[l + LevelRow.TAIL]!;
    pool[o + Row.NEXT] = No.SLOT;
    pool[o + Row.PREVIOUS] = last;
    if (last === No.SLOT) levels[l + LevelRow.HEAD] = slot;
    else pool[(last << Shift.ROW) + Row.NEXT] = slot;
    levels[l + LevelRow.TAIL] = slot;
    const total = levels[l + LevelRow.TOTAL]!;
    this.ahead = total;
    levels[l + LevelRow.TOTAL] = total + size;
    if (side === BUY) {
      if (this.bidOrders++ === 0 || price > this.bestBid) this.bestBid = price;
    } else if (this.askOrders++ === 0 || price < this.bestAsk) this.bestAsk = price;
  }

  /** Takes a slot out of its queue; the slot stays taken. */
  protected unlink(slot: number): void {
    const { pool, levels } = this;
    const o = slot << Shift.ROW;
    const price = pool[o + Row.PRICE]!;
    const level = price - this.base;
    const l = level << Shift.LEVEL;
    const before = pool[o + Row.PREVIOUS]!;
    const after = pool[o + Row.NEXT]!;
    if (before === No.SLOT) levels[l + LevelRow.HEAD] = after;
    else pool[(before << Shift.ROW) + Row.NEXT] = after;
    if (after === No.SLOT) levels[l + LevelRow.TAIL] = before;
    else pool[(after << Shift.ROW) + Row.PREVIOUS] = before;
    levels[l + LevelRow.TOTAL]! -= pool[o + Row.SIZE]!;
    if ((pool[o + Row.FLAGS]! & 1) === BUY) {
      if (--this.bidOrders > 0 && price === this.bestBid && levels[l + LevelRow.HEAD] === No.SLOT) {
        let i = l - (1 << Shift.LEVEL);
        while (levels[i + LevelRow.HEAD] === No.SLOT) i -= 1 << Shift.LEVEL;
        this.bestBid = (i >> Shift.LEVEL) + this.base;
      }
    } else if (--this.askOrders > 0 && price === this.bestAsk && levels[l + LevelRow.HEAD] === No.SLOT) {
      let i = l + (1 << Shift.LEVEL);
      while (levels[i + LevelRow.HEAD] === No.SLOT) i += 1 << Shift.LEVEL;
      this.bestAsk = (i >> Shift.LEVEL) + this.base;
    }
  }

  private flagsOf(id: number, mask: number): number {
    const { pool } = this;
    const slot = slotOf(id);
    const o = slot << Shift.ROW;
    if (!(id > 0) || o >= pool.length || pool[o + Row.GENERATION]! * SLOTS + slot !== id) return 0;
    return pool[o + Row.FLAGS]! & mask;
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
    const { levels } = this;
    let window = levels.length >> Shift.LEVEL;
    while (window < (high - low + 1) * 2) window *= 2;
    if (window > MAX_WINDOW) {
      throw new RangeError(`an order at ${price} ticks: resting prices from ${low} to ${high}; accepted: at most ${MAX_WINDOW / 2} apart`);
    }
    const base = Math.max(0, low - ((window - (high - low + 1)) >> 1));
    const moved = emptyLevels(window);
    for (let i = 0; i < levels.length; i += 1 << Shift.LEVEL) {
      if (levels[i + LevelRow.HEAD] !== No.SLOT)
        moved.set(levels.subarray(i, i + (1 << Shift.LEVEL)), i + ((this.base - base) << Shift.LEVEL));
    }
    this.base = base;
    this.levels = moved;
  }

  private growPool(): void {
    const from = this.capacity;
    if (from * 2 > SLOTS) throw new RangeError(`the book holds ${from} orders; accepted: at most ${SLOTS}`);
    this.pool = grown(this.pool);
    this.peaks = grown(this.peaks);
    this.freeFrom(from);
  }

  /** Chains the slots from `first` on as free ones. */
  private freeFrom(first: number): void {
    const { pool, capacity } = this;
    for (let slot = first; slot < capacity; slot++) {
      pool[(slot << Shift.ROW) + Row.GENERATION] = 1;
      pool[(slot << Shift.ROW) + Row.NEXT] = slot + 1 < capacity ? slot + 1 : No.SLOT;
    }
    this.freeHead = first;
  }
}

function emptyLevels(window: number): Int32Array {
  const levels = new Int32Array(window << Shift.LEVEL);
  for (let i = 0; i < levels.length; i += 1 << Shift.LEVEL) levels[i + LevelRow.HEAD] = levels[i + LevelRow.TAIL] = No.SLOT;
  return levels;
}

/** Twice as long, the front as it was. */
export function grown(a: Int32Array): Int32Array<ArrayBuffer> {
  const b = new Int32Array(a.length * 2);
  b.set(a);
  return b;
}

/** Copies an array into the one already held where lengths agree (no allocation while an oracle forks), into a new one where not. */
function copied(own: Int32Array, from: Int32Array): Int32Array {
  if (own.length !== from.length) return from.slice();
  own.set(from);
  return own;
}
