/** A checkpoint's config.json (LlamaForCausalLM, Qwen2ForCausalLM): what the engine takes from it, and what it refuses. */

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';

/** Shape and constants of a decoder-only transformer. */
export interface ModelConfig {
  architecture: 'LlamaForCausalLM' | 'Qwen2ForCausalLM';
  vocabSize: number;
  /** Tokens the key/value cache holds. */
  maxPositions: number;
  layers: number;
  dModel: number;
  /** Width of the gated feed-forward layer. */
  ffWidth: number;
  heads: number;
  kvHeads: number;
  headWidth: number;
  ropeTheta: number;
  rmsEpsilon: number;
  /** Whether the output layer is the embedding matrix. */
  tiedEmbeddings: boolean;
}

/** A config.json that cannot be run: names the file, the key and what is accepted. */
export class ModelConfigError extends Error {
  override readonly name = 'ModelConfigError';
}

const size = z.int().positive();
const ropeSchema = z
  .looseObject({ rope_theta: z.number().positive().optional(), rope_type: z.string().optional(), type: z.string().optional() })
  .nullish();

const fileSchema = z.looseObject({
  architectures: z.tuple([z.enum(['LlamaForCausalLM', 'Qwen2ForCausalLM'])]),
  vocab_size: size,
  hidden_size: size,
  intermediate_size: size,
  num_hidden_layers: size,
  num_attention_heads: size,
  num_key_value_heads: size.optional(),
  head_dim: size.nullish(),
  max_position_embeddings: size,
  rms_norm_eps: z.number().positive(),
  rope_theta: z.number().positive().optional(),
  rope_scaling: ropeSchema,
  rope_parameters: ropeSchema,
  tie_word_embeddings: z.boolean().optional(),
  hidden_act: z.literal('silu').optional(),
  mlp_bias: z.literal(false).optional(),
  use_sliding_window: z.literal(false).optional(),
  quantization_config: z.null().optional(),
});

/** Positions kept at most unless asked otherwise: the cache is held in f32. */
export const DEFAULT_POSITIONS = 4096;

/** Reads and checks `config.json` of a model folder. Throws ModelConfigError. */
export function readModelConfig(folder: string, positions = DEFAULT_POSITIONS): ModelConfig {
  const file = join(folder, 'config.json');
  let raw: unknown;
  try {
    raw = JSON.parse(readFileSync(file, 'utf8'));
  } catch (cause) {
    throw new ModelConfigError(`${file}: ${(cause as Error).message}`, { cause });
  }
  return parseModelConfig(raw, file, positions);
}

/** The same from parsed JSON; `where` begins the message of an error. */
export function parseModelConfig(raw: unknown, where: string, positions = DEFAULT_POSITIONS): ModelConfig {
  const parsed = fileSchema.safeParse(raw);
  if (!parsed.success) throw new ModelConfigError(`${where}: ${z.prettifyError(parsed.error)}`);
  const c = parsed.data;
  const rope = c.rope_parameters ?? c.rope_scaling;
  const ropeType = rope?.rope_type ?? rope?.type ?? 'default';
  const refuse = (what: string): never => {
    throw new ModelConfigError(`${where}: ${what}`);
  };
  if (ropeType !== 'default') refuse(`rope type "${ropeType}"; accepted is "default" (plain rotary embedding)`);
  const heads = c.num_attention_heads;
  const kvHeads = c.num_key_value_heads ?? heads;
  if (heads % kvHeads !== 0) refuse(`num_attention_heads ${heads} is no multiple of num_key_value_heads ${kvHeads}`);
  const headWidth = c.head_dim ?? c.hidden_size / heads;
  if (headWidth % 8 !== 0) refuse(`head_dim ${headWidth}; accepted are multiples of 8`);
  const inputs = { hidden_size: c.hidden_size, intermediate_size: c.intermediate_size, 'heads x head_dim': heads * headWidth };
  for (const [key, value] of Object.entries(inputs)) {
    if (value % 32 !== 0) refuse(`${key} ${value}; accepted are multiples of 32`);
  }
  return {
    architecture: c.architectures[0],
    vocabSize: c.vocab_size,
    maxPositions: Math.min(c.max_position_embeddings, positions),
    layers: c.num_hidden_layers,
    dModel: c.hidden_size,
    ffWidth: c.intermediate_size,
    heads,
    kvHeads,
    headWidth,
    ropeTheta: rope?.rope_theta ?? c.rope_theta ?? 10000,
    rmsEpsilon: c.rms_norm_eps,
    tiedEmbeddings: c.tie_word_embeddings ?? false,
  };
}
