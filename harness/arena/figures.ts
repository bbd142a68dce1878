/** What one agent did in one match: latency as everywhere in Tickbench, and the round trips beside it. */
import { latencyPart, worldLatency } from '../../scoring/figures/latency.js';
import { quantile } from '../../scoring/statistics/quantiles.js';
import { decisionsOf } from '../../scoring/trace/decisions.js';
import type { Trace } from '../../scoring/trace/trace.js';
import type { AgentFigures } from './order.js';

/** @param roundTripsUs as they were measured during this match, real microseconds */
export function figuresOf(trace: Trace, seat: number, roundTripsUs: readonly number[]): AgentFigures {
  const decisions = decisionsOf(trace, seat);
  const samples = decisions.map(worldLatency);
  const { numerator, denominator } = latencyPart(trace.header.seed, samples);
  const landed = samples.flatMap(({ us, censored }) => (censored ? [] : [us])).sort(ascending);
  const trips = [...roundTripsUs].sort(ascending);
  const count = (outcome: string): number => decisions.filter((decision) => decision.outcome === outcome).length;
  return {
    decisions: decisions.length,
    acts: denominator,
    rejected: count('reject'),
    missed: count('miss'),
    waitedUs: numerator,
    p50Us: landed.length === 0 ? null : quantile(landed, 0.5),
    p90Us: landed.length === 0 ? null : quantile(landed, 0.9),
    roundTrip: trips.length === 0 ? null : { medianUs: quantile(trips, 0.5), leastUs: trips[0]!, count: trips.length },
  };
}

function ascending(a: number, b: number): number {
  return a - b;
}
