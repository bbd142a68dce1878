/**
 * A price-time-priority limit order book for one symbol: integer ticks, integer shares, integer ids. What trades, rests or is refused is
 * decided here; the orders in it are kept in kept-orders.ts, their queues in queues.ts.
 *
 * An order trades against better or equal prices, best price first and first come first, at the resting price. An iceberg shows a part
 * of itself; when that part has traded, the next is shown at the end of the queue. Nobody trades with himself (`Prevention`), nor with
 * the others of his group.
 */
import {
  BUY,
  CANCEL_BOTH,
  CANCEL_RESTING,
  CANCEL_TAKING,
  DECREMENT,
  FOK,
  MARKET,
  MAX_PRICE_TICKS,
  POST_ONLY,
  type Kind,
  type Prevention,
  type Side,
} from './order.js';
import { Flag, LevelRow, No, Row, Shift, SLOTS } from './order-rows.js';
import { grown, slotOf, type QueuesSnapshot } from './queues.js';
import { KeptOrders } from './kept-orders.js';

export { BUY, FOK, IOC, LIMIT, MARKET, POST_ONLY, SELL, type Kind, type Side } from './order.js';

/** What `add` and `modify` return when a post-only order would have taken: nothing has changed. */
export const REFUSED = -1;
/** What `add`, `enter` and `modify` return when nothing of the order rests. */
export const NOTHING_RESTS = 0;

/** A copy of a whole book. */
export type BookSnapshot = QueuesSnapshot;

/** What self-trade prevention took off a resting order that an order of its owner, or of its owner's group, ran into. */
export interface Removal {
  readonly id: number;
  readonly owner: number;
  /** Shares taken off. */
  readonly size: number;
  /** Whether the order is gone; otherwise it rests with what is left. */
  readonly gone: boolean;
  /** How many of the operation's fills came before. */
  readonly afterFills: number;
  /** Of an iceberg that shows its next part now: shares of that part (0: of no such), and shares shown ahead of it. */
  readonly refill: number;
  readonly ahead: number;
}

/** The book. After `add`, `enter` or `modify` the `fill*` arrays, `left` and `removals` hold what happened, until the next of them. */
export class Book extends KeptOrders {
  /** Fills, in order. */
  fillCount = 0;
  fillIds = new Float64Array(64);
  fillOwners = new Int32Array(64);
  fillPrices = new Int32Array(64);
  fillSizes = new Int32Array(64);
  /** Of a fill after which an iceberg shows its next part: shares of that part, 0 for every other fill; and shares shown ahead of it. */
  fillRefills = new Int32Array(64);
  fillAheads = new Int32Array(64);
  /** Shares that neither filled nor came to rest: size = filled + resting + left. */
  left = 0;
  /** What self-trade prevention took off resting orders, in order. */
  removals: Removal[] = [];

  /** @param groups of the first so many owners, the group of each: prevention applies within it. The others are each alone */
  constructor(
    around: number,
    capacity?: number,
    private readonly groups?: readonly number[],
  ) {
    super(around, capacity);
  }

  /** Whether the last operation was `strike`. */
  struck = false;
  /** Shares that self-trade prevention took off the order; part of `left`. */
  prevented = 0;

  /**
   * Lets an order meet the book: it trades against better or equal prices in price-time order, and what is left rests or is dropped.
   * @param owner who sends it, never matched with itself; -1 for nobody in particular
   * @param limit the worst price it accepts, a positive integer of ticks (MARKET: passed over); @param size shares, a positive integer
   * @param prevention what happens when it meets its owner's resting order; @param display shares shown at a time, 0 for all
   * @returns the id of what rests, NOTHING_RESTS, or REFUSED
   */
  add(owner: number, side: Side, limit: number, size: number, kind: Kind, prevention: Prevention = CANCEL_RESTING, display = 0): number {
    this.begin(size);
    if (this.crosses(side, limit, kind) && !this.take(owner, side, limit, kind, prevention))
      return kind === POST_ONLY ? REFUSED : NOTHING_RESTS;
    // Odd kinds never rest.
    if (this.left === 0 || (kind & 1) === 1) {
      this.left += this.prevented;
      return NOTHING_RESTS;
    }
    const slot = this.allot();
    const { pool } = this;
    const o = slot << Shift.ROW;
    pool[o + Row.PRICE] = limit;
    pool[o + Row.OWNER] = owner;
    this.rest(slot, side, limit, kind === POST_ONLY ? side | Flag.POSTED : side, display);
    if (display > 0) this.showAtMost(slot, display);
    return this.idOf(slot);
  }

  /** Whether an order of this side and worst price would take. */
  meets(side: Side, limit: number): boolean {
    return side === BUY ? this.askOrders > 0 && this.bestAsk <= limit : this.bidOrders > 0 && this.bestBid >= limit;
  }

  /** Rests a LIMIT order that does not take (`meets`): what `add` does of it. @returns its id */
  lay(owner: number, side: Side, limit: number, size: number): number {
    this.begin(0);
    const slot = this.allot();
    const { pool } = this;
    const o = slot << Shift.ROW;
    pool[o + Row.PRICE] = limit;
    pool[o + Row.SIZE] = size;
    pool[o + Row.OWNER] = owner;
    pool[o + Row.FLAGS] = side | Flag.RESTING;
    pool[o + Row.HIDDEN] = 0;
    this.append(slot, side, limit, size);
    return pool[o + Row.GENERATION]! * SLOTS + slot;
  }

  /** Lets a reserved order meet the book as `add` does; what rests keeps its id. @returns its id, NOTHING_RESTS or REFUSED: then it is gone */
  enter(id: number, kind: Kind, prevention: Prevention): number {
    const slot = slotOf(id);
    const { pool } = this;
    const o = slot << Shift.ROW;
    const side = (pool[o + Row.FLAGS]! & Flag.SIDE) as Side;
    const limit = pool[o + Row.PRICE]!;
    this.begin(pool[o + Row.SIZE]!);
    let goes = true;
    if (this.crosses(side, limit, kind)) goes = this.take(pool[o + Row.OWNER]!, side, limit, kind, prevention);
    if (!goes || this.left === 0 || (kind & 1) === 1) {
      if (goes) this.left += this.prevented;
      this.release(slot);
      return !goes && kind === POST_ONLY ? REFUSED : NOTHING_RESTS;
    }
    const flags = pool[o + Row.FLAGS]!;
    this.rest(slot, side, limit, flags & ~Flag.RESERVED, (flags & Flag.ICEBERG) === 0 ? 0 : this.peaks[slot]!);
    return id;
  }

  /**
   * Changes a resting order. It keeps its place in the queue when the price stays and the size does not grow (an iceberg shrinks first where
   * it is hidden); otherwise it leaves, meets the book as it would anew, and queues last; its id stays either way. One that rests
   * post-only is REFUSED where it would take, and stays as it was.
   * @param size shares that are to rest from now on, a positive integer
   * @returns its id, or NOTHING_RESTS: filled, dropped, or not resting in the first place
   */
  modify(id: number, size: number, limit: number, prevention: Prevention = CANCEL_RESTING): number {
    this.begin(0);
    if (!this.alive(id)) return NOTHING_RESTS;
    const slot = slotOf(id);
    const { pool } = this;
    const o = slot << Shift.ROW;
    const flags = pool[o + Row.FLAGS]!;
    const side = (flags & Flag.SIDE) as Side;
    const over = pool[o + Row.SIZE]! + pool[o + Row.HIDDEN]! - size;
    if (limit === pool[o + Row.PRICE] && over >= 0) {
      const unseen = Math.min(over, pool[o + Row.HIDDEN]!);
      pool[o + Row.HIDDEN]! -= unseen;
      pool[o + Row.SIZE]! -= over - unseen;
      this.levels[((limit - this.base) << Shift.LEVEL) + LevelRow.TOTAL]! -= over - unseen;
      return id;
    }
    const kind: Kind = (flags & Flag.POSTED) === 0 ? 0 : POST_ONLY;
    if (kind === POST_ONLY && this.crosses(side, limit, kind)) return REFUSED;
    this.unlink(slot);
    pool[o + Row.FLAGS] = (flags & ~Flag.RESTING) | Flag.RESERVED;
    pool[o + Row.PRICE] = limit;
    pool[o + Row.SIZE] = size;
    pool[o + Row.HIDDEN] = 0;
    return this.enter(id, kind, prevention);
  }

  /** Fills shares of one chosen order, wherever it stands in line: the one fill of this operation. @returns shares, as `decrease` */
  strike(id: number, size: number): number {
    this.begin(0);
    if (!this.alive(id)) return 0;
    const slot = slotOf(id);
    this.struck = true;
    this.left = size;
    this.fill(slot, Math.min(size, this.pool[(slot << Shift.ROW) + Row.SIZE]!));
    return this.fillSizes[0]!;
  }

  override restore(from: BookSnapshot): void {
    super.restore(from);
    this.reductions++;
    this.begin(0);
  }

  private begin(size: number): void {
    this.fillCount = 0;
    this.left = size;
    this.prevented = 0;
    this.struck = false;
    if (this.removals.length > 0) this.removals = [];
  }

  private crosses(side: Side, limit: number, kind: Kind): boolean {
    if (side === BUY) return this.askOrders > 0 && (this.bestAsk <= limit || kind === MARKET);
    return this.bidOrders > 0 && (this.bestBid >= limit || kind === MARKET);
  }

  /** The part of an order that trades. @returns false, and nothing has happened, when its kind forbids it */
  private take(owner: number, side: Side, limit: number, kind: Kind, prevention: Prevention): boolean {
    if (kind === POST_ONLY) return false;
    const worst = kind === MARKET ? (side === BUY ? MAX_PRICE_TICKS : 0) : limit;
    if (kind === FOK && !this.fillable(owner, side, worst, this.left, prevention)) return false;
    if (side === BUY) {
      while (this.left > 0 && this.askOrders > 0 && this.bestAsk <= worst) this.trade(owner, this.head(this.bestAsk), prevention);
    } else {
      while (this.left > 0 && this.bidOrders > 0 && this.bestBid >= worst) this.trade(owner, this.head(this.bestBid), prevention);
    }
    return true;
  }

  /** Puts what is left of an order at the end of its queue. @param display shares shown at a time, 0 for all */
  private rest(slot: number, side: Side, limit: number, flags: number, display: number): void {
    const { pool, left } = this;
    const o = slot << Shift.ROW;
    const shown = display > 0 && display < left ? display : left;
    pool[o + Row.SIZE] = shown;
    pool[o + Row.HIDDEN] = left - shown;
    pool[o + Row.FLAGS] = flags | Flag.RESTING;
    this.left = this.prevented;
    this.append(slot, side, limit, shown);
  }

  private head(price: number): number {
    return this.levels[((price - this.base) << Shift.LEVEL) + LevelRow.HEAD]!;
  }

  /** One execution against the order in `slot`, or self-trade prevention when it is the taker's own. */
  private trade(owner: number, slot: number, prevention: Prevention): void {
    const { pool } = this;
    const o = slot << Shift.ROW;
    if (this.together(pool[o + Row.OWNER]!, owner)) {
      this.prevent(slot, prevention);
      return;
    }
    const resting = pool[o + Row.SIZE]!;
    this.fill(slot, resting < this.left ? resting : this.left);
  }

  /** Whether orders of these two never trade with each other. */
  private together(resting: number, arriving: number): boolean {
    if (resting === arriving) return arriving >= 0;
    const { groups } = this;
    return groups !== undefined && groups[resting] !== undefined && groups[resting] === groups[arriving];
  }

  private fill(slot: number, size: number): void {
    const { pool } = this;
    const o = slot << Shift.ROW;
    if (this.fillCount === this.fillSizes.length) this.growFills();
    const n = this.fillCount++;
    this.fillIds[n] = pool[o + Row.GENERATION]! * SLOTS + slot;
    this.fillOwners[n] = pool[o + Row.OWNER]!;
    this.fillPrices[n] = pool[o + Row.PRICE]!;
    this.fillSizes[n] = size;
    this.left -= size;
    this.fillRefills[n] = this.reduce(slot, size);
    this.fillAheads[n] = this.ahead;
  }

  private prevent(slot: number, prevention: Prevention): void {
    const id = this.idOf(slot);
    const owner = this.ownerOf(id);
    if (prevention === DECREMENT) {
      const size = Math.min(this.left, this.pool[(slot << Shift.ROW) + Row.SIZE]!);
      this.left -= size;
      this.prevented += size;
      const refill = this.reduce(slot, size);
      this.removals.push({ id, owner, size, gone: !this.alive(id), afterFills: this.fillCount, refill, ahead: this.ahead });
      return;
    }
    if (prevention !== CANCEL_TAKING) {
      this.reductions++;
      this.removals.push({ id, owner, size: this.sizeOf(id), gone: true, afterFills: this.fillCount, refill: 0, ahead: 0 });
      this.unlink(slot);
      this.release(slot);
    }
    if (prevention === CANCEL_TAKING || prevention === CANCEL_BOTH) {
      this.prevented += this.left;
      this.left = 0;
    }
  }

  /**
   * Whether a fill-or-kill order would fill whole. Own orders do not count; where meeting one would cost the order shares (every mode
   * but cancel-resting), only what stands before the first of them does: better prices whole, at its price what is shown ahead of it.
   */
  private fillable(owner: number, side: Side, worst: number, size: number, prevention: Prevention): boolean {
    const { pool } = this;
    const away = side === BUY ? 1 : -1;
    let orders = side === BUY ? this.askOrders : this.bidOrders;
    let found = 0;
    for (let price = side === BUY ? this.bestAsk : this.bestBid; orders > 0 && (worst - price) * away >= 0; price += away) {
      let hidden = 0;
      for (let slot = this.head(price); slot !== No.SLOT; slot = pool[(slot << Shift.ROW) + Row.NEXT]!) {
        const o = slot << Shift.ROW;
        orders--;
        if (this.together(pool[o + Row.OWNER]!, owner)) {
          if (prevention === CANCEL_RESTING) continue;
          return false;
        }
        found += pool[o + Row.SIZE]!;
        hidden += pool[o + Row.HIDDEN]!;
        if (found >= size) return true;
      }
      found += hidden;
      if (found >= size) return true;
    }
    return false;
  }

  private growFills(): void {
    const ids = new Float64Array(this.fillIds.length * 2);
    ids.set(this.fillIds);
    this.fillIds = ids;
    this.fillOwners = grown(this.fillOwners);
    this.fillPrices = grown(this.fillPrices);
    this.fillSizes = grown(this.fillSizes);
    this.fillRefills = grown(this.fillRefills);
    this.fillAheads = grown(this.fillAheads);
  }
}
