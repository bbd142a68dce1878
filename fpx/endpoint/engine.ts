/**
 * Loads a model folder into something that can be served: weights, vocabulary, chat template, and the tokens that end an answer.
 */
import { basename, resolve } from 'node:path';
import { identify } from '../checkpoint/identity.js';
import { ChatTemplate } from '../text/chat.js';
import { Generator } from '../model/generate.js';
import type { PrecisionChoice } from '../formats/precision.js';
import { endTokensOf } from '../text/end-tokens.js';
import { Tokenizer } from '../text/tokenizer.js';
import { Transformer } from '../model/transformer.js';
import type { ServedModel } from './completion.js';

export interface EngineOptions {
  modelDir: string;
  precision: PrecisionChoice;
  /** The name requests give; the folder's own name by default. */
  name?: string;
  /** Computing threads, 1 to 64; more than one only where nothing else wants the cores. */
  threads: number;
  prefixCache: boolean;
}

/** What the model cannot take of its tokenizer's ids, as a word. */
function vocabularyNotes(tokenizer: Tokenizer, vocabSize: number): string[] {
  if (tokenizer.largestId < vocabSize) return [];
  return [
    `tokenizer.json has ids up to ${tokenizer.largestId}, the model embeddings up to ${vocabSize - 1}: prompts with others are refused`,
  ];
}

/** Loads everything. @throws the engine's, the tokenizer's or the template's error: file, key, and what is accepted */
export async function loadEngine(options: EngineOptions): Promise<ServedModel> {
  const { modelDir, precision, threads, prefixCache } = options;
  const tokenizer = await Tokenizer.load(modelDir);
  const template = ChatTemplate.from(tokenizer.config);
  const model = await Transformer.load(modelDir, precision, { threads });
  const endTokens = endTokensOf(modelDir, tokenizer);
  const { maxPositions: contextTokens, vocabSize } = model.config;
  const generator = new Generator(model, tokenizer, { contextTokens, endTokens, prefixCache, threads, tasks: model.tasks });
  const identity = (await identify(modelDir, precision)).hash;
  const notes = [...model.summary.notes, ...vocabularyNotes(tokenizer, vocabSize)];
  const summary = { ...model.summary, notes, identity };
  const name = options.name ?? basename(resolve(modelDir));
  return { name, modelDir, tokenizer, template, generator, contextTokens, vocabSize, identity, summary };
}
