/**
 * The line a model answers with: `walk_fwd 12, throw | guard_high;`. Steps are parted by commas, a standing order may follow
 * a bar, a semicolon ends it. Only text up to the first semicolon counts, so once it is there no continuation can change anything.
 */
import type { Action, Parsed } from '../environment.js';
import { HELD_DEFAULT, KEEP, STANDING_ORDERS, actionNamed } from './actions.js';
import { planFault, takesFrames, withFrames } from './plan.js';
import type { Plan, Step } from './state.js';

/** The word for an empty plan. */
export const NONE = 'none';
/** An answer is refused if it has said this much without a semicolon. */
export const LONGEST_ANSWER = 600;

const EXAMPLE = 'accepted: a line like "walk_fwd 12, throw | guard_high;"';
const THINK = { open: '<think>', close: '</think>' };

/** Reads an answer so far; see `Task.parse`. A leading `<think>` block and a lead-in ending in a colon, quote, fence or line break are skipped. */
export function parse(answer: string, ended: boolean): Parsed<Plan> {
  let from = 0;
  const start = answer.length - answer.trimStart().length;
  if (answer.startsWith(THINK.open, start)) {
    const close = answer.indexOf(THINK.close);
    if (close < 0) return ended ? rejected('the answer ended inside <think>') : { kind: 'more' };
    from = close + THINK.close.length;
  }
  const stop = answer.indexOf(';', from);
  const length = (stop < 0 ? answer.length : stop) - from;
  if (length > LONGEST_ANSWER) return rejected(`no ";" in ${LONGEST_ANSWER} characters; ${EXAMPLE}`);
  if (stop >= 0) return statement(answer.slice(from, stop));
  return ended ? statement(answer.slice(from)) : { kind: 'more' };
}

const rejected = (reason: string): Parsed<Plan> => ({ kind: 'rejected', reason });

/** Reads what stands before the semicolon: its last line, after any lead-in. */
function statement(text: string): Parsed<Plan> {
  const trimmed = text.replace(/[\s`"'*.]+$/, '');
  const lead = Math.max(...['\n', ':', '`', '"', '*', '>'].map((mark) => trimmed.lastIndexOf(mark)));
  const line = trimmed
    .slice(lead + 1)
    .trim()
    .toLowerCase();
  if (line === '') return rejected(`nothing before the ";"; ${EXAMPLE}`);
  const parts = line.split('|');
  if (parts.length > 2) return rejected(`more than one "|"; ${EXAMPLE}`);
  const plan: Step[] = [];
  const steps = parts[0]!.trim();
  if (steps !== NONE) {
    for (const word of steps.split(',')) {
      const step = readStep(word);
      if (typeof step === 'string') return rejected(step);
      plan.push(step);
    }
  }
  const fault = planFault(plan);
  if (fault) return rejected(fault);
  if (parts.length === 1) return { kind: 'action', action: { plan: withFrames(plan) } };
  const standing = nameIn(parts[1]!);
  if (!STANDING_ORDERS.includes(standing))
    return rejected(`standing order "${standing.slice(0, 40)}"; accepted: ${STANDING_ORDERS.join(', ')}`);
  return { kind: 'action', action: { plan: withFrames(plan), standing } };
}

/** Names may be written with a hyphen or a blank for the underscore. */
function nameIn(text: string): string {
  return text.trim().replace(/[\s-]+/g, '_');
}

function readStep(word: string): Step | string {
  const match = /^([a-z]+(?:[\s_-]+[a-z]+)*)(?:\s+(\d{1,4}))?$/.exec(word.trim());
  const name = match ? nameIn(match[1]!) : '';
  if (!match || (name !== KEEP && !actionNamed(name))) return `"${word.trim().slice(0, 40)}" is no action; ${EXAMPLE}`;
  return match[2] === undefined ? { action: name } : { action: name, frames: Number(match[2]) };
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
