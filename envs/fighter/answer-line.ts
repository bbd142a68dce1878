/**
 * Plans in words: `walk_fwd 12, throw | guard_high`, read by the action table. A word that is no action is not turned into one, and nothing
 * that stands beside a plan is dropped in silence.
 */
import { withoutNumber, type Spelling } from '../answer/decoration.js';
import type { Reading } from '../answer/line.js';
import { ACTIONS, KEEP, STANDING_ORDERS } from './actions.js';
import { planFault, withFrames } from './plan.js';
import type { Plan, Step } from './state.js';

/** The word for an empty plan. */
export const NONE = 'none';
export const EXAMPLE = 'accepted: a line like "walk_fwd 12, throw | guard_high;"';

/** How every reason of a refused answer begins. */
export const REASONS = [
  'empty',
  'too long',
  'unfinished',
  'no action',
  'bad plan',
  'standing order',
  'more than one "|"',
  'several plans',
  'JSON',
] as const;

/** Frames and standing orders as people write them, in the grammar's own words. */
export const SPELLING: Spelling = {
  before: (text) => text.replace(/<standing[^<>\n]{0,20}>/g, ' standing: '),
  after: (text) =>
    text.replace(/[\s,]{0,4}\bframes? ?[:=] ?(?=\d)/g, ' ').replace(/[\s.,|]{0,4}\bstanding(?:[ _-]?orders?)? ?(?:[:=]|is\b) ?/g, ' | '),
};

/** Names are compared without blanks, hyphens and underscores, and with the words people put for `fwd`, `back` and `guard`. */
const keyOf = (name: string): string =>
  name
    .replace(/[\s_-]+/g, '')
    .replace(/forwards?/, 'fwd')
    .replace(/backwards?/, 'back')
    .replace(/^block/, 'guard');
const NAMES = new Map([...ACTIONS.map(({ name }) => name), KEEP].map((name) => [keyOf(name), name]));

/** A step: a name, and a number of frames by its side. */
const STEP = /^([a-z]+(?:[ _-]+[a-z]+){0,3}?)(?:(?:_| ?(?:[:=x\u00d7]|for\b)? ?)(\d{1,9})(?:\.0+)? ?(?:frames?|f)?)?$/;

const shorten = (text: string): string => JSON.stringify(text.trim().slice(0, 40));
const noAction = (text: string): string => `no action: ${shorten(text)}; ${EXAMPLE}`;

function stepOf(piece: string): Step | undefined {
  const bare = withoutNumber(piece.replace(/^[\s_]+|[\s_.!]+$/g, ''));
  const match = STEP.exec(bare);
  const name = match ? NAMES.get(keyOf(match[1]!)) : undefined;
  if (name === undefined) return undefined;
  return match![2] === undefined ? { action: name } : { action: name, frames: Number(match![2]) };
}

/** The steps of the part before the bar, or the first piece that is none. */
function stepsOf(text: string): Step[] | string {
  const steps: Step[] = [];
  const pieces = text
    .replace(/^(?:first|then|next|finally),? /, '')
    .split(/, ?(?:and )?(?:(?:then|next|finally) )?| (?:and )?then | and | ?\+ ?/);
  if (pieces.length > 1 && pieces.at(-1)!.trim() === '') pieces.pop();
  for (const piece of pieces) {
    const step = stepOf(piece);
    if (!step) return piece;
    steps.push(step);
  }
  return steps;
}

const INTERJECTION = /^(?:sure|ok|okay|yes|understood|certainly|alright|right|well|hmm|hello|hi)?$/;

/** Whether a text is one step of a plan. */
export function isStep(text: string): boolean {
  return stepOf(text) !== undefined;
}

/** Reads a plain line that holds nothing but a plan. */
export function readPlan(line: string): Reading<Plan> {
  const parts = line.split('|').map((part) => part.trim());
  if (line === '') return { kind: 'prose', reason: `empty: no plan; ${EXAMPLE}` };
  if (parts.length > 2) return { kind: 'fault', reason: `more than one "|"; ${EXAMPLE}` };
  const [before, after] = parts as [string, string?];
  const empty = before.replace(/[\s,.]+$/, '') === NONE || (before === '' && after !== undefined);
  const steps = empty ? [] : stepsOf(before);
  if (typeof steps === 'string') return { kind: after !== undefined || meansPlan(before) ? 'fault' : 'prose', reason: noAction(steps) };
  const fault = planFault(steps);
  if (fault) return { kind: 'fault', reason: `bad plan: ${fault}` };
  const plan = withFrames(steps);
  if (after === undefined) return { kind: 'plan', action: { plan } };
  const standing = stepOf(after)?.action ?? after;
  if (standing === NONE || standing === KEEP) return { kind: 'plan', action: { plan } };
  if (!STANDING_ORDERS.includes(standing))
    return { kind: 'fault', reason: `standing order ${shorten(after)}; accepted: ${STANDING_ORDERS.join(', ')}` };
  return { kind: 'plan', action: { plan, standing } };
}

/** Whether text that is no plan was meant as one: single words, or what begins with an action, rather than sentences. */
function meansPlan(text: string): boolean {
  if (INTERJECTION.test(text)) return false;
  return text.split(',').every((piece) => {
    const words = piece.trim().split(/\s+/);
    return words.length === 1 || (words.length === 2 && (/[_\d]/.test(piece) || stepOf(words[0]!) !== undefined));
  });
}
