/**
 * Stop strings in a text that arrives in pieces: nothing that may turn out to be the beginning of one is shown early.
 */

/** Watches for the earliest of several stop strings. Feed it pieces; show what it returns. */
export class StopWatcher {
  private held = '';
  /** True once a stop string was complete; nothing more comes out. */
  stopped = false;

  constructor(private readonly stops: readonly string[]) {}

  /** The text that may be shown now: up to the stop string when it is complete, else all but a tail that may begin one. */
  push(piece: string): string {
    if (this.stopped) return '';
    const text = this.held + piece;
    const found = this.stops.map((stop) => text.indexOf(stop)).filter((at) => at >= 0);
    if (found.length > 0) {
      this.stopped = true;
      this.held = '';
      return text.slice(0, Math.min(...found));
    }
    const keep = Math.max(0, ...this.stops.map((stop) => overlap(text, stop)));
    this.held = text.slice(text.length - keep);
    return text.slice(0, text.length - keep);
  }

  /** What was held back, when no more text comes. */
  flush(): string {
    const rest = this.held;
    this.held = '';
    return rest;
  }
}

/** Length of the longest end of `text` that is a proper beginning of `stop`. */
function overlap(text: string, stop: string): number {
  for (let length = Math.min(text.length, stop.length - 1); length > 0; length--) {
    if (text.endsWith(stop.slice(0, length))) return length;
  }
  return 0;
}
