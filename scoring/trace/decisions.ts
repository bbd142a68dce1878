/**
 * What a seat did, decision by decision: each observation joined with what became of it. Read from the events alone, without playing the
 * world again, so latencies and rates are cheap.
 */
import type { Action, Json, Micros } from '../../envs/environment.js';
import type { FailureKind, Trace, TraceEvent } from './trace.js';

/** One decision of a seat. `action` is present when it landed; a rejected or missed one left the standing order in place. */
export interface Decision {
  seat: number;
  seq: number;
  /** World time of the observation's intended publishing. */
  observedAt: Micros;
  /** World time at which the answer landed, was rejected or was given up. */
  landedAt: Micros;
  latencyUs: Micros;
  /** What it took on the server's clock, real microseconds, without added delay; absent for a miss. */
  realUs?: number;
  outcome: 'act' | 'reject' | 'miss';
  action?: Action<Json>;
  /** Why the model call failed (outcome `reject`); absent when there was an answer to judge. */
  failure?: FailureKind;
  /** The answer that was rejected had no text at all, by the word of whoever gave it. */
  isEmpty?: true;
  /** Positions in the trace's events of the observation and of its outcome. */
  observedIndex: number;
  landedIndex: number;
}

type Outcome = Extract<TraceEvent, { kind: 'act' | 'reject' | 'miss' }>;

/** All finished decisions of one seat, in order. An observation without an outcome (the match ended first) is left out. */
export function decisionsOf(trace: { events: readonly TraceEvent[] }, seat: number): Decision[] {
  const open = new Map<number, { at: Micros; index: number }>();
  const decisions: Decision[] = [];
  trace.events.forEach((event, index) => {
    if (event.seat !== seat) return;
    if (event.kind === 'observe') open.set(event.seq, { at: event.at, index });
    if (event.kind !== 'act' && event.kind !== 'reject' && event.kind !== 'miss') return;
    const observed = open.get(event.seq);
    if (!observed) return;
    open.delete(event.seq);
    decisions.push(joined(event, index, observed));
  });
  return decisions;
}

function joined(event: Outcome, index: number, observed: { at: Micros; index: number }): Decision {
  const { seat, seq, kind: outcome, at: landedAt, latencyUs } = event;
  const decision: Decision = {
    seat,
    seq,
    observedAt: observed.at,
    landedAt,
    latencyUs,
    outcome,
    observedIndex: observed.index,
    landedIndex: index,
  };
  if (event.kind !== 'miss') decision.realUs = event.realUs;
  if (event.kind === 'act') decision.action = event.action;
  if (event.kind === 'reject' && event.failure !== undefined) decision.failure = event.failure;
  if (event.kind === 'reject' && event.failure === undefined && event.telemetry?.answer === '') decision.isEmpty = true;
  return decision;
}

/**
 * Whether a decision says something about who was asked. A call that failed does not: a server that refuses is neither fast nor bad. A
 * model that took longer than its own limit does: it was slower than that.
 */
export function isPlay({ failure }: Pick<Decision, 'failure'>): boolean {
  return failure === undefined || failure === 'timeout';
}

/** Whether whoever was asked said anything, playable or not: no call that failed or ran out of time, no empty answer, and no observation that was missed. */
export function isAnswered({ outcome, failure, isEmpty }: Pick<Decision, 'outcome' | 'failure' | 'isEmpty'>): boolean {
  return outcome !== 'miss' && failure === undefined && isEmpty !== true;
}

/** World time at which the match ended: the footer's word, or the last event's for a trace that was cut off. */
export function endOf(trace: Trace): Micros {
  return trace.footer?.results.endedAt ?? trace.events.reduce((latest, event) => Math.max(latest, event.at), 0);
}
