/**
 * The answer a model gives: one statement, `cancel, bid 5 at -1, ask 6 at 0;`, or a JSON object with a plan in it. What is taken off around
 * it, and when it is released, is the same for every task (`envs/answer`); a statement that is wrong is refused with a reason, because
 * guessing at orders is worse than refusing.
 */
import { jsonIn } from '../../answer/json-object.js';
import { readAlone, type Grammar, type Reading } from '../../answer/line.js';
import { plainLines } from '../../answer/decoration.js';
import { answerReader } from '../../answer/reader.js';
import { OptionsError } from '../../environment.js';
import { ACCEPTED, parseAction } from './actions.js';
import type { HftPlan } from '../state.js';
import { isOrder, meantAsStatement, readStatement, write } from './statement.js';

/** An answer that has not come to an action by then is rejected, so that an endless one cannot hold a seat. */
const LONGEST_ANSWER = 4000;

const grammar: Grammar<HftPlan> = {
  accepted: `accepted: ${ACCEPTED}`,
  longest: LONGEST_ANSWER,
  spelling: { after: (text) => text.replace(/ ?@ ?/g, ' at ').replace(/(?<=\s)[\u2012-\u2014](?=\d)/g, '-') },
  readPlan,
  isPart: isOrder,
  write,
  parts: (plan) => plan.length,
  lists: 'items',
  readJson,
  jsonStart: /\{(?=\s*["'}])|\[(?=\s*["'{\]])/,
};

/** Reads an answer so far; see `Task.parse`. */
export const parse = answerReader(grammar);

function readPlan(line: string): Reading<HftPlan> {
  const statement = line.replace(/[\s,.]+$/, '');
  const read = readStatement(statement);
  if ('action' in read) return { kind: 'plan', action: read.action };
  return { kind: meantAsStatement(statement) ? 'fault' : 'prose', reason: read.reason };
}

/** A plan as JSON though a line was asked for: orders as the protocol has them, or statements. */
function readJson(text: string): Reading<HftPlan> {
  const value = jsonIn(text);
  const fault: Reading<HftPlan> = { kind: 'fault', reason: 'JSON: no plan in it; accepted: {"plan": [{"do": "buy", "size": 7}]}' };
  if (typeof value !== 'object' || value === null) return fault;
  const object = (Array.isArray(value) ? { plan: value } : value) as Record<string, unknown>;
  const { standing } = object;
  const found =
    object.plan ?? object.orders ?? object.actions ?? object.action ?? object.order ?? (object.do === undefined ? undefined : [object]);
  if (found === undefined || (standing !== undefined && standing !== null && typeof standing !== 'string')) return fault;
  const orders = Array.isArray(found) ? (found as unknown[]) : [found];
  if (orders.length > 0 && orders.every((order) => typeof order === 'string')) {
    const line = plainLines(orders.map((order) => order.replace(/;\s*$/, '')).join(', '), grammar.spelling)[0]!.text;
    return readAlone(grammar, typeof standing === 'string' ? `${line}, ${standing}` : line);
  }
  try {
    return { kind: 'plan', action: parseAction({ plan: orders, ...(typeof standing === 'string' ? { standing } : {}) }) };
  } catch (error) {
    if (error instanceof OptionsError) return { kind: 'fault', reason: `JSON: ${error.message}` };
    throw error;
  }
}
