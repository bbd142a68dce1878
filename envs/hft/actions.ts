/**
 * The action table: what a plan may hold, written once. The prompt's list, the parser, the writer and the plan's schema all read it.
 */
import { z } from 'zod';
import { type Action, type Json, OptionsError } from '../environment.js';
import { problems } from './options.js';
import { STANDING_ORDERS } from './seat.js';
import type { HftOrder, HftPlan } from './state.js';

/** Most orders in one plan. */
export const MAX_ORDERS = 4;
const MAX_SIZE = 1000;
const MAX_AT = 50;

/** One row: a verb, what follows it, and what it does. */
interface ActionRow {
  verb: HftOrder['do'];
  size: boolean;
  at: boolean;
  about: string;
}

export const ACTIONS: readonly ActionRow[] = [
  {
    verb: 'buy',
    size: true,
    at: false,
    about: 'take N shares from the asks now, best price first, at most 3 ticks above the best; what is left is dropped',
  },
  { verb: 'sell', size: true, at: false, about: 'hit the bids with N shares now, at most 3 ticks below the best; what is left is dropped' },
  {
    verb: 'bid',
    size: true,
    at: true,
    about:
      'rest an order to buy N shares at the best bid plus K ticks (0 joins it, 1 betters it, -1 is behind); refused if it would trade at once',
  },
  {
    verb: 'ask',
    size: true,
    at: true,
    about:
      'rest an order to sell N shares at the best ask plus K ticks (0 joins it, -1 betters it, 1 is behind); refused if it would trade at once',
  },
  { verb: 'cancel', size: false, at: false, about: 'cancel all your resting orders' },
  { verb: 'flat', size: false, at: false, about: 'cancel all your resting orders and trade your whole position away now' },
];

const STANDING_ABOUT: Record<(typeof STANDING_ORDERS)[number], string> = {
  keep: 'from now on your resting orders stay while you think (the default)',
  pull: 'from now on your resting orders are cancelled when a second passes without an action of yours',
};

const form = (row: ActionRow): string => `${row.verb}${row.size ? ' N' : ''}${row.at ? ' at K' : ''}`;

/** The list for `{{actions}}`. */
export function actionsText(): string {
  return [
    'hold; - do nothing',
    ...ACTIONS.map((row) => `${form(row)}; - ${row.about}`),
    ...STANDING_ORDERS.map((name) => `${name}; - ${STANDING_ABOUT[name]}`),
    `Up to ${MAX_ORDERS} of these, in order, joined by commas and closed by one semicolon: cancel, bid 5 at 0, ask 5 at 1;`,
  ].join('\n');
}

/** What a rejection names as accepted. */
export const ACCEPTED = `hold; or up to ${MAX_ORDERS} of ${ACTIONS.map(form).join(' | ')} | ${STANDING_ORDERS.join(' | ')}, joined by commas, closed by ;`;

/** Reads one statement (without its terminator), already trimmed and in lower case. Never throws: `reason` says what is wrong. */
export function readStatement(statement: string): { action: Action<HftPlan> } | { reason: string } {
  const plan: HftPlan = [];
  let standing: string | undefined;
  let held = false;
  for (const raw of statement.split(',')) {
    const words = raw.trim().split(/\s+/);
    const verb = words[0]!;
    if (verb === 'hold' && words.length === 1) {
      held = true;
      continue;
    }
    if ((STANDING_ORDERS as readonly string[]).includes(verb) && words.length === 1) {
      if (standing !== undefined) return { reason: `two standing orders: ${standing} and ${verb}; one is accepted` };
      standing = verb;
      continue;
    }
    const row = ACTIONS.find((r) => r.verb === verb);
    if (row === undefined) return { reason: `"${short(raw.trim())}" is no action; accepted: ${ACCEPTED}` };
    const order = readOrder(row, words);
    if (typeof order === 'string') return { reason: order };
    plan.push(order);
  }
  if (held && plan.length > 0) return { reason: 'hold beside other orders; accepted: either hold or orders' };
  if (plan.length > MAX_ORDERS) return { reason: `${plan.length} orders; at most ${MAX_ORDERS} are accepted` };
  return { action: standing === undefined ? { plan } : { plan, standing } };
}

/** One order from its words, or why not. */
function readOrder(row: ActionRow, words: string[]): HftOrder | string {
  const wanted = `"${short(words.join(' '))}": accepted: ${form(row)}${row.size ? `, N from 1 to ${MAX_SIZE}` : ''}${row.at ? `, K from -${MAX_AT} to ${MAX_AT}` : ''}`;
  if (!row.size) return words.length === 1 ? ({ do: row.verb } as HftOrder) : wanted;
  const size = whole(words[1]);
  if (size === undefined || size < 1 || size > MAX_SIZE) return wanted;
  if (!row.at) return words.length === 2 ? ({ do: row.verb, size } as HftOrder) : wanted;
  const at = whole(words[3]);
  if (words.length !== 4 || words[2] !== 'at' || at === undefined || Math.abs(at) > MAX_AT) return wanted;
  return { do: row.verb, size, at } as HftOrder;
}

function whole(word: string | undefined): number | undefined {
  if (word === undefined || !/^[+-]?\d{1,6}$/.test(word)) return undefined;
  const n = Number(word);
  return n === 0 ? 0 : n;
}

function short(found: string): string {
  return found.length > 40 ? `${found.slice(0, 40)}...` : found;
}

/** Whether a line starts like an action: then a mistake in it is told instead of being passed over as prose. */
export function startsLikeAction(line: string): boolean {
  const word = /^[a-z]+/.exec(line)?.[0];
  return (
    word !== undefined &&
    (word === 'hold' || ACTIONS.some((row) => row.verb === word) || (STANDING_ORDERS as readonly string[]).includes(word))
  );
}

/** The canonical answer for an action. */
export function write(action: Action<HftPlan>): string {
  const parts = action.plan.map(
    (order) => `${order.do}${'size' in order ? ` ${order.size}` : ''}${'at' in order ? ` at ${order.at}` : ''}`,
  );
  if (action.standing !== undefined) parts.push(action.standing);
  return `${parts.length > 0 ? parts.join(', ') : 'hold'};`;
}

const size = z.int().min(1).max(MAX_SIZE);
const at = z.int().min(-MAX_AT).max(MAX_AT);
const orders = ACTIONS.map((row) => z.strictObject({ do: z.literal(row.verb), ...(row.size ? { size } : {}), ...(row.at ? { at } : {}) }));
const planSchemaOf = z.array(z.discriminatedUnion('do', orders as [(typeof orders)[number], ...typeof orders])).max(MAX_ORDERS);
const actionSchema = z.strictObject({ plan: planSchemaOf, standing: z.enum(STANDING_ORDERS).optional() });

/** JSON Schema of a plan. */
export function planSchema(): Json {
  return z.toJSONSchema(planSchemaOf) as Json;
}

/** Checks an action that came as JSON. @throws OptionsError */
export function parseAction(raw: unknown): Action<HftPlan> {
  const parsed = actionSchema.safeParse(raw);
  if (!parsed.success) throw new OptionsError(`hft action: ${problems(parsed.error)}; accepted: ${ACCEPTED}`);
  const { plan, standing } = parsed.data;
  return standing === undefined ? { plan: plan as HftPlan } : { plan: plan as HftPlan, standing };
}
