/**
 * The action table: what a plan may hold, written once. The prompt's list, the reader and writer of statements (statement.ts) and the
 * plan's schema are all made from it.
 */
import { z } from 'zod';
import { type Action, type Json, OptionsError } from '../../environment.js';
import { MAX_SYMBOLS, problems, symbolName } from '../options.js';
import { STANDING_ORDERS } from './seat.js';
import type { HftOrder, HftPlan } from '../state.js';

/** Most orders for one symbol in one plan. */
export const MAX_ORDERS = 4;

/** Why a plan holds too many orders; undefined where it does not. */
export function tooMany(plan: HftPlan): string | undefined {
  const counts = new Map<string, number>();
  for (const { symbol = '' } of plan) {
    const count = (counts.get(symbol) ?? 0) + 1;
    if (count > MAX_ORDERS)
      return `more than ${MAX_ORDERS} orders${symbol === '' ? '' : ` of ${symbol}`}; at most ${MAX_ORDERS} are accepted`;
    counts.set(symbol, count);
  }
  return undefined;
}
const MAX_SIZE = 1000;
const MAX_AT = 200;
const MAX_NUMBER = 99;

/** A whole number in a statement. */
export interface NumberPart {
  kind: 'number';
  field: string;
  /** What the prompt calls it. */
  letter: string;
  from: number;
  to: number;
  /** Written before it: `at`, `limit`... or `#`, which is joined to it. */
  lead?: string;
  optional?: boolean;
}

/** One of a few words, each with the field's value that it stands for. A value of `''` is what no word means. */
export interface WordPart {
  kind: 'word';
  field: string;
  words: Record<string, string>;
  /** The value that may also be written out, and means the same as none. */
  usual?: string;
  optional?: boolean;
}

export type Part = NumberPart | WordPart;

/** One row: a verb, what follows it, and what it does. */
export interface ActionRow {
  verb: HftOrder['do'];
  parts: readonly Part[];
  /** At most one of its optional parts may be there. */
  either?: boolean;
  about: string;
}

const number = (field: string, letter: string, from: number, to: number, more: Partial<NumberPart> = {}): NumberPart => ({
  kind: 'number',
  field,
  letter,
  from,
  to,
  ...more,
});
const size = number('size', 'N', 1, MAX_SIZE);
const ticks = (field: string, letter: string, lead: string, more: Partial<NumberPart> = {}): NumberPart =>
  number(field, letter, -MAX_AT, MAX_AT, { lead, ...more });
const at = ticks('at', 'K', 'at');
const order = number('order', 'n', 1, MAX_NUMBER, { lead: '#' });
const side: WordPart = { kind: 'word', field: 'side', words: { buy: 'buy', sell: 'sell' } };
const takes: WordPart = { kind: 'word', field: 'type', words: { fok: 'fok', market: 'market' }, usual: 'ioc', optional: true };
const rests: WordPart = { kind: 'word', field: 'type', words: { limit: 'limit' }, usual: 'post', optional: true };
const show = number('show', 'M', 1, MAX_SIZE, { lead: 'show', optional: true });

export const ACTIONS: readonly ActionRow[] = [
  {
    verb: 'buy',
    parts: [size, takes],
    about: 'take N now, at most 3 ticks above the best ask; the rest is dropped; fok: all or none; market: at any price',
  },
  { verb: 'sell', parts: [size, takes], about: 'likewise, from the bids' },
  {
    verb: 'bid',
    parts: [size, at, rests, show],
    about:
      'rest an order to buy at best bid + K (0 joins, -1 is behind, 1 betters it); refused if it would trade at once, unless limit; show: only M visible',
  },
  { verb: 'ask', parts: [size, at, rests, show], about: 'likewise to sell, at best ask + K (1 is behind, -1 betters it)' },
  {
    verb: 'stop',
    parts: [side, size, at, ticks('limit', 'L', 'limit', { optional: true })],
    about: 'after a trade at best bid + K (sell, K < 0) or best ask + K (buy, K > 0): trade at any price, or rest at L',
  },
  {
    verb: 'oco',
    parts: [side, size, at, ticks('stop', 'S', 'stop')],
    about: 'an order resting at K and a stop at S; one cancels the other',
  },
  {
    verb: 'move',
    parts: [order, size, at],
    about: 'change your order number n; it keeps its place if only its size falls',
  },
  {
    verb: 'cancel',
    parts: [
      { ...order, optional: true },
      { kind: 'word', field: 'side', words: { bids: 'bid', asks: 'ask' }, optional: true },
    ],
    either: true,
    about: 'cancel all your orders, one, or one side',
  },
  { verb: 'flat', parts: [], about: 'cancel all and trade your position away' },
];

const STANDING_ABOUT: Record<(typeof STANDING_ORDERS)[number], string> = {
  keep: 'your orders stay while you think (the default)',
  pull: 'they go after a second without an action of yours',
};

/** How a row is written, optional parts in brackets. */
export function form(row: ActionRow): string {
  const options = row.parts.filter((part) => part.optional);
  const words = row.parts.filter((part) => !part.optional).map(partForm);
  const optional = row.either ? [`[${options.map(partForm).join(' | ')}]`] : options.map((part) => `[${partForm(part)}]`);
  return [row.verb, ...words, ...optional].join(' ');
}

function partForm(part: Part): string {
  if (part.kind === 'word') return Object.keys(part.words).join(' | ');
  return part.lead === undefined ? part.letter : part.lead === '#' ? `#${part.letter}` : `${part.lead} ${part.letter}`;
}

/** The list for `{{actions}}`. */
export function actionsText(): string {
  return [
    'hold; - do nothing',
    ...ACTIONS.map((row) => `${form(row)}; - ${row.about}`),
    ...STANDING_ORDERS.map((name) => `${name}; - ${STANDING_ABOUT[name]}`),
    'With several symbols: buy 5 of SYN2',
    `Up to ${MAX_ORDERS} a symbol, joined by commas, closed by one semicolon: cancel, bid 5 at 0, ask 5 at 1;`,
  ].join('\n');
}

/** What a rejection names as accepted. */
export const ACCEPTED = `hold; or up to ${MAX_ORDERS} of ${ACTIONS.map(form).join(', ')}, ${STANDING_ORDERS.join(', ')}, joined by commas, closed by ;`;

function schemaOf(part: Part): z.ZodType {
  const value =
    part.kind === 'number'
      ? z.int().min(part.from).max(part.to)
      : z.enum([...Object.values(part.words), ...(part.usual === undefined ? [] : [part.usual])]);
  return part.optional ? value.optional() : value;
}

const symbol = symbolName.optional();
const orders = ACTIONS.map((row) =>
  z.strictObject({ do: z.literal(row.verb), ...Object.fromEntries(row.parts.map((part) => [part.field, schemaOf(part)])), symbol }),
);
const planSchemaOf = z
  .array(z.discriminatedUnion('do', orders as [(typeof orders)[number], ...typeof orders]))
  .max(MAX_ORDERS * MAX_SYMBOLS);
const actionSchema = z.strictObject({ plan: planSchemaOf, standing: z.enum(STANDING_ORDERS).optional() });

/** JSON Schema of a plan. */
export function planSchema(): Json {
  return z.toJSONSchema(planSchemaOf) as Json;
}

/** What a plan in JSON is, for refusals: text has another form. */
const ACCEPTED_JSON = 'a list of orders as the plan schema has them, such as [{"do": "buy", "size": 5}]; an empty one holds';

/** Checks an action that came as JSON. What is usual is left out, so that equal actions are equal. @throws OptionsError */
export function parseAction(raw: unknown): Action<HftPlan> {
  const parsed = actionSchema.safeParse(raw);
  if (!parsed.success) throw new OptionsError(`hft action: ${problems(parsed.error)}; accepted: ${ACCEPTED_JSON}`);
  const plan = parsed.data.plan.map((each, i): HftOrder => {
    const row = ACTIONS.find(({ verb }) => verb === each.do)!;
    const fields = Object.entries(each).filter(([field, value]) => {
      const part = row.parts.find((one) => one.field === field);
      return value !== undefined && !(part?.kind === 'word' && part.usual !== undefined && value === part.usual);
    });
    const order = Object.fromEntries(fields);
    if (row.either && row.parts.filter(({ field }) => field in order).length > 1)
      throw new OptionsError(`hft action: plan.${i}: ${row.parts.map(({ field }) => field).join(' and ')}; accepted: one of them, or none`);
    return order as unknown as HftOrder;
  });
  const many = tooMany(plan);
  if (many !== undefined) throw new OptionsError(`hft action: plan: ${many}`);
  const { standing } = parsed.data;
  return standing === undefined ? { plan } : { plan, standing };
}
