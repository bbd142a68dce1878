/**
 * The least a price-time book can be: integer ticks, orders in a pool linked into queues, levels in an array, nothing checked. A yardstick:
 * what the machine gives a book without owners, stale ids, icebergs, kinds of orders, or room to grow.
 */
const LEVELS = 16_384;
const NONE = -1;

export class PlainBook {
  /** Shares of the last order that did not fill, or came to rest. */
  left = 0;
  private readonly price: Int32Array;
  private readonly size: Int32Array;
  private readonly next: Int32Array;
  private readonly previous: Int32Array;
  private readonly head = [new Int32Array(LEVELS).fill(NONE), new Int32Array(LEVELS).fill(NONE)];
  private readonly tail = [new Int32Array(LEVELS).fill(NONE), new Int32Array(LEVELS).fill(NONE)];
  private readonly side: Uint8Array;
  private free = 0;
  private bid = 0;
  private ask = LEVELS - 1;

  constructor(capacity: number) {
    this.price = new Int32Array(capacity);
    this.size = new Int32Array(capacity);
    this.next = new Int32Array(capacity).map((_, i) => (i + 1 < capacity ? i + 1 : NONE));
    this.previous = new Int32Array(capacity);
    this.side = new Uint8Array(capacity);
  }

  /** Fills what it can and rests the remainder where `rests`. @returns the slot of what rests, NONE when nothing does */
  add(side: number, limit: number, size: number, rests: boolean): number {
    let left = size;
    if (side === 0) {
      const heads = this.head[1]!;
      while (left > 0 && this.ask <= limit && this.ask < LEVELS - 1) left = this.fill(heads[this.ask]!, left);
    } else {
      const heads = this.head[0]!;
      while (left > 0 && this.bid >= limit && this.bid > 0) left = this.fill(heads[this.bid]!, left);
    }
    this.left = left;
    if (left === 0 || !rests) return NONE;
    const slot = this.free;
    this.free = this.next[slot]!;
    this.price[slot] = limit;
    this.size[slot] = left;
    this.side[slot] = side;
    this.next[slot] = NONE;
    const tails = this.tail[side]!;
    const last = tails[limit]!;
    this.previous[slot] = last;
    if (last === NONE) this.head[side]![limit] = slot;
    else this.next[last] = slot;
    tails[limit] = slot;
    if (side === 0) {
      if (limit > this.bid) this.bid = limit;
    } else if (limit < this.ask) this.ask = limit;
    return slot;
  }

  /** @returns its shares; a slot that is not taken is the caller's mistake */
  cancel(slot: number): number {
    const size = this.size[slot]!;
    this.remove(slot);
    return size;
  }

  private fill(slot: number, left: number): number {
    const resting = this.size[slot]!;
    if (resting > left) {
      this.size[slot] = resting - left;
      return 0;
    }
    this.remove(slot);
    return left - resting;
  }

  private remove(slot: number): void {
    const side = this.side[slot]!;
    const price = this.price[slot]!;
    const heads = this.head[side]!;
    const before = this.previous[slot]!;
    const after = this.next[slot]!;
    if (before === NONE) heads[price] = after;
    else this.next[before] = after;
    if (after === NONE) this.tail[side]![price] = before;
    else this.previous[after] = before;
    this.size[slot] = 0;
    this.next[slot] = this.free;
    this.free = slot;
    if (heads[price] !== NONE) return;
    if (side === 0) while (this.bid > 0 && heads[this.bid] === NONE) this.bid--;
    else while (this.ask < LEVELS - 1 && heads[this.ask] === NONE) this.ask++;
  }
}
