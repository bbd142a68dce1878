/**
 * The answer a model gives: `walk_fwd 12, throw | guard_high;`. Steps are parted by commas, a standing order may follow a bar, a
 * semicolon ends it. A JSON object with a plan in it is taken, too. What is taken off around it, and when it is released, is the same for
 * every task (`envs/answer`).
 */
import { plainLines } from '../answer/decoration.js';
import { gathered, readLine, type Grammar, type Reading } from '../answer/line.js';
import { answerReader } from '../answer/reader.js';
import type { Action } from '../environment.js';
import { HELD_DEFAULT } from './actions.js';
import { EXAMPLE, NONE, SPELLING, isStep, readPlan } from './answer-line.js';
import { lineOf } from './answer-json.js';
import { takesFrames } from './plan.js';
import type { Plan } from './state.js';

export { NONE, REASONS } from './answer-line.js';

/** An answer is refused if it has said this much without a plan, reasoning apart. */
export const LONGEST_ANSWER = 2000;

const grammar: Grammar<Plan> = {
  accepted: EXAMPLE,
  longest: LONGEST_ANSWER,
  spelling: SPELLING,
  readPlan,
  isPart: isStep,
  write,
  parts: (plan) => plan.length,
  lists: 'lines',
  readJson,
  jsonStart: /\{(?=\s*["'}])|\[(?=\s*["'{\]])/,
};

/** Reads an answer so far; see `Task.parse`. A reason begins with one of `REASONS`. */
export const parse = answerReader(grammar);

/** A plan that came as JSON, by the same rules as a line. */
function readJson(text: string): Reading<Plan> {
  const line = lineOf(text);
  if (line === undefined)
    return {
      kind: 'fault',
      reason: 'JSON: no plan in it; accepted: {"plan": [{"action": "walk_fwd", "frames": 12}], "standing": "guard_high"}',
    };
  return readLine(grammar, gathered(grammar, plainLines(line, SPELLING)).at(-1) ?? '');
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
