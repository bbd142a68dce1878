/**
 * The digest of a world: two independent 32-bit lanes (MurmurHash3's mixing steps with different seeds) over every integer
 * of the state, in a fixed order. It tells states apart for replay; it is no protection against forgery.
 */
export class Digest {
  private a = 0x9747b28c;
  private b = 0x3c6ef372;
  private count = 0;

  private word(value: number): void {
    let k = Math.imul(value, 0xcc9e2d51);
    k = (k << 15) | (k >>> 17);
    k = Math.imul(k, 0x1b873593);
    this.a ^= k;
    this.a = (this.a << 13) | (this.a >>> 19);
    this.a = (Math.imul(this.a, 5) + 0xe6546b64) | 0;
    let j = Math.imul(value, 0x239b961b);
    j = (j << 16) | (j >>> 16);
    j = Math.imul(j, 0xab0e9789);
    this.b ^= j;
    this.b = (this.b << 17) | (this.b >>> 15);
    this.b = (Math.imul(this.b, 5) + 0x561ccd1b) | 0;
    this.count++;
  }

  /** Adds one safe integer (both halves, so that values past 2^32 count in full). */
  int(value: number): this {
    this.word(value | 0);
    this.word(Math.floor(value / 0x100000000) | 0);
    return this;
  }

  /** Adds integers that are known to fit 32 bits: half the work of `int`. */
  int32(value: number): this {
    this.word(value | 0);
    return this;
  }

  /** Adds a text, its length first, so that "ab","c" and "a","bc" differ. */
  text(value: string): this {
    this.word(value.length);
    for (let i = 0; i < value.length; i++) this.word(value.charCodeAt(i));
    return this;
  }

  /** The digest of all that was added so far, as 16 hexadecimal digits. Adding may go on. */
  hex(): string {
    return hex32(finish(this.a ^ this.count)) + hex32(finish(this.b ^ Math.imul(this.count, 0x9e3779b9)));
  }
}

function finish(value: number): number {
  let h = value;
  h ^= h >>> 16;
  h = Math.imul(h, 0x85ebca6b);
  h ^= h >>> 13;
  h = Math.imul(h, 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}

/** Two hexadecimal digits of every byte: digests are taken on every frame, and this is several times faster than toString. */
const HEX = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'));

function hex32(value: number): string {
  return HEX[value >>> 24]! + HEX[(value >>> 16) & 255]! + HEX[(value >>> 8) & 255]! + HEX[value & 255]!;
}
