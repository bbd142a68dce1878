/**
 * What a match asked of whoever serves its model: how long prompts and answers were, how much of a prompt the server had computed before, how soon
 * the first token came, and for how much of the match nothing was asked. What those need who choose a server or plan hardware.
 */
import type { Estimate } from '../statistics/estimate.js';
import { ratioOfSums, type RatioPart } from '../statistics/ratios.js';
import { decisionsOf, endOf } from '../trace/decisions.js';
import type { Trace } from '../trace/trace.js';

/** Sums of one match. Calls that brought no answer and those whose tokens nobody counted are in none of the first four. */
export interface MatchWorkload {
  calls: number;
  promptTokens: number;
  cachedTokens: number;
  answerTokens: number;
  /** Real microseconds from request to first token, and of how many calls. */
  firstTokenUs: number;
  timedCalls: number;
  /** World microseconds in which a decision was open, and of the match. */
  openUs: number;
  lengthUs: number;
}

/** The workload of a seat in a match; null where its agent told no tokens at all. */
export function workloadOf(trace: Trace, seat: number): MatchWorkload | null {
  const sum = { calls: 0, promptTokens: 0, cachedTokens: 0, answerTokens: 0, firstTokenUs: 0, timedCalls: 0 };
  for (const event of trace.events) {
    if (event.seat !== seat || (event.kind !== 'act' && event.kind !== 'reject')) continue;
    const { promptTokens, cachedTokens = 0, completionTokens, requestUs, firstTokenUs } = event.telemetry ?? {};
    if (promptTokens !== undefined && completionTokens !== undefined) {
      sum.calls++;
      sum.promptTokens += promptTokens;
      sum.cachedTokens += Math.min(cachedTokens, promptTokens);
      sum.answerTokens += completionTokens;
    }
    if (firstTokenUs !== undefined && requestUs !== undefined && firstTokenUs >= requestUs) {
      sum.firstTokenUs += firstTokenUs - requestUs;
      sum.timedCalls++;
    }
  }
  if (sum.calls === 0) return null;
  const openUs = decisionsOf(trace, seat).reduce((total, { latencyUs }) => total + latencyUs, 0);
  const lengthUs = endOf(trace);
  return { ...sum, openUs: Math.min(openUs, lengthUs), lengthUs };
}

/** A configuration's workload, with 95 % intervals over its matches. */
export interface Workload {
  /** Tokens a call. */
  promptTokens: Estimate;
  answerTokens: Estimate;
  /** Share of prompt tokens that the server had in its cache, as it told. */
  reuse: Estimate;
  /** Real microseconds from request to first token, mean over calls. */
  firstTokenUs: Estimate;
  /** Share of the match in which no decision was open. */
  idle: Estimate;
  calls: number;
}

const SHARE = { range: { low: 0, high: 1 } };

/** @param matches of one configuration; undefined where there are none */
export function workload(matches: readonly MatchWorkload[]): Workload | undefined {
  if (matches.length === 0) return undefined;
  const parts = (numerator: (match: MatchWorkload) => number, denominator: (match: MatchWorkload) => number): RatioPart[] =>
    matches.map((match) => ({ numerator: numerator(match), denominator: denominator(match) })).filter((part) => part.denominator > 0);
  return {
    promptTokens: ratioOfSums(parts(({ promptTokens }) => promptTokens, ({ calls }) => calls)), // prettier-ignore
    answerTokens: ratioOfSums(parts(({ answerTokens }) => answerTokens, ({ calls }) => calls)), // prettier-ignore
    reuse: ratioOfSums(parts(({ cachedTokens }) => cachedTokens, ({ promptTokens }) => promptTokens), SHARE), // prettier-ignore
    firstTokenUs: ratioOfSums(parts(({ firstTokenUs }) => firstTokenUs, ({ timedCalls }) => timedCalls)), // prettier-ignore
    idle: ratioOfSums(parts(({ lengthUs, openUs }) => lengthUs - openUs, ({ lengthUs }) => lengthUs), SHARE), // prettier-ignore
    calls: matches.reduce((sum, { calls }) => sum + calls, 0),
  };
}
