/**
 * Guided decoding: the server is given the JSON Schema of an action and lets the model write nothing else, so no answer is lost to its
 * form. Asked for by `request: {guided: true}`; the server must support `response_format: json_schema` (`tickbench endpoint check` says).
 */
import { OptionsError, type Action, type AnyTask, type Json, type Parsed } from '../../envs/environment.js';
import { closingBrace } from '../../envs/answer/json-object.js';
import { withoutReasoning } from '../../envs/answer/reasoning.js';

/** The `response_format` of a request: a plan, and optionally a standing order. */
export function guidedFormat(task: AnyTask): Json {
  const schema = {
    type: 'object',
    properties: { plan: withoutDialect(task.planSchema()), standing: { type: 'string', enum: [...task.standingOrders] } },
    required: ['plan'],
    additionalProperties: false,
  };
  return { type: 'json_schema', json_schema: { name: 'action', schema } };
}

/** A schema inside another one names no dialect of its own. */
function withoutDialect(schema: Json): Json {
  if (typeof schema !== 'object' || schema === null || Array.isArray(schema)) return schema;
  return Object.fromEntries(Object.entries(schema).filter(([key]) => key !== '$schema'));
}

/**
 * Reads a guided answer so far. The first whole JSON object in it is the action: once its last brace is there nothing that follows can
 * change it. A fence or a label before it is passed over; after anything else the end is waited for. Reasoning is not looked into.
 */
export function parseGuided(task: AnyTask): (answer: string, ended: boolean) => Parsed<unknown> {
  return (answer, ended) => {
    const { text, open } = withoutReasoning(answer, ended);
    const whole = open || (!ended && !LEAD.test(text)) ? null : firstObject(text);
    if (whole === null) {
      if (!ended) return { kind: 'more' };
      return { kind: 'rejected', reason: 'no whole JSON object in the answer; accepted: {"plan": [...], "standing": ...}' };
    }
    let raw: unknown;
    try {
      raw = JSON.parse(whole);
    } catch (error) {
      return { kind: 'rejected', reason: `not JSON: ${(error as Error).message}` };
    }
    try {
      return { kind: 'action', action: task.parseAction(raw) as Action<unknown> };
    } catch (error) {
      if (error instanceof OptionsError) return { kind: 'rejected', reason: error.message };
      throw error;
    }
  };
}

/** What may stand before an object that is released as soon as it is whole. */
const LEAD = /^\s*(?:<answer>\s*)?(?:[a-z ]{0,30}:)?\s*(?:```\w{0,10})?\s*\{/i;

/** The text from the first brace to the one that closes it; null while it is not closed. */
function firstObject(text: string): string | null {
  const start = text.indexOf('{');
  const end = start < 0 ? undefined : closingBrace(text, start);
  return end === undefined ? null : text.slice(start, end + 1);
}
