/**
 * A decoder-only transformer in the layout of Llama, Qwen2 and Qwen3: embedding, blocks of (RMSNorm, grouped-query attention with rotary
 * positions, RMSNorm, SwiGLU), RMSNorm, output layer. Weights and cache live in the kernels' memory; this file only says what runs when.
 */

import { CHUNK, loadModel, type Block, type LoadedModel, type ModelSummary } from './loading.js';
import { readModelConfig, type ModelConfig } from '../checkpoint/model-config.js';
import type { Simd } from '../kernels/kernels.js';
import { paddedRows } from '../kernels/packing.js';
import {
  summarizePrecision,
  unitShape,
  type Format,
  type PrecisionChoice,
  type PrecisionMap,
  type PrecisionSummary,
  type Unit,
} from '../formats/precision.js';
import { Checkpoint } from '../checkpoint/safetensors.js';
import { Work, type Share } from './sharing.js';

/** How to load a model. */
export interface LoadOptions {
  /** Computing threads, 1 to 64 (default 1): the logits are the same bits. More than one are slower than one beside whatever else is busy. */
  threads?: number;
  /** Tokens the cache holds at most (default 4096, or what the model was made for if that is less). */
  positions?: number;
  /** What the kernels are compiled to (default the fastest that this host has): the logits are the same bits. */
  simd?: Simd;
}

/** What comes into a unit of a block while tokens are processed. */
export interface UnitInput {
  layer: number;
  unit: Unit;
  tokens: number;
  /** The input itself, [tokens][depth] f32. Only while it is told. */
  values(): Float32Array;
  /** The unit's output on this very input in a format, [tokens][rows] f32 with the next call's in the same place. Only while it is told. */
  output(format: Format): Float32Array;
}

/** A loaded model with the state of one conversation: its key/value cache. Not re-entrant. */
export class Transformer {
  private cached = 0;
  private listener: ((input: UnitInput) => void) | undefined;
  /** Where outputs that only a listener asks for come to lie; 0 until there is one. */
  private aside = 0;

  private constructor(private readonly model: LoadedModel) {}

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
    const { hands, memory, config } = this.model;
    if (hands.length > 1) throw new RangeError('only a model of one thread can be listened to');
    this.listener = listener;
    const { dModel, ffWidth, heads, kvHeads, headWidth } = config;
    const widest = Math.max(dModel, 2 * ffWidth, (heads + 2 * kvHeads) * headWidth);
    if (listener && this.aside === 0) this.aside = memory.allocate(CHUNK * paddedRows(widest) * 4);
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
    return this.logits(this.take(tokens, true));
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
    const unknown = tokens.find((t) => !Number.isInteger(t) || t < 0 || t >= vocabSize);
    if (unknown !== undefined) throw new RangeError(`token ${unknown} is not in the vocabulary (0 to ${vocabSize - 1})`);
    const chunkTokens = CHUNK * this.model.hands.length;
    let last = 0;
    for (let begin = 0; begin < tokens.length; begin += chunkTokens) {
      const chunk = tokens.slice(begin, begin + chunkTokens);
      last = this.process(chunk, final && begin + chunk.length === tokens.length);
      this.cached += chunk.length;
    }
    return last;
  }

  /** Runs a chunk through the blocks; returns the address of the last token's state (meaningful when `final`). */
  private process(tokens: readonly number[], final: boolean): number {
    const { memory, team, hands, embedding, blocks, activations, config } = this.model;
    const { x, ids } = activations;
    const count = tokens.length;
    memory.integers(ids, count).set(tokens);
    embedding.gather(ids, count, x, memory.kernels);
    const all = new Work(team, hands, 0, count);
    // Of the last block only the last token's output is read: the others are computed as far as their keys and values.
    const last = count === 1 || !final ? all : new Work(team, hands, count - 1, count);
    blocks.forEach((block, layer) => {
      const outputs = layer < blocks.length - 1 ? all : last;
      const firstQuery = outputs === all && layer === blocks.length - 1 && !final ? count : outputs.from;
      this.attend(block, all, firstQuery);
      if (firstQuery < count) this.feedForward(block, outputs);
    });
    return x + (count - 1) * config.dModel * 4;
  }

  /** Keys and values of all tokens, and attention of those from `firstQuery` on. */
  private attend(block: Block, work: Work, firstQuery: number): void {
    const { dModel, heads, kvHeads, headWidth } = this.config;
    const products = (dModel * (heads + 2 * kvHeads) + 2 * heads * (this.cached + work.to)) * headWidth;
    const queries = firstQuery < work.to;
    if (work.byTokens) {
      work.run(products, (share) => this.project(block, share, firstQuery, 0, kvHeads));
      // By heads, since a later token has more to look at than an earlier one.
      if (queries) work.runByRows((share) => this.mix(block, share, firstQuery, share.headBegin(heads), share.headEnd(heads)));
      return;
    }
    // A thread's own heads need nothing of the others'.
    work.run(products, (share) => {
      const [begin, end] = [share.headBegin(kvHeads), share.headEnd(kvHeads)];
      const group = heads / kvHeads;
      this.project(block, share, firstQuery, begin, end);
      if (queries) this.mix(block, share, firstQuery, begin * group, end * group);
    });
  }

  /** Norm, q, k, v, biases, rotation, cache: heads [kvBegin, kvEnd) and their queries, queries only of the tokens from `firstQuery` on. */
  private project(block: Block, { hand, from, to }: Share, firstQuery: number, kvBegin: number, kvEnd: number): void {
    if (kvBegin === kvEnd) return;
    const { config, activations, cosines, sines, capacity } = this.model;
    const { dModel, heads, kvHeads, headWidth, rmsEpsilon } = config;
    const { kernels, normed } = hand;
    const width = (heads + 2 * kvHeads) * headWidth;
    const row = (token: number): number => activations.qkv + token * width * 4;
    /** Rows [begin, end) of the matrix for the tokens from `first` on. */
    const multiply = (first: number, begin: number, end: number): void => {
      if (first >= to) return;
      block.linear.qkv.apply(normed + (first - from) * dModel * 4, to - first, row(first), width, hand, begin, end);
      if (block.qkvBias !== undefined) kernels.addBias(row(first), block.qkvBias, to - first, width, begin, end);
    };
    const group = heads / kvHeads;
    const firstOwn = Math.max(from, firstQuery);
    const [count, queries, keyHeads] = [to - from, to - firstOwn, kvEnd - kvBegin];
    const [queryAt, keyAt, valueAt] = [kvBegin * group * headWidth, (heads + kvBegin) * headWidth, (heads + kvHeads + kvBegin) * headWidth];
    kernels.rmsNorm(activations.x + from * dModel * 4, block.attentionNorm, normed, count, dModel, rmsEpsilon);
    if (this.listener) this.tell(block, 'qkv', normed, count);
    if (keyHeads === kvHeads && firstOwn === from) multiply(from, 0, width);
    else {
      multiply(firstOwn, queryAt, queryAt + keyHeads * group * headWidth);
      multiply(from, keyAt, keyAt + keyHeads * headWidth);
      multiply(from, valueAt, valueAt + keyHeads * headWidth);
    }
    if (block.queryNorm !== undefined && block.keyNorm !== undefined) {
      for (let t = from; t < to; t++) {
        const [q, k] = [row(t) + queryAt * 4, row(t) + keyAt * 4];
        if (t >= firstOwn) kernels.rmsNorm(q, block.queryNorm, q, keyHeads * group, headWidth, rmsEpsilon);
        kernels.rmsNorm(k, block.keyNorm, k, keyHeads, headWidth, rmsEpsilon);
      }
    }
    const position = this.cached + from;
    if (queries > 0) {
      const at = row(firstOwn) + queryAt * 4;
      kernels.rotate(at, queries, width, keyHeads * group, headWidth, cosines, sines, this.cached + firstOwn);
    }
    kernels.rotate(row(from) + keyAt * 4, count, width, keyHeads, headWidth, cosines, sines, position);
    const skipped = kvBegin * capacity * headWidth * 4;
    kernels.remember(
      ...([row(from), count, width, keyAt * 4, valueAt * 4, block.keys + skipped, block.values + skipped] as const),
      ...([keyHeads, headWidth, capacity, position] as const),
    );
  }

  /** Attention of heads [headBegin, headEnd) of a share's tokens from `firstQuery` on. */
  private mix(block: Block, { hand, to }: Share, firstQuery: number, headBegin: number, headEnd: number): void {
    const { config, activations, capacity } = this.model;
    const { heads, kvHeads, headWidth } = config;
    const width = (heads + 2 * kvHeads) * headWidth;
    const { qkv, attended } = activations;
    const output = attended + firstQuery * heads * headWidth * 4;
    hand.kernels.attend(
      ...([qkv + firstQuery * width * 4, to - firstQuery, width, this.cached + firstQuery, block.keys, block.values] as const),
      ...([heads, kvHeads, headWidth, capacity, 1 / Math.sqrt(headWidth), hand.scores, output, headBegin, headEnd] as const),
    );
  }

  /** Output projection of attention, residual; norm, SwiGLU, residual. Each thread normalises and gates what its rows need. */
  private feedForward(block: Block, work: Work): void {
    const { config, activations } = this.model;
    const { dModel, ffWidth, heads, headWidth, rmsEpsilon } = config;
    const x = (token: number): number => activations.x + token * dModel * 4;
    const gateUp = (token: number): number => activations.gateUp + token * 2 * ffWidth * 4;
    work.run(dModel * heads * headWidth, (share) => {
      const { hand, from, to } = share;
      const [begin, end] = [share.rowBegin(0, dModel), share.rowEnd(0, dModel)];
      if (this.listener) this.tell(block, 'o', activations.attended + from * heads * headWidth * 4, to - from);
      block.linear.o.apply(activations.attended + from * heads * headWidth * 4, to - from, hand.normed, dModel, hand, begin, end);
      if (block.oBias !== undefined) hand.kernels.addBias(hand.normed, block.oBias, to - from, dModel, begin, end);
      hand.kernels.addTo(x(from), hand.normed, to - from, dModel, begin, end);
    });
    work.run(2 * ffWidth * dModel, (share) => {
      const { hand, from, to } = share;
      const [begin, end] = [share.rowBegin(0, 2 * ffWidth), share.rowEnd(0, 2 * ffWidth)];
      hand.kernels.rmsNorm(x(from), block.feedForwardNorm, hand.normed, to - from, dModel, rmsEpsilon);
      if (this.listener) this.tell(block, 'gate_up', hand.normed, to - from);
      block.linear.gate_up.apply(hand.normed, to - from, gateUp(from), 2 * ffWidth, hand, begin, end);
    });
    work.run(ffWidth * dModel, (share) => {
      const { hand, from, to } = share;
      const [begin, end] = [share.rowBegin(0, dModel), share.rowEnd(0, dModel)];
      hand.kernels.gate(gateUp(from), hand.gated, to - from, ffWidth);
      if (this.listener) this.tell(block, 'down', hand.gated, to - from);
      block.linear.down.apply(hand.gated, to - from, hand.normed, dModel, hand, begin, end);
      hand.kernels.addTo(x(from), hand.normed, to - from, dModel, begin, end);
    });
  }

  /** Tells the listener what is about to go into a unit: `tokens` rows at an address. */
  private tell({ layer }: Block, unit: Unit, address: number, tokens: number): void {
    const { units, memory, hands } = this.model;
    const output = (format: Format): Float32Array => {
      const linear = units.get(layer, unit, format);
      linear.apply(address, tokens, this.aside, linear.rows, hands[0]!);
      return memory.floats(this.aside, tokens * linear.rows);
    };
    const { depth } = unitShape(this.config, unit);
    const values = (): Float32Array => memory.floats(address, tokens * depth);
    if (tokens > 0) this.listener?.({ layer, unit, tokens, values, output });
  }

  private logits(x: number): Float32Array {
    const { memory, team, hands, config, activations, finalNorm, output } = this.model;
    const { dModel, vocabSize, rmsEpsilon } = config;
    const rows = paddedRows(vocabSize);
    new Work(team, hands, 0, 1).run(vocabSize * dModel, (share) => {
      const { hand } = share;
      hand.kernels.rmsNorm(x, finalNorm, hand.normed, 1, dModel, rmsEpsilon);
      output.apply(hand.normed, 1, activations.logits, vocabSize, hand, share.rowBegin(0, rows), share.rowEnd(0, rows));
    });
    return memory.floats(activations.logits, vocabSize);
  }
}
