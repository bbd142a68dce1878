/** The tokens that end a model's answers, as its folder names them. */
import { join } from 'node:path';
import { z } from 'zod';
import { CheckpointError, readJsonIfThere } from '../checkpoint/files.js';
import type { Tokenizer } from './tokenizer.js';

const endIds = z.looseObject({ eos_token_id: z.union([z.number().int(), z.array(z.number().int())]).nullish() });

/** Ids that a model file names as ends; none when the file is missing or says nothing. @throws CheckpointError */
function endIdsOf(path: string): number[] {
  const parsed = endIds.safeParse(readJsonIfThere(path) ?? {});
  if (!parsed.success) throw new CheckpointError(`${path}: eos_token_id: accepted are a token's id or a list of them`);
  return [parsed.data.eos_token_id ?? []].flat();
}

/** The end tokens of a model folder: those of config.json and generation_config.json, and the tokenizer's own. @throws CheckpointError */
export function endTokensOf(modelDir: string, tokenizer?: Tokenizer): Set<number> {
  const ends = new Set([...endIdsOf(join(modelDir, 'config.json')), ...endIdsOf(join(modelDir, 'generation_config.json'))]);
  const written = tokenizer?.config.eos_token ? tokenizer.id(tokenizer.config.eos_token) : undefined;
  if (written !== undefined) ends.add(written);
  return ends;
}
