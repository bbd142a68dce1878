/** The energy that the hosts of a match took while it ran, as their counters told. */
import type { TraceEvent } from './trace.js';

/** Microjoules of all counters together, and the real microseconds in which they were taken. */
export interface MatchEnergy {
  uj: number;
  realUs: number;
}

/** Null where a host of the match did not tell the whole: a match that went on elsewhere has had several. */
export function energyOf(events: readonly TraceEvent[]): MatchEnergy | null {
  const sum = { uj: 0, realUs: 0 };
  let isTold = false;
  for (const event of events) {
    if (event.kind === 'energy') {
      const taken = Object.values(event.uj);
      if (taken.length === 0) return null;
      isTold = true;
      sum.realUs += event.realUs;
      sum.uj += taken.reduce((total, each) => total + each, 0);
    } else if (event.kind === 'moved') {
      if (!isTold) return null;
      isTold = false;
    }
  }
  return isTold ? sum : null;
}
