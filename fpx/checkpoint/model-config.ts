/** A checkpoint's config.json: what the engine takes from it, and what it refuses by name because it would compute something else. */

import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { ARCHITECTURES, FAMILIES, type Architecture, type Family } from './families.js';
import { readJson } from './files.js';
import { checkForeignKeys } from './foreign-keys.js';
import { ropeFields, ropeOf, type Refuse, type Rope } from './rope.js';
import { parseSavedFormats, type SavedFormats } from './saved-formats.js';

/** Shape and constants of a decoder-only transformer. */
export interface ModelConfig {
  architecture: Architecture;
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
  rope: Rope;
  rmsEpsilon: number;
  /** Queries and keys have an RMSNorm of each head. */
  qkNorms: boolean;
  /** Which projections of attention have biases: none, queries with keys and values, or those and the output. */
  attentionBias: 'none' | 'qkv' | 'qkvo';
  /** Whether the output layer is the embedding matrix; undefined where config.json does not say. */
  tiedEmbeddings: boolean | undefined;
  /** The formats of a checkpoint that is quantised already; undefined for one that is not. */
  saved?: SavedFormats;
  /** What is worth a word to whoever serves the model. */
  notes: readonly string[];
}

/** A config.json that cannot be run: names the file, the key and what is accepted. */
export class ModelConfigError extends Error {
  override readonly name = 'ModelConfigError';
}

const size = z.int().positive();
/** More than any model has: a file that says more is broken, and is not worked through. */
const [MOST_LAYERS, WIDEST_HEAD] = [4096, 8192];

const fileSchema = z.looseObject({
  architectures: z.array(z.string()),
  model_type: z.string().nullish(),
  vocab_size: size,
  hidden_size: size,
  intermediate_size: size,
  num_hidden_layers: size.max(MOST_LAYERS),
  num_attention_heads: size,
  num_key_value_heads: size.nullish(),
  head_dim: size.max(WIDEST_HEAD).nullish(),
  max_position_embeddings: size,
  rms_norm_eps: z.number().positive().nullish(),
  ...ropeFields,
  tie_word_embeddings: z.boolean().nullish(),
  attention_bias: z.boolean().nullish(),
  use_sliding_window: z.boolean().nullish(),
  sliding_window: z.number().nullish(),
  max_window_layers: z.number().nullish(),
  layer_types: z.array(z.string()).nullish(),
  quantization_config: z.looseObject({ quant_method: z.string().nullish() }).nullish(),
});
type ConfigFile = z.infer<typeof fileSchema>;

/** Positions kept at most unless asked otherwise: the cache is held in f32. */
export const DEFAULT_POSITIONS = 4096;

/** Reads and checks `config.json` of a model folder. Throws ModelConfigError. */
export function readModelConfig(folder: string, positions = DEFAULT_POSITIONS): ModelConfig {
  const file = join(folder, 'config.json');
  const adapter = join(folder, 'adapter_config.json');
  if (existsSync(adapter)) {
    throw new ModelConfigError(
      `${adapter}: an adapter (LoRA) of another model, which the engine does not apply; accepted is a folder of merged weights ` +
        'without this file (peft: merge_and_unload, then save_pretrained)',
    );
  }
  let raw: unknown;
  try {
    raw = readJson(file);
  } catch (cause) {
    throw new ModelConfigError((cause as Error).message, { cause });
  }
  const config = parseModelConfig(raw, file, positions);
  if (config.saved === undefined && existsSync(join(folder, 'hf_quant_config.json'))) {
    throw new ModelConfigError(
      `${file}: hf_quant_config.json lies beside it, and it has no quantization_config; accepted are quantised checkpoints whose config.json says how`,
    );
  }
  return config;
}

/** The same from parsed JSON; `where` begins the message of an error. */
export function parseModelConfig(raw: unknown, where: string, positions = DEFAULT_POSITIONS): ModelConfig {
  const parsed = fileSchema.safeParse(raw);
  if (!parsed.success) throw new ModelConfigError(`${where}: ${z.prettifyError(parsed.error)}`);
  const c = parsed.data;
  const refuse: Refuse = (what) => {
    throw new ModelConfigError(`${where}: ${what}`);
  };
  const architecture = architectureOf(c, refuse);
  const family = FAMILIES[architecture];
  const shape = shapeOf(c, family, refuse);
  const rope = ropeOf(c, shape.headWidth, refuse);
  const made = Math.max(c.max_position_embeddings, rope.stretchedPositions ?? 0);
  const maxPositions = Math.min(made, positions);
  refuseSlidingWindow(c, maxPositions, refuse);
  const unknown = checkForeignKeys(c, shape, refuse);
  const saved = c.quantization_config
    ? parseSavedFormats(c.quantization_config, { ...shape, layers: c.num_hidden_layers }, refuse)
    : undefined;
  const notes = unknown.length > 0 ? [`config.json: not known, and passed over: ${unknown.slice(0, 12).join(', ')}`] : [];
  return {
    ...{ architecture, maxPositions, rope, saved, notes },
    ...shape,
    vocabSize: c.vocab_size,
    layers: c.num_hidden_layers,
    rmsEpsilon: c.rms_norm_eps ?? 1e-6,
    qkNorms: family.qkNorms,
    attentionBias: biasOf(c, architecture, refuse),
    tiedEmbeddings: c.tie_word_embeddings ?? undefined,
  };
}

function architectureOf(c: ConfigFile, refuse: Refuse): Architecture {
  const [name, ...others] = c.architectures;
  const known = ARCHITECTURES.find((each) => each === name);
  const accepted = `accepted are ${ARCHITECTURES.join(', ')}`;
  if (name === undefined || others.length > 0) return refuse(`architectures names ${c.architectures.length} models, not one; ${accepted}`);
  if (known === undefined) return refuse(`architecture ${name} is not computed by this engine; ${accepted}`);
  const { modelType } = FAMILIES[known];
  if (c.model_type && c.model_type !== modelType)
    refuse(`model_type "${c.model_type}" beside architecture ${known}, whose type is "${modelType}"`);
  return known;
}

function shapeOf(
  c: ConfigFile,
  family: Family,
  refuse: Refuse,
): Pick<ModelConfig, 'dModel' | 'ffWidth' | 'heads' | 'kvHeads' | 'headWidth'> {
  const heads = c.num_attention_heads;
  const kvHeads = c.num_key_value_heads ?? family.kvHeads ?? heads;
  if (heads % kvHeads !== 0) refuse(`num_attention_heads ${heads} is no multiple of num_key_value_heads ${kvHeads}`);
  const headWidth = c.head_dim ?? family.headWidth ?? c.hidden_size / heads;
  if (headWidth % 8 !== 0) refuse(`head_dim ${headWidth}; accepted are multiples of 8`);
  const inputs = { hidden_size: c.hidden_size, intermediate_size: c.intermediate_size, 'heads x head_dim': heads * headWidth };
  for (const [key, value] of Object.entries(inputs)) {
    if (value % 32 !== 0) refuse(`${key} ${value}; accepted are multiples of 32`);
  }
  return { dModel: c.hidden_size, ffWidth: c.intermediate_size, heads, kvHeads, headWidth };
}

function biasOf(c: ConfigFile, architecture: Architecture, refuse: Refuse): ModelConfig['attentionBias'] {
  if (FAMILIES[architecture].attentionBias === 'attention_bias') return c.attention_bias ? 'qkvo' : 'none';
  if (c.attention_bias === false)
    refuse(`attention_bias false beside architecture ${architecture}, which has biases of queries, keys and values`);
  return 'qkv';
}

/** A window as long as the cache or longer hides nothing; a shorter one would be attention to less than the engine attends to. */
function refuseSlidingWindow(c: ConfigFile, positions: number, refuse: Refuse): void {
  const other = c.layer_types?.find((type) => type !== 'full_attention' && type !== 'sliding_attention');
  if (other !== undefined) refuse(`layer_types names "${other}"; accepted is "full_attention"`);
  if (c.layer_types && c.layer_types.length !== c.num_hidden_layers) {
    refuse(`layer_types names ${c.layer_types.length} layers, num_hidden_layers ${c.num_hidden_layers}`);
  }
  const window = c.sliding_window ?? undefined;
  const slides = c.layer_types
    ? c.layer_types.includes('sliding_attention')
    : c.use_sliding_window !== false && (c.max_window_layers ?? 0) < c.num_hidden_layers;
  if (!slides || (window === undefined && !c.use_sliding_window && !c.layer_types)) return;
  if (window === undefined) return refuse('a sliding window is asked for, and sliding_window does not say how long it is');
  if (window < positions) {
    refuse(`sliding_window ${window} is shorter than the context of ${positions} positions; accepted is attention to the whole context`);
  }
}
