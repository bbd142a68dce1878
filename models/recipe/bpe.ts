/**
 * Byte-level byte-pair encoding: the trainer and its own encoder. Pieces are cut as BLOOM's tokenizer cuts them, so that the
 * Rust tokenizers, transformers, vLLM and llama.cpp (pre-tokenizer `bloom`) all give the same ids. No merge ever joins a digit
 * to anything but one leading space: a number is read digit by digit, whatever stands beside it.
 */

/** The pre-tokenizer: a run of anything but white space and sentence punctuation, with one space before it. Gaps are pieces of their own. */
export const PIECE_PATTERN = ' ?[^(\\s|.,!?…。，、।۔،)]+';

/** GPT-2's printable stand-in for each byte: bytes that print are themselves, the others follow from U+0100. */
export const BYTE_SYMBOLS: readonly string[] = (() => {
  const symbols: string[] = [];
  let next = 256;
  for (let byte = 0; byte < 256; byte++) {
    const prints = (byte >= 33 && byte <= 126) || (byte >= 161 && byte <= 172) || byte >= 174;
    symbols.push(String.fromCharCode(prints ? byte : next++));
  }
  return symbols;
})();

const SPACE = BYTE_SYMBOLS[32]!;

/** A vocabulary and its merges, in rank order, both written with `BYTE_SYMBOLS`. */
export interface Vocabulary {
  tokens: string[];
  merges: [string, string][];
}

/** Cuts a text into the pieces that are encoded one by one; together they are the text. */
export function pieces(text: string): string[] {
  const cut: string[] = [];
  let end = 0;
  for (const match of text.matchAll(new RegExp(PIECE_PATTERN, 'gu'))) {
    if (match.index > end) cut.push(text.slice(end, match.index));
    cut.push(match[0]);
    end = match.index + match[0].length;
  }
  if (end < text.length) cut.push(text.slice(end));
  return cut;
}

function symbolsOf(piece: string): string[] {
  return Array.from(new TextEncoder().encode(piece), (byte) => BYTE_SYMBOLS[byte]!);
}

/** Whether a merge may make this token: without digits, or one digit after a space. */
function mayBecome(token: string): boolean {
  return !/[0-9]/.test(token) || (token.length === 2 && token.startsWith(SPACE));
}

/** The vocabulary without any merge: the special tokens and the bytes. */
export function bytesAlone(specials: readonly string[]): Vocabulary {
  return { tokens: [...specials, ...BYTE_SYMBOLS], merges: [] };
}

/**
 * Learns merges from weighted texts (most frequent pair first, ties in the order of the pairs' text) until the vocabulary has
 * `size` tokens or no pair occurs twice.
 * @param base what to begin with, which keeps its ids and merges: `bytesAlone`, or a vocabulary that weights were trained with
 */
export function trainBpe(texts: Iterable<{ text: string; weight: number }>, base: Vocabulary, size: number): Vocabulary {
  const counts = new Map<string, number>();
  for (const { text, weight } of texts) for (const piece of pieces(text)) counts.set(piece, (counts.get(piece) ?? 0) + weight);
  const before = new BpeEncoder(base);
  const words = Array.from(counts, ([piece, count]) => ({ symbols: before.encode(piece).map((id) => base.tokens[id]!), count }));
  const tokens = [...base.tokens];
  const known = new Set(tokens);
  const merges = [...base.merges];
  while (tokens.length < size) {
    const pairs = new Map<string, number>();
    for (const { symbols, count } of words)
      for (let i = 1; i < symbols.length; i++) {
        const left = symbols[i - 1]!;
        const right = symbols[i]!;
        if (mayBecome(left + right)) pairs.set(`${left} ${right}`, (pairs.get(`${left} ${right}`) ?? 0) + count);
      }
    let best = '';
    let most = 1;
    for (const [pair, count] of pairs)
      if (count > most || (count === most && best !== '' && pair < best)) {
        best = pair;
        most = count;
      }
    if (best === '') break;
    const [left, right] = best.split(' ') as [string, string];
    merges.push([left, right]);
    if (!known.has(left + right)) tokens.push(left + right);
    known.add(left + right);
    for (const word of words) if (word.symbols.includes(left)) word.symbols = joined(word.symbols, left, right);
  }
  return { tokens, merges };
}

function joined(symbols: string[], left: string, right: string): string[] {
  const result: string[] = [];
  for (let i = 0; i < symbols.length; i++) {
    if (symbols[i] === left && symbols[i + 1] === right) {
      result.push(left + right);
      i++;
    } else result.push(symbols[i]!);
  }
  return result;
}

/** Encodes plain text (special tokens in it are text here) with a vocabulary: in every piece the lowest-ranked merge first. */
export class BpeEncoder {
  private readonly ids: Map<string, number>;
  private readonly ranks: Map<string, number>;
  private readonly cache = new Map<string, number[]>();

  constructor(vocabulary: Vocabulary) {
    this.ids = new Map(vocabulary.tokens.map((token, id) => [token, id]));
    this.ranks = new Map(vocabulary.merges.map(([left, right], rank) => [`${left} ${right}`, rank]));
  }

  /** The id of a token, special ones included. @throws RangeError for one that is not in the vocabulary. */
  id(token: string): number {
    const id = this.ids.get(token);
    if (id === undefined) throw new RangeError(`no token ${JSON.stringify(token)} in the vocabulary`);
    return id;
  }

  encode(text: string): number[] {
    return pieces(text).flatMap((piece) => this.piece(piece));
  }

  private piece(piece: string): number[] {
    const kept = this.cache.get(piece);
    if (kept) return kept;
    let symbols = symbolsOf(piece);
    for (;;) {
      let best = Infinity;
      let at = -1;
      for (let i = 1; i < symbols.length; i++) {
        const rank = this.ranks.get(`${symbols[i - 1]} ${symbols[i]}`) ?? Infinity;
        if (rank < best) {
          best = rank;
          at = i;
        }
      }
      if (at < 0) break;
      symbols = joined(symbols, symbols[at - 1]!, symbols[at]!);
    }
    const ids = symbols.map((symbol) => this.id(symbol));
    if (this.cache.size < 200_000) this.cache.set(piece, ids);
    return ids;
  }
}
