/**
 * Reading the lines of an answer: models decorate what they mean with bullets, quotes, numbering, lead-ins and remarks. All of it is
 * taken off here, never guessed at: a word that is no action is not turned into one, and nothing that stands beside a plan is dropped in silence.
 */
import type { Action } from '../environment.js';
import { ACTIONS, KEEP, STANDING_ORDERS } from './actions.js';
import { planFault, withFrames } from './plan.js';
import type { Plan, Step } from './state.js';

/** The word for an empty plan. */
export const NONE = 'none';
export const EXAMPLE = 'accepted: a line like "walk_fwd 12, throw | guard_high;"';

/**
 * What a line turned out to be: a plan; something meant as one that cannot be taken, with the reason; or other text. Both reasons begin
 * with one of the stable words of `REASONS`.
 */
export type Reading = { kind: 'plan'; action: Action<Plan> } | { kind: 'fault'; reason: string } | { kind: 'prose'; reason: string };

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

/** Invisible characters, and full-width forms as East Asian keyboards write them: `；` is a semicolon. One character at a time, so that a stream stays a prefix. */
export function plainCharacters(text: string): string {
  return text
    .replace(/[\u00ad\u200b-\u200d\u2060\ufeff]/g, '')
    .replace(/[\uff01-\uff5e]/g, (c) => String.fromCharCode(c.charCodeAt(0) - 0xfee0))
    .replace(/\u3001/g, ',')
    .replace(/\u3002/g, '. ');
}

/** The lines of a text without their decoration, empty ones between, in lower case. A sentence is a line of its own. */
export function linesOf(text: string): string[] {
  return text
    .replace(/[A-Z]+/g, (capitals) => capitals.toLowerCase())
    .replace(/[^\S\n]+/g, ' ')
    .replace(/<standing[^<>\n]{0,20}>/g, ' standing: ')
    .replace(/<[|/]?[a-z_][\w|:=-]{0,30}(?: [^<>\n]{0,60}=[^<>\n]{0,60})?[|/]?>/g, '\n')
    .replace(/\\n/g, '\n')
    .replace(/\\(?:boxed|text[a-z]*)?/g, '')
    .replace(/[`"'*{}<[\]$~\u2018-\u201f\u00ab\u00bb\u300c-\u300f]/g, '')
    .replace(/[\u2192\u21d2\u2794\u279c\u27f6]|[-=]>/g, ',')
    .replace(/(?<=[a-z_] ?)\( ?(\d+) ?(?:frames?|f)? ?\)/g, ' $1 ')
    .replace(/\([^()\n]*\)/g, ' ')
    .replace(/[\s,]{0,4}\bframes? ?[:=] ?(?=\d)/g, ' ')
    .replace(/[\s.,|]{0,4}\bstanding(?:[ _-]?orders?)? ?(?:[:=]|is\b) ?/g, ' | ')
    .split('\n')
    .flatMap((line) =>
      line
        .replace(/(?<=[a-z\d,] ?)(?:\/\/|#).*$/, '')
        .replace(/^[\s>#+,\u2022\u00b7\u2013\u2014-]+/, '')
        .replace(NUMBERED, '')
        .split(/(?<![,|] ?\d{1,2})[.!]+(?=\s|$)/)
        .map((sentence) => sentence.replace(/^>+|>+$/g, '').trim()),
    );
}

const NUMBERED = /^(?:(?:step|action|move) ?)?\(?\d+ ?[.):] ?(?=[a-z_])/;

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
  const bare = piece.replace(/^[\s_]+|[\s_.!]+$/g, '').replace(NUMBERED, '');
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

/** A line may have this many lead-ins. */
const LEADS = 5;
/** A lead-in that leads to something else than the answer. */
const OTHER_LEAD = /\b(?:op|opponents?|enemys?|his|her|their|they|no|not|never|dont|avoid|instead|options?|examples?|if|or)\b/;

/** Words before a plan that say no more than that it comes. */
const FILLER = new Set(
  'i ill will id would should so therefore thus ok okay sure now lets me my the final next best answer plan action actions move response output decision is use do choose select go with play perform execute finally here heres'.split(
    ' ',
  ),
);
const INTERJECTION = /^(?:sure|ok|okay|yes|understood|certainly|alright|right|well|hmm|hello|hi)?$/;

/** Reads one line. A lead-in ends in a colon. @param filled whether words like "I will" may stand before the plan, too */
export function readLine(line: string, filled = false): Reading {
  const words = line.split(/\s+/);
  const from = filled ? words.findIndex((word) => !FILLER.has(word)) : 0;
  const said = from > 0 ? words.slice(from).join(' ') : line;
  let rest = said;
  for (let leads = 0; ; leads++) {
    const reading = readPlan(rest);
    const colon = rest.indexOf(':');
    if (reading.kind === 'plan' || colon < 0 || leads === LEADS) return reading;
    const pieces = rest.slice(0, colon).split(/[,|]/);
    if (pieces.some((piece) => stepOf(piece))) return reading;
    if (OTHER_LEAD.test(pieces.at(-1)!)) return { kind: 'prose', reason: reading.reason };
    rest = rest.slice(colon + 1).trim();
    if (rest === '') return reading;
  }
}

function readPlan(line: string): Reading {
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

/**
 * Lines put together where a plan goes on in the next one: a list with a step a line, a comma at a line's end, or a standing order on a
 * line of its own. Empty lines part, and are left out.
 */
export function gathered(lines: readonly string[]): string[] {
  const groups: string[] = [];
  let above = '';
  for (const line of lines) {
    const last = groups.at(-1);
    if (line !== '' && last !== undefined && goesOn(above, line)) groups[groups.length - 1] = joined(last, line);
    else if (line !== '') groups.push(line);
    above = line;
  }
  return groups;
}

function goesOn(line: string, below: string): boolean {
  const reading = line === '' ? undefined : readLine(line);
  if (reading?.kind !== 'plan' || reading.action.standing !== undefined) return false;
  if (line.endsWith(',') || below.startsWith('|')) return true;
  const next = stepsOf(below.split('|')[0]!.trim());
  return reading.action.plan.length === 1 && typeof next !== 'string' && next.length === 1;
}

function joined(line: string, below: string): string {
  return `${line.replace(/,$/, '')}${below.startsWith('|') ? ' ' : ', '}${below}`;
}
