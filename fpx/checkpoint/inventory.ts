/** Which tensors a model needs, held against those that a checkpoint has: none may be missing, and none may be left over. */

import { CheckpointError } from './files.js';
import { FAMILIES } from './families.js';
import { formatOf, unitShape } from '../formats/precision.js';
import type { ModelConfig } from './model-config.js';
import { inputScaleOf, layoutOf, type DeployedFormat } from './quantized-layout.js';
import type { Checkpoint } from './safetensors.js';
import { modulesOf, unitsOf, type LinearModule } from './units.js';

/** Frequencies of positions, which old checkpoints carry and config.json's rope settings give. */
const DERIVED = /\.rotary_emb\.inv_freq$/;

export const EMBEDDING = 'model.embed_tokens.weight';
export const HEAD = 'lm_head.weight';

/** What the tensors decide. */
export interface Inventory {
  /** The output layer is the embedding matrix. */
  tied: boolean;
  notes: string[];
}

/** Takes stock before anything is read. @throws CheckpointError naming what is missing, or left over */
export function takeInventory(checkpoint: Checkpoint, config: ModelConfig): Inventory {
  const { tied, notes: ofHead } = headOf(checkpoint, config);
  const notes = [...checkpoint.notes, ...ofHead];
  const needed = new Set([EMBEDDING, 'model.norm.weight', ...(tied ? [] : [HEAD])]);
  for (let layer = 0; layer < config.layers; layer++) for (const name of blockTensors(config, layer)) needed.add(name);
  for (const name of linearTensors(config)) needed.add(name);
  const missing = [...needed].filter((name) => !checkpoint.has(name));
  if (missing.length > 0) throw new CheckpointError(`${checkpoint.where}: ${missingText(checkpoint, config, missing)}`);
  const repeatedHead = tied && checkpoint.has(HEAD);
  if (repeatedHead && !checkpoint.same(HEAD, EMBEDDING)) {
    throw new CheckpointError(
      `${checkpoint.where}: config.json says tie_word_embeddings true, and "${HEAD}" differs from "${EMBEDDING}": one of the two is wrong`,
    );
  }
  const inputScales = inputScalesOf(checkpoint, config);
  const left = checkpoint.names.filter(
    (name) => !needed.has(name) && !DERIVED.test(name) && !(repeatedHead && name === HEAD) && !inputScales.has(name),
  );
  if (left.length > 0) throw new CheckpointError(`${checkpoint.where}: ${leftText(config, left)}`);
  if (inputScales.size === 0) return { tied, notes };
  const passed = `passed over: ${inputScales.size} calibrated scales of inputs of FP4 layers; this engine gives each token its own`;
  return { tied, notes: [...notes, passed] };
}

/** Names of the tensors of all linear layers, but for their biases: a weight, or what a quantised checkpoint has in its place. */
function* linearTensors(config: ModelConfig): Generator<string> {
  for (const { module, format, depth } of linearModules(config)) {
    if (config.saved === undefined || format === 'bf16') yield `${module.name}.weight`;
    else yield* layoutOf(config.saved.form, format, module, depth).map(({ name }) => name);
  }
}

/** Scales of inputs, which quantised checkpoints of other tools carry for their FP4 layers. */
function inputScalesOf(checkpoint: Checkpoint, config: ModelConfig): Set<string> {
  const { saved } = config;
  if (saved === undefined) return new Set();
  const fp4 = [...linearModules(config)].filter(({ format }) => format === 'fp4');
  return new Set(fp4.map(({ module }) => inputScaleOf(saved.form, module)).filter((name) => checkpoint.has(name)));
}

function* linearModules(config: ModelConfig): Generator<{ module: LinearModule; format: DeployedFormat | 'bf16'; depth: number }> {
  for (const { layer, unit } of unitsOf(config)) {
    const format = config.saved === undefined ? 'bf16' : (formatOf(config.saved.map, layer, unit) as DeployedFormat | 'bf16');
    const { depth } = unitShape(config, unit);
    for (const module of modulesOf(config, layer, unit)) yield { module, format, depth };
  }
}

/** Names of the tensors of one block beside the weights of its linear layers. */
function blockTensors(config: ModelConfig, layer: number): string[] {
  const block = `model.layers.${layer}`;
  const attention = `${block}.self_attn`;
  const biased = { none: [], qkv: ['q', 'k', 'v'], qkvo: ['q', 'k', 'v', 'o'] }[config.attentionBias];
  return [
    ...['input_layernorm', 'post_attention_layernorm'].map((name) => `${block}.${name}.weight`),
    ...biased.map((name) => `${attention}.${name}_proj.bias`),
    ...(config.qkNorms ? ['q', 'k'] : []).map((name) => `${attention}.${name}_norm.weight`),
  ];
}

function headOf(checkpoint: Checkpoint, config: ModelConfig): { tied: boolean; notes: string[] } {
  const there = checkpoint.has(HEAD);
  if (config.tiedEmbeddings !== undefined) {
    if (config.tiedEmbeddings || there) return { tied: config.tiedEmbeddings, notes: [] };
    throw new CheckpointError(
      `${checkpoint.where}: no tensor "${HEAD}", though config.json says tie_word_embeddings false. ` +
        'A model whose output layer is its embedding says tie_word_embeddings true; otherwise the checkpoint is not complete',
    );
  }
  if (there) return { tied: false, notes: [] };
  const note =
    `config.json does not say tie_word_embeddings, and there is no ${HEAD}: the embedding is taken for the output layer, ` +
    `since ${config.architecture}, untied where it does not say, could not be run without one`;
  return { tied: true, notes: [note] };
}

function missingText(checkpoint: Checkpoint, config: ModelConfig, missing: readonly string[]): string {
  const [first, ...others] = missing;
  const more = others.length > 0 ? ` and ${others.length} more that config.json implies (${others.slice(0, 3).join(', ')}...)` : '';
  const bias = /\.bias$/.test(first!) && FAMILIES[config.architecture].attentionBias === 'attention_bias';
  const packed = config.saved === undefined && checkpoint.names.find((name) => /\.(weight_packed|weight_scale|qweight)$/.test(name));
  const hint = bias
    ? ', though config.json says attention_bias true'
    : packed
      ? `; it has "${packed}": weights that were quantised before, of which config.json says nothing (quantization_config)`
      : '';
  const bare = !checkpoint.has(EMBEDDING) && checkpoint.names.find((name) => name.endsWith('embed_tokens.weight'));
  const other = bare ? `; it has "${bare}", so its tensors are named in another way than transformers names them` : '';
  return `no tensor "${first}"${more}${hint}${other}`;
}

function leftText(config: ModelConfig, left: readonly string[]): string {
  const shown = left.slice(0, 4).map((name) => `"${name}"`);
  const more = left.length > 4 ? ` and ${left.length - 4} more` : '';
  const reasons = [
    [/_scale(_2)?$|_packed$/, 'parts of quantised weights that quantization_config does not speak of'],
    [/_proj\.bias$/, `biases that config.json does not speak of (attention_bias) or ${config.architecture} does not have`],
    [/\.(q|k)_norm\./, `norms of queries and keys, which ${config.architecture} does not have`],
    [/^model\.layers\.\d+\./, `${config.layers} layers of ${config.architecture} have no such tensors`],
  ] as const;
  const why = reasons.find(([pattern]) => left.every((name) => pattern.test(name)))?.[1];
  const counted = left.length === 1 ? 'a tensor that is' : `${left.length} tensors that are`;
  return `${counted} not used: ${shown.join(', ')}${more}${why ? `: ${why}` : ''}`;
}
