/** A decoder-only transformer in the layout of Llama, Qwen2 and Qwen3, with one sequence (for several see batch-transformer.ts). */

import { OneSequence } from './cache.js';
import { Forward, requireKnown, type UnitInput } from './forward.js';
import { loadModel, type LoadedModel, type ModelSummary } from './loading.js';
import { readModelConfig, type ModelConfig } from '../checkpoint/model-config.js';
import type { Simd } from '../kernels/kernels.js';
import { summarizePrecision, type PrecisionChoice, type PrecisionMap, type PrecisionSummary } from '../formats/precision.js';
import { Checkpoint } from '../checkpoint/safetensors.js';

/** How to load a model. */
export interface LoadOptions {
  /** Computing threads, 1 to 64 (default 1): the logits are the same bits. More than one are slower than one beside whatever else is busy. */
  threads?: number;
  /** Tokens the cache holds at most (default 4096, or what the model was made for if that is less). */
  positions?: number;
  /** What the kernels are compiled to (default the fastest that this host has): the logits are the same bits. */
  simd?: Simd;
}

/** A loaded model with the state of one conversation: its key/value cache. Not re-entrant. */
export class Transformer {
  private cached = 0;
  private readonly forward: Forward;

  private constructor(private readonly model: LoadedModel) {
    this.forward = new Forward(model);
  }

  get config(): Readonly<ModelConfig> {
    return this.model.config;
  }

  /** What it is under the map that it was loaded with. */
  get summary(): Readonly<ModelSummary> {
    return this.model.summary;
  }

  /**
   * Loads a folder with config.json and model.safetensors (F32, F16 or BF16), rounding each linear layer to its format, or one that was
   * quantised before, as it is.
   * Throws ModelConfigError, CheckpointError or PrecisionMapError, each naming file or key and what is accepted; RangeError for threads.
   */
  static async load(modelDir: string, precision: PrecisionChoice, options: LoadOptions = {}): Promise<Transformer> {
    const config = readModelConfig(modelDir, options.positions);
    return new Transformer(await loadModel(Checkpoint.open(modelDir), config, precision, options));
  }

  /**
   * Goes over to another precision map and forgets the cached tokens, whose keys and values are the old map's. Units in a format that they
   * have not had before are rounded and placed; all that was placed stays, so maps may change for ever and take no more than each format once.
   * @returns what the map comes to @throws PrecisionMapError for a map that does not fit
   */
  use(map: PrecisionMap): PrecisionSummary {
    const summary = summarizePrecision(map, this.config);
    for (const block of this.model.blocks) block.linear = this.model.units.ofLayer(map, block.layer);
    this.cached = 0;
    return summary;
  }

  /** Bytes of the blocks' weights and scales that are held, of all maps together. */
  get unitBytes(): number {
    return this.model.units.bytes;
  }

  /** Tells what comes into each unit from now on; undefined ends that. @throws RangeError for a model of several threads, whose rows are computed apart */
  listen(listener: ((input: UnitInput) => void) | undefined): void {
    this.forward.listen(listener);
  }

  /** Where the system keeps its accounts of the threads besides the calling one (see Team). */
  get tasks(): readonly string[] {
    return this.model.team.tasks;
  }

  /** Ends the threads besides the calling one; the model computes no more. They keep no process from ending, so that a server may leave it. */
  close(): Promise<void> {
    return this.model.team.close();
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
    return this.forward.logits(this.take(tokens, true), 1)[0]!;
  }

  /** The same without logits, for the beginning of a prompt: neither the output layer nor the last block's end is computed. */
  absorb(tokens: readonly number[]): void {
    this.take(tokens, false);
  }

  /** Runs tokens through the blocks; returns the address of the last one's state, which is whole when `final`. */
  private take(tokens: readonly number[], final: boolean): number {
    const { vocabSize, maxPositions } = this.config;
    this.model.team.check();
    if (tokens.length === 0) throw new RangeError('append needs at least one token');
    if (this.cached + tokens.length > maxPositions) {
      throw new RangeError(`${this.cached} cached and ${tokens.length} new tokens exceed the ${maxPositions} positions of the model`);
    }
    requireKnown(tokens, vocabSize);
    const chunkTokens = this.forward.most;
    let last = 0;
    for (let begin = 0; begin < tokens.length; begin += chunkTokens) {
      const chunk = tokens.slice(begin, begin + chunkTokens);
      const asked = final && begin + chunk.length === tokens.length ? 1 : 0;
      last = this.forward.run(chunk, new OneSequence(this.model, this.cached, chunk.length), asked);
      this.cached += chunk.length;
    }
    return last;
  }
}
