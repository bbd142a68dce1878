/**
 * Loads a model folder into something that can be served: weights, vocabulary, chat template, and the tokens that end an answer.
 */
import { readFile } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { z } from 'zod';
import { identify } from '../checkpoint/identity.js';
import { ChatTemplate } from '../chat.js';
import { Generator } from '../generate.js';
import type { PrecisionMap } from '../precision.js';
import { Tokenizer } from '../tokenizer.js';
import { Transformer } from '../transformer.js';
import type { ServedModel } from './completion.js';

export interface EngineOptions {
  modelDir: string;
  precision: PrecisionMap;
  /** The name requests give; the folder's own name by default. */
  name?: string;
  threads: number;
  prefixCache: boolean;
}

const endIds = z.looseObject({ eos_token_id: z.union([z.number().int(), z.array(z.number().int())]).nullish() });

/** Ids that a model file names as ends; none when the file is missing or says nothing. */
async function endIdsOf(path: string): Promise<number[]> {
  const text = await readFile(path, 'utf8').catch(() => '{}');
  const named = endIds.parse(JSON.parse(text)).eos_token_id;
  return named === null || named === undefined ? [] : [named].flat();
}

/** Loads everything. @throws the engine's, the tokenizer's or the template's error: file, key, and what is accepted */
export async function loadEngine(options: EngineOptions): Promise<ServedModel> {
  const { modelDir, precision, threads, prefixCache } = options;
  const tokenizer = await Tokenizer.load(modelDir);
  const template = ChatTemplate.from(tokenizer.config);
  const model = await Transformer.load(modelDir, precision, { threads });
  const endTokens = new Set([
    ...(await endIdsOf(join(modelDir, 'config.json'))),
    ...(await endIdsOf(join(modelDir, 'generation_config.json'))),
  ]);
  const written = tokenizer.config.eos_token ? tokenizer.id(tokenizer.config.eos_token) : undefined;
  if (written !== undefined) endTokens.add(written);
  const generator = new Generator(model, tokenizer, { contextTokens: model.config.maxPositions, endTokens, prefixCache, threads });
  const identity = (await identify(modelDir, precision)).hash;
  return {
    name: options.name ?? basename(resolve(modelDir)),
    tokenizer,
    template,
    generator,
    identity,
    summary: { ...model.summary, identity },
  };
}
