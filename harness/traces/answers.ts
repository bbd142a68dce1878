/** The finished decisions of a match as people read them: when each was asked and answered, what was said, what was understood, what came of it. */
import type { AnyTask, Micros } from '../../envs/environment.js';
import { decisionsOf } from '../../scoring/trace/decisions.js';
import type { FailureKind, Trace } from '../../scoring/trace/trace.js';
import type { ThinkingSpan } from './thinking.js';

/** What became of a decision; `refused`: it was read, and the world did not take it. */
export type Outcome = 'landed' | 'refused' | 'rejected' | 'missed';

/** One decision. World time. */
export interface ReadDecision {
  seat: number;
  from: Micros;
  at: Micros;
  latencyUs: Micros;
  outcome: Outcome;
  /** It landed in a situation that had changed since it was asked, where the task says so. */
  isStale: boolean;
  /** The action that was understood, in the task's own words; null where there was none. */
  action: string | null;
  /** The model's own words, as far as the trace keeps them; null of who does not tell them. */
  answer: string | null;
  /** Why nothing landed. */
  why: string | null;
  /** The model call itself failed: there was no answer to judge. */
  failure: FailureKind | null;
  /** Stamps of the call on the agent's own clock, real microseconds since the observation came, and its tokens; as told by the agent. */
  call: { firstTokenUs?: number; lastTokenUs?: number; promptTokens?: number; completionTokens?: number };
}

/**
 * Every finished decision of every seat, in the order in which they ended.
 * @param spans the same decisions by seat, marked where stale (`markStale`); their order is that of the trace
 */
export function readDecisions(trace: Trace, task: AnyTask, spans: readonly (readonly ThinkingSpan[])[]): ReadDecision[] {
  const all = trace.header.seats.flatMap((_, seat) => {
    const stale = new Set((spans[seat] ?? []).filter((span) => span.stale === true).map(({ from }) => from));
    return decisionsOf(trace, seat).map((decision): ReadDecision & { order: number } => {
      const event = trace.events[decision.landedIndex]!;
      const telemetry = event.kind === 'act' || event.kind === 'reject' ? event.telemetry : undefined;
      const { firstTokenUs, lastTokenUs, promptTokens, completionTokens } = telemetry ?? {};
      const isRefused = event.kind === 'act' && !event.landing.accepted;
      return {
        seat,
        from: decision.observedAt,
        at: decision.landedAt,
        latencyUs: decision.latencyUs,
        outcome: isRefused ? 'refused' : ({ act: 'landed', reject: 'rejected', miss: 'missed' } as const)[decision.outcome],
        isStale: decision.outcome === 'act' && stale.has(decision.observedAt),
        action: event.kind === 'act' ? task.write(event.action) : null,
        answer: telemetry?.answer ?? null,
        why: event.kind === 'reject' ? event.reason : event.kind === 'act' && isRefused ? (event.landing.reason ?? null) : null,
        failure: decision.failure ?? null,
        call: {
          ...(firstTokenUs === undefined ? {} : { firstTokenUs }),
          ...(lastTokenUs === undefined ? {} : { lastTokenUs }),
          ...(promptTokens === undefined ? {} : { promptTokens }),
          ...(completionTokens === undefined ? {} : { completionTokens }),
        },
        order: decision.landedIndex,
      };
    });
  });
  return all.sort((a, b) => a.order - b.order).map(({ order: _, ...decision }) => decision);
}
