/** Small random checkpoints on disk: for tests, and for benchmarks where no trained model is at hand. */

import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Architecture } from '../../fpx/checkpoint/families.js';
import { decodeBf16, encodeBf16 } from '../../fpx/formats/codes.js';
import { writeSafetensors, type TensorToWrite } from '../../fpx/checkpoint/safetensors.js';

/** Shape of a random model. */
export interface RandomModelShape {
  dModel: number;
  ffWidth: number;
  layers: number;
  heads: number;
  kvHeads?: number;
  headWidth?: number;
  vocabSize: number;
  maxPositions?: number;
  architecture?: Architecture;
  /** Biases of queries, keys and values (Qwen2 has them anyway), and of the output. */
  attentionBias?: boolean;
  tied?: boolean;
  ropeTheta?: number;
  dtype?: 'BF16' | 'F32';
  /** More of config.json, over what it would have; undefined takes a key out. */
  config?: Record<string, unknown>;
}

/** What was written: tensors as they will be read back. */
export interface RandomModel {
  folder: string;
  config: Record<string, unknown>;
  tensors: Map<string, TensorToWrite>;
}

/** A generator of numbers spread like a normal distribution with deviation 1 (sum of four uniform ones), the same everywhere. */
export function gaussians(seed: number): () => number {
  let state = seed | 0;
  const uniform = () => {
    state = (Math.imul(state, 1664525) + 1013904223) | 0;
    return (state >>> 8) / 2 ** 24;
  };
  return () => (uniform() + uniform() + uniform() + uniform() - 2) * Math.sqrt(3);
}

/** Writes config.json and model.safetensors of a random model into `folder`, made when missing. */
export function writeRandomModel(folder: string, shape: RandomModelShape, seed = 1): RandomModel {
  const { dModel, ffWidth, layers, heads, kvHeads = heads, headWidth = dModel / heads, vocabSize } = shape;
  const { architecture = 'LlamaForCausalLM', tied = true, dtype = 'BF16' } = shape;
  const config = {
    architectures: [architecture],
    vocab_size: vocabSize,
    hidden_size: dModel,
    intermediate_size: ffWidth,
    num_hidden_layers: layers,
    num_attention_heads: heads,
    num_key_value_heads: kvHeads,
    head_dim: headWidth,
    max_position_embeddings: shape.maxPositions ?? 1024,
    rms_norm_eps: 1e-5,
    rope_theta: shape.ropeTheta ?? 10000,
    tie_word_embeddings: tied,
    hidden_act: 'silu',
    attention_bias: shape.attentionBias,
    ...shape.config,
  };
  const next = gaussians(seed);
  const tensors = new Map<string, TensorToWrite>();
  const add = (name: string, dims: number[], deviation: number, mean = 0) => {
    const values = Float32Array.from({ length: dims.reduce((a, b) => a * b, 1) }, () => mean + deviation * next());
    tensors.set(name, { dtype, shape: dims, values: dtype === 'BF16' ? values.map((v) => decodeBf16(encodeBf16(v))) : values });
  };
  const matrix = (name: string, rows: number, depth: number) => add(name, [rows, depth], 1 / Math.sqrt(depth));
  add('model.embed_tokens.weight', [vocabSize, dModel], 1);
  for (let layer = 0; layer < layers; layer++) {
    const at = `model.layers.${layer}`;
    add(`${at}.input_layernorm.weight`, [dModel], 0.1, 1);
    add(`${at}.post_attention_layernorm.weight`, [dModel], 0.1, 1);
    matrix(`${at}.self_attn.q_proj.weight`, heads * headWidth, dModel);
    matrix(`${at}.self_attn.k_proj.weight`, kvHeads * headWidth, dModel);
    matrix(`${at}.self_attn.v_proj.weight`, kvHeads * headWidth, dModel);
    matrix(`${at}.self_attn.o_proj.weight`, dModel, heads * headWidth);
    if (architecture === 'Qwen3ForCausalLM') {
      add(`${at}.self_attn.q_norm.weight`, [headWidth], 0.3, 1.2);
      add(`${at}.self_attn.k_norm.weight`, [headWidth], 0.3, 0.9);
    }
    if (shape.attentionBias) add(`${at}.self_attn.o_proj.bias`, [dModel], 0.5);
    if (architecture === 'Qwen2ForCausalLM' || shape.attentionBias) {
      add(`${at}.self_attn.q_proj.bias`, [heads * headWidth], 0.5);
      add(`${at}.self_attn.k_proj.bias`, [kvHeads * headWidth], 0.5);
      add(`${at}.self_attn.v_proj.bias`, [kvHeads * headWidth], 0.5);
    }
    matrix(`${at}.mlp.gate_proj.weight`, ffWidth, dModel);
    matrix(`${at}.mlp.up_proj.weight`, ffWidth, dModel);
    matrix(`${at}.mlp.down_proj.weight`, dModel, ffWidth);
  }
  add('model.norm.weight', [dModel], 0.1, 1);
  if (!tied) matrix('lm_head.weight', vocabSize, dModel);
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'config.json'), JSON.stringify(config, null, 2));
  writeSafetensors(join(folder, 'model.safetensors'), tensors);
  return { folder, config, tensors };
}
