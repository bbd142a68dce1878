/**
 * A decoder-only transformer in the layout of Llama, Qwen2 and Qwen3: embedding, blocks of (RMSNorm, grouped-query attention with rotary
 * positions, RMSNorm, SwiGLU), RMSNorm, output layer. Weights and cache live in the kernels' memory; this file only says what runs when.
 */

import { CHUNK, loadModel, type Block, type LoadedModel, type ModelSummary } from './loading.js';
import { readModelConfig, type ModelConfig } from './checkpoint/model-config.js';
import type { Simd } from './kernels/kernels.js';
import type { PrecisionMap } from './precision.js';
import { Checkpoint } from './checkpoint/safetensors.js';

/** How to load a model. */
export interface LoadOptions {
  /** Computing threads; only 1 is available. */
  threads?: number;
  /** Tokens the cache holds at most (default 4096, or what the model was made for if that is less). */
  positions?: number;
  /** What the kernels are compiled to (default the fastest that this host has): the logits are the same bits. */
  simd?: Simd;
}

/** A loaded model with the state of one conversation: its key/value cache. Not re-entrant; single thread. */
export class Transformer {
  private cached = 0;

  private constructor(private readonly model: LoadedModel) {}

  get config(): Readonly<ModelConfig> {
    return this.model.config;
  }

  get summary(): Readonly<ModelSummary> {
    return this.model.summary;
  }

  /**
   * Loads a folder with config.json and model.safetensors (F32, F16 or BF16), rounding each linear layer to its format.
   * Throws ModelConfigError, CheckpointError or PrecisionMapError, each naming file or key and what is accepted.
   */
  static async load(modelDir: string, precision: PrecisionMap, options: LoadOptions = {}): Promise<Transformer> {
    if ((options.threads ?? 1) !== 1) throw new RangeError(`threads ${options.threads}; accepted is 1`);
    const config = readModelConfig(modelDir, options.positions);
    return new Transformer(loadModel(Checkpoint.open(modelDir), config, precision, options.simd));
  }

  /** Tokens in the cache. */
  get length(): number {
    return this.cached;
  }

  /** Keeps the first `length` tokens of the cache. Throws RangeError when that is no whole number from 0 to the current length. */
  truncate(length: number): void {
    if (!Number.isInteger(length) || length < 0 || length > this.cached) {
      throw new RangeError(`cannot truncate to ${length}: the cache holds ${this.cached} tokens`);
    }
    this.cached = length;
  }

  /**
   * Processes tokens after the cached ones and returns the last one's logits, [vocabSize], valid until the next call.
   * One token at a time or many at once give the same bits. Throws RangeError for no tokens, unknown ones, or more than the cache holds.
   */
  append(tokens: readonly number[]): Float32Array {
    return this.logits(this.take(tokens, true));
  }

  /** The same without logits, for the beginning of a prompt: neither the output layer nor the last block's end is computed. */
  absorb(tokens: readonly number[]): void {
    this.take(tokens, false);
  }

  /** Runs tokens through the blocks; returns the address of the last one's state, which is whole when `final`. */
  private take(tokens: readonly number[], final: boolean): number {
    const { vocabSize, maxPositions } = this.config;
    if (tokens.length === 0) throw new RangeError('append needs at least one token');
    if (this.cached + tokens.length > maxPositions) {
      throw new RangeError(`${this.cached} cached and ${tokens.length} new tokens exceed the ${maxPositions} positions of the model`);
    }
    const unknown = tokens.find((t) => !Number.isInteger(t) || t < 0 || t >= vocabSize);
    if (unknown !== undefined) throw new RangeError(`token ${unknown} is not in the vocabulary (0 to ${vocabSize - 1})`);
    let last = 0;
    for (let begin = 0; begin < tokens.length; begin += CHUNK) {
      const chunk = tokens.slice(begin, begin + CHUNK);
      last = this.process(chunk, final && begin + chunk.length === tokens.length);
      this.cached += chunk.length;
    }
    return last;
  }

  /** Runs a chunk through the blocks; returns the address of the last token's state (meaningful when `final`). */
  private process(tokens: readonly number[], final: boolean): number {
    const { memory, embedding, blocks, activations, config } = this.model;
    const { x, ids } = activations;
    const count = tokens.length;
    memory.integers(ids, count).set(tokens);
    embedding.gather(ids, count, x);
    blocks.forEach((block, layer) => {
      // Of the last block only the last token's output is read: the others are computed as far as their keys and values.
      const outputs = layer < blocks.length - 1 ? count : final ? 1 : 0;
      this.project(block, count, outputs);
      if (outputs === 0) return;
      this.attend(block, count, outputs);
      this.feedForward(block, x + (count - outputs) * config.dModel * 4, outputs);
    });
    return x + (count - 1) * config.dModel * 4;
  }

  /** Norm, q, k, v, rotation, cache; queries only of the last `queries` tokens. */
  private project(block: Block, count: number, queries: number): void {
    const { memory, config, activations, scratch, cosines, sines, capacity } = this.model;
    const { kernels } = memory;
    const { dModel, heads, kvHeads, headWidth } = config;
    const { x, normed, qkv } = activations;
    const queryWidth = heads * headWidth;
    const kvWidth = kvHeads * headWidth;
    const width = queryWidth + 2 * kvWidth;
    const linear = block.linear.qkv;
    kernels.rmsNorm(x, block.attentionNorm, normed, count, dModel, config.rmsEpsilon);
    if (queries === count) {
      linear.apply(normed, count, qkv, width, scratch);
    } else {
      const skipped = count - queries;
      linear.apply(normed, count, qkv, width, scratch, queryWidth, width);
      if (queries > 0) linear.apply(normed + skipped * dModel * 4, queries, qkv + skipped * width * 4, width, scratch, 0, queryWidth);
    }
    if (block.qkvBias !== undefined) kernels.addBias(qkv, block.qkvBias, count, width, 0, width);
    this.normHeads(block, count, queries);
    kernels.rotate(qkv, count, width, heads + kvHeads, headWidth, cosines, sines, this.cached);
    const [keyOffset, valueOffset] = [queryWidth * 4, (queryWidth + kvWidth) * 4];
    kernels.remember(qkv, count, width, keyOffset, valueOffset, block.keys, block.values, kvHeads, headWidth, capacity, this.cached);
  }

  /** Qwen3's norms: each head of every token's keys, and of the last `queries` tokens' queries, by itself. */
  private normHeads({ queryNorm, keyNorm }: Block, count: number, queries: number): void {
    if (queryNorm === undefined || keyNorm === undefined) return;
    const { memory, config, activations } = this.model;
    const { heads, kvHeads, headWidth, rmsEpsilon } = config;
    const width = (heads + 2 * kvHeads) * headWidth;
    for (let t = 0; t < count; t++) {
      const row = activations.qkv + t * width * 4;
      const keys = row + heads * headWidth * 4;
      if (t >= count - queries) memory.kernels.rmsNorm(row, queryNorm, row, heads, headWidth, rmsEpsilon);
      memory.kernels.rmsNorm(keys, keyNorm, keys, kvHeads, headWidth, rmsEpsilon);
    }
  }

  /** Attention of the last `queries` of `count` tokens, output projection, residual. */
  private attend(block: Block, count: number, queries: number): void {
    const { memory, config, activations, scratch, capacity } = this.model;
    const { kernels } = memory;
    const { dModel, heads, kvHeads, headWidth } = config;
    const { x, normed, qkv, attended, scores } = activations;
    const skipped = count - queries;
    const width = (heads + 2 * kvHeads) * headWidth;
    kernels.attend(
      ...([qkv + skipped * width * 4, queries, width, this.cached + skipped, block.keys, block.values] as const),
      ...([heads, kvHeads, headWidth, capacity, 1 / Math.sqrt(headWidth), scores, attended] as const),
    );
    block.linear.o.apply(attended, queries, normed, dModel, scratch);
    if (block.oBias !== undefined) kernels.addBias(normed, block.oBias, queries, dModel, 0, dModel);
    kernels.addTo(x + skipped * dModel * 4, normed, queries * dModel);
  }

  /** Norm, SwiGLU, residual, of `count` tokens from address `x` on. */
  private feedForward(block: Block, x: number, count: number): void {
    const { memory, config, activations, scratch } = this.model;
    const { kernels } = memory;
    const { dModel, ffWidth } = config;
    const { normed, gateUp, gated } = activations;
    kernels.rmsNorm(x, block.feedForwardNorm, normed, count, dModel, config.rmsEpsilon);
    block.linear.gate_up.apply(normed, count, gateUp, 2 * ffWidth, scratch);
    kernels.gate(gateUp, gated, count, ffWidth);
    block.linear.down.apply(gated, count, normed, dModel, scratch);
    kernels.addTo(x, normed, count * dModel);
  }

  private logits(x: number): Float32Array {
    const { memory, config, activations, finalNorm, output, scratch } = this.model;
    const { normed, logits } = activations;
    memory.kernels.rmsNorm(x, finalNorm, normed, 1, config.dModel, config.rmsEpsilon);
    output.apply(normed, 1, logits, config.vocabSize, scratch);
    return memory.floats(logits, config.vocabSize);
  }
}
