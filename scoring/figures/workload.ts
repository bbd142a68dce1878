/**
 * What a match asked of whoever serves its model: how long prompts and answers were, how much of a prompt the server had computed before, how soon
 * the first token came, for how much of the match nothing was asked, and what energy the match's host took. What those need who choose a server
 * or plan hardware.
 */
import { scaled, type Estimate } from '../statistics/estimate.js';
import { ratioOfSums, type RatioPart } from '../statistics/ratios.js';
import { decisionsOf, endOf } from '../trace/decisions.js';
import { energyOf, type MatchEnergy } from '../trace/energy.js';
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
  /** The same of the calls after a change of context. */
  changedFirstTokenUs: number;
  changedCalls: number;
  /** World microseconds in which a decision was open, and of the match. */
  openUs: number;
  lengthUs: number;
  decisions: number;
  /** Of the match's host, all that ran there; null where it was not shown. */
  energy: MatchEnergy | null;
}

/** The context changed where the server says that it had less than this share of the prompt: it computes the greater part anew. */
const KNOWN_CONTEXT = 0.5;

/** The workload of a seat in a match; null where its agent told no tokens at all. */
export function workloadOf(trace: Trace, seat: number): MatchWorkload | null {
  const sum = {
    calls: 0,
    promptTokens: 0,
    cachedTokens: 0,
    answerTokens: 0,
    firstTokenUs: 0,
    timedCalls: 0,
    changedFirstTokenUs: 0,
    changedCalls: 0,
  };
  for (const event of trace.events) {
    if (event.seat !== seat || (event.kind !== 'act' && event.kind !== 'reject')) continue;
    const { promptTokens, cachedTokens, completionTokens, requestUs, firstTokenUs } = event.telemetry ?? {};
    if (promptTokens !== undefined && completionTokens !== undefined) {
      sum.calls++;
      sum.promptTokens += promptTokens;
      sum.cachedTokens += Math.min(cachedTokens ?? 0, promptTokens);
      sum.answerTokens += completionTokens;
    }
    if (firstTokenUs !== undefined && requestUs !== undefined && firstTokenUs >= requestUs) {
      sum.firstTokenUs += firstTokenUs - requestUs;
      sum.timedCalls++;
      if (promptTokens !== undefined && cachedTokens !== undefined && cachedTokens < KNOWN_CONTEXT * promptTokens) {
        sum.changedFirstTokenUs += firstTokenUs - requestUs;
        sum.changedCalls++;
      }
    }
  }
  if (sum.calls === 0) return null;
  const decisions = decisionsOf(trace, seat);
  const openUs = decisions.reduce((total, { latencyUs }) => total + latencyUs, 0);
  const lengthUs = endOf(trace);
  return { ...sum, openUs: Math.min(openUs, lengthUs), lengthUs, decisions: decisions.length, energy: energyOf(trace.events) };
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
  /** The same over the calls after a change of context: less than half of the prompt was in the server's cache, as it told. */
  changedFirstTokenUs: Estimate;
  /** Share of the match in which no decision was open. */
  idle: Estimate;
  /** Mean power of the host's processors while the match ran, in watts, and the energy of a match and of a decision, in joules. */
  powerWatts: Estimate;
  matchJoules: Estimate;
  decisionJoules: Estimate;
  calls: number;
}

const SHARE = { range: { low: 0, high: 1 } };

/** @param matches of one configuration; undefined where there are none */
export function workload(matches: readonly MatchWorkload[]): Workload | undefined {
  if (matches.length === 0) return undefined;
  const parts = (numerator: (match: MatchWorkload) => number, denominator: (match: MatchWorkload) => number): RatioPart[] =>
    matches.map((match) => ({ numerator: numerator(match), denominator: denominator(match) })).filter((part) => part.denominator > 0);
  const energyParts = (per: (energy: MatchEnergy, match: MatchWorkload) => number): RatioPart[] =>
    matches
      .flatMap((match) => (match.energy ? [{ numerator: match.energy.uj, denominator: per(match.energy, match) }] : []))
      .filter((part) => part.denominator > 0);
  return {
    promptTokens: ratioOfSums(parts(({ promptTokens }) => promptTokens, ({ calls }) => calls)), // prettier-ignore
    answerTokens: ratioOfSums(parts(({ answerTokens }) => answerTokens, ({ calls }) => calls)), // prettier-ignore
    reuse: ratioOfSums(parts(({ cachedTokens }) => cachedTokens, ({ promptTokens }) => promptTokens), SHARE), // prettier-ignore
    firstTokenUs: ratioOfSums(parts(({ firstTokenUs }) => firstTokenUs, ({ timedCalls }) => timedCalls)), // prettier-ignore
    changedFirstTokenUs: ratioOfSums(parts(({ changedFirstTokenUs }) => changedFirstTokenUs, ({ changedCalls }) => changedCalls)), // prettier-ignore
    idle: ratioOfSums(parts(({ lengthUs, openUs }) => lengthUs - openUs, ({ lengthUs }) => lengthUs), SHARE), // prettier-ignore
    // Microjoules a microsecond are watts.
    powerWatts: fromZero(ratioOfSums(energyParts(({ realUs }) => realUs))),
    matchJoules: fromZero(scaled(ratioOfSums(energyParts(() => 1)), 1e-6)),
    decisionJoules: fromZero(scaled(ratioOfSums(energyParts((_, { decisions }) => decisions)), 1e-6)),
    calls: matches.reduce((sum, { calls }) => sum + calls, 0),
  };
}

/** No energy is below nothing, so neither is the end of its interval. */
function fromZero(estimate: Estimate): Estimate {
  return { ...estimate, low: estimate.low === null ? null : Math.max(0, estimate.low) };
}
