/**
 * How an answer becomes an action, for every task alike.
 *
 * While text still comes, an action is released only if it is all there is so far: it opens the answer, closed reasoning and decoration
 * apart, and its end is marked, by a semicolon or by the brace that closes its JSON. Nothing that follows changes it then, so the text means
 * the same whether it was read as it came or as a whole. Where anything else comes first, nothing is released before the end: the action is
 * then what stands last on its own. An order in a sentence that goes on behind it ("sell 3; is bad") was weighed, not given.
 *
 * One continuation cannot be foreseen: a bare close (see reasoning.ts) tells that what came before it was reasoning. Read as a whole such a
 * text means what follows it. Whoever streams from a template that opens the thinking says so in the configuration.
 */
import type { Action, Parsed } from '../environment.js';
import { plainCharacters, plainLines, withoutStruck } from './decoration.js';
import { closingBrace } from './json-object.js';
import { gathered, isLabel, readAlone, readLine, type Grammar, type Reading } from './line.js';
import { withoutReasoning } from './reasoning.js';

/** A task's reader of answers; see `Task.parse`. */
export type AnswerReader<Plan> = (answer: string, ended: boolean, release?: 'early' | 'end') => Parsed<Plan>;

/** Tags in which an answer stands, and the marks of turns. Text in any other tag may be reasoning of a kind that nobody knows yet. */
const KNOWN_TAGS =
  /<[|/]{0,2}(?:answer|actions?|plans?|orders?|output|response|final(?:_answer)?|decision|move|standing(?:_order)?|code|pre|p|b|br|s|assistant|im_start|im_end|end|eot_id|start_header_id|end_header_id|start_of_turn|end_of_turn|endoftext)[|/]{0,2}>/gi;

/** Makes the reader of a grammar. A refusal begins with one word for its kind and names what is accepted. Pure, and linear in the text. */
export function answerReader<Plan>(grammar: Grammar<Plan>): AnswerReader<Plan> {
  const rejected = (reason: string): Parsed<Plan> => ({ kind: 'rejected', reason: `${reason}; ${grammar.accepted}` });
  return (answer, ended, release = 'early') => {
    const said = withoutReasoning(answer, ended);
    const text = plainCharacters(said.text.slice(0, grammar.longest));
    const action = release === 'early' ? opening(grammar, text) : undefined;
    if (action) return { kind: 'action', action };
    if (said.text.length > grammar.longest) return rejected(`too long: no plan in ${grammar.longest} characters`);
    if (!ended) return { kind: 'more' };
    if (said.open) return rejected('unfinished: the answer ended inside its reasoning, which never ended');
    const given = withoutStruck(text);
    const reading = marked(grammar, given) ?? wholeOf(grammar, lastLines(given));
    if (reading === 'open') return rejected('unfinished: the answer ended inside its JSON, which never ended');
    return reading.kind === 'plan' ? { kind: 'action', action: reading.action } : { kind: 'rejected', reason: reading.reason };
  };
}

/** Most lines at the end of an answer in which its action is looked for: a hostile text of thousands of tiny ones must not hold up a match. */
const MOST_LINES = 120;

function lastLines(text: string): string {
  let from = text.length;
  for (let lines = 0; lines < MOST_LINES && from > 0; lines++) from = text.lastIndexOf('\n', from - 1);
  return from > 0 ? text.slice(from) : text;
}

/** Where a statement ends or a JSON value begins. */
function marksOf<Plan>(grammar: Grammar<Plan>): RegExp {
  if (!grammar.readJson) return /;/g;
  return new RegExp(grammar.readPlan ? `;|${grammar.jsonStart.source}` : grammar.jsonStart.source, 'g');
}

/** The action that opens a text, all of it there and its end marked; undefined while there is none, or anything else comes before it. */
function opening<Plan>(grammar: Grammar<Plan>, text: string): Action<Plan> | undefined {
  const mark = marksOf(grammar).exec(text);
  if (!mark) return undefined;
  const before = text.slice(0, mark.index).replace(KNOWN_TAGS, '\n');
  // In a tag that nobody knows, or where it may be struck out as soon as the next character comes.
  if (before.includes('<') || /(?<!~)~~(?!~)/.test(before)) return undefined;
  const lines = gatheredOf(grammar, before);
  let reading: Reading<Plan> | undefined;
  if (mark[0] !== ';') {
    const end = closingBrace(text, mark.index, mark[0] === '{' ? '{}' : '[]');
    if (end !== undefined && lines.every(isLabel)) reading = grammar.readJson!(text.slice(mark.index, end + 1));
  } else {
    const said = lines.length > 1 && isLabel(lines[0]!) ? lines.slice(1) : lines;
    if (said.length === 1) reading = readAlone(grammar, said[0]!);
  }
  return reading?.kind === 'plan' ? reading.action : undefined;
}

function gatheredOf<Plan>(grammar: Grammar<Plan>, text: string): string[] {
  const lines = plainLines(text, grammar.spelling);
  return grammar.readPlan ? gathered(grammar, lines) : lines.map((line) => line.text).filter((line) => line !== '');
}

/** The plan in the last tag or box that is there for the answer; undefined where there is none. */
function marked<Plan>(grammar: Grammar<Plan>, text: string): Reading<Plan> | undefined {
  const tags = [...text.matchAll(/<\|?(?:answer|final(?:_answer)?|action|decision)\|?>([^<]*)/gi)];
  const contents = [tags.at(-1)?.[1], boxed(text)];
  for (const content of contents) {
    if (content === undefined) continue;
    const reading = wholeOf(grammar, content);
    if (reading !== 'open' && reading.kind === 'plan') return reading;
  }
  return undefined;
}

/** What the last `\boxed{}` holds. */
function boxed(text: string): string | undefined {
  const at = text.lastIndexOf('\\boxed{');
  if (at < 0) return undefined;
  const start = at + '\\boxed{'.length;
  let depth = 1;
  for (let i = start; i < text.length; i++) {
    if (text[i] === '{') depth++;
    else if (text[i] === '}' && --depth === 0) return text.slice(start, i);
  }
  return text.slice(start);
}

/** A part of a text that was read: closed by a semicolon or as JSON, or a line without an end of its own. */
type Entry<Plan> = { reading: Reading<Plan>; closed: boolean; line?: string };

/** What a whole answer means: what stands last on its own; `open`: a JSON value has begun and is not over. */
function wholeOf<Plan>(grammar: Grammar<Plan>, text: string): Reading<Plan> | 'open' {
  const entries: Entry<Plan>[] = [];
  const marks = marksOf(grammar);
  let from = 0;
  for (let mark = marks.exec(text); ; mark = marks.exec(text)) {
    const closed = mark?.[0] === ';';
    const piece = text.slice(from, mark?.index ?? text.length);
    if (from > 0) weigh(grammar, entries, piece);
    if (grammar.readPlan) addLines(grammar, entries, piece, closed);
    if (!mark) return lastOf(grammar, entries);
    from = mark.index + 1;
    if (closed) continue;
    const end = closingBrace(text, mark.index, mark[0] === '{' ? '{}' : '[]');
    if (end === undefined) return 'open';
    entries.push({ reading: grammar.readJson!(text.slice(mark.index, end + 1)), closed: true });
    from = marks.lastIndex = end + 1;
  }
}

/** Takes back a statement in words whose line goes on with a sentence: it was weighed. */
function weigh<Plan>(grammar: Grammar<Plan>, entries: Entry<Plan>[], next: string): void {
  const last = entries.at(-1);
  if (!grammar.readPlan || last?.reading.kind !== 'plan' || !last.closed || last.line === undefined) return;
  const rest = plainLines(next.split('\n')[0]!.replace(/^\s*(?:\/\/|#|\().*/, ''), grammar.spelling).find((line) => line.text !== '')?.text;
  if (rest === undefined || readLine(grammar, rest).kind !== 'prose') return;
  entries[entries.length - 1] = {
    ...last,
    reading: { kind: 'prose', reason: `no action: "${last.line.slice(0, 40)}" is part of a sentence; ${grammar.accepted}` },
  };
}

function addLines<Plan>(grammar: Grammar<Plan>, entries: Entry<Plan>[], piece: string, closed: boolean): void {
  const lines = gatheredOf(grammar, piece);
  lines.forEach((line, i) => {
    entries.push({ reading: readLine(grammar, line, true), closed: closed && i === lines.length - 1, line });
  });
}

function lastOf<Plan>(grammar: Grammar<Plan>, entries: Entry<Plan>[]): Reading<Plan> {
  const meant = entries.findLast(({ reading, closed, line }) =>
    closed ? reading.kind !== 'prose' : reading.kind === 'plan' && readAlone(grammar, line!).kind === 'plan',
  );
  if (meant?.closed) return meant.reading;
  const lastClosed = entries.findLastIndex(({ reading, closed }) => closed && reading.kind !== 'prose');
  if (meant && lastClosed >= 0) return meant.reading;
  const readings = entries.map(({ reading }) => reading);
  const last = readings.at(-1) ?? { kind: 'prose', reason: `empty: no action in the answer; ${grammar.accepted}` };
  if (last.kind === 'plan') return last;
  const plans = readings.filter((reading) => reading.kind === 'plan');
  if (plans.length === 0) return readings.find((reading) => reading.kind === 'fault') ?? last;
  const [first] = plans as [Reading<Plan> & { kind: 'plan' }];
  if (plans.every((plan) => grammar.write(plan.action) === grammar.write(first.action))) return first;
  return { kind: 'fault', reason: `several plans, and no ";" after any; ${grammar.accepted}` };
}
