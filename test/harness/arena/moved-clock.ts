/** A clock that stands still until a test moves it. */
import type { GalleryClock } from '../../../harness/arena/gallery.js';

export class MovedClock implements GalleryClock {
  private atMs = 0;
  private readonly waiting = new Set<{ atMs: number; what: () => void }>();

  nowMs(): number {
    return this.atMs;
  }

  after(ms: number, what: () => void): () => void {
    const one = { atMs: this.atMs + ms, what };
    this.waiting.add(one);
    return () => this.waiting.delete(one);
  }

  /** Lets so much time pass, and everything happen that is due by then, in its order. */
  move(ms: number): void {
    const untilMs = this.atMs + ms;
    for (;;) {
      const next = [...this.waiting].filter((each) => each.atMs <= untilMs).sort((a, b) => a.atMs - b.atMs)[0];
      if (!next) break;
      this.waiting.delete(next);
      this.atMs = next.atMs;
      next.what();
    }
    this.atMs = untilMs;
  }
}
