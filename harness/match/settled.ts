/**
 * The latest settled decisions of a seat, for spectators who arrive in the middle. Numbers in fixed arrays: objects that stay would have the
 * garbage collector stop a match's ticks.
 */
import type { Micros } from '../../envs/environment.js';
import type { SeenDecision } from '../protocol/watching.js';

/** Decisions kept of a seat: more than a watching page shows. */
export const MOST_SETTLED = 128;
const OUTCOMES = ['act', 'reject', 'miss'] as const;

export class SettledDecisions {
  private readonly from = new Float64Array(MOST_SETTLED);
  private readonly at = new Float64Array(MOST_SETTLED);
  private readonly outcome = new Uint8Array(MOST_SETTLED);
  private count = 0;

  /** Keeps one; the oldest goes when there are too many. */
  add(from: Micros, at: Micros, outcome: SeenDecision['outcome']): void {
    const place = this.count++ % MOST_SETTLED;
    this.from[place] = from;
    this.at[place] = at;
    this.outcome[place] = OUTCOMES.indexOf(outcome);
  }

  /** Those kept, oldest first. */
  list(): SeenDecision[] {
    const kept = Math.min(this.count, MOST_SETTLED);
    return Array.from({ length: kept }, (_, i) => {
      const place = (this.count - kept + i) % MOST_SETTLED;
      return { from: this.from[place]!, at: this.at[place]!, outcome: OUTCOMES[this.outcome[place]!]! };
    });
  }
}
