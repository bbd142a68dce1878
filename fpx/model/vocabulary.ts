/** A model's vocabulary as answers are guided through it. */
import type { Vocabulary } from '../grammar/token-masks.js';
import { TokenTrie } from '../text/token-trie.js';
import type { Tokenizer } from '../text/tokenizer.js';

/** Answers of this model cannot be kept to a form: why. */
export class VocabularyError extends Error {
  override name = 'VocabularyError';
}

/** Bytes that UTF-8 never has. */
const NOT_UTF8 = (byte: number): boolean => byte === 0xc0 || byte === 0xc1 || byte >= 0xf5;

/**
 * Makes it. Every byte must have a token of its own: then whatever may follow in a text can be written, and no answer gets stuck.
 * @param size the model's logits @throws VocabularyError
 */
export function guidedVocabulary(tokenizer: Tokenizer, endTokens: ReadonlySet<number>, size: number): Vocabulary {
  const { spelling } = tokenizer;
  if (spelling === undefined)
    throw new VocabularyError("this model's tokens have no bytes of their own: its tokenizer is neither byte-level nor SentencePiece");
  const bytes = spelling.bytes.slice(0, size).map((each, id) => (endTokens.has(id) ? undefined : each));
  const single = new Set(bytes.flatMap((each) => (each?.length === 1 ? [each[0]!] : [])));
  for (let byte = 0; byte < 256; byte++) {
    if (!single.has(byte) && !NOT_UTF8(byte)) throw new VocabularyError(`this model's vocabulary has no token for the single byte ${byte}`);
  }
  const first = spelling.firstLosesSpace ? bytes.map((each) => (each?.[0] === 0x20 ? each.subarray(1) : each)) : undefined;
  return { size, endTokens, bytes, trie: new TokenTrie(bytes), ...(first ? { first: { bytes: first, trie: new TokenTrie(first) } } : {}) };
}
