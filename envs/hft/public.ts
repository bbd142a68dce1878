/**
 * What agents may know of a match's options. The prices of a replayed market are its future, so they are left out: an agent that
 * knew them would not have to judge the market at all.
 */
import type { Json } from '../environment.js';

/** A match's options without what is still to come: a replayed market keeps its name and loses its recording. */
export function publicOptions(options: unknown): Json {
  if (!isRecord(options)) return options as Json;
  const named: Record<string, unknown> = { ...options };
  if ('market' in options) named.market = publicMarket(options.market);
  if (Array.isArray(options.symbols))
    named.symbols = options.symbols.map((each: unknown) =>
      isRecord(each) && 'market' in each ? { ...each, market: publicMarket(each.market) } : each,
    );
  return named as Json;
}

/** Options for unscored calls before a match of this kind. They never show a replayed market's prices: the task's own market stands in for it. */
export function rehearsalOptions(options: unknown): unknown {
  if (!isRecord(options)) return options;
  const rest: Record<string, unknown> = { ...options };
  if (isReplayed(options.market)) delete rest.market;
  if (Array.isArray(options.symbols))
    rest.symbols = options.symbols.map((each: unknown) => {
      if (!isRecord(each) || !isReplayed(each.market)) return each;
      const { market: _market, ...named } = each;
      return named;
    });
  return rest;
}

/** Fields of a market that hold a recording. */
const RECORDED = ['bars', 'messages'] as const;

function isReplayed(market: unknown): market is Record<string, unknown> {
  return isRecord(market) && RECORDED.some((field) => field in market);
}

function publicMarket(market: unknown): unknown {
  if (!isReplayed(market)) return market;
  return Object.fromEntries(Object.entries(market).filter(([field]) => !(RECORDED as readonly string[]).includes(field)));
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
