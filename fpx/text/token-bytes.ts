/**
 * The bytes that each token of a vocabulary stands for. A token may be a part of a character, so that its text alone says less: byte-level
 * vocabularies write every byte as a printable character, SentencePiece's write spaces as U+2581 and single bytes as `<0x0A>`.
 */

/** What of a `tokenizer.json` is looked at. */
export interface TokenSpelling {
  decoder?: unknown;
  model: { byte_fallback?: unknown };
  added_tokens: readonly { id: number; content: string; special?: unknown }[];
}

export interface TokenBytes {
  /** By token id; undefined for special tokens, which have no text, and for ids that are no token. */
  bytes: readonly (Uint8Array | undefined)[];
  /** The first token of a text loses a space at its beginning. */
  firstLosesSpace: boolean;
}

/** By GPT-2's printable stand-in: the byte. Printable Latin-1 stands for itself, the others from U+0100 on, in order. */
const STAND_INS: ReadonlyMap<string, number> = (() => {
  const itself = (byte: number): boolean => (byte >= 33 && byte <= 126) || (byte >= 161 && byte <= 172) || (byte >= 174 && byte <= 255);
  let next = 256;
  return new Map(Array.from({ length: 256 }, (_, byte) => [String.fromCodePoint(itself(byte) ? byte : next++), byte]));
})();

/** The steps of a decoder, those of a sequence one by one. */
function stepsOf(decoder: unknown): { type?: unknown; content?: unknown; start?: unknown }[] {
  const { type, decoders } = (decoder ?? {}) as { type?: unknown; decoders?: unknown };
  if (type === 'Sequence' && Array.isArray(decoders)) return decoders.flatMap(stepsOf);
  return [(decoder ?? {}) as object];
}

/** How the decoder turns a token's name into bytes; undefined for a kind whose tokens have no bytes of their own. */
function spellingOf({ decoder, model }: TokenSpelling): { of(name: string): Uint8Array; firstLosesSpace: boolean } | undefined {
  const steps = stepsOf(decoder);
  if (steps.some(({ type }) => type === 'ByteLevel')) return { of: byteLevel, firstLosesSpace: false };
  const replaces = steps.some(({ type, content }) => type === 'Replace' && content === ' ');
  const metaspace = steps.some(({ type }) => type === 'Metaspace');
  if (!replaces && !metaspace) return undefined;
  const strips = metaspace || steps.some(({ type, content, start }) => type === 'Strip' && content === ' ' && Number(start) > 0);
  const byBytes = model.byte_fallback === true;
  return { of: (name) => sentencePiece(name, byBytes), firstLosesSpace: strips };
}

function byteLevel(name: string): Uint8Array {
  const bytes = Array.from(name, (character) => STAND_INS.get(character));
  return bytes.every((byte) => byte !== undefined) ? Uint8Array.from(bytes as number[]) : Buffer.from(name);
}

function sentencePiece(name: string, byBytes: boolean): Uint8Array {
  const byte = byBytes ? /^<0x([0-9A-Fa-f]{2})>$/.exec(name)?.[1] : undefined;
  return byte === undefined ? Buffer.from(name.replaceAll('\u2581', ' ')) : Uint8Array.of(parseInt(byte, 16));
}

/**
 * Spells a vocabulary. Undefined where the tokenizer's decoder is of another kind (WordPiece and the like), whose tokens become text only
 * together. @param vocabulary all tokens that are not added ones
 */
export function tokenBytes(json: TokenSpelling, vocabulary: Iterable<{ content: string; id: number }>): TokenBytes | undefined {
  const spelling = spellingOf(json);
  if (spelling === undefined) return undefined;
  const bytes: (Uint8Array | undefined)[] = [];
  for (const { content, id } of vocabulary) bytes[id] = spelling.of(content);
  for (const { content, id, special } of json.added_tokens) bytes[id] = special ? undefined : Buffer.from(content);
  return { bytes, firstLosesSpace: spelling.firstLosesSpace };
}
