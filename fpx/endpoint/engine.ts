/**
 * Loads a model folder into something that can be served: weights, vocabulary, chat template, and the tokens that end an answer.
 */
import { basename, resolve } from 'node:path';
import { identify } from '../checkpoint/identity.js';
import { ChatTemplate } from '../text/chat.js';
import { BatchGenerator } from '../model/batch-generator.js';
import { BatchTransformer } from '../model/batch-transformer.js';
import { BLOCK_TOKENS } from '../model/block-pool.js';
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
  /** Requests that are computed at once, at most (default 1: each has the model to itself, and the cache in one piece). */
  sequences?: number;
  /** Tokens of key-value memory that requests share (see BatchTransformer); with one sequence by default its own cache, which is no such thing. */
  kvTokens?: number;
}

/** What the model cannot take of its tokenizer's ids, and which of its end tokens it cannot write, in words. */
function vocabularyNotes(tokenizer: Tokenizer, vocabSize: number, endTokens: ReadonlySet<number>): string[] {
  const notes: string[] = [];
  if (tokenizer.largestId >= vocabSize) {
    const most = `tokenizer.json has ids up to ${tokenizer.largestId}, the model embeddings up to ${vocabSize - 1}`;
    notes.push(`${most}: prompts with others are refused`);
  }
  const outside = [...endTokens].filter((id) => id < 0 || id >= vocabSize);
  if (outside.length > 0) notes.push(`end tokens that the model has no embedding of are passed over: ${outside.join(', ')}`);
  if (outside.length === endTokens.size)
    notes.push('no end token is named (eos_token_id, eos_token): answers go on to the most tokens asked for');
  return notes;
}

/** The model, and what answers with it. */
async function loadGenerator(options: EngineOptions, tokenizer: Tokenizer, endTokens: ReadonlySet<number>) {
  const { modelDir, precision, threads, prefixCache, sequences = 1, kvTokens } = options;
  const generation = { endTokens, prefixCache, threads };
  if (sequences === 1 && kvTokens === undefined) {
    const model = await Transformer.load(modelDir, precision, { threads });
    const { maxPositions: contextTokens } = model.config;
    return { model, generator: new Generator(model, tokenizer, { ...generation, contextTokens, tasks: model.tasks }), batch: undefined };
  }
  const model = await BatchTransformer.load(modelDir, precision, { threads, sequences, kvTokens });
  const { maxPositions: contextTokens } = model.config;
  const generator = new BatchGenerator(model, tokenizer, { ...generation, contextTokens, sequences, tasks: model.tasks });
  return { model, generator, batch: generator };
}

/** Loads everything. @throws the engine's, the tokenizer's or the template's error: file, key, and what is accepted */
export async function loadEngine(options: EngineOptions): Promise<ServedModel> {
  const { modelDir, precision } = options;
  const tokenizer = await Tokenizer.load(modelDir);
  const template = ChatTemplate.from(tokenizer.config);
  const endTokens = endTokensOf(modelDir, tokenizer);
  const { model, generator, batch } = await loadGenerator(options, tokenizer, endTokens);
  const { maxPositions: contextTokens, vocabSize } = model.config;
  const identity = (await identify(modelDir, precision)).hash;
  const notes = [...model.summary.notes, ...vocabularyNotes(tokenizer, vocabSize, endTokens)];
  const memory = batch && { sequences: batch.sequences, kvTokens: batch.memory.blocks * BLOCK_TOKENS };
  const summary = { ...model.summary, notes, identity, ...memory };
  const name = options.name ?? basename(resolve(modelDir));
  return { name, modelDir, tokenizer, template, generator, batch, contextTokens, vocabSize, identity, summary };
}
