/**
 * Text to tokens and back, by the model folder's own `tokenizer.json`, and detokenisation one token at a time for streams.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import * as huggingFace from '@huggingface/tokenizers';
import { z } from 'zod';
import { tokenBytes, type TokenBytes } from './token-bytes.js';
import { CheckpointError, isBrokenLink, readJson, readJsonIfThere, readTextIfThere } from '../checkpoint/files.js';

/** What is used of the library, whose own declarations do not resolve under NodeNext. */
interface LibraryTokenizer {
  encode(text: string, options: { add_special_tokens: boolean }): { ids: (number | undefined)[]; tokens: string[] };
  decode(ids: number[], options: { skip_special_tokens: boolean; clean_up_tokenization_spaces: boolean }): string;
  token_to_id(token: string): number | undefined;
}

const LibraryTokenizer = (huggingFace as unknown as { Tokenizer: new (json: object, config: object) => LibraryTokenizer }).Tokenizer;

/** A model folder's tokenizer cannot be used: which file, and what is wrong. */
export class TokenizerError extends Error {
  override name = 'TokenizerError';
}

/** Special tokens are written as a string, or as an object that also says how they are stripped. */
const specialToken = z.union([z.string(), z.looseObject({ content: z.string() }).transform((token) => token.content)]).nullish();

const tokenizerConfigSchema = z.looseObject({
  bos_token: specialToken,
  eos_token: specialToken,
  unk_token: specialToken,
  pad_token: specialToken,
  chat_template: z.union([z.string(), z.array(z.looseObject({ name: z.string(), template: z.string() }))]).nullish(),
});

/** What `tokenizer_config.json` says, as far as it is used here. */
export type TokenizerConfig = z.infer<typeof tokenizerConfigSchema>;

const addedToken = z.looseObject({
  id: z.number().int(),
  content: z.string(),
  ...{
    lstrip: z.boolean().nullish(),
    rstrip: z.boolean().nullish(),
    single_word: z.boolean().nullish(),
    special: z.boolean().nullish(),
    normalized: z.boolean().nullish(),
  },
});

/** Parts of `tokenizer.json` that the library requires to be there, null or not. */
const tokenizerSchema = z
  .looseObject({
    ...{ normalizer: z.unknown().nullish(), pre_tokenizer: z.unknown().nullish() },
    decoder: z.unknown().nullish(),
    model: z.looseObject({ byte_fallback: z.unknown().optional() }),
    added_tokens: z.array(addedToken).nullish(),
  })
  .transform((json) => ({
    normalizer: null,
    pre_tokenizer: null,
    post_processor: null,
    decoder: null,
    ...json,
    added_tokens: json.added_tokens ?? [],
  }));

/** What `read` reads, its error as one of the tokenizer's. */
function orTokenizerError<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (error instanceof CheckpointError) throw new TokenizerError(error.message, { cause: error });
    throw error;
  }
}

function parseFile<T>(path: string, schema: z.ZodType<T>, raw: unknown): T {
  const parsed = schema.safeParse(raw);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  throw new TokenizerError(`${path}: ${issue?.path.join('.') || '(top level)'}: ${issue?.message}`);
}

type TokenizerJson = z.output<typeof tokenizerSchema>;

/** Sections of at least this many characters are remembered (prompts begin with long texts that never change), this many of them. */
const REMEMBERED_LENGTH = 256;
const REMEMBERED_SECTIONS = 64;

/**
 * Finds the special tokens written in a text. Between two of them a text is tokenised on its own, so a section seen before
 * need not be tokenised again. Undefined where sections do depend on their neighbours: tokens that strip them or stand for
 * words only, and Metaspace, which treats a text's first section in a way of its own.
 */
function sectionPattern(json: TokenizerJson): RegExp | undefined {
  const added = json.added_tokens;
  const dependent = added.some((token) => token.lstrip || token.rstrip || token.single_word || (token.normalized && json.normalizer));
  if (dependent || JSON.stringify(json.pre_tokenizer).includes('Metaspace')) return undefined;
  const contents = added.map((token) => token.content).filter((content) => content !== '');
  if (contents.length === 0) return undefined;
  const escaped = contents.sort((a, b) => b.length - a.length).map((content) => content.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&'));
  return new RegExp(`(${escaped.join('|')})`, 'u');
}

/** Every token of a vocabulary; the kinds of models write it as {token: id} or as [[token, score], ...]. */
function tokensOf(json: TokenizerJson): { content: string; id: number }[] {
  const { vocab } = json.model as { vocab?: Record<string, number> | [string, number][] };
  const own = Array.isArray(vocab)
    ? vocab.map(([content], id) => ({ content, id }))
    : Object.entries(vocab ?? {}).map(([content, id]) => ({ content, id }));
  return [...own, ...json.added_tokens];
}

/** What vocabularies are saved as beside tokenizer.json. */
const OTHER_FORMS = ['tokenizer.model', 'vocab.json', 'tekken.json', 'vocab.txt'];

/** The first merge whose pieces or result the vocabulary lacks, as text; undefined when there is none, or the model has no merges. */
function foreignMerge(json: TokenizerJson): string | undefined {
  const {
    vocab,
    merges,
    continuing_subword_prefix: prefix,
  } = json.model as {
    vocab?: Record<string, number>;
    merges?: unknown;
    continuing_subword_prefix?: string | null;
  };
  // With a prefix, what a merge becomes is spelled in another way.
  if (!Array.isArray(merges) || vocab === undefined || Array.isArray(vocab) || prefix) return undefined;
  const pieces = merges.map((merge: unknown) => (typeof merge === 'string' ? merge.split(' ') : merge));
  const known = (piece: unknown): boolean => typeof piece === 'string' && Object.hasOwn(vocab, piece);
  const bad = pieces.find((pair) => !Array.isArray(pair) || pair.length !== 2 || !pair.every(known) || !known(pair.join('')));
  return bad === undefined ? undefined : JSON.stringify(bad);
}

/** A model's vocabulary. Token ids are those of the model's embedding table. */
export class Tokenizer {
  private readonly sections: RegExp | undefined;
  private readonly remembered = new Map<string, readonly number[]>();
  /** Characters of the longest token: a text of n times as many has at least n tokens. */
  readonly longestToken: number;
  private spelled: TokenBytes | null | undefined;
  /** The largest id that a text can become; a model needs that many embeddings and one more. */
  readonly largestId: number;

  private constructor(
    private readonly library: LibraryTokenizer,
    readonly config: TokenizerConfig,
    private readonly json: TokenizerJson,
  ) {
    this.sections = sectionPattern(json);
    const vocabulary = tokensOf(json);
    this.longestToken = vocabulary.reduce((longest, { content }) => Math.max(longest, content.length), 1);
    this.largestId = vocabulary.reduce((largest, { id }) => Math.max(largest, id), 0);
  }

  /**
   * Reads `tokenizer.json` and, when they are there, `tokenizer_config.json` and `chat_template.jinja`, which comes before the template of
   * tokenizer_config.json. @throws TokenizerError
   */
  static async load(modelDir: string): Promise<Tokenizer> {
    const path = join(modelDir, 'tokenizer.json');
    const others = OTHER_FORMS.filter((name) => existsSync(join(modelDir, name)));
    if (others.length > 0 && !existsSync(path) && !isBrokenLink(path)) {
      throw new TokenizerError(
        `${path} is missing; ${others.join(' and ')} alone is not read: save it as tokenizer.json with transformers`,
      );
    }
    const json = parseFile(
      path,
      tokenizerSchema,
      orTokenizerError(() => readJson(path)),
    );
    const merge = foreignMerge(json);
    if (merge !== undefined) {
      throw new TokenizerError(
        `${path}: model.merges: ${merge}; accepted are pairs of pieces that, with what they become, are in model.vocab`,
      );
    }
    const configPath = join(modelDir, 'tokenizer_config.json');
    const config = parseFile(configPath, tokenizerConfigSchema, orTokenizerError(() => readJsonIfThere(configPath)) ?? {});
    const template = orTokenizerError(() => readTextIfThere(join(modelDir, 'chat_template.jinja')));
    if (template !== undefined) config.chat_template = template;
    try {
      return new Tokenizer(new LibraryTokenizer(json, config), config, json);
    } catch (error) {
      throw new TokenizerError(`${path}: the tokenizer library does not support it: ${(error as Error).message}`);
    }
  }

  /**
   * Token ids of a text. Special tokens written in it are recognised; none is added unless `addSpecialTokens`
   * (a chat template writes its own). @throws TokenizerError when a piece has no token and the vocabulary no unknown token
   */
  encode(text: string, options: { addSpecialTokens?: boolean } = {}): number[] {
    if (options.addSpecialTokens || this.sections === undefined) return this.tokenise(text, options.addSpecialTokens ?? false);
    const ids: number[] = [];
    for (const section of text.split(this.sections)) for (const id of this.section(section)) ids.push(id);
    return ids;
  }

  private section(text: string): readonly number[] {
    if (text.length < REMEMBERED_LENGTH) return text === '' ? [] : this.tokenise(text, false);
    let ids = this.remembered.get(text);
    if (ids) this.remembered.delete(text);
    else ids = this.tokenise(text, false);
    this.remembered.set(text, ids);
    const [oldest] = this.remembered.keys();
    if (this.remembered.size > REMEMBERED_SECTIONS && oldest !== undefined) this.remembered.delete(oldest);
    return ids;
  }

  private tokenise(text: string, addSpecialTokens: boolean): number[] {
    const { ids, tokens } = this.library.encode(text, { add_special_tokens: addSpecialTokens });
    const missing = ids.findIndex((id) => !Number.isInteger(id));
    if (missing >= 0) throw new TokenizerError(`no token for ${JSON.stringify(tokens[missing])}, and the vocabulary has no unknown token`);
    return ids as number[];
  }

  /**
   * The text of tokens, exactly as they spell it (no clean-up of spaces). Incomplete UTF-8 becomes U+FFFD. Special tokens are left out
   * by default.
   */
  decode(ids: readonly number[], options: { keepSpecialTokens?: boolean } = {}): string {
    if (ids.length === 0) return '';
    return this.library.decode([...ids], { skip_special_tokens: !options.keepSpecialTokens, clean_up_tokenization_spaces: false });
  }

  /** The bytes of every token, where tokens of this vocabulary have bytes of their own. Worked out when it is first asked for. */
  get spelling(): TokenBytes | undefined {
    if (this.spelled === undefined) this.spelled = tokenBytes(this.json, tokensOf(this.json)) ?? null;
    return this.spelled ?? undefined;
  }

  /** The id of a token written out, such as `<|im_end|>`. */
  id(token: string): number | undefined {
    return this.library.token_to_id(token);
  }
}

const REPLACEMENT = '\uFFFD';

/**
 * Turns tokens into text one at a time: what has been returned so far is always a prefix of the whole text, and never ends in
 * half a character. Each step decodes a short window that begins at the last piece already shown, because many
 * decoders treat the first token of a text specially (a leading space, a stripped prefix).
 */
export class StreamingDetokenizer {
  private readonly ids: number[] = [];
  private windowStart = 0;
  private shownEnd = 0;

  constructor(private readonly tokenizer: Tokenizer) {}

  /** The text that this token completes; empty while a character's bytes are still to come. */
  push(id: number): string {
    this.ids.push(id);
    const shown = this.tokenizer.decode(this.ids.slice(this.windowStart, this.shownEnd));
    const whole = this.tokenizer.decode(this.ids.slice(this.windowStart));
    if (whole.length <= shown.length || whole.endsWith(REPLACEMENT)) return '';
    this.windowStart = this.shownEnd;
    this.shownEnd = this.ids.length;
    return whole.slice(shown.length);
  }

  /** What is left when no token follows: an unfinished character appears as U+FFFD. */
  flush(): string {
    const shown = this.tokenizer.decode(this.ids.slice(this.windowStart, this.shownEnd));
    const whole = this.tokenizer.decode(this.ids.slice(this.windowStart));
    this.windowStart = this.shownEnd = this.ids.length;
    return whole.slice(shown.length);
  }
}
