/**
 * Decisions that a busy host disturbed: those while which processes of ours on that host waited for a processor for too long. The match
 * measures it from outside, and records it with each decision; no agent's word is in it.
 */
import type { TraceEvent } from './trace.js';

/**
 * What a part of the way may wait for a processor, in real microseconds, before a decision is disturbed: this share of its latency, and
 * `leastUs` however short it was. Waits overlap with the model's thinking, so they are the most that can have been added, not the least.
 * On a quiet host of two cores the harness, which wakes some ten times for a decision, each time behind whoever woke it, waits 0.6 to 1.1
 * ms at the median and 2 to 3 ms at p90; an endpoint none and about 1 ms. `usualUs` and the same share bound the median, for a host that
 * takes a little from every decision.
 */
export interface WaitLimits {
  share: number;
  leastUs: number;
  usualUs: number;
}
/** The match's own thread and the seat's agent, their waits together. */
export const HARNESS_LIMITS: WaitLimits = { share: 0.05, leastUs: 5_000, usualUs: 2_000 };
/** An endpoint that computes on the same host. */
export const ENDPOINT_LIMITS: WaitLimits = { share: 0.1, leastUs: 3_000, usualUs: 1_000 };

/** A host that disturbed more than this share of a seat's decisions was busy: up to one in ten moves no median. */
export const DISTURBED_SHARE = 0.1;

/** The waits of a part of the way. Times in real microseconds. */
export interface PartWaits {
  /** In order of size. */
  us: number[];
  /** Decisions in which it waited for longer than its limit, and longer than what is usual. */
  disturbed: number;
  unusual: number;
}

/** One seat's decisions whose waits were measured. */
export interface Waits {
  measured: number;
  /** Decisions that either part disturbed. */
  disturbed: number;
  harness: PartWaits;
  endpoint: PartWaits;
}

/** Whether a part of the way waited so long that the match says nothing: in over a tenth of its decisions, or a little in most. */
export function isBusy({ us, disturbed, unusual }: PartWaits): boolean {
  return disturbed > DISTURBED_SHARE * us.length || unusual > us.length / 2;
}

/** The waits of one seat's decisions; of all seats' without one. @param speed the match's: a missed decision took its world limit at it */
export function waitsOf(events: readonly TraceEvent[], speed: number, seat?: number): Waits {
  const part = (): PartWaits => ({ us: [], disturbed: 0, unusual: 0 });
  const waits: Waits = { measured: 0, disturbed: 0, harness: part(), endpoint: part() };
  for (const event of events) {
    if (event.kind !== 'act' && event.kind !== 'reject' && event.kind !== 'miss') continue;
    if (event.wait === undefined || (seat !== undefined && event.seat !== seat)) continue;
    const realUs = event.kind === 'miss' ? event.latencyUs / speed : event.realUs;
    const { harnessUs, endpointUs } = event.wait;
    waits.measured++;
    const disturbs = [add(waits.harness, harnessUs, realUs, HARNESS_LIMITS)];
    if (endpointUs !== undefined) disturbs.push(add(waits.endpoint, endpointUs, realUs, ENDPOINT_LIMITS));
    if (disturbs.includes(true)) waits.disturbed++;
  }
  for (const { us } of [waits.harness, waits.endpoint]) us.sort((a, b) => a - b);
  return waits;
}

/** Counts one decision's wait. True when it disturbed the decision. */
function add(part: PartWaits, waitUs: number, realUs: number, { share, leastUs, usualUs }: WaitLimits): boolean {
  const isDisturbed = waitUs > Math.max(leastUs, realUs * share);
  part.us.push(waitUs);
  if (isDisturbed) part.disturbed++;
  if (waitUs > Math.max(usualUs, realUs * share)) part.unusual++;
  return isDisturbed;
}
