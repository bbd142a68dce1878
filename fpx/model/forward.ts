/**
 * A pass: rows of tokens through a model's blocks to their states and logits. Embedding, blocks of (RMSNorm, grouped-query attention with
 * rotary positions, RMSNorm, SwiGLU), RMSNorm, output layer. Which sequences the rows are of, and where their keys and values go, their places
 * say (cache.ts). Weights and activations live in the kernels' memory; this file only says what runs when.
 */

import type { HeadRows, Places } from './cache.js';
import { CHUNK, type Block, type LoadedModel } from './loading.js';
import { paddedRows } from '../kernels/packing.js';
import { unitShape, type Format, type Unit } from '../formats/precision.js';
import { Work, type Share } from './sharing.js';

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

/** @throws RangeError for a token that is not in the vocabulary */
export function requireKnown(tokens: readonly number[], vocabSize: number): void {
  const unknown = tokens.find((t) => !Number.isInteger(t) || t < 0 || t >= vocabSize);
  if (unknown !== undefined) throw new RangeError(`token ${unknown} is not in the vocabulary (0 to ${vocabSize - 1})`);
}

/** Takes rows through a model. */
export class Forward {
  private listener: ((input: UnitInput) => void) | undefined;
  /** Where outputs that only a listener asks for come to lie; 0 until there is one. */
  private aside = 0;
  private readonly rows: HeadRows;

  constructor(private readonly model: LoadedModel) {
    const { heads, kvHeads, headWidth } = model.config;
    this.rows = { at: model.activations.qkv, width: (heads + 2 * kvHeads) * headWidth };
  }

  /** Rows of a pass, at most. */
  get most(): number {
    return CHUNK * this.model.hands.length;
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

  /**
   * Runs a row for each token through the blocks, at most `most`. Of the last `asked` rows the state is computed to its end; of the others only
   * keys and values, which is all that anybody reads of them.
   * @returns the address of the first asked row's state, the others' behind it
   */
  run(tokens: readonly number[], places: Places, asked: number): number {
    const { memory, team, hands, embedding, blocks, activations, config } = this.model;
    const { x, ids } = activations;
    const count = tokens.length;
    const firstAsked = count - asked;
    memory.integers(ids, count).set(tokens);
    embedding.gather(ids, count, x, memory.kernels);
    const all = new Work(team, hands, 0, count);
    const last = asked === 0 || asked === count ? all : new Work(team, hands, firstAsked, count);
    blocks.forEach((block, layer) => {
      const isLast = layer === blocks.length - 1;
      const firstQuery = isLast ? firstAsked : 0;
      this.attend(block, all, places, firstQuery);
      if (firstQuery < count) this.feedForward(block, isLast ? last : all);
    });
    return x + firstAsked * config.dModel * 4;
  }

  /** Keys and values of all tokens, and attention of those from `firstQuery` on. */
  private attend(block: Block, work: Work, places: Places, firstQuery: number): void {
    const { dModel, heads, kvHeads, headWidth } = this.model.config;
    const products = (dModel * (heads + 2 * kvHeads) + 2 * heads * places.farthest) * headWidth;
    const queries = firstQuery < work.to;
    if (work.byTokens) {
      work.run(products, (share) => this.project(block, share, places, firstQuery, 0, kvHeads));
      // By heads, since a later token has more to look at than an earlier one.
      if (queries) work.runByRows((share) => this.mix(block, share, places, firstQuery, share.headBegin(heads), share.headEnd(heads)));
      return;
    }
    // A thread's own heads need nothing of the others'.
    work.run(products, (share) => {
      const [begin, end] = [share.headBegin(kvHeads), share.headEnd(kvHeads)];
      const group = heads / kvHeads;
      this.project(block, share, places, firstQuery, begin, end);
      if (queries) this.mix(block, share, places, firstQuery, begin * group, end * group);
    });
  }

  /** Norm, q, k, v, biases, rotation, cache: heads [kvBegin, kvEnd) and their queries, queries only of the tokens from `firstQuery` on. */
  private project(block: Block, { hand, from, to }: Share, places: Places, firstQuery: number, kvBegin: number, kvEnd: number): void {
    if (kvBegin === kvEnd) return;
    const { config, activations } = this.model;
    const { dModel, heads, kvHeads, headWidth, rmsEpsilon } = config;
    const { kernels, normed } = hand;
    const { width } = this.rows;
    const row = (token: number): number => this.rows.at + token * width * 4;
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
    if (queries > 0) places.rotate(kernels, this.rows, firstOwn, to, queryAt * 4, keyHeads * group);
    places.rotate(kernels, this.rows, from, to, keyAt * 4, keyHeads);
    places.remember(kernels, block, this.rows, from, to, kvBegin, kvEnd);
  }

  /** Attention of heads [headBegin, headEnd) of a share's tokens from `firstQuery` on. */
  private mix(block: Block, { hand, to }: Share, places: Places, firstQuery: number, headBegin: number, headEnd: number): void {
    places.attend(hand, block, this.rows, firstQuery, to, this.model.activations.attended, headBegin, headEnd);
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
    const { depth } = unitShape(this.model.config, unit);
    const values = (): Float32Array => memory.floats(address, tokens * depth);
    if (tokens > 0) this.listener?.({ layer, unit, tokens, values, output });
  }

  /** The logits of `count` rows' states, [count][vocabulary, padded to whole panels]: views that the next call writes to. */
  logits(x: number, count: number): Float32Array[] {
    const { memory, team, hands, config, activations, finalNorm, output } = this.model;
    const { dModel, vocabSize, rmsEpsilon } = config;
    const rows = paddedRows(vocabSize);
    const address = (row: number): number => activations.logits + row * rows * 4;
    new Work(team, hands, 0, count).run(vocabSize * dModel, (share) => {
      const { hand, from, to } = share;
      hand.kernels.rmsNorm(x + from * dModel * 4, finalNorm, hand.normed, to - from, dModel, rmsEpsilon);
      output.apply(hand.normed, to - from, address(from), rows, hand, share.rowBegin(0, rows), share.rowEnd(0, rows));
    });
    return Array.from({ length: count }, (_, row) => memory.floats(address(row), vocabSize));
  }
}
