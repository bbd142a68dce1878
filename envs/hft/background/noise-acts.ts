/**
 * What a zero-intelligence trader does, act by act. Nothing that it draws depends on the market, so a future has the same acts whatever
 * the seats do in it. The oracle plays each future once for every action: the acts of the last run are kept, as rows of integers, and looked
 * up by the stream's counter when it is set back. They, and the counters they leave, are those of drawing them anew.
 */
import type { Stream } from '../../random.js';
import type { Side } from '../exchange/book.js';
import { powerLaw, THREE_HALVES } from './power-law.js';
import { waitUs } from './waiting.js';
import type { NoiseSettings } from './zero-intelligence.js';

export const enum Act {
  PLACE = 0,
  WITHDRAW = 1,
  TAKE = 2,
}

/** An act's row in the run, from `place << SHIFT`. Counters are kept as 32-bit integers. */
const enum Cell {
  FROM = 0,
  WHAT = 1,
  SIDE = 2,
  AWAY = 3,
  /** Shares, or of WITHDRAW which order. */
  SIZE = 4,
  /** Draws of the act without the wait after it. */
  DRAWS = 5,
  WAIT_US = 6,
}
const SHIFT = 3;
/** Acts that are kept at most. */
const KEPT = 4096;

export class NoiseActs {
  /** The act last asked for, until the next is. @see next */
  what = Act.PLACE;
  side: Side = 0;
  /** Ticks behind the best price (-1: better by one), of an order that is placed. */
  away = 0;
  /** Shares; of WITHDRAW, which order, counted from the oldest. */
  size = 0;

  /** A run of acts under `key`; each begins where the wait after the one before it ended. */
  private run = new Int32Array(64 << SHIFT);
  private count = 0;
  private key = NaN;
  /** Where in the run the act last asked for is. */
  private place = 0;

  constructor(
    private readonly stream: Stream,
    private readonly settings: NoiseSettings,
  ) {}

  /** Reads the act at which the stream stands into the fields, and moves the stream on to the wait after it. */
  next(): void {
    const { stream } = this;
    const at = stream.counter | 0;
    let place = this.place + 1;
    if (stream.key !== this.key || place >= this.count || this.run[place << SHIFT] !== at) place = this.find(at);
    this.place = place;
    const { run } = this;
    const o = place << SHIFT;
    this.what = run[o + Cell.WHAT]!;
    this.side = run[o + Cell.SIDE]! as Side;
    this.away = run[o + Cell.AWAY]!;
    this.size = run[o + Cell.SIZE]!;
    stream.counter += run[o + Cell.DRAWS]!;
  }

  /** The wait at which the stream stands, in microseconds; moves the stream on. */
  wait(): number {
    const { stream, run } = this;
    const o = this.place << SHIFT;
    if (((run[o + Cell.FROM]! + run[o + Cell.DRAWS]!) | 0) !== (stream.counter | 0) || stream.key !== this.key)
      return waitUs(stream, this.settings.meanWaitUs);
    stream.counter++;
    return run[o + Cell.WAIT_US]!;
  }

  /** Where in the run the act lies that begins at a counter; draws it where the run has none. */
  private find(at: number): number {
    const { run, stream } = this;
    if (stream.key === this.key) {
      // From the first on: counters may pass 2^32, a run never spans so many.
      const wanted = (at - run[Cell.FROM]!) | 0;
      let low = 0;
      let high = this.count - 1;
      while (low <= high) {
        const middle = (low + high) >> 1;
        const from = (run[middle << SHIFT]! - run[Cell.FROM]!) | 0;
        if (from === wanted) return middle;
        if (from < wanted) low = middle + 1;
        else high = middle - 1;
      }
      const o = (this.count - 1) << SHIFT;
      const follows = this.count > 0 && ((run[o + Cell.FROM]! + run[o + Cell.DRAWS]! + 1) | 0) === at;
      if (!follows || this.count === KEPT) this.count = 0;
    } else this.count = 0;
    this.key = stream.key;
    return this.draw();
  }

  /** Draws the act at which the stream stands, and its wait, and adds them to the run; the stream stays. @returns its place */
  private draw(): number {
    const { stream, settings } = this;
    const { limitPermille, cancelPermille, improvePermille, distanceLeast1024, distanceMost, resting } = settings;
    const place = this.count++;
    if (this.run.length === place << SHIFT) {
      const longer = new Int32Array(2 * this.run.length);
      longer.set(this.run);
      this.run = longer;
    }
    const { run } = this;
    const o = place << SHIFT;
    const from = stream.counter;
    const draw = stream.below(1000);
    if (draw < limitPermille) {
      run[o + Cell.WHAT] = Act.PLACE;
      run[o + Cell.SIDE] = stream.below(2);
      run[o + Cell.AWAY] = stream.below(1000) < improvePermille ? -1 : powerLaw(stream, THREE_HALVES, distanceLeast1024, distanceMost);
      run[o + Cell.SIZE] = this.shares();
    } else if (draw < limitPermille + cancelPermille) {
      run[o + Cell.WHAT] = Act.WITHDRAW;
      run[o + Cell.SIZE] = stream.below(resting);
    } else {
      run[o + Cell.WHAT] = Act.TAKE;
      run[o + Cell.SIDE] = stream.below(2);
      run[o + Cell.SIZE] = this.shares();
    }
    run[o + Cell.FROM] = from;
    run[o + Cell.DRAWS] = stream.counter - from;
    run[o + Cell.WAIT_US] = waitUs(stream, settings.meanWaitUs);
    stream.counter = from;
    return place;
  }

  private shares(): number {
    return Math.max(1, powerLaw(this.stream, THREE_HALVES, this.settings.sizeLeast1024, this.settings.sizeMost));
  }
}
