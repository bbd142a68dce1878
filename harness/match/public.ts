/** What others than the record may know of a match's options: replayed prices are the future, and an agent that read them would not trade on the market but on the answer. */
import type { Json } from '../../envs/environment.js';

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

/** What spectators see of the options while a match runs: plain numbers and words. What the world is made of is an object, and stays out. */
export function shownOptions(options: unknown): Json {
  if (!isRecord(options)) return {};
  return Object.fromEntries(Object.entries(options).filter(([, value]) => typeof value !== 'object')) as Json;
}

/** Options for a rehearsal of the same kind of match: on a replayed market's own prices none may be had, so it is one of the task's own. */
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
