/**
 * How much of a seat's play was lost on the way: answers that were no legal action, calls that failed, answers to a situation that was
 * gone, time in which nothing it had planned was done. Shares in [0, 1]; rejected decisions are the invalid and the failed together.
 */
import { decisionsOf, isPlay } from '../trace/decisions.js';
import type { PlayedSeat } from './latency.js';
import { clusteredShare } from '../statistics/shares.js';
import { NOT_MEASURED, type Estimate } from '../statistics/estimate.js';

/** A part and the whole it is a share of. */
export interface Part {
  count: number;
  of: number;
}

/** One match's rates; null where the task does not count such a thing, or a human had the seat: a human answers a stream, not observations. */
export interface SeatRates {
  /** Decisions that were answered with no legal action. What a world then refuses (an order over a limit) is the task's to tell. */
  invalid: Part | null;
  /** Decisions without an answer because the call failed: no connection, an error status, a stream that broke off, no budget. */
  failed: Part | null;
  /** Decisions without an answer within a time limit: the match's, or the one the agent set its model. */
  missed: Part | null;
  /** Landed answers before which what either side did had changed since the observation (`stale` of `plans` in the results). */
  stale: Part | null;
  /** Frames in which the seat was free to act and no plan of its own ran (`idle` of `liveFrames` in the results). */
  idle: Part | null;
}

/** The rates of one seat in one match, from the trace's events and results alone. */
export function seatRates({ trace, seat }: PlayedSeat): SeatRates {
  const figures = trace.footer?.results.seats[seat];
  const share = (count: number | undefined, of: number | undefined): Part | null =>
    count === undefined || of === undefined || trace.header.seats[seat]?.kind === 'human' ? null : { count, of };
  const decisions = decisionsOf(trace, seat);
  const failed = decisions.filter((decision) => !isPlay(decision)).length;
  const missed = decisions.filter(({ outcome, failure }) => outcome === 'miss' || failure === 'timeout').length;
  const rejected = decisions.filter(({ outcome }) => outcome === 'reject').length;
  const timedOut = decisions.filter(({ failure }) => failure === 'timeout').length;
  return {
    invalid: share(rejected - failed - timedOut, decisions.length),
    failed: share(failed, decisions.length),
    missed: share(missed, decisions.length),
    stale: share(figures?.stale, figures?.plans),
    idle: share(figures?.idle, figures?.liveFrames),
  };
}

/** A configuration's rates over matches, each the unit of sampling. */
export interface RateSummary {
  invalid: Estimate;
  failed: Estimate;
  stale: Estimate;
  idle: Estimate;
}

/** Rates over matches: shares of all answers, and of all frames. */
export function rateSummary(matches: readonly PlayedSeat[]): RateSummary {
  const rates = matches.map(seatRates);
  const parts = (key: keyof SeatRates): Part[] => rates.flatMap((each) => each[key] ?? []).filter(({ of }) => of > 0);
  const share = (key: keyof SeatRates): Estimate => {
    const all = parts(key);
    return all.length === 0 ? NOT_MEASURED : clusteredShare(all.map(({ count, of }) => ({ successes: count, trials: of })));
  };
  return {
    invalid: share('invalid'),
    failed: share('failed'),
    stale: share('stale'),
    idle: share('idle'),
  };
}
