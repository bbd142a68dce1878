/** How mid and index stood at the last steps of the market's clock: what observations and the makers' lagged views look back on. */
import type { Digest } from '../digest.js';

/** One step of the market's clock: the index moves, and is recorded, at these moments only. */
export const STEP_US = 50_000;
/** Steps kept: 6.4 seconds. */
const LENGTH = 128;

export class History {
  private count = 0;
  private index = new Int32Array(LENGTH);
  private mid2 = new Int32Array(LENGTH);

  /** Fills the whole past with one price. */
  constructor(ticks: number) {
    this.index.fill(ticks);
    this.mid2.fill(ticks * 2);
  }

  add(indexTicks: number, mid2Ticks: number): void {
    const i = this.count++ % LENGTH;
    this.index[i] = indexTicks;
    this.mid2[i] = mid2Ticks;
  }

  /** The index `steps` steps before the last one recorded (0: the last). */
  indexAgo(steps: number): number {
    return this.index[(this.count - 1 - steps + 2 * LENGTH) % LENGTH]!;
  }

  /** Twice the mid, `steps` steps before the last one recorded. */
  mid2Ago(steps: number): number {
    return this.mid2[(this.count - 1 - steps + 2 * LENGTH) % LENGTH]!;
  }

  digest(into: Digest): void {
    into.int32(this.count);
    for (let i = 0; i < LENGTH; i++) into.int32(this.index[i]!).int32(this.mid2[i]!);
  }

  snapshot(): { count: number; index: Int32Array; mid2: Int32Array } {
    return { count: this.count, index: this.index.slice(), mid2: this.mid2.slice() };
  }

  restore(from: { count: number; index: Int32Array; mid2: Int32Array }): void {
    this.count = from.count;
    this.index.set(from.index);
    this.mid2.set(from.mid2);
  }
}
