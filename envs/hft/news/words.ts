/**
 * What the words of an item sound like, without understanding them: how part of the crowd reads, and the bot `keywords`. Right where a sentence
 * says what it seems to say.
 */
import { VERBS } from './phrases.js';

/** Words with a ring to them, in all their forms. */
const GOOD = new Set(forms('raise lift win gain open reopen expand', 'rose grew profit larger'));
const BAD = new Set(forms('cut lower lose miss close halt', 'fell shrank loss smaller'));

function forms(verbs: string, words: string): string[] {
  const inflected = verbs.split(' ').flatMap((verb) => {
    const { finite, base, gerund } = VERBS[verb]!;
    return [finite, base, gerund];
  });
  return [...inflected, ...words.split(' ')];
}

/** 1 where an item has more good words than bad ones, -1 where it has fewer, else 0. */
export function wordsSign(text: string): 1 | 0 | -1 {
  let sum = 0;
  for (const word of text.toLowerCase().split(/[^a-z]+/)) sum += GOOD.has(word) ? 1 : BAD.has(word) ? -1 : 0;
  return sum > 0 ? 1 : sum < 0 ? -1 : 0;
}
