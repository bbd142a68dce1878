/**
 * Words of a submitter that others will read: in terminals, in tables, on pages, in spreadsheets. What could be taken for a command by any of
 * these is refused where it comes in, and everything is still shown as text only.
 */
import { z } from 'zod';

/** Letters of any script with their marks, digits, spaces and plain punctuation; no control characters, no `<` and `>`, nothing that turns the writing. */
const PLAIN = /^[\p{L}\p{M}\p{N} .,:;!?'"`()[\]{}@#%&*+/\\=_|~^$€°µ×–—-]*$/u;
/** A spreadsheet takes a cell that begins otherwise for a formula. */
const BEGINNING = /^[\p{L}\p{N}(]/u;

/** A line of plain text that begins with a letter or a digit. @param most characters */
export function plainLine(most: number) {
  return z
    .string()
    .min(1, 'at least one character')
    .max(most, `at most ${most} characters`)
    .regex(PLAIN, 'letters, digits, spaces and plain punctuation; no control characters, no < and >')
    .regex(BEGINNING, 'it begins with a letter or a digit');
}

/** Text of a machine's own as such a line: what does not belong there is left out. Undefined where nothing is left. */
export function asPlainLine(text: string, most: number): string | undefined {
  const kept = [...text].filter((character) => PLAIN.test(character)).join('').replace(/ +/g, ' ').replace(/^[^\p{L}\p{N}(]+/u, '').trim(); // prettier-ignore
  return kept === '' ? undefined : kept.slice(0, most).trim();
}
