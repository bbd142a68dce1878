/** The tape: the last executions, in a ring of typed arrays. */
import type { Digest } from '../../digest.js';

const LENGTH = 256;
const FIELDS = 6;

/** One execution. `taker`: 1 when a buyer took. Owners as in the accounts. */
export interface Trade {
  id: number;
  at: number;
  priceTicks: number;
  size: number;
  taker: 1 | -1;
  takerOwner: number;
  makerOwner: number;
}

export class Tape {
  /** Trades so far; the last one's id is `count - 1`. */
  count = 0;
  private ring = new Float64Array(LENGTH * FIELDS);

  add(at: number, priceTicks: number, size: number, taker: 1 | -1, takerOwner: number, makerOwner: number): void {
    const o = (this.count++ % LENGTH) * FIELDS;
    const r = this.ring;
    r[o] = at;
    r[o + 1] = priceTicks;
    r[o + 2] = size;
    r[o + 3] = taker;
    r[o + 4] = takerOwner;
    r[o + 5] = makerOwner;
  }

  /** The trade with this id, if the ring still holds it. */
  get(id: number): Trade | undefined {
    if (id < 0 || id >= this.count || id < this.count - LENGTH) return undefined;
    const o = (id % LENGTH) * FIELDS;
    const r = this.ring;
    return {
      id,
      at: r[o]!,
      priceTicks: r[o + 1]!,
      size: r[o + 2]!,
      taker: r[o + 3] as 1 | -1,
      takerOwner: r[o + 4]!,
      makerOwner: r[o + 5]!,
    };
  }

  /** Shares taken by buyers less those taken by sellers, in trades after `since`. */
  flow(since: number): number {
    let sum = 0;
    for (let id = this.count - 1; id >= 0 && id >= this.count - LENGTH; id--) {
      const o = (id % LENGTH) * FIELDS;
      if (this.ring[o]! <= since) break;
      sum += this.ring[o + 2]! * this.ring[o + 3]!;
    }
    return sum;
  }

  /** The last trades as signed sizes, newest first. */
  recent(count: number): number[] {
    const sizes: number[] = [];
    for (let id = this.count - 1; id >= 0 && id >= this.count - LENGTH && sizes.length < count; id--) {
      const o = (id % LENGTH) * FIELDS;
      sizes.push(this.ring[o + 2]! * this.ring[o + 3]!);
    }
    return sizes;
  }

  digest(into: Digest): void {
    into.int32(this.count);
    for (let id = Math.max(0, this.count - LENGTH); id < this.count; id++) {
      const o = (id % LENGTH) * FIELDS;
      for (let i = 0; i < FIELDS; i++) into.int(this.ring[o + i]!);
    }
  }

  snapshot(): { count: number; ring: Float64Array } {
    return { count: this.count, ring: this.ring.slice() };
  }

  restore(from: { count: number; ring: Float64Array }): void {
    this.count = from.count;
    this.ring.set(from.ring);
  }
}
