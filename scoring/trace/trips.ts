/**
 * The way to a seat's agent elsewhere, as its match measured it: round trips, how steady they were, and how far its clock is from the match's. An agent
 * can answer as late as it likes, and say of its clock what it likes; so this stands beside a latency and is taken off none.
 */
import type { TraceEvent } from './trace.js';

/** Round trips in real microseconds. Those that never came back are longer than all others, so a quantile that falls among them is null. */
export interface Trips {
  /** That came back. */
  count: number;
  lost: number;
  leastUs: number;
  p50Us: number | null;
  p90Us: number | null;
  /** Packet delay variation (RFC 5481, 4.2) at 90 %: how much longer than the least all but a tenth of the round trips took at most. */
  jitterUs: number | null;
  /**
   * By how much the agent's date is ahead of the match's, where it told it: by the message that was least long on its way (Mills, RFC 5905: minimum
   * delay), which took something between nothing and the least round trip.
   */
  clock?: { aheadUs: number; withinUs: number };
}

/** Fewer round trips than this tell nothing of a tenth of them. */
export const LEAST_TRIPS = 10;

/** The round trips to a seat's agent; null where none came back. */
export function tripsOf(events: readonly TraceEvent[], seat: number): Trips | null {
  const told = events.flatMap((event) => (event.kind === 'trips' && event.seat === seat ? [event] : []));
  const sorted = told.flatMap(({ us }) => us).sort((a, b) => a - b);
  if (sorted.length === 0) return null;
  const lost = told.reduce((sum, event) => sum + (event.lost ?? 0), 0);
  const rank = (share: number): number | null => sorted[Math.max(0, Math.ceil(share * (sorted.length + lost)) - 1)] ?? null;
  const leastUs = sorted[0]!;
  const ahead = told.flatMap(({ aheadUs = [] }) => aheadUs);
  // A message on its way makes the clock that it tells of look behind: the least so is the nearest to the truth.
  const clock =
    ahead.length === 0 ? {} : { clock: { aheadUs: Math.round(Math.max(...ahead) + leastUs / 2), withinUs: Math.round(leastUs / 2) } };
  const p90Us = rank(0.9);
  return { count: sorted.length, lost, leastUs, p50Us: rank(0.5), p90Us, jitterUs: p90Us === null ? null : p90Us - leastUs, ...clock };
}
