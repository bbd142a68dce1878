/**
 * Words of others made safe to show: names, answers and reasons that came over a socket end in terminals, and an escape sequence in them
 * would move the cursor, recolour the screen or retitle the window.
 */

/** Control characters but line end and tab, and the marks that turn the direction of writing. */
const UNPRINTABLE = /(?![\n\t])\p{Cc}|[\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/gu;

/** The text with what a terminal would obey written out, `\u001b` for an escape. Line ends and tabs stay. */
export function printable(text: string): string {
  return text.replace(UNPRINTABLE, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`);
}
