/**
 * Decisions that a busy host disturbed: those while which processes of ours on that host waited for a processor for too long. The match
 * measures it from outside, and records it with each decision; no agent's word is in it.
 */
import type { TraceEvent } from './trace.js';

/**
 * A decision is disturbed when the harness (the match's own thread and the seat's agent, their waits together) waited for more than this
 * share of its real latency. Some of that passes while the model thinks, so it is the most that can have been added, not the least.
 */
export const HARNESS_WAIT_SHARE = 0.05;
/** Likewise for an endpoint that computes on the same host: it was on a processor for less than nine tenths of the time. */
export const ENDPOINT_WAIT_SHARE = 0.1;
/**
 * Waits up to this long, in real microseconds, disturb no decision, however short it was. The harness wakes some ten times for one, each time
 * behind whoever woke it; together that is as much as its figures are held to.
 */
export const HARNESS_WAIT_LEAST_US = 1_000;
export const ENDPOINT_WAIT_LEAST_US = 500;

/** One seat's decisions whose waits were measured. Times in real microseconds. */
export interface Waits {
  measured: number;
  disturbed: number;
  /** The harness's waits and the endpoint's, each in order of size. */
  harnessUs: number[];
  endpointUs: number[];
}

/** The waits of one seat's decisions; of all seats' without one. @param speed the match's: a missed decision took its world limit at it */
export function waitsOf(events: readonly TraceEvent[], speed: number, seat?: number): Waits {
  const waits: Waits = { measured: 0, disturbed: 0, harnessUs: [], endpointUs: [] };
  for (const event of events) {
    if (event.kind !== 'act' && event.kind !== 'reject' && event.kind !== 'miss') continue;
    if (event.wait === undefined || (seat !== undefined && event.seat !== seat)) continue;
    const realUs = event.kind === 'miss' ? event.latencyUs / speed : event.realUs;
    const { harnessUs, endpointUs } = event.wait;
    waits.measured++;
    waits.harnessUs.push(harnessUs);
    if (endpointUs !== undefined) waits.endpointUs.push(endpointUs);
    const isDisturbed =
      harnessUs > Math.max(HARNESS_WAIT_LEAST_US, realUs * HARNESS_WAIT_SHARE) ||
      (endpointUs ?? 0) > Math.max(ENDPOINT_WAIT_LEAST_US, realUs * ENDPOINT_WAIT_SHARE);
    if (isDisturbed) waits.disturbed++;
  }
  waits.harnessUs.sort((a, b) => a - b);
  waits.endpointUs.sort((a, b) => a - b);
  return waits;
}
