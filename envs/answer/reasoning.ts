/**
 * Reasoning in an answer's text: what models put around it, and what is left without it. Nothing inside it is ever read as an action.
 *
 * A model may think between marks (`<think>...</think>`), in channels (`<|channel|>analysis<|message|>...<|end|>`), or after an opening mark
 * that the template wrote, so that only the closing one is in its text (a bare close): then everything before it was reasoning.
 */

/** Families of marks. Within one, any opening goes with any closing mark; marks of another family are text inside it. */
export type Family = 'tag' | 'bracket' | 'triangle' | 'thought' | 'cohere' | 'unused' | 'channel' | 'channel-tag';

/** A mark in a text. `final` begins the answer itself: a final channel; `turn` ends a channel's message. */
export interface Mark {
  at: number;
  end: number;
  kind: 'open' | 'close' | 'final' | 'turn';
  family: Family;
}

const NAMES = 'think(?:ing)?|thoughts?|reason(?:ing|s)?|reflection|scratchpad|analysis|rationale|explanation|(?:inner_)?monologue';
/** One pattern with an alternative for each family. Each begins with a character of its own and is bounded, so a scan is linear. */
const MARKS = new RegExp(
  [
    `<\\|?(?<slash>/?)\\|?(?:[a-z]{1,12}:)?(?:${NAMES})(?:\\s[^<>;\\n]{0,60})?\\|?>`,
    '\\[(?<bracket>/?)THINK\\]',
    '\\u25c1(?<triangle>/?)think\\u25b7',
    '<\\|(?<thought>begin|end)_of_thought\\|>',
    '<\\|(?<cohere>start|end)_thinking\\|>',
    '<unused(?<unused>9[45])>',
    '<\\|channel>\\s?(?:thought|analysis)',
    '(?<tagged><channel\\|>)',
    '(?:<\\|start\\|>[^<]{0,40})?<\\|channel\\|>\\s?(?<channel>[a-z_]{1,20})[^<]{0,80}(?:<\\|constrain\\|>[^<]{0,40})?<\\|message\\|>',
    '(?<turn><\\|(?:end|return|call|start)\\|>)',
    '(?<final>assistantfinal)',
  ].join('|'),
  'gi',
);

/** The first mark at or after a place. `assistantfinal` is what is left of a final channel's marks where the server drops special tokens. */
export function markAfter(text: string, from: number): Mark | undefined {
  MARKS.lastIndex = from;
  for (let match = MARKS.exec(text); match; match = MARKS.exec(text)) {
    const mark = markOf(match);
    if (match.groups!.final === undefined || /^\s{0,9}analysis/.test(text)) return mark;
  }
  return undefined;
}

function markOf(match: RegExpExecArray): Mark {
  const groups = match.groups as Record<string, string | undefined>;
  const { index: at } = match;
  const of = (family: Family, kind: Mark['kind']): Mark => ({ at, end: at + match[0].length, kind, family });
  const { slash, bracket, triangle, thought, cohere, unused, tagged, channel, turn, final } = groups;
  if (slash !== undefined) return of('tag', slash === '' ? 'open' : 'close');
  if (bracket !== undefined) return of('bracket', bracket === '' ? 'open' : 'close');
  if (triangle !== undefined) return of('triangle', triangle === '' ? 'open' : 'close');
  if (thought !== undefined) return of('thought', thought.toLowerCase() === 'begin' ? 'open' : 'close');
  if (cohere !== undefined) return of('cohere', cohere.toLowerCase() === 'start' ? 'open' : 'close');
  if (unused !== undefined) return of('unused', unused === '94' ? 'open' : 'close');
  if (tagged !== undefined) return of('channel-tag', 'close');
  if (channel !== undefined) return of('channel', channel.toLowerCase() === 'final' ? 'final' : 'open');
  if (turn !== undefined) return of('channel', 'turn');
  return final !== undefined ? of('channel', 'final') : of('channel-tag', 'open');
}

/** An answer without its reasoning. */
export interface WithoutReasoning {
  /** What is left; a line end stands where reasoning was. */
  text: string;
  /** The text ends inside reasoning. */
  open: boolean;
  /** A closing mark came whose opening is not in the text, and what stood before it was dropped: the template opens the thinking. */
  bareClose: boolean;
}

/**
 * Takes the reasoning out of an answer. Of nested marks all must be closed while more text may come; when none comes, the last closing mark
 * ends it (a model may name the opening mark while it thinks). A bare close drops everything before it. Linear in the text's length.
 * @param ended no more text comes
 */
export function withoutReasoning(answer: string, ended: boolean): WithoutReasoning {
  let kept: string[] = [];
  let from = 0;
  let inside: Family | undefined;
  let depth = 0;
  let openAt = -1;
  let closedAt = -1;
  let final = false;
  let bareClose = false;
  for (let mark = markAfter(answer, 0); mark; mark = markAfter(answer, mark.end)) {
    const { kind, family, at, end } = mark;
    if (kind === 'final') {
      // A second one is text that the model goes on with after its answer.
      if (inside === undefined && final) kept.push(answer.slice(from, at), '\n');
      else if (!final) kept = [];
      final = true;
      inside = undefined;
      from = end;
    } else if (inside === undefined) {
      if (kind === 'turn') continue;
      if (kind === 'open' || final) kept.push(answer.slice(from, at), '\n');
      else {
        kept = [];
        bareClose = true;
      }
      from = end;
      if (kind !== 'open') continue;
      inside = family;
      depth = 1;
      openAt = at;
      closedAt = -1;
    } else if (family !== inside) continue;
    else if (kind === 'open') {
      if (family !== 'channel') depth++;
      openAt = at;
    } else if (kind === 'turn' || --depth === 0) {
      inside = undefined;
      from = end;
    } else closedAt = end;
  }
  if (inside !== undefined && ended && closedAt > openAt) {
    inside = undefined;
    from = closedAt;
  }
  // An opening mark that is not whole yet stays: no action has such a character in it.
  if (inside === undefined) kept.push(answer.slice(from));
  return { text: kept.join(''), open: inside !== undefined, bareClose };
}

/** Whether a text that begins with such a character may be the beginning of a mark: then a stream waits for the rest. */
export function mayBecomeMark(text: string): boolean {
  if (/^(?:<[^<>;\n]{0,80}|\[\/?[a-z]{0,5}|\u25c1[^\u25b7]{0,8})$/i.test(text)) return true;
  return text.length <= 240 && /^<\|(?:start|channel)\|>/i.test(text) && !/<\|message\|>/i.test(text);
}

/** How many characters at a text's end may be the beginning of a mark. */
export function partialMark(text: string): number {
  for (let at = text.length - 1; at >= 0 && text.length - at <= 240; at--) {
    const c = text[at];
    if ((c === '<' || c === '[' || c === '\u25c1') && mayBecomeMark(text.slice(at))) {
      const whole = text.slice(0, at).search(/<\|(?:start|channel)\|>[^<]{0,80}$/i);
      return text.length - (whole >= 0 ? whole : at);
    }
  }
  return 0;
}
