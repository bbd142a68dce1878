/** What an answer may hold, written once: the prompt's list, the writer, the schema and both readers' refusals come from here. */
import { z } from 'zod';
import { OptionsError, type Action, type Json } from '../../environment.js';
import { problems } from '../options.js';
import { SYMBOL } from './options.js';
import { FIRST_SYMBOL, type PaperPlan } from './state.js';
import { STANDING_ORDERS } from './world.js';

/** Most entries for symbols in one answer, and most shares of one: a sale of more than is held sells all. */
export const MAX_SYMBOLS = 8;
export const MAX_SHARES = 1_000_000_000;

/** What a rejection names as accepted, by reader. */
export const ACCEPTED = {
  json: `one JSON object of whole shares by symbol, such as {"AMZN": 5, "NVDA": -3}, or {}`,
  line: 'hold; or buy N of SYMBOL, sell N of SYMBOL, joined by commas, closed by ;',
} as const;

/** The list for `{{actions}}`. */
export function actionsText(): string {
  return [
    '{"SYMBOL": N, ...} - whole shares to buy (N above 0) or to sell (N below 0) of each symbol you want to trade; {} trades nothing',
    'or in words: hold; - trades nothing',
    'buy N of SYMBOL; sell N of SYMBOL; - several joined by commas: buy 5 of AMZN, sell 3 of NVDA; (without "of SYMBOL": the first symbol)',
  ].join('\n');
}

/**
 * Shares by symbol from what was read. Zeros are dropped: they trade nothing. What is not read as strictly as it might be is what the
 * published reader trades: a fraction of a share is cut off towards zero, a number may stand in quotes, and an entry that names no symbol
 * is passed over, unless there is no other. Never throws: a string says what is wrong.
 */
export function planOf(orders: readonly (readonly [string, unknown])[], accepted: string): PaperPlan | string {
  const plan: PaperPlan = {};
  const seen = new Set<string>();
  for (const [found, said] of orders) {
    const symbol = found.toUpperCase();
    const number = typeof said === 'string' && /^\s*[+-]?\d+\s*$/.test(said) ? Number(said) : said;
    if (symbol !== FIRST_SYMBOL && !SYMBOL.test(symbol)) continue;
    // A word in small letters with something else than a number is a remark.
    if (typeof number !== 'number' && !SYMBOL.test(found) && found !== FIRST_SYMBOL) continue;
    if (seen.has(symbol)) return `two orders for ${symbol === FIRST_SYMBOL ? 'the first symbol' : symbol}; one for each is accepted`;
    const shares = typeof number === 'number' ? towardsZero(number) : NaN;
    if (!(Math.abs(shares) <= MAX_SHARES))
      return `"${found}": found ${(JSON.stringify(said) ?? 'nothing').slice(0, 40)}; accepted: shares from -${MAX_SHARES} to ${MAX_SHARES}`;
    seen.add(symbol);
    if (shares !== 0) plan[symbol] = shares;
  }
  if (orders.length > 0 && seen.size === 0) return `"${orders[0]![0].slice(0, 40)}" is no symbol; accepted: ${accepted}`;
  if (seen.size > MAX_SYMBOLS) return `${seen.size} symbols; at most ${MAX_SYMBOLS} are accepted`;
  return plan;
}

function towardsZero(number: number): number {
  return number < 0 ? -Math.floor(-number) : Math.floor(number);
}

/** The canonical answer for an action, in words. */
export function write(action: Action<PaperPlan>): string {
  const orders = Object.entries(action.plan)
    .filter(([, shares]) => shares !== 0)
    .map(([symbol, shares]) => `${shares > 0 ? 'buy' : 'sell'} ${Math.abs(shares)}${symbol === FIRST_SYMBOL ? '' : ` of ${symbol}`}`);
  return `${orders.length > 0 ? orders.join(', ') : 'hold'};`;
}

const plan = z.record(z.string(), z.int().min(-MAX_SHARES).max(MAX_SHARES));
const actionSchema = z.strictObject({ plan, standing: z.enum(STANDING_ORDERS).optional() });

/** JSON Schema of a plan: the JSON answer itself, so it serves guided decoding. */
export function planSchema(): Json {
  return z.toJSONSchema(plan) as Json;
}

/** Checks an action that came as JSON. @throws OptionsError */
export function parseAction(raw: unknown): Action<PaperPlan> {
  const parsed = actionSchema.safeParse(raw);
  if (!parsed.success) throw new OptionsError(`hft-paper action: ${problems(parsed.error)}; accepted: ${ACCEPTED.json}`);
  const { standing } = parsed.data;
  const shares = planOf(Object.entries(parsed.data.plan), ACCEPTED.json);
  if (typeof shares === 'string') throw new OptionsError(`hft-paper action: ${shares}`);
  // Only `hold` stands; it says nothing that the world does not do anyway.
  return standing === undefined ? { plan: shares } : { plan: shares, standing };
}
