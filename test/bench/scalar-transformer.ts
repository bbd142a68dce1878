/**
 * The engine's peer in the benchmark: the same transformer as plain JavaScript loops over Float32Array, f32 weights, a key/value
 * cache, one token after the other. What a project would have without the kernels.
 */

import type { ModelConfig } from '../../fpx/checkpoint/model-config.js';
import type { Checkpoint } from '../../fpx/checkpoint/safetensors.js';

interface Block {
  norms: [Float32Array, Float32Array];
  qkv: Float32Array[];
  biases: (Float32Array | undefined)[];
  o: Float32Array;
  gate: Float32Array;
  up: Float32Array;
  down: Float32Array;
  keys: Float32Array;
  values: Float32Array;
}

function multiply(weights: Float32Array, x: Float32Array, out: Float32Array): Float32Array {
  const depth = x.length;
  for (let row = 0; row < out.length; row++) {
    let sum = 0;
    const at = row * depth;
    for (let k = 0; k < depth; k++) sum += weights[at + k]! * x[k]!;
    out[row] = sum;
  }
  return out;
}

function norm(x: Float32Array, weight: Float32Array, epsilon: number): Float32Array {
  let squares = 0;
  for (let i = 0; i < x.length; i++) squares += x[i]! * x[i]!;
  const factor = 1 / Math.sqrt(squares / x.length + epsilon);
  return x.map((v, i) => v * factor * weight[i]!);
}

/** A model held as f32; `append` as the engine's, for a cache that only grows or is emptied. */
export class ScalarTransformer {
  private length = 0;
  private readonly blocks: Block[];
  private readonly embedding: Float32Array;
  private readonly output: Float32Array;
  private readonly finalNorm: Float32Array;

  constructor(
    private readonly config: ModelConfig,
    checkpoint: Checkpoint,
    positions: number,
  ) {
    const { dModel: d, ffWidth, heads, kvHeads, headWidth, vocabSize } = config;
    const read = (name: string, ...shape: number[]) => checkpoint.read(name, shape).values;
    this.embedding = read('model.embed_tokens.weight', vocabSize, d);
    this.output = config.tiedEmbeddings ? this.embedding : read('lm_head.weight', vocabSize, d);
    this.finalNorm = read('model.norm.weight', d);
    const rows = { q: heads * headWidth, k: kvHeads * headWidth, v: kvHeads * headWidth };
    this.blocks = Array.from({ length: config.layers }, (_, layer) => {
      const at = `model.layers.${layer}`;
      const bias = (n: 'q' | 'k' | 'v') =>
        checkpoint.has(`${at}.self_attn.${n}_proj.bias`) ? read(`${at}.self_attn.${n}_proj.bias`, rows[n]) : undefined;
      return {
        norms: [read(`${at}.input_layernorm.weight`, d), read(`${at}.post_attention_layernorm.weight`, d)],
        qkv: (['q', 'k', 'v'] as const).map((n) => read(`${at}.self_attn.${n}_proj.weight`, rows[n], d)),
        biases: (['q', 'k', 'v'] as const).map(bias),
        o: read(`${at}.self_attn.o_proj.weight`, d, rows.q),
        gate: read(`${at}.mlp.gate_proj.weight`, ffWidth, d),
        up: read(`${at}.mlp.up_proj.weight`, ffWidth, d),
        down: read(`${at}.mlp.down_proj.weight`, d, ffWidth),
        keys: new Float32Array(positions * rows.k),
        values: new Float32Array(positions * rows.v),
      };
    });
  }

  clear(): void {
    this.length = 0;
  }

  append(tokens: readonly number[]): Float32Array {
    let x = new Float32Array(0);
    for (const token of tokens) x = this.step(token);
    return multiply(this.output, norm(x, this.finalNorm, this.config.rmsEpsilon), new Float32Array(this.config.vocabSize));
  }

  private step(token: number): Float32Array<ArrayBuffer> {
    const { dModel: d, ffWidth, heads, kvHeads, rmsEpsilon } = this.config;
    const position = this.length++;
    const x = Float32Array.from(this.embedding.subarray(token * d, (token + 1) * d));
    const add = (y: Float32Array) => y.forEach((v, i) => (x[i]! += v));
    for (const block of this.blocks) {
      const input = norm(x, block.norms[0], rmsEpsilon);
      const [q, k, v] = block.qkv.map((weights, i) => {
        const row = multiply(weights, input, new Float32Array(weights.length / d));
        block.biases[i]?.forEach((b, j) => (row[j]! += b));
        return row;
      }) as [Float32Array, Float32Array, Float32Array];
      this.turn(q, position);
      this.turn(k, position);
      block.keys.set(k, position * k.length);
      block.values.set(v, position * v.length);
      const attended = new Float32Array(q.length);
      for (let h = 0; h < heads; h++) this.attend(block, q, h, Math.floor((h * kvHeads) / heads), position, attended);
      add(multiply(block.o, attended, new Float32Array(d)));
      const normed = norm(x, block.norms[1], rmsEpsilon);
      const gate = multiply(block.gate, normed, new Float32Array(ffWidth));
      const up = multiply(block.up, normed, new Float32Array(ffWidth));
      for (let i = 0; i < ffWidth; i++) gate[i] = (gate[i]! / (1 + Math.exp(-gate[i]!))) * up[i]!;
      add(multiply(block.down, gate, new Float32Array(d)));
    }
    return x;
  }

  private turn(x: Float32Array, position: number): void {
    const { headWidth, rope } = this.config;
    const half = headWidth / 2;
    for (let i = 0; i < half; i++) {
      const angle = position * rope.frequencies[i]!;
      const [cosine, sine] = [Math.cos(angle), Math.sin(angle)];
      for (let at = i; at < x.length; at += headWidth) {
        const [a, b] = [x[at]!, x[at + half]!];
        x[at] = a * cosine - b * sine;
        x[at + half] = b * cosine + a * sine;
      }
    }
  }

  private attend(block: Block, q: Float32Array, head: number, kvHead: number, position: number, out: Float32Array): void {
    const { headWidth, kvHeads } = this.config;
    const width = kvHeads * headWidth;
    const scores = new Float32Array(position + 1);
    let top = -Infinity;
    for (let j = 0; j <= position; j++) {
      let sum = 0;
      for (let i = 0; i < headWidth; i++) sum += q[head * headWidth + i]! * block.keys[j * width + kvHead * headWidth + i]!;
      scores[j] = sum / Math.sqrt(headWidth);
      top = Math.max(top, scores[j]!);
    }
    let total = 0;
    for (let j = 0; j <= position; j++) total += scores[j] = Math.exp(scores[j]! - top);
    for (let j = 0; j <= position; j++) {
      const weight = scores[j]! / total;
      for (let i = 0; i < headWidth; i++) out[head * headWidth + i]! += weight * block.values[j * width + kvHead * headWidth + i]!;
    }
  }
}
