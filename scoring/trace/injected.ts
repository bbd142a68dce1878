/**
 * Latency that a seat is given on top of what its wire and its model really cost: as a model for each of the three legs of a decision.
 * What is named here is injected, and every table, trace and page says so by `injectedText`.
 */
import type { Micros } from '../../envs/environment.js';

/** One leg's delay in world time, drawn anew for every observation. A leg without a model adds nothing. */
export type LatencyModel =
  | { kind: 'constant'; us: Micros }
  /** `baseUs` and a heavy-tailed jitter on top, whose median is `jitterUs` (lognormal with sigma 1, by a table). */
  | { kind: 'jittered'; baseUs: Micros; jitterUs: Micros }
  /** One a decision, in order, and again from the first when all were used. */
  | { kind: 'recorded'; us: Micros[] };

/** feed: publishing moment to observation sent; entry: answer arrived to action landed; response: landed to receipt sent. */
export interface SeatLatency {
  feed?: LatencyModel;
  entry?: LatencyModel;
  response?: LatencyModel;
}

/** The legs in the order in which a decision passes them. */
export const LATENCY_LEGS = ['feed', 'entry', 'response'] as const;

/** A seat's models in a few words, `feed 2 ms, entry 1 ms + jitter 3 ms`; empty when there are none. */
export function injectedText(latency: SeatLatency | undefined): string {
  if (!latency) return '';
  return LATENCY_LEGS.flatMap((leg) => {
    const model = latency[leg];
    return model ? [`${leg} ${modelText(model)}`] : [];
  }).join(', ');
}

function modelText(model: LatencyModel): string {
  if (model.kind === 'constant') return ms(model.us);
  if (model.kind === 'jittered') return `${model.baseUs > 0 ? `${ms(model.baseUs)} + ` : ''}jitter ${ms(model.jitterUs)}`;
  const sorted = [...model.us].sort((a, b) => a - b);
  return `${model.us.length} recorded, median ${ms(sorted[Math.floor((sorted.length - 1) / 2)]!)}`;
}

function ms(us: Micros): string {
  return `${Number((us / 1000).toFixed(3))} ms`;
}
