/**
 * The answer a model gives: `walk_fwd 12, throw | guard_high;`. Steps are parted by commas, a standing order may follow a bar, a
 * semicolon ends it. The first text up to a semicolon that is meant as a plan counts, so once it is there no continuation can change
 * anything; sentences before it are passed over, and so is reasoning. A JSON object with a plan in it counts from its last brace on.
 */
import type { Action, Parsed } from '../environment.js';
import { closingBrace } from '../json-object.js';
import { HELD_DEFAULT } from './actions.js';
import { EXAMPLE, NONE, gathered, linesOf, plainCharacters, readLine, type Reading } from './answer-line.js';
import { lineOf } from './answer-json.js';
import { takesFrames } from './plan.js';
import type { Plan } from './state.js';

export { NONE, REASONS } from './answer-line.js';

/** An answer is refused if it has said this much without a plan, reasoning apart. */
export const LONGEST_ANSWER = 2000;

/** What models put around their reasoning. */
const THINKING: readonly (readonly [string, string])[] = [
  ['<think>', '</think>'],
  ['<thinking>', '</thinking>'],
  ['<thought>', '</thought>'],
  ['<reasoning>', '</reasoning>'],
  ['[THINK]', '[/THINK]'],
  ['\u25c1think\u25b7', '\u25c1/think\u25b7'],
];

const rejected = (reason: string): Parsed<Plan> => ({ kind: 'rejected', reason });
const decided = (reading: Reading): Parsed<Plan> =>
  reading.kind === 'plan' ? { kind: 'action', action: reading.action } : rejected(reading.reason);

/** Reads an answer so far; see `Task.parse`. A reason begins with one of `REASONS`. */
export function parse(answer: string, ended: boolean): Parsed<Plan> {
  const said = withoutThinking(answer);
  const text = plainCharacters(said.text.slice(0, LONGEST_ANSWER));
  const found = firstMeant(text);
  if (typeof found === 'object') return found;
  if (said.text.length > LONGEST_ANSWER) return rejected(`too long: no plan in ${LONGEST_ANSWER} characters; ${EXAMPLE}`);
  if (!ended) return { kind: 'more' };
  if (said.open) return rejected(`unfinished: the answer ended inside its reasoning; ${EXAMPLE}`);
  if (found === 'open') return rejected(`unfinished: the answer ended inside its JSON; ${EXAMPLE}`);
  return decided(bestOf(text));
}

/** The text without reasoning; the opening tags stay, so that what is left of a beginning is a beginning of what is left. */
function withoutThinking(answer: string): { text: string; open: boolean } {
  let text = '';
  for (let from = 0; ;) {
    const opens = THINKING.map((tags) => ({ tags, at: answer.indexOf(tags[0], from) })).filter(({ at }) => at >= 0);
    if (opens.length === 0) return { text: text + answer.slice(from), open: false };
    const { tags, at } = opens.reduce((a, b) => (b.at < a.at ? b : a));
    text += answer.slice(from, at + tags[0].length);
    const close = answer.indexOf(tags[1], at);
    if (close < 0) return { text, open: true };
    text += '\n';
    from = close + tags[1].length;
  }
}

/** The first part of the text that ends and was meant as a plan; `open`: a JSON value has begun and is not over. */
function firstMeant(text: string): Parsed<Plan> | 'open' | undefined {
  const marks = /;|\{(?=\s*["'}])|\[(?=\s*["'{\]])/g;
  let from = 0;
  for (let mark = marks.exec(text); mark; mark = marks.exec(text)) {
    if (mark[0] !== ';') {
      const end = closingBrace(text, mark.index, mark[0] === '{' ? '{}' : '[]');
      return end === undefined ? 'open' : readJson(text.slice(mark.index, end + 1));
    }
    const reading = lastOf(linesOf(text.slice(from, mark.index)));
    if (reading.kind !== 'prose') return decided(reading);
    from = mark.index + 1;
  }
  return undefined;
}

/** What stands at the end of a text before a semicolon. */
function lastOf(lines: string[]): Reading {
  return readLine(gathered(lines).at(-1) ?? '');
}

/** What a whole answer without a semicolon means: the plan it ends with, or the one plan that is in it. */
function bestOf(text: string): Reading {
  const readings = gathered(linesOf(text.replaceAll(';', '\n'))).map((line) => readLine(line, true));
  const last = readings.at(-1) ?? readLine('');
  if (last.kind === 'plan') return last;
  const plans = readings.filter((r) => r.kind === 'plan');
  if (plans.length === 0) return readings.find((r) => r.kind === 'fault') ?? last;
  if (plans.every((r) => write(r.action) === write(plans[0]!.action))) return plans[0]!;
  return { kind: 'fault', reason: `several plans, and no ";" after any; ${EXAMPLE}` };
}

/** A plan that came as JSON, by the same rules as a line. */
function readJson(text: string): Parsed<Plan> {
  const line = lineOf(text);
  return line === undefined
    ? rejected(`JSON: no plan in it; accepted: {"plan": [{"action": "walk_fwd", "frames": 12}], "standing": "guard_high"}`)
    : decided(lastOf(linesOf(line)));
}

/** A plan in the words of the grammar, empty for an empty plan. */
export function writePlan(plan: Plan): string {
  return plan.map((s) => (takesFrames(s.action) ? `${s.action} ${s.frames ?? HELD_DEFAULT}` : s.action)).join(', ');
}

/** The canonical answer for an action; `parse` reads it back. */
export function write(action: Action<Plan>): string {
  const plan = action.plan.length === 0 ? NONE : writePlan(action.plan);
  return action.standing === undefined ? `${plan};` : `${plan} | ${action.standing};`;
}
