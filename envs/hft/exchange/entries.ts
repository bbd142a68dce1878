/** When each resting order came to rest, and behind how many shares: kept beside the book, by slot, for what its executions tell. */
import type { Digest } from '../../digest.js';
import { SELL, BUY } from './order.js';
import { slotOf, type Queues } from './queues.js';

export interface EntriesSnapshot {
  at: Float64Array;
  ahead: Int32Array;
}

export class Entries {
  private at = new Float64Array(256);
  private ahead = new Int32Array(256);

  /** Notes that an order has just come to rest. */
  note(id: number, atUs: number, aheadShares: number): void {
    const slot = slotOf(id);
    if (slot >= this.at.length) this.grow(slot);
    this.at[slot] = atUs;
    this.ahead[slot] = aheadShares;
  }

  /** When the order that has this id, or had it last in its slot, came to rest. */
  atOf(id: number): number {
    return this.at[slotOf(id)]!;
  }

  aheadOf(id: number): number {
    return this.ahead[slotOf(id)]!;
  }

  digest(into: Digest, book: Queues): void {
    for (const side of [BUY, SELL] as const) for (const { id } of book.orders(side)) into.int(this.atOf(id)).int32(this.aheadOf(id));
  }

  snapshot(): EntriesSnapshot {
    return { at: this.at.slice(), ahead: this.ahead.slice() };
  }

  restore(from: EntriesSnapshot): void {
    if (from.at.length === this.at.length) {
      this.at.set(from.at);
      this.ahead.set(from.ahead);
    } else {
      this.at = from.at.slice();
      this.ahead = from.ahead.slice();
    }
  }

  private grow(slot: number): void {
    let length = this.at.length;
    while (length <= slot) length *= 2;
    const at = new Float64Array(length);
    const ahead = new Int32Array(length);
    at.set(this.at);
    ahead.set(this.ahead);
    this.at = at;
    this.ahead = ahead;
  }
}
