/**
 * Decisions that a busy host disturbed: those while which the harness's own processes, or an endpoint that computes on the same host,
 * waited for a processor for too long. The match measures it from outside (`waitUs` of its events); no agent's word is in it.
 */
import type { TraceEvent } from './trace.js';

/** A decision is disturbed when its processes waited for a processor for more than this share of its real latency... */
export const WAIT_SHARE = 0.1;
/** ...but a wait up to this long, in real microseconds, disturbs none (every host preempts for that long now and then)... */
export const WAIT_LEAST_US = 500;
/** ...and a longer one than this disturbs any. */
export const WAIT_MOST_US = 5_000;

/** How long a decision's processes may wait, in real microseconds, before it counts as disturbed. */
export function waitLimitUs(realUs: number): number {
  return Math.min(WAIT_MOST_US, Math.max(WAIT_LEAST_US, realUs * WAIT_SHARE));
}

/** One seat's decisions whose waits were measured. Times in real microseconds. */
export interface Waits {
  measured: number;
  disturbed: number;
  /** All waits, in order of size. */
  sortedUs: number[];
}

/** The waits of one seat's decisions; of all seats' without one. @param speed the match's: a missed decision took its world limit at it */
export function waitsOf(events: readonly TraceEvent[], speed: number, seat?: number): Waits {
  const sortedUs: number[] = [];
  let disturbed = 0;
  for (const event of events) {
    if (event.kind !== 'act' && event.kind !== 'reject' && event.kind !== 'miss') continue;
    if (event.waitUs === undefined || (seat !== undefined && event.seat !== seat)) continue;
    sortedUs.push(event.waitUs);
    if (event.waitUs > waitLimitUs(event.kind === 'miss' ? event.latencyUs / speed : event.realUs)) disturbed++;
  }
  return { measured: sortedUs.length, disturbed, sortedUs: sortedUs.sort((a, b) => a - b) };
}
