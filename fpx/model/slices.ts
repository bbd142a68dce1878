/**
 * How many tokens of a prompt are computed at a time. Between two slices clients that went away are noticed and other answers go on, so none
 * should take long; the longer they are, the less a token takes.
 */

/** Microseconds that a slice may take. */
const SLICE_US = 50_000;
/** Under so many tokens a slice takes hardly less time. */
const SMALLEST_SLICE = 8;

/** The length of slices, after what the last one took. */
export class SliceLength {
  private now: number;

  /** @param most tokens of a slice, at most: as many are tried first */
  constructor(private readonly most: number) {
    this.now = most;
  }

  /** Tokens of the next slice, at most. */
  get tokens(): number {
    return this.now;
  }

  /** Says how long the last one took: the next is half as long after one that took too long, twice as long where that will not take too long. */
  took(us: number): void {
    if (us > SLICE_US) this.now = Math.max(Math.min(this.now, SMALLEST_SLICE), this.now >> 1);
    else if (us < SLICE_US / 2) this.now = Math.min(this.most, this.now * 2);
  }
}
