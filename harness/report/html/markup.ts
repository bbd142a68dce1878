/** HTML from templates in which every text is escaped unless it is markup already: names, reasons and answers come from outside. */

import { seen } from '../unseen.js';

/** A piece of HTML. Only `markup` and `join` make one. */
export class Markup {
  constructor(readonly text: string) {}
}

export type Part = Markup | string | number | null | undefined | false | readonly Part[];

const ESCAPED: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };

/** A text as it stands in an element or in a quoted attribute. Characters that no page may hold, those that turn the direction of writing and those that nobody sees become a question mark of their own. */
export function escaped(text: string): string {
  return seen(text).replace(/[&<>"']/g, (character) => ESCAPED[character]!).replace(/[^\t\n\r\u0020-\u007e\u00a0-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu, '\ufffd'); // prettier-ignore
}

function shown(part: Part): string {
  if (part === null || part === undefined || part === false) return '';
  if (part instanceof Markup) return part.text;
  if (typeof part === 'string') return escaped(part);
  if (typeof part === 'number') return String(part);
  return (part as readonly Part[]).map(shown).join('');
}

/** A template of HTML. What is put in is escaped, unless it is markup; of a list, each. Attributes have to stand in quotes. */
export function markup(strings: TemplateStringsArray, ...parts: readonly Part[]): Markup {
  return new Markup(strings.map((text, i) => text + (i < parts.length ? shown(parts[i]) : '')).join(''));
}

/** A part's HTML as text: for whoever writes the file. */
export const textOf = (part: Part): string => shown(part);
