/**
 * What an outage cost that was injected into matches (scoring/trace/outage.ts): how long the seat was without an answered decision, how many decisions
 * brought nothing meanwhile, and how much less was earned than on the same seeds undisturbed. Matches with an outage are in no other figure.
 */
import type { AnyTask, Micros } from '../../envs/environment.js';
import { bySeed, shownRange } from '../reward/reward.js';
import { scaled, type Estimate } from '../statistics/estimate.js';
import { meanInterval } from '../statistics/means.js';
import { pairedDifference } from '../statistics/pairing.js';
import { decisionsOf, endOf, isAnswered } from '../trace/decisions.js';
import { outageOf } from '../trace/outage.js';
import type { Trace } from '../trace/trace.js';
import type { PlayedSeat } from './latency.js';
import { counts } from './summary.js';

/** One match with an outage. */
export interface MatchRecovery {
  /**
   * World time from the endpoint's going until the first answer landed to an observation that was pushed afterwards: `playable` or not, it is heard from
   * again. Where none came, until the match's end.
   */
  recoveryUs: Micros;
  /** None came before the match ended: it took longer than `recoveryUs`. */
  isCensored: boolean;
  /** Decisions that were open in that time and brought no answer. How many depends on how quickly a call fails, since a new one follows. */
  lost: number;
  /** Real microseconds until the endpoint could be called again; null where it could not before the match's end. */
  downRealUs: number | null;
}

/** What an outage came to in a match; null where none came. */
export function recoveryOf(trace: Trace, seat: number): MatchRecovery | null {
  const span = outageOf(trace.events, trace.header.seats[seat], seat);
  if (!span) return null;
  const decisions = decisionsOf(trace, seat);
  const first = decisions.find((decision) => decision.observedAt >= span.downAt && isAnswered(decision));
  const untilAt = first?.landedAt ?? endOf(trace);
  const open = decisions.filter(({ observedAt, landedAt }) => landedAt >= span.downAt && observedAt < untilAt);
  return {
    recoveryUs: untilAt - span.downAt,
    isCensored: first === undefined,
    lost: open.filter((decision) => !isAnswered(decision)).length,
    downRealUs: span.downRealUs,
  };
}

/** A configuration's recovery, with 95 % intervals over its matches (none where there are two or fewer). */
export interface Recovery {
  /** World microseconds; a lower bound where some match ended before an answer came. */
  recoveryUs: Estimate;
  /** Real microseconds until the endpoint could be called again; a lower bound where some match ended before. */
  downRealUs: Estimate;
  /** Decisions a match; a lower bound likewise. */
  lost: Estimate;
  /** Reward of the undisturbed match on the same seed less that of the disturbed one, in the task's shown unit, over the pairs there are. */
  rewardLost: Estimate;
  /** Matches that count and in which the outage came, those of them that ended before an answer came, and those that ended before the outage. */
  matches: number;
  unrecovered: number;
  spared: number;
  /** Matches with an outage that do not count. */
  voided: number;
}

/** @param disturbed matches with an outage, of one configuration @param undisturbed its others; only those that count are taken of both */
export function recovery(
  task: Pick<AnyTask, 'reward' | 'parseOptions'>,
  disturbed: readonly PlayedSeat[],
  undisturbed: readonly PlayedSeat[],
): Recovery {
  const counting = disturbed.filter(({ trace }) => counts(trace));
  const hit = counting.flatMap((match) => {
    const own = recoveryOf(match.trace, match.seat);
    return own ? [{ match, own }] : [];
  });
  const unrecovered = hit.filter(({ own }) => own.isCensored).length;
  const took = meanOf(hit.map(({ own }) => own.recoveryUs));
  const others = undisturbed.filter(({ trace }) => counts(trace));
  const matches = hit.map(({ match }) => match);
  const range = shownRange(task, [...matches, ...others]);
  return {
    recoveryUs: lowerBound(took, unrecovered > 0),
    // Where it was not back before the end it was away for longer than others: a mean without these is too good.
    downRealUs: lowerBound(
      meanOf(hit.flatMap(({ own }) => own.downRealUs ?? [])),
      hit.some(({ own }) => own.downRealUs === null),
    ),
    lost: lowerBound(meanOf(hit.map(({ own }) => own.lost)), unrecovered > 0),
    rewardLost: pairedDifference(bySeed(task, others), bySeed(task, matches), { range }),
    matches: hit.length,
    unrecovered,
    spared: counting.length - hit.length,
    voided: disturbed.length - counting.length,
  };
}

/** An estimate that is told as a lower bound where it is one. */
function lowerBound(estimate: Estimate, isOne: boolean): Estimate {
  return isOne ? { ...estimate, high: null, atLeast: true } : estimate;
}

/** Mean of times or counts, of which none is below nought; values that are all the same tell no interval. */
function meanOf(values: readonly number[]): Estimate {
  const estimate = meanInterval(values, { range: { low: 0, high: Infinity } });
  return { ...estimate, low: estimate.low === null ? null : Math.max(0, estimate.low) };
}

/** The figures under their keys among a row's in `summary.json`, in its units. */
export function recoveryFigures({ recoveryUs, downRealUs, lost, rewardLost }: Recovery): Record<RecoveryKey, Estimate> {
  return {
    recoveryMs: scaled(recoveryUs, 1e-3),
    outageRealMs: scaled(downRealUs, 1e-3),
    decisionsLost: lost,
    rewardLost,
  };
}

export const RECOVERY_KEYS = ['recoveryMs', 'outageRealMs', 'decisionsLost', 'rewardLost'] as const;
export type RecoveryKey = (typeof RECOVERY_KEYS)[number];
