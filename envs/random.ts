/**
 * Counter-based randomness: Philox 2x32-10 (Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", SC 2011).
 * A draw is a pure function of (key, stream, counter), so one more draw in one stream changes nothing in another,
 * and a stream's whole state is one integer that a snapshot can copy.
 */
import { BLOCK, compileFill, type FillBlock } from './philox-code.js';

export const MULTIPLIER = 0xd256d193;
export const WEYL = 0x9e3779b9;

/** High 32 bits of the unsigned 32 x 32 product. */
function mulHigh(a: number, b: number): number {
  const aLow = a & 0xffff;
  const aHigh = a >>> 16;
  const bLow = b & 0xffff;
  const bHigh = b >>> 16;
  const low = aLow * bLow;
  const mid = aHigh * bLow + (low >>> 16);
  const mid2 = aLow * bHigh + (mid % 0x10000);
  return (aHigh * bHigh + Math.floor(mid / 0x10000) + Math.floor(mid2 / 0x10000)) >>> 0;
}

/** One Philox 2x32-10 block: counter words (c0, c1) under the lower 32 bits of `key`, both result words as unsigned integers. */
export function philox2x32(c0: number, c1: number, key: number): [number, number] {
  let x = c0 >>> 0;
  let y = c1 >>> 0;
  let k = key >>> 0;
  for (let round = 0; round < 10; round++) {
    const high = mulHigh(MULTIPLIER, x);
    const low = Math.imul(MULTIPLIER, x) >>> 0;
    x = (high ^ k ^ y) >>> 0;
    y = low;
    k = (k + WEYL) >>> 0;
  }
  return [x, y];
}

/** From this seed on keys are wide: below it worlds are what they always were, and no seed that was ever drawn at random lies above it by chance. */
export const WIDE_SEEDS_FROM = 0x1000000000000;

/**
 * A key for a seed (any safe integer) and a purpose, so that different purposes never share draws. It has 32 bits, which whoever sees some draws can find
 * by trying them all; of a seed from 2^48 on it has 53, as many as a seed can have. The 21 upper ones go into the second counter word of each block
 * (`secondWord`), where a stream's number has its place: a Philox of two words has a key of one.
 */
export function keyOf(seed: number, purpose: number): number {
  const low = seed >>> 0;
  const high = Math.floor(seed / 0x100000000) >>> 0;
  const [key, upper] = philox2x32(low, high, purpose);
  return seed < WIDE_SEEDS_FROM ? key : (upper >>> 11) * 0x100000000 + key;
}

/** The second counter word of a stream's blocks: its number, with the upper bits of a wide key. Streams of one key never share it. */
function secondWord(id: number, key: number): number {
  return key > 0xffffffff ? id ^ Math.floor(key / 0x100000000) : id;
}

/** One stream of draws. `counter` is its whole position: save it, set it, and the same draws follow. */
export class Stream {
  counter = 0;

  /** @param key from `keyOf`; @param id which stream under that key (a background agent's number, say). */
  constructor(
    public key: number,
    readonly id: number,
  ) {}

  /** The next unsigned 32-bit integer. */
  next(): number {
    return philox2x32(this.counter++, secondWord(this.id, this.key), this.key)[0];
  }

  /** A uniform integer in [0, n), n a positive integer up to 2^32. Fixed-point scaling: bias under n / 2^32, no rejection, so one draw each. */
  below(n: number): number {
    return Math.floor((this.next() * n) / 0x100000000);
  }

  /** A uniform integer in [low, high], both included. */
  between(low: number, high: number): number {
    return low + this.below(high - low + 1);
  }

  /** True with probability `numerator / denominator`. */
  chance(numerator: number, denominator: number): boolean {
    return this.below(denominator) < numerator;
  }
}

/**
 * The draws of a stream, as `compileFill` makes them, in plain JavaScript. Four at a time, interleaved: a block alone is a
 * chain of operations that each wait for the one before, which leaves most of a processor idle.
 */
export const fillBlock: FillBlock = (into, place, c0, c1, key) => {
  const multiplier = MULTIPLIER | 0;
  const low = MULTIPLIER & 0xffff;
  const high = MULTIPLIER >>> 16;
  for (let i = 0; i < BLOCK; i += 4) {
    let xa = (c0 + i) | 0;
    let xb = (xa + 1) | 0;
    let xc = (xa + 2) | 0;
    let xd = (xa + 3) | 0;
    let ya = c1 | 0;
    let yb = ya;
    let yc = ya;
    let yd = ya;
    let k = key | 0;
    for (let round = 0; round < 10; round++) {
      // The high word of a 32 x 32 product by halves; no sum passes 32 bits, so integer arithmetic does.
      let middle = (Math.imul(high, xa & 0xffff) + (Math.imul(low, xa & 0xffff) >>> 16)) | 0;
      let rest = (Math.imul(low, xa >>> 16) + (middle & 0xffff)) | 0;
      let mixed = (Math.imul(high, xa >>> 16) + (middle >>> 16) + (rest >>> 16)) ^ k ^ ya;
      ya = Math.imul(multiplier, xa);
      xa = mixed;
      middle = (Math.imul(high, xb & 0xffff) + (Math.imul(low, xb & 0xffff) >>> 16)) | 0;
      rest = (Math.imul(low, xb >>> 16) + (middle & 0xffff)) | 0;
      mixed = (Math.imul(high, xb >>> 16) + (middle >>> 16) + (rest >>> 16)) ^ k ^ yb;
      yb = Math.imul(multiplier, xb);
      xb = mixed;
      middle = (Math.imul(high, xc & 0xffff) + (Math.imul(low, xc & 0xffff) >>> 16)) | 0;
      rest = (Math.imul(low, xc >>> 16) + (middle & 0xffff)) | 0;
      mixed = (Math.imul(high, xc >>> 16) + (middle >>> 16) + (rest >>> 16)) ^ k ^ yc;
      yc = Math.imul(multiplier, xc);
      xc = mixed;
      middle = (Math.imul(high, xd & 0xffff) + (Math.imul(low, xd & 0xffff) >>> 16)) | 0;
      rest = (Math.imul(low, xd >>> 16) + (middle & 0xffff)) | 0;
      mixed = (Math.imul(high, xd >>> 16) + (middle >>> 16) + (rest >>> 16)) ^ k ^ yd;
      yd = Math.imul(multiplier, xd);
      xd = mixed;
      k = (k + WEYL) | 0;
    }
    into[place + i] = xa;
    into[place + i + 1] = xb;
    into[place + i + 2] = xc;
    into[place + i + 3] = xd;
  }
};

/** The fastest way that there is here; all give the same draws. Found when it is first asked for: it takes some milliseconds, and many processes never do. */
let fill: FillBlock = (...block) => {
  fill = compileFill(MULTIPLIER, WEYL) ?? fillBlock;
  fill(...block);
};

/** Draws that a remembering stream keeps at most: whole blocks. */
const REMEMBERED = 4096;

/**
 * A stream that keeps the run of draws it made last, and looks them up when its counter is set back: the oracle plays each future once for
 * every action, and nearly all of its draws are the same ones. The draws are those of a plain stream.
 */
export class RememberingStream extends Stream {
  /** Draws `first` to `first + count - 1` of `ofKey`. */
  private draws = new Uint32Array(64);
  private first = 0;
  private count = 0;
  private ofKey = NaN;

  override next(): number {
    const place = this.place();
    return this.draws[place]!;
  }

  override below(n: number): number {
    const place = this.place();
    return Math.floor((this.draws[place]! * n) / 0x100000000);
  }

  /** Moves on by a draw. @returns where it lies in `draws`, which may be another array from now on */
  private place(): number {
    const place = this.counter - this.first;
    if (place < 0 || place >= this.count || this.key !== this.ofKey) return this.draw();
    this.counter++;
    return place;
  }

  private draw(): number {
    const at = this.counter++;
    if (this.key !== this.ofKey || at - this.first !== this.count || this.count === REMEMBERED) {
      this.ofKey = this.key;
      this.first = at;
      this.count = 0;
    }
    const place = this.count;
    if (place === this.draws.length) {
      const longer = new Uint32Array(2 * place);
      longer.set(this.draws);
      this.draws = longer;
    }
    fill(this.draws, place, at, secondWord(this.id, this.key), this.key);
    this.count += BLOCK;
    return place;
  }
}
