/** One line of an answer: a plan, something meant as one, or other text; and the words that lead in to a plan. */
import type { Action } from '../environment.js';
import type { PlainLine, Spelling } from './decoration.js';

/** What a text turned out to be: a plan; something meant as one that cannot be taken, with the reason; or other text. */
export type Reading<Plan> = { kind: 'plan'; action: Action<Plan> } | { kind: 'fault'; reason: string } | { kind: 'prose'; reason: string };

/** How a task writes its plans. */
export interface Grammar<Plan> {
  /** What a refusal names as accepted. */
  accepted: string;
  /** An answer is refused if it has said this much without an action, reasoning apart. */
  longest: number;
  spelling?: Spelling;
  /** Reads a plain line that holds nothing but a plan. Absent: plans come as JSON only. */
  readPlan?(line: string): Reading<Plan>;
  /** Whether a text is one part of a plan, so that a colon behind it leads in to nothing. */
  isPart(text: string): boolean;
  /** The canonical text of an action: equal actions have equal ones. */
  write(action: Action<Plan>): string;
  /** How many parts a plan has. */
  parts(plan: Plan): number;
  /** Whether lines that follow each other, with one part each, are one plan: any lines, or only those with bullets or numbers. */
  lists: 'lines' | 'items';
  /** Reads a whole JSON value. Absent: plans come in words only. */
  readJson?(text: string): Reading<Plan>;
  /** Where a JSON value begins. */
  jsonStart: RegExp;
}

/** A line may have this many lead-ins. */
const LEADS = 5;
/** A lead-in that leads to something else than the answer. */
const OTHER_LEAD =
  /\b(?:op|opponents?|enemys?|his|her|their|they|no|not|never|dont|last|previous|prior|earlier|former|avoid|instead|options?|examples?|if|or|reason(?:ing|s)?|why|because|rejected|discarded|bad|wrong|risk|thoughts?|analysis|consider(?:ed|ing)?|alternatives?)\b/;
/** A lead-in that says no more than that the answer comes. */
const LABEL =
  /^(?:(?:my|the|your|final|best|chosen|next) ){0,3}(?:actions?|answers?|plans?|orders?|responses?|outputs?|decisions?|moves?|trades?|commands?|line|assistant|me|a)(?: \d{1,2})? ?: ?/;
/** Words before a plan that say no more than that it comes. */
const FILLER = new Set(
  'i ill will id would should so therefore thus ok okay sure now lets me my the final next best answer plan action actions order orders move response output decision is use do choose select go with play perform execute finally here heres'.split(
    ' ',
  ),
);

/**
 * Reads one line. A lead-in ends in a colon. @param filled whether words like "I will" may stand before the plan, too
 */
export function readLine<Plan>(grammar: Grammar<Plan>, line: string, filled = false): Reading<Plan> {
  const read = grammar.readPlan!;
  const words = line.split(/\s+/);
  const from = filled ? words.findIndex((word) => !FILLER.has(word)) : 0;
  const whole = read(line);
  if (whole.kind === 'plan') return whole;
  let rest = from > 0 ? words.slice(from).join(' ') : line;
  for (let leads = 0; ; leads++) {
    const reading = read(rest);
    const colon = rest.indexOf(':');
    if (reading.kind === 'plan' || colon < 0 || leads === LEADS) return reading;
    const pieces = rest.slice(0, colon).split(/[,|]/);
    if (pieces.some((piece) => grammar.isPart(piece))) return reading;
    if (OTHER_LEAD.test(pieces.at(-1)!)) return { kind: 'prose', reason: reading.reason };
    rest = rest.slice(colon + 1).trim();
    if (rest === '') return reading;
  }
}

/** Reads a line that is nothing but a plan, with a label such as "Action:" before it at most. */
export function readAlone<Plan>(grammar: Grammar<Plan>, line: string): Reading<Plan> {
  const reading = grammar.readPlan!(line);
  if (reading.kind === 'plan') return reading;
  const label = LABEL.exec(line);
  return label ? grammar.readPlan!(line.slice(label[0].length).trim()) : reading;
}

/** Whether a line is a label and nothing else. */
export function isLabel(line: string): boolean {
  return LABEL.exec(line)?.[0] === line;
}

/**
 * Lines put together where a plan goes on in the next one: a list with a part a line, a comma at a line's end, or a standing order on a
 * line of its own. Empty lines part, and are left out.
 */
export function gathered<Plan>(grammar: Grammar<Plan>, lines: readonly PlainLine[]): string[] {
  const groups: string[] = [];
  let above: PlainLine = { text: '', item: false };
  for (const line of lines) {
    const last = groups.at(-1);
    if (line.text !== '' && last !== undefined && goesOn(grammar, above, line)) groups[groups.length - 1] = joined(last, line.text);
    else if (line.text !== '') groups.push(line.text);
    above = line;
  }
  return groups;
}

function goesOn<Plan>(grammar: Grammar<Plan>, line: PlainLine, below: PlainLine): boolean {
  const reading = line.text === '' ? undefined : readLine(grammar, line.text);
  if (reading?.kind !== 'plan' || reading.action.standing !== undefined) return false;
  if (line.text.endsWith(',') || below.text.startsWith('|')) return true;
  if (grammar.lists === 'items' && !(line.item && below.item)) return false;
  const next = grammar.readPlan!(below.text.split('|')[0]!.trim());
  return grammar.parts(reading.action.plan) === 1 && next.kind === 'plan' && grammar.parts(next.action.plan) === 1;
}

function joined(line: string, below: string): string {
  return `${line.replace(/,$/, '')}${below.startsWith('|') ? ' ' : ', '}${below}`;
}
