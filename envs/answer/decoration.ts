/**
 * What models put around an action: bullets, numbering, quotes, bold, code spans and fences, tags, boxes, remarks, full-width marks. All of it
 * is taken off here, for every task alike, and never guessed at: a word that is no action is not turned into one.
 */

/** A line without its decoration. */
export interface PlainLine {
  text: string;
  /** A bullet or a number stood before it. */
  item: boolean;
}

/** A task's own ways to write, made plain: in a text in lower case, before tags are taken off, and after all other decoration is. */
export interface Spelling {
  before?(text: string): string;
  after?(text: string): string;
}

/**
 * Invisible characters, and full-width forms as East Asian keyboards write them: `；` is a semicolon. One character at a time, so that what
 * a beginning of a text becomes is a beginning of what the text becomes.
 */
export function plainCharacters(text: string): string {
  return text
    .replace(/[\u00ad\u200b-\u200d\u2060\ufeff]/g, '')
    .replace(/[\uff01-\uff5e]/g, (c) => String.fromCharCode(c.charCodeAt(0) - 0xfee0))
    .replace(/[\ufe14\ufe54\u061b]/g, ';')
    .replace(/\u2212/g, '-')
    .replace(/\u3001/g, ',')
    .replace(/\u3002/g, '. ');
}

/** What a model wrote and struck out again, in the way of Markdown. */
const STRUCK = /(?<!~)~~(?!~)[^~\n]{1,400}~~(?!~)/g;

/** The text without what is struck out in it. */
export function withoutStruck(text: string): string {
  return text.replace(STRUCK, ' ');
}

const NUMBERED = /^(?:(?:step|action|move|order) ?)?\(?\d+ ?[.):] ?(?=[a-z_])/;
const BULLETS = /^[\s>#+,\u2022\u00b7\u2013\u2014-]+/;
/** The language behind a fence's opening. */
const FENCE =
  /^[^\S\n]*(?:`{3,}|~{3,})[^\S\n]*(?:text|txt|plain(?:text)?|json5?|ya?ml|markdown|md|python|bash|sh|shell|js|javascript|answer|output|none)[^\S\n]*$(?=\n\s*[^\s`~])/gim;

/** Numbers of a list before a line, or before a part of it, taken off. */
export function withoutNumber(text: string): string {
  return text.replace(NUMBERED, '');
}

/** The lines of a text without their decoration, empty ones between, in lower case. A sentence is a line of its own. */
export function plainLines(text: string, spelling: Spelling = {}): PlainLine[] {
  const lower = text
    .replace(FENCE, '')
    .replace(/[A-Z]+/g, (capitals) => capitals.toLowerCase())
    .replace(/[^\S\n]+/g, ' ');
  const bare = (spelling.before?.(lower) ?? lower)
    .replace(/<[|/]{0,2}[a-z_][\w|:=-]{0,30}(?: [^<>\n]{0,60}=[^<>\n]{0,60})?[|/]?>/g, '\n')
    .replace(/\\n/g, '\n')
    .replace(/\\(?:boxed|text[a-z]*)?/g, '')
    .replace(/[`"'*{}<[\]~\u2018-\u201f\u00ab\u00bb\u300c-\u300f]|\$(?!\d)/g, '')
    .replace(/[\u2192\u21d2\u2794\u279c\u27f6]|[-=]>/g, ',')
    .replace(/(?<=[a-z_] ?)\( ?(\d+) ?(?:frames?|f)? ?\)/g, ' $1 ')
    .replace(/\([^()\n]*\)/g, ' ');
  return (spelling.after?.(bare) ?? bare).split('\n').flatMap((line) => {
    const open = line.replace(/(?<=[a-z\d,] ?)(?:\/\/|# ?(?=[a-z])).*$/, '');
    const plain = withoutNumber(open.replace(BULLETS, ''));
    const item = plain.length < open.trimStart().length;
    return plain
      .split(/(?<![,|] ?\d{1,2})[.!]+(?=\s|$)/)
      .map((sentence, i) => ({ text: sentence.replace(/^>+|>+$/g, '').trim(), item: item && i === 0 }));
  });
}
