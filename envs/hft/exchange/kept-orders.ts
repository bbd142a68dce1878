/**
 * The orders in a book, one by one: those that rest in its queues, and those that wait outside with an id reserved. What happens here needs no
 * other order: shares taken off, the next part of an iceberg, a way out. What orders do to each other is the book's.
 */
import type { Side } from './order.js';
import { Flag, LevelRow, Row, Shift, SLOTS } from './order-rows.js';
import { Queues, slotOf } from './queues.js';

export class KeptOrders extends Queues {
  /** Shares of the next part that an iceberg shows after `decrease`; 0 when it shows none. `ahead` is as of then. */
  refill = 0;
  /**
   * How often resting orders have lost shares to others, or the whole book was replaced. Whoever counts its orders need not count again while
   * this is the same. No part of the state, and it never goes back.
   */
  reductions = 0;

  /** Gives an order an id without letting it meet the book: a stop that waits. `enter` sends it in, `cancel` gives it up. */
  reserve(owner: number, side: Side, limit: number, size: number, posted: boolean, display: number): number {
    const slot = this.allot();
    const { pool } = this;
    const o = slot << Shift.ROW;
    pool[o + Row.PRICE] = limit;
    pool[o + Row.SIZE] = size;
    pool[o + Row.OWNER] = owner;
    pool[o + Row.FLAGS] = side | Flag.RESERVED | (posted ? Flag.POSTED : 0);
    pool[o + Row.HIDDEN] = 0;
    if (display > 0) this.showAtMost(slot, display);
    return this.idOf(slot);
  }

  /** Changes size and price of an order that is reserved. */
  rewrite(id: number, size: number, limit: number): void {
    const o = slotOf(id) << Shift.ROW;
    this.pool[o + Row.SIZE] = size;
    this.pool[o + Row.PRICE] = limit;
  }

  /** An id that no order had or will have: for one that never rests. */
  spendId(): number {
    const slot = this.allot();
    const id = this.idOf(slot);
    this.release(slot);
    return id;
  }

  /** Takes an order out, resting or reserved. @returns its shares, or 0 when there is no such order any more. */
  cancel(id: number): number {
    const slot = slotOf(id);
    const { pool } = this;
    const o = slot << Shift.ROW;
    if (!(id > 0) || o >= pool.length || pool[o + Row.GENERATION]! * SLOTS + slot !== id) return 0;
    const flags = pool[o + Row.FLAGS]!;
    if (flags === 0) return 0;
    const size = pool[o + Row.SIZE]! + pool[o + Row.HIDDEN]!;
    if ((flags & Flag.RESTING) !== 0) this.unlink(slot);
    this.release(slot);
    return size;
  }

  /**
   * Takes shares off what a resting order shows; it keeps its place, but for an iceberg that shows its next part.
   * @returns the shares taken off: fewer when it shows no more, 0 when it does not rest
   */
  decrease(id: number, by: number): number {
    this.refill = 0;
    if (!this.alive(id)) return 0;
    const slot = slotOf(id);
    const size = Math.min(by, this.pool[(slot << Shift.ROW) + Row.SIZE]!);
    this.refill = this.reduce(slot, size);
    return size;
  }

  /**
   * Takes shares off what an order shows. When none are left it goes, or shows the next part at the end of its queue.
   * @returns shares of that next part, 0 when none is shown
   */
  protected reduce(slot: number, size: number): number {
    this.reductions++;
    const { pool } = this;
    const o = slot << Shift.ROW;
    const resting = pool[o + Row.SIZE]!;
    if (size < resting) {
      pool[o + Row.SIZE] = resting - size;
      this.levels[((pool[o + Row.PRICE]! - this.base) << Shift.LEVEL) + LevelRow.TOTAL]! -= size;
      return 0;
    }
    this.unlink(slot);
    const hidden = pool[o + Row.HIDDEN]!;
    if (hidden === 0) {
      this.release(slot);
      return 0;
    }
    const peak = this.peaks[slot]!;
    const shown = peak < hidden ? peak : hidden;
    pool[o + Row.SIZE] = shown;
    pool[o + Row.HIDDEN] = hidden - shown;
    this.append(slot, (pool[o + Row.FLAGS]! & Flag.SIDE) as Side, pool[o + Row.PRICE]!, shown);
    return shown;
  }

  protected showAtMost(slot: number, peak: number): void {
    this.peaks[slot] = peak;
    this.pool[(slot << Shift.ROW) + Row.FLAGS]! |= Flag.ICEBERG;
  }
}
