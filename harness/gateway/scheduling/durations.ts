/** How long calls take, from those that ended lately: what a deadline is held against. */

/** Calls that are remembered, and how few of them tell nothing. */
const KEPT = 32;
const FEWEST = 8;

/** After so long a time a call tells nothing about the next one: so that refusals cannot go on by themselves, which let nothing be measured. */
const FRESH_MS = 10_000;

export class Durations {
  private ended: { atMs: number; tookMs: number }[] = [];

  add(atMs: number, tookMs: number): void {
    this.ended.push({ atMs, tookMs });
    if (this.ended.length > KEPT) this.ended.shift();
  }

  /** The median of the latest calls; undefined while too few are known. */
  estimateMs(nowMs: number): number | undefined {
    const fresh = this.ended.filter(({ atMs }) => nowMs - atMs <= FRESH_MS).map(({ tookMs }) => tookMs);
    if (fresh.length < FEWEST) return undefined;
    fresh.sort((a, b) => a - b);
    return fresh[fresh.length >> 1];
  }
}
