/** How late a match's ticks were. */
import type { Lateness } from '../../scoring/trace/trace.js';

/** Raw lateness samples of a match's ticks, in real microseconds. Grows without leaving garbage behind every tick. */
export class LatenessLog {
  private samples = new Float64Array(4096);
  private count = 0;

  /** @param lateUs whole microseconds, as they are also recorded */
  add(lateUs: number): void {
    if (this.count === this.samples.length) {
      const larger = new Float64Array(this.samples.length * 2);
      larger.set(this.samples);
      this.samples = larger;
    }
    this.samples[this.count++] = lateUs;
  }

  /** @param tickRealUs one tick in real microseconds: `over` counts ticks more than two of them late */
  summary(tickRealUs: number): Lateness {
    return latenessOf(this.samples.subarray(0, this.count), tickRealUs);
  }
}

/** The summary of samples of lateness, in whole microseconds. @param tickRealUs one tick in real microseconds */
export function latenessOf(samples: Iterable<number>, tickRealUs: number): Lateness {
  const sorted = Float64Array.from(samples).sort();
  return {
    ticks: sorted.length,
    p50Us: nearestRank(sorted, 0.5),
    p99Us: nearestRank(sorted, 0.99),
    maxUs: sorted.at(-1) ?? 0,
    over: sorted.reduce((over, late) => over + (late > 2 * tickRealUs ? 1 : 0), 0),
  };
}

/** The nearest-rank percentile of sorted samples; 0 when there are none. */
export function nearestRank(sorted: ArrayLike<number>, share: number): number {
  if (sorted.length === 0) return 0;
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)]!;
}

/** Most of a tick that the 99th percentile of lateness may take in a match that counts. */
export const LATE_SHARE = 1 / 2;

/** Whether a match's world came as its clock said: no tick over two ticks late, and hardly any by half a tick. @param tickRealUs one tick in real time */
export function keptTime({ p99Us, over }: Pick<Lateness, 'p99Us' | 'over'>, tickRealUs: number): boolean {
  return p99Us <= LATE_SHARE * tickRealUs && over === 0;
}
