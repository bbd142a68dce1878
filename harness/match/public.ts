/** What others than the record may know of a match's options: replayed prices are the future, and an agent that read them would not trade on the market but on the answer. */
import type { Json } from '../../envs/environment.js';

/** A match's options without what is still to come: a replayed market keeps its name and loses its bars. */
export function publicOptions(options: unknown): Json {
  if (!isRecord(options)) return options as Json;
  const { market } = options;
  if (!isRecord(market) || !('bars' in market)) return options as Json;
  const { bars: _bars, ...named } = market;
  return { ...options, market: named } as Json;
}

/** Options for a rehearsal of the same kind of match: on a replayed market's own prices none may be had, so it is one of the task's own. */
export function rehearsalOptions(options: unknown): unknown {
  if (!isRecord(options) || !isRecord(options.market) || !('bars' in options.market)) return options;
  const { market: _market, ...rest } = options;
  return rest;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
