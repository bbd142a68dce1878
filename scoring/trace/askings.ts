/** Whom a seat's agent asked in a match, and how many of those calls failed: its one model, each arm of an adaptive one, its planner. */
import { isPlay } from './decisions.js';
import type { FailureKind, TraceEvent } from './trace.js';

/** What tables call the calls of a planner beside a fast configuration. */
export const PLANNER = 'planner';

/** Calls of one of those who are asked. */
export interface Askings {
  /** An arm's name or `planner`; empty of a seat's decisions as a whole. */
  who: string;
  calls: number;
  /** Those that failed, a model's own slowness left out: see `isPlay`. */
  failures: FailureKind[];
  /** Failed calls at the end, one after another. */
  row: number;
  /** What the last failed one said. */
  reason?: string;
}

function add(askings: Askings, calls: number, failures: readonly FailureKind[], reason: string | undefined): void {
  const failed = failures.filter((failure) => !isPlay({ failure }));
  askings.calls += calls;
  askings.failures.push(...failed);
  askings.row = failed.length === calls ? askings.row + calls : failed.length;
  if (failed.length > 0) askings.reason = reason ?? failed.at(-1)!;
}

/**
 * A seat's calls by who was asked: the whole first, then its arms or its planner in order of their names. Decisions without an answer in time are
 * calls of the whole; which arm was asked then is not known. Only what an agent of ours says of itself should be looked at so.
 */
export function askingsOf(events: readonly TraceEvent[], seat: number): Askings[] {
  const fresh = (who: string): Askings => ({ who, calls: 0, failures: [], row: 0 });
  const whole = fresh('');
  const parts = new Map<string, Askings>();
  const part = (who: string): Askings => {
    const found = parts.get(who) ?? fresh(who);
    parts.set(who, found);
    return found;
  };
  for (const event of events) {
    if (event.seat !== seat || (event.kind !== 'act' && event.kind !== 'reject' && event.kind !== 'miss')) continue;
    const failures = event.kind === 'reject' && event.failure !== undefined ? [event.failure] : [];
    const reason = event.kind === 'reject' ? event.reason : undefined;
    add(whole, 1, failures, reason);
    if (event.kind === 'miss') continue;
    const { choice, planner } = event.telemetry ?? {};
    if (choice) add(part(choice.arm), 1, failures, reason);
    if (planner) add(part(PLANNER), planner.ended, planner.failures, planner.error);
  }
  return [whole, ...[...parts.values()].sort((a, b) => (a.who < b.who ? -1 : 1))];
}
