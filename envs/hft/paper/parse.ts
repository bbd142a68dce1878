/**
 * Reads an answer by one of two grammars or whichever fits: a JSON object of shares by symbol, or orders in words. What is taken off around
 * them, and when they are released, is the same for every task (`envs/answer`).
 */
import { jsonIn } from '../../answer/json-object.js';
import type { Grammar, Reading } from '../../answer/line.js';
import { answerReader, type AnswerReader } from '../../answer/reader.js';
import { ACCEPTED, planOf, write } from './plan.js';
import { FIRST_SYMBOL, type PaperPlan } from './state.js';

/** An answer that has not come to an action by then is rejected, so that an endless one cannot hold a seat. */
const LONGEST_ANSWER = 4000;

const common = {
  longest: LONGEST_ANSWER,
  isPart: (text: string) => readPlan(text.trim()).kind === 'plan',
  write,
  parts: (plan: PaperPlan) => Object.keys(plan).length,
  lists: 'items',
  // Any brace but one of LaTeX.
  jsonStart: /(?<!\\[a-z]{1,8})\{/,
} as const;

const grammars = {
  json: { ...common, accepted: `accepted: ${ACCEPTED.json}`, readJson },
  line: { ...common, accepted: `accepted: ${ACCEPTED.line}`, readPlan },
  either: { ...common, accepted: `accepted: ${ACCEPTED.json}; or in words ${ACCEPTED.line}`, readJson, readPlan },
} satisfies Record<string, Grammar<PaperPlan>>;

/** The readers by the names a configuration gives them. */
export const parsers: Readonly<Record<'json' | 'line', AnswerReader<PaperPlan>>> = {
  json: answerReader(grammars.json),
  line: answerReader(grammars.line),
};

/** Either form. */
export const parse = answerReader(grammars.either);

function readJson(found: string): Reading<PaperPlan> {
  const value = jsonIn(found);
  if (typeof value !== 'object' || value === null)
    return { kind: 'fault', reason: `"${found.slice(0, 60)}" is not JSON; accepted: ${ACCEPTED.json}` };
  return reading(planOf(Object.entries(value), ACCEPTED.json));
}

/** `hold`, or orders joined by commas. */
function readPlan(line: string): Reading<PaperPlan> {
  const said = line.replace(/[\s,.]+$/, '');
  if (said === 'hold') return { kind: 'plan', action: { plan: {} } };
  const orders: [string, number][] = [];
  for (const part of said.split(',').map((each) => each.trim())) {
    const match = /^(buy|sell) \+?(\d{1,9})(?: shares?)?(?: of ([a-z0-9.]+))?$/.exec(part.replace(/\s+/g, ' '));
    if (!match) {
      const meant = said.split(',').every((each) => /^ ?(?:buy|sell|hold)(?: \S+$|.*\d|$)/.test(each));
      return meant
        ? { kind: 'fault', reason: `"${part.slice(0, 40)}" is no order; accepted: ${ACCEPTED.line}` }
        : { kind: 'prose', reason: `no action in the answer; accepted: ${ACCEPTED.line}` };
    }
    const shares = Number(match[2]);
    orders.push([match[3] ?? FIRST_SYMBOL, match[1] === 'buy' ? shares : -shares]);
  }
  return reading(planOf(orders, ACCEPTED.line));
}

function reading(plan: PaperPlan | string): Reading<PaperPlan> {
  return typeof plan === 'string' ? { kind: 'fault', reason: plan } : { kind: 'plan', action: { plan } };
}
