/**
 * Reads an answer as it streams in, by one of two readers or whichever fits. JSON is released at the brace that closes the object,
 * words at a semicolon or the end of their line: until then a continuation could still change them. What was decided stays decided.
 */
import { closingBrace } from '../../json-object.js';
import type { Parsed } from '../../environment.js';
import { ACCEPTED, planOf } from './plan.js';
import { FIRST_SYMBOL, type PaperPlan } from './state.js';

/** An answer that has not come to an action by then is rejected, so that an endless one cannot hold a seat. */
const MAX_ANSWER = 4000;

type Reader = (answer: string, ended: boolean) => Parsed<PaperPlan>;

/** The readers by the names a configuration gives them. */
export const parsers: Readonly<Record<'json' | 'line', Reader>> = {
  json: (answer, ended) => read(answer, ended, json, ACCEPTED.json),
  line: (answer, ended) => read(answer, ended, lines, ACCEPTED.line),
};

/** Either form: words that are closed before the first brace, else the JSON object that begins there. */
export function parse(answer: string, ended: boolean): Parsed<PaperPlan> {
  return read(answer, ended, either, `${ACCEPTED.json}; or in words ${ACCEPTED.line}`);
}

/** What all readers share: thinking aloud in the usual tags is never read, and an answer ends somewhere. */
function read(answer: string, ended: boolean, reader: Reader, accepted: string): Parsed<PaperPlan> {
  let rest = answer.trimStart();
  if (rest.startsWith('<think>')) {
    const close = rest.indexOf('</think>');
    if (close < 0) return open(answer, ended, 'the thinking never ended', accepted);
    rest = rest.slice(close + '</think>'.length);
  }
  const parsed = reader(rest, ended);
  return parsed.kind === 'more' ? open(answer, ended, 'no action in the answer', accepted) : parsed;
}

function open(answer: string, ended: boolean, why: string, accepted: string): Parsed<PaperPlan> {
  if (ended) return { kind: 'rejected', reason: `${why}; accepted: ${accepted}` };
  if (answer.length > MAX_ANSWER) return { kind: 'rejected', reason: `no action within ${MAX_ANSWER} characters; accepted: ${accepted}` };
  return { kind: 'more' };
}

function either(text: string, ended: boolean): Parsed<PaperPlan> {
  const brace = text.indexOf('{');
  if (brace < 0) return lines(text, ended);
  const before = lines(text.slice(0, brace), false);
  return before.kind === 'more' ? json(text, ended) : before;
}

/** The first object in the text, whatever is around it. */
function json(text: string, ended: boolean): Parsed<PaperPlan> {
  const start = text.indexOf('{');
  if (start < 0) return { kind: 'more' };
  const end = closingBrace(text, start);
  if (end === undefined)
    return ended ? { kind: 'rejected', reason: `the JSON object never ended; accepted: ${ACCEPTED.json}` } : { kind: 'more' };
  const found = text.slice(start, end + 1);
  let value: unknown;
  try {
    value = JSON.parse(found);
  } catch {
    return { kind: 'rejected', reason: `"${found.slice(0, 60)}" is not JSON; accepted: ${ACCEPTED.json}` };
  }
  const plan = planOf(Object.entries(value as object), ACCEPTED.json);
  return typeof plan === 'string' ? { kind: 'rejected', reason: plan } : { kind: 'action', action: { plan } };
}

/** Statements in words; lines before the first that are none are passed over as prose, one that starts like an order and is none is rejected. */
function lines(text: string, ended: boolean): Parsed<PaperPlan> {
  let rest = text;
  for (;;) {
    const end = rest.search(/[;\n]/);
    if (end < 0 && !ended) return { kind: 'more' };
    const line = cleaned(end < 0 ? rest : rest.slice(0, end));
    if (line !== '') {
      const plan = statement(line);
      if (typeof plan !== 'string') return { kind: 'action', action: { plan } };
      if ((end >= 0 && rest[end] === ';') || /^(hold|buy|sell)\b/.test(line)) return { kind: 'rejected', reason: plan };
    }
    if (end < 0) return { kind: 'more' };
    rest = rest.slice(end + 1);
  }
}

/** `hold`, or orders joined by commas. A string says what is wrong. */
function statement(line: string): PaperPlan | string {
  if (line === 'hold') return {};
  const orders: [string, number][] = [];
  for (const part of line.split(',').map((each) => each.trim())) {
    const match = /^(buy|sell) \+?(\d{1,9})(?: (?:shares? )?of ([a-z0-9.]+))?$/.exec(part.replace(/\s+/g, ' '));
    if (!match) return `"${part.slice(0, 40)}" is no order; accepted: ${ACCEPTED.line}`;
    const shares = Number(match[2]);
    orders.push([match[3] ?? FIRST_SYMBOL, match[1] === 'buy' ? shares : -shares]);
  }
  return planOf(orders, ACCEPTED.line);
}

/** A line in lower case without quoting, bullets and a label such as "Action:". */
function cleaned(line: string): string {
  return line
    .toLowerCase()
    .replace(/^.*:/, '')
    .replace(/^[\s`"'*>()-]+|[\s`"'*().]+$/g, '');
}
