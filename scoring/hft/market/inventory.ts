/** The path of a seat's position in one symbol, exact: it changes at the seat's executions only. */
import type { Micros } from '../../../envs/environment.js';
import { signOf } from './profit.js';
import type { MarketExecution } from './record.js';

/** Positions in shares, weighted with the time for which they were held. */
export interface Inventory {
  longest: number;
  shortest: number;
  /** Means over the match's time: of the position, and of its size either way. */
  mean: number;
  meanSize: number;
  /** Share of the time without a position. */
  flatShare: number;
  /** Times the position went from long to short or back, with or without a stop at zero. */
  turns: number;
  /** Shares traded, both ways. */
  traded: number;
  /** Position just before the close's own trades. */
  beforeClose: number;
}

/** Inventory of one seat in one symbol from its executions there, over a match that ended at `endAt`. */
export function inventory(executions: readonly MarketExecution[], endAt: Micros): Inventory {
  const result: Inventory = { longest: 0, shortest: 0, mean: 0, meanSize: 0, flatShare: 1, turns: 0, traded: 0, beforeClose: 0 };
  let position = 0;
  let since = 0;
  let lastSign = 0;
  let flat = 0;
  const hold = (until: Micros): void => {
    const time = until - since;
    result.mean += position * time;
    result.meanSize += Math.abs(position) * time;
    if (position === 0) flat += time;
    since = until;
  };
  for (const execution of executions) {
    hold(execution.at);
    if (execution.at < endAt) result.beforeClose += signOf(execution) * execution.size;
    position += signOf(execution) * execution.size;
    result.traded += execution.size;
    result.longest = Math.max(result.longest, position);
    result.shortest = Math.min(result.shortest, position);
    const sign = Math.sign(position);
    if (sign !== 0 && lastSign !== 0 && sign !== lastSign) result.turns++;
    if (sign !== 0) lastSign = sign;
  }
  hold(endAt);
  if (endAt > 0) {
    result.mean /= endAt;
    result.meanSize /= endAt;
    result.flatShare = flat / endAt;
  }
  return result;
}
