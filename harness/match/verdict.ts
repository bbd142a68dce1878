/** Whether a match counts, and how late its ticks were. A match that was not measured honestly is void, never corrected. */
import type { Lateness, TraceEvent, Verdict } from '../../scoring/trace.js';

/** A request whose threads were on a processor for less than this share of its time was contended. */
export const CONTENDED_PERMILLE = 900;

/**
 * A match whose requests were contended more often than this is void. Every host preempts a few of the requests that take only some
 * milliseconds; up to one in ten moves no median. What was contended stays in, at its real latency.
 */
export const CONTENDED_SHARE = 0.1;

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

/** What a verdict is made from. */
export interface Evidence {
  lateness: Lateness;
  /** One tick in real microseconds. */
  tickRealUs: number;
  events: readonly TraceEvent[];
  /** By how much the clocks moved against each other, in milliseconds, each time they did. */
  clockJumpsMs: readonly number[];
  /** Why the trace on disk is not whole; absent when it is. */
  traceFault?: string;
  /** Why the match was stopped before its end; absent when it was not. */
  stopped?: string;
}

/** Void when lateness p99 exceeds half a tick, any tick is over two late, a clock jumped, over 1 in 10 requests was contended, or the trace is incomplete. */
export function judge(evidence: Evidence): Verdict {
  const { lateness, tickRealUs } = evidence;
  const reasons: string[] = [];
  if (lateness.p99Us > tickRealUs / 2)
    reasons.push(`The ticks were late: p99 ${ms(lateness.p99Us)} ms, and at most half a tick (${ms(tickRealUs / 2)} ms) counts.`);
  if (lateness.over > 0) {
    const which = lateness.over === 1 ? '1 tick was' : `${lateness.over} ticks were`;
    reasons.push(`${which} over two ticks (${ms(2 * tickRealUs)} ms) late; the latest by ${ms(lateness.maxUs)} ms.`);
  }
  if (evidence.clockJumpsMs.length > 0) reasons.push(`The machine's clock jumped by ${evidence.clockJumpsMs.join(', ')} ms.`);
  const contended = contendedRequests(evidence.events);
  if (contended.count > CONTENDED_SHARE * contended.requests) {
    const which = contended.count === 1 ? '1 request was' : `${contended.count} requests were`;
    reasons.push(
      `${which} contended, of ${contended.requests} (at most ${CONTENDED_SHARE * 100} % may be): on a processor for only ` +
        `${contended.leastPermille / 10} % of the time at worst, where ${CONTENDED_PERMILLE / 10} % counts.`,
    );
  }
  if (evidence.traceFault !== undefined) reasons.push(`The trace is incomplete: ${evidence.traceFault}.`);
  if (evidence.stopped !== undefined) reasons.push(`The match was stopped before its end: ${evidence.stopped}.`);
  return { counts: reasons.length === 0, reasons };
}

/** Requests whose processor time is known, and those of them that were contended. */
export function contendedRequests(events: readonly TraceEvent[]): { requests: number; count: number; leastPermille: number } {
  let requests = 0;
  let count = 0;
  let leastPermille = 1000;
  for (const event of events) {
    const share = event.kind === 'act' || event.kind === 'reject' ? event.telemetry?.cpuPermille : undefined;
    if (share === undefined) continue;
    requests++;
    if (share >= CONTENDED_PERMILLE) continue;
    count++;
    leastPermille = Math.min(leastPermille, share);
  }
  return { requests, count, leastPermille };
}

function ms(us: number): string {
  return (us / 1000).toFixed(2);
}
