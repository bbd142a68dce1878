/** Each seat's decisions as spans of world time, and from them what a watcher saw of its thinking at any moment. */
import type { AnyTask, Micros } from '../../envs/environment.js';
import { saidText } from '../../scoring/trace/said.js';
import type { Trace } from '../../scoring/trace/trace.js';
import type { Thinking } from '../protocol/watching.js';

/** One decision: pushed `from`, settled `at` (Infinity: the record ends before). */
export interface ThinkingSpan {
  from: Micros;
  at: Micros;
  outcome: 'act' | 'reject' | 'miss' | null;
  /** What was said, in the task's own words or the agent's. */
  text: string | null;
  /** It landed in a situation that had changed since it was asked, where the task says so. */
  stale?: boolean;
}

/** A trace's decisions by seat, in order. */
export function thinkingSpans(trace: Trace, task: AnyTask): ThinkingSpan[][] {
  const spans = trace.header.seats.map((): ThinkingSpan[] => []);
  for (const event of trace.events) {
    const list = event.seat === undefined ? undefined : spans[event.seat];
    if (!list) continue;
    if (event.kind === 'observe') list.push({ from: event.at, at: Infinity, outcome: null, text: null });
    if (event.kind !== 'act' && event.kind !== 'reject' && event.kind !== 'miss') continue;
    const span = list.at(-1);
    if (!span || span.outcome !== null) continue;
    span.at = event.at;
    span.outcome = event.kind;
    if (event.kind === 'act') span.text = saidText(event.telemetry, task.write(event.action));
    if (event.kind === 'reject') span.text = saidText(event.telemetry, event.reason);
  }
  return spans;
}

/** How many of a seat's decisions were pushed at or before `at`. */
export function spansBefore(spans: readonly ThinkingSpan[], at: Micros): number {
  let low = 0;
  for (let high = spans.length; low < high;) {
    const middle = (low + high) >> 1;
    if (spans[middle]!.from <= at) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** What a watcher sees of a seat at a moment. */
export function thinkingAt(spans: readonly ThinkingSpan[], at: Micros): Thinking {
  const count = spansBefore(spans, at);
  const newest = spans[count - 1];
  const settled = newest && newest.at <= at ? newest : spans[count - 2];
  return {
    since: newest && newest.at > at ? newest.from : null,
    lastLatencyUs: settled ? settled.at - settled.from : null,
    lastOutcome: settled?.outcome ?? null,
    lastAnswer: settled?.text ?? null,
  };
}
