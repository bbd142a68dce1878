/** Statements: a plan as one line of words, read and written by the action table. */
import type { Action } from '../../environment.js';
import { ACCEPTED, ACTIONS, form, tooMany, type ActionRow, type NumberPart, type Part } from './actions.js';
import { STANDING_ORDERS } from './seat.js';
import type { HftOrder, HftPlan } from '../state.js';

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
    if (row === undefined && /^\d{3}\b/.test(raw))
      return { reason: `"${short(statement)}": a comma parts orders; accepted: 1000 without one` };
    if (row === undefined) return { reason: `"${short(raw.trim())}" is no action; accepted: ${ACCEPTED}` };
    const order = readOrder(row, words.slice(1));
    if (order === undefined) return { reason: `"${short(raw.trim())}": accepted: ${form(row)}${ranges(row)}` };
    plan.push(order);
  }
  if (held && plan.length > 0) return { reason: 'hold beside other orders; accepted: either hold or orders' };
  const many = tooMany(plan);
  if (many !== undefined) return { reason: many };
  return { action: standing === undefined ? { plan } : { plan, standing } };
}

/** Units that may be written behind a number, where it can mean nothing else. */
const UNITS = { shares: ['share', 'shares'], ticks: ['tick', 'ticks'] };

/** One order from the words after its verb; undefined when they are not of its form. */
function readOrder(row: ActionRow, words: string[]): HftOrder | undefined {
  const order: Record<string, unknown> = { do: row.verb };
  let rest = words;
  let options = 0;
  for (const part of row.parts) {
    const read = readPart(part, rest);
    if (read === undefined) {
      if (part.optional) continue;
      return undefined;
    }
    if (part.optional) options++;
    if (read.value !== undefined) order[part.field] = read.value;
    rest = rest.slice(read.words);
    if (part.kind === 'number' && UNITS[part.lead === undefined || part.lead === 'show' ? 'shares' : 'ticks'].includes(rest[0] ?? ''))
      rest = rest.slice(1);
  }
  if (row.either && options > 1) return undefined;
  if (rest[0] === 'of' && /^[a-z][a-z0-9.]{0,11}$/.test(rest[1] ?? '')) {
    order.symbol = rest[1]!.toUpperCase();
    rest = rest.slice(2);
  }
  return rest.length === 0 ? (order as unknown as HftOrder) : undefined;
}

/** What a part makes of the words in front of it: how many are its own, and the value they give (none for what is usual). */
function readPart(part: Part, words: string[]): { words: number; value?: string | number } | undefined {
  const [first, second] = words;
  if (part.kind === 'word') {
    if (first === undefined) return undefined;
    if (Object.hasOwn(part.words, first)) return { words: 1, value: part.words[first]! };
    return first === part.usual ? { words: 1 } : undefined;
  }
  const { lead } = part;
  if (lead === undefined) return numbered(part, first, 1);
  if (lead === '#') return first?.startsWith('#') ? numbered(part, first.slice(1), 1) : undefined;
  return first === lead ? numbered(part, second, 2) : undefined;
}

function numbered(part: NumberPart, word: string | undefined, words: number): { words: number; value: number } | undefined {
  if (word === undefined || !/^[+-]?\d{1,6}$/.test(word)) return undefined;
  const value = Number(word);
  return value < part.from || value > part.to ? undefined : { words, value: value === 0 ? 0 : value };
}

/** The numbers of a row with their ranges, for a rejection. */
function ranges(row: ActionRow): string {
  return row.parts.map((part) => (part.kind === 'number' ? `, ${part.letter} from ${part.from} to ${part.to}` : '')).join('');
}

function short(found: string): string {
  return found.length > 40 ? `${found.slice(0, 40)}...` : found;
}

/** Whether a text is one order, or a word that stands for a whole statement. */
export function isOrder(text: string): boolean {
  const words = text.trim();
  return 'action' in readStatement(words);
}

/** A statement has no more words than this for each of its orders. */
const ORDER_WORDS = 10;

/**
 * Whether a text that is no statement was meant as one, so that its mistake is told instead of being passed over as a sentence: each of its
 * parts begins with a word of the table and has little or a figure behind it.
 */
export function meantAsStatement(text: string): boolean {
  return text.split(',').every((part) => {
    const words = part.trim().split(' ');
    const [verb] = words;
    if (verb !== 'hold' && !(STANDING_ORDERS as readonly string[]).includes(verb!) && !ACTIONS.some((row) => row.verb === verb))
      return false;
    return words.length <= 2 || (words.length <= ORDER_WORDS && /\d/.test(part));
  });
}

/** The canonical answer for an action. */
export function write(action: Action<HftPlan>): string {
  const parts = action.plan.map(writeOrder);
  if (action.standing !== undefined) parts.push(action.standing);
  return `${parts.length > 0 ? parts.join(', ') : 'hold'};`;
}

function writeOrder(order: HftOrder): string {
  const row = ACTIONS.find(({ verb }) => verb === order.do)!;
  const fields = order as unknown as Record<string, string | number | undefined>;
  const words: string[] = [row.verb];
  for (const part of row.parts) {
    const value = fields[part.field];
    if (value === undefined) continue;
    if (part.kind === 'word') {
      const word = Object.entries(part.words).find(([, meant]) => meant === value)?.[0];
      if (word !== undefined) words.push(word);
    } else words.push(part.lead === undefined ? `${value}` : `${part.lead}${part.lead === '#' ? '' : ' '}${value}`);
  }
  if (order.symbol !== undefined) words.push(`of ${order.symbol}`);
  return words.join(' ');
}
