/** What a seat's play cost: its model's price times what a match used of it. What is not known has no cost, which is never 0. */
import { endOf } from '../trace/decisions.js';
import type { Estimate } from '../statistics/estimate.js';
import { NOT_MEASURED } from '../statistics/estimate.js';
import { meanInterval } from '../statistics/means.js';
import { ratioOfSums } from '../statistics/ratios.js';
import type { PlayedSeat } from './latency.js';

/** What a model is paid by, in US dollars, as it was on a day. */
export type Price = { date: string } & (
  { perHour: number } | { promptPerMillion: number; completionPerMillion: number; cachedPerMillion?: number }
);

/** A figure that one match does not give, and why. */
export interface Missing {
  missing: string;
}

export function isMissing(figure: number | object | Missing): figure is Missing {
  return typeof figure !== 'number' && 'missing' in figure;
}

/** Tokens that a seat's calls in a match used. */
export interface TokenCounts {
  prompt: number;
  cached: number;
  completion: number;
}

/** The tokens of all calls; missing as soon as one call's are not known. */
export function tokensOf({ trace, seat }: PlayedSeat): TokenCounts | Missing {
  const { kind } = trace.header.seats[seat]!;
  if (kind !== 'model') return { missing: `a ${kind} uses no tokens` };
  const sum: TokenCounts = { prompt: 0, cached: 0, completion: 0 };
  let [calls, untold] = [0, 0];
  for (const event of trace.events) {
    if (event.seat !== seat || (event.kind !== 'act' && event.kind !== 'reject' && event.kind !== 'miss')) continue;
    calls++;
    const { promptTokens, completionTokens, cachedTokens = 0 } = (event.kind === 'miss' ? undefined : event.telemetry) ?? {};
    if (promptTokens === undefined || completionTokens === undefined) {
      untold++;
      continue;
    }
    sum.prompt += promptTokens;
    sum.completion += completionTokens;
    sum.cached += cachedTokens;
  }
  if (calls === 0) return { missing: 'no call was made' };
  return untold > 0 ? { missing: `no token counts of ${untold} of ${calls} calls` } : sum;
}

/**
 * What a seat's match cost in US dollars. By the hour: the real time that its world took at its speed, since the server is held that long
 * whether it computes or not. By tokens: cached ones at their own price where there is one, else like all others.
 */
export function costUsd(match: PlayedSeat, price: Price | undefined): number | Missing {
  if (!price) return { missing: 'no price: its configuration names none' };
  if ('perHour' in price) return (price.perHour * endOf(match.trace)) / match.trace.header.speed / 3.6e9;
  const tokens = tokensOf(match);
  if ('missing' in tokens) return tokens;
  const { promptPerMillion, completionPerMillion, cachedPerMillion = promptPerMillion } = price;
  const fresh = Math.max(0, tokens.prompt - tokens.cached);
  return (fresh * promptPerMillion + tokens.cached * cachedPerMillion + tokens.completion * completionPerMillion) / 1e6;
}

/** One match's cost, and what it bought. */
export interface CostPart {
  usd: number;
  decisions: number;
  /** Won rounds, percents of yield: what the task counts as success; may be below 0. Absent where it counts none. */
  successes?: number;
}

/** Costs over matches, in US dollars, each match a unit of sampling. */
export interface CostSummary {
  match: Estimate;
  decision: Estimate;
  /** Of all cost, for each success. Not measured where there was none over all matches; without an upper end where that may be so. */
  success: Estimate;
}

export function costSummary(parts: readonly CostPart[]): CostSummary {
  const priced = parts.map(({ usd, decisions }) => ({ numerator: usd, denominator: decisions }));
  const counted = parts.flatMap(({ usd, successes }) => (successes === undefined ? [] : [{ numerator: usd, denominator: successes }]));
  return { match: meanInterval(parts.map(({ usd }) => usd)), decision: ratioOfSums(priced), success: perSuccess(counted) };
}

/**
 * Cost for each success by what it is the inverse of, successes for each dollar: successes may be near none, and a ratio over them has then
 * no interval of its own.
 */
function perSuccess(parts: readonly { numerator: number; denominator: number }[]): Estimate {
  const rate = ratioOfSums(parts.map(({ numerator, denominator }) => ({ numerator: denominator, denominator: numerator })));
  if (rate.value === null || rate.value <= 0) return { ...NOT_MEASURED, n: parts.length };
  const { low, high } = rate;
  return {
    value: 1 / rate.value,
    low: high === null ? null : 1 / high,
    high: low === null || low <= 0 ? null : 1 / low,
    n: rate.n,
  };
}
