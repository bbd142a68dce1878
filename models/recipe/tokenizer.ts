/**
 * Makes the reference models' tokenizer from the texts they are played with, as Hugging Face's files. Run it once before training:
 * a tokenizer belongs to the weights that were trained with it. With `--extend` the committed tokens stay and those of the news are added, for
 * weights that go on from the committed ones.
 *
 *     node dist/models/recipe/tokenizer.js
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { loadPrompt, promptNames } from '../../harness/configuration/prompts.js';
import { taskNamed } from '../../harness/match/tasks.js';
import { BYTE_SYMBOLS, BpeEncoder, PIECE_PATTERN, bytesAlone, trainBpe, type Vocabulary } from './bpe.js';
import { CHAT_TEMPLATE } from './chat.js';
import { MODELS, TASKS, modelFolder, readSamples } from './material.js';

/** Special tokens, their ids in this order from 0. */
export const SPECIALS = ['<pad>', '<s>', '</s>', '<|system|>', '<|user|>', '<|assistant|>'] as const;

/** Tokens in all: every token costs a row of the tied embedding. */
const SIZE = 1280;
/** States a task that merges are learned from, and how often each static text counts beside them. */
const STATES = 20_000;
const STATIC_WEIGHT = 300;

/** `tokenizer.json` of a vocabulary. */
export function tokenizerJson(vocabulary: Vocabulary): object {
  return {
    version: '1.0',
    truncation: null,
    padding: null,
    added_tokens: SPECIALS.map((content, id) => ({
      id,
      content,
      single_word: false,
      lstrip: false,
      rstrip: false,
      normalized: false,
      special: true,
    })),
    normalizer: null,
    pre_tokenizer: {
      type: 'Sequence',
      pretokenizers: [
        { type: 'Split', pattern: { Regex: PIECE_PATTERN }, behavior: 'Isolated', invert: false },
        { type: 'ByteLevel', add_prefix_space: false, trim_offsets: true, use_regex: false },
      ],
    },
    post_processor: null,
    decoder: { type: 'ByteLevel', add_prefix_space: false, trim_offsets: true, use_regex: false },
    model: {
      type: 'BPE',
      dropout: null,
      unk_token: null,
      continuing_subword_prefix: null,
      end_of_word_suffix: null,
      fuse_unk: false,
      byte_fallback: false,
      ignore_merges: false,
      vocab: Object.fromEntries(vocabulary.tokens.map((token, id) => [token, id])),
      merges: vocabulary.merges.map(([left, right]) => `${left} ${right}`),
    },
  };
}

/** `tokenizer_config.json`: names of the special tokens and the chat template. */
export function tokenizerConfig(): object {
  return {
    tokenizer_class: 'PreTrainedTokenizerFast',
    bos_token: '<s>',
    eos_token: '</s>',
    pad_token: '<pad>',
    add_bos_token: false,
    add_eos_token: false,
    clean_up_tokenization_spaces: false,
    model_max_length: 1024,
    chat_template: CHAT_TEMPLATE,
  };
}

/** The vocabulary in a model's `tokenizer.json`. */
export function readVocabulary(folder: string): Vocabulary {
  const { model } = JSON.parse(readFileSync(join(folder, 'tokenizer.json'), 'utf8')) as {
    model: { vocab: Record<string, number>; merges: string[] };
  };
  const tokens: string[] = [];
  for (const [token, id] of Object.entries(model.vocab)) tokens[id] = token;
  return { tokens, merges: model.merges.map((merge) => merge.split(' ') as [string, string]) };
}

/** A weighted text to learn merges from. */
interface Text {
  text: string;
  weight: number;
}

/** Everything that models read and write. */
async function allTexts(): Promise<Text[]> {
  const texts: Text[] = [];
  for (const task of TASKS) {
    for (const name of promptNames(taskNamed(task))) {
      const { system, user } = loadPrompt(taskNamed(task), name).fill('');
      texts.push({ text: `${system}\n${user}`, weight: STATIC_WEIGHT });
    }
    const words = new Set<string>();
    let count = 0;
    for await (const { state, answer } of readSamples(task)) {
      texts.push({ text: state, weight: 1 }, { text: answer, weight: 4 });
      for (const [word] of `${state}\n${answer}`.matchAll(/ [a-z_]+/g)) words.add(word);
      if (++count === STATES) break;
    }
    // Every name of a field or an action becomes one token, however rare.
    for (const word of words) texts.push({ text: word, weight: STATIC_WEIGHT * 4 });
  }
  return texts;
}

/** The lines of the market's states that are new with news: who is who, and the items. */
async function newsTexts(): Promise<Text[]> {
  const texts: Text[] = [];
  for await (const { state } of readSamples('hft'))
    for (const text of state.split('\n')) if (/^(you|news|age) /.test(text)) texts.push({ text, weight: 1 });
  return texts;
}

async function main(): Promise<void> {
  const extend = process.argv.includes('--extend');
  const base = extend ? readVocabulary(modelFolder(MODELS[0])) : bytesAlone(SPECIALS);
  const texts = extend ? await newsTexts() : await allTexts();
  const vocabulary = trainBpe(texts, base, SIZE);
  for (const model of MODELS) {
    const folder = modelFolder(model);
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, 'tokenizer.json'), JSON.stringify(tokenizerJson(vocabulary), null, 1) + '\n');
    writeFileSync(join(folder, 'tokenizer_config.json'), JSON.stringify(tokenizerConfig(), null, 2) + '\n');
  }
  const encoder = new BpeEncoder(vocabulary);
  const sample = texts.find(({ weight }) => weight === 1)!.text;
  console.log(`${vocabulary.tokens.length} tokens, ${vocabulary.tokens.length - BYTE_SYMBOLS.length - SPECIALS.length} merged`);
  console.log(`a text of ${sample.length} characters has ${encoder.encode(sample).length} tokens`);
}

if (process.argv[1] && import.meta.url === pathToFileURL(process.argv[1]).href) await main();
