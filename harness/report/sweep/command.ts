/** The command that was given, as a report tells it: in the words of a shell, keys cut out. */
import { redact } from '../../host/secrets.js';

/** A word as a shell takes it. */
export function quoted(word: string): string {
  return /^[A-Za-z0-9_@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", String.raw`'\''`)}'`;
}

/** `tickbench` with these words. A plan or folder outside the working folder is named by its last part: where it lies is its owner's alone. */
export function commandText(words: readonly string[]): string {
  return redact(['tickbench', ...words.map((word) => quoted(/^(?:\/|\.\.|[A-Za-z]:\\)/.test(word) ? (word.split(/[/\\]/).at(-1) ?? word) : word))].join(' ')); // prettier-ignore
}
