/**
 * Where the rows of a pass stand in their sequences, and the keys and values that they add to and look at. Two kinds: one sequence in one
 * piece of memory, and slices of several sequences over blocks that they share.
 */

import type { ModelConfig } from '../checkpoint/model-config.js';
import type { KernelMemory, Kernels } from '../kernels/kernels.js';
import { BLOCK_TOKENS } from './block-pool.js';
import type { Block, Hand } from './loading.js';

/** Rows of queries, keys and values, [row][width] f32: all heads of queries, then of keys, then of values. */
export interface HeadRows {
  at: number;
  width: number;
}

/** What a pass needs to know of its rows' places. Rows are numbered from 0 in the order of the pass. */
export interface Places {
  /** Positions that the row which sees most sees. */
  readonly farthest: number;
  /** Turns `heads` heads of rows [from, to) by their positions; the first begins `offset` bytes into a row. */
  rotate(kernels: Kernels, rows: HeadRows, from: number, to: number, offset: number, heads: number): void;
  /** Puts keys and values of heads [kvBegin, kvEnd) of rows [from, to) into the cache. */
  remember(kernels: Kernels, block: Block, rows: HeadRows, from: number, to: number, kvBegin: number, kvEnd: number): void;
  /** Attention of heads [headBegin, headEnd) of rows [from, to): output [row][heads x headWidth]. */
  attend(hand: Hand, block: Block, rows: HeadRows, from: number, to: number, output: number, headBegin: number, headEnd: number): void;
}

/** A model's tables and shape, as far as places need them. */
export interface PlacesModel {
  config: Readonly<ModelConfig>;
  cosines: number;
  sines: number;
  /** Positions for which there is memory: of a cache in one piece, its own. */
  capacity: number;
}

/** Rows that follow the `before` tokens of the one sequence (see kernels/assembly/attention.ts). */
export class OneSequence implements Places {
  readonly farthest: number;

  constructor(
    private readonly model: PlacesModel,
    private readonly before: number,
    rows: number,
  ) {
    this.farthest = before + rows;
  }

  rotate(kernels: Kernels, { at, width }: HeadRows, from: number, to: number, offset: number, heads: number): void {
    const { config, cosines, sines } = this.model;
    kernels.rotate(at + from * width * 4 + offset, to - from, width, heads, config.headWidth, cosines, sines, this.before + from);
  }

  remember(kernels: Kernels, block: Block, { at, width }: HeadRows, from: number, to: number, kvBegin: number, kvEnd: number): void {
    const { config, capacity } = this.model;
    const { heads, kvHeads, headWidth } = config;
    const skipped = kvBegin * capacity * headWidth * 4;
    const [keyAt, valueAt] = [(heads + kvBegin) * headWidth * 4, (heads + kvHeads + kvBegin) * headWidth * 4];
    kernels.remember(
      ...([at + from * width * 4, to - from, width, keyAt, valueAt, block.keys + skipped, block.values + skipped] as const),
      ...([kvEnd - kvBegin, headWidth, capacity, this.before + from] as const),
    );
  }

  attend(hand: Hand, block: Block, rows: HeadRows, from: number, to: number, output: number, headBegin: number, headEnd: number): void {
    const { config, capacity } = this.model;
    const { heads, kvHeads, headWidth } = config;
    const { at, width } = rows;
    hand.kernels.attend(
      ...([at + from * width * 4, to - from, width, this.before + from, block.keys, block.values, heads, kvHeads, headWidth] as const),
      ...([capacity, 1 / Math.sqrt(headWidth), hand.scores, output + from * heads * headWidth * 4, headBegin, headEnd] as const),
    );
  }
}

/** Tokens of one sequence among the rows of a pass. */
export interface Run {
  /** The blocks of its memory, in the order of its tokens (see block-pool.ts). */
  table: readonly number[];
  /** Tokens of it that are computed. */
  position: number;
  tokens: readonly number[];
}

interface PlacedRun {
  /** Its rows are [begin, end). */
  begin: number;
  end: number;
  position: number;
  /** Address of its table. */
  table: number;
}

/** Rows of several sequences, one run after the other (see kernels/assembly/block-attention.ts). */
export class SharedBlocks implements Places {
  readonly farthest: number;
  private readonly runs: readonly PlacedRun[];

  /**
   * @param tables address of memory for as many tables of i32 as there are runs, `tableBlocks` each
   */
  constructor(
    private readonly model: PlacesModel,
    memory: KernelMemory,
    runs: readonly Run[],
    tables: number,
    tableBlocks: number,
  ) {
    let begin = 0;
    this.runs = runs.map(({ table, position, tokens }, i) => {
      const placed = { begin, end: begin + tokens.length, position, table: tables + i * tableBlocks * 4 };
      memory.integers(placed.table, table.length).set(table);
      begin = placed.end;
      return placed;
    });
    this.farthest = runs.reduce((most, { position, tokens }) => Math.max(most, position + tokens.length), 0);
  }

  rotate(kernels: Kernels, { at, width }: HeadRows, from: number, to: number, offset: number, heads: number): void {
    const { config, cosines, sines } = this.model;
    this.each(from, to, (begin, end, position) => {
      kernels.rotate(at + begin * width * 4 + offset, end - begin, width, heads, config.headWidth, cosines, sines, position);
    });
  }

  remember(kernels: Kernels, block: Block, { at, width }: HeadRows, from: number, to: number, kvBegin: number, kvEnd: number): void {
    const { heads, kvHeads, headWidth } = this.model.config;
    const headBytes = BLOCK_TOKENS * headWidth * 4;
    const [keyAt, valueAt] = [(heads + kvBegin) * headWidth * 4, (heads + kvHeads + kvBegin) * headWidth * 4];
    const [keys, values] = [block.keys + kvBegin * headBytes, block.values + kvBegin * headBytes];
    this.each(from, to, (begin, end, position, table) => {
      kernels.rememberBlocks(
        ...([at + begin * width * 4, end - begin, width, keyAt, valueAt, keys, values, table] as const),
        ...([kvEnd - kvBegin, headWidth, kvHeads * headBytes, position] as const),
      );
    });
  }

  attend(hand: Hand, block: Block, rows: HeadRows, from: number, to: number, output: number, headBegin: number, headEnd: number): void {
    const { heads, kvHeads, headWidth } = this.model.config;
    const { at, width } = rows;
    this.each(from, to, (begin, end, position, table) => {
      hand.kernels.attendBlocks(
        ...([at + begin * width * 4, end - begin, width, position, table, block.keys, block.values, heads, kvHeads, headWidth] as const),
        ...([1 / Math.sqrt(headWidth), hand.scores, output + begin * heads * headWidth * 4, headBegin, headEnd] as const),
      );
    });
  }

  /** What of each run is among rows [from, to): its rows, the position of their first, and the run's table. */
  private each(from: number, to: number, work: (begin: number, end: number, position: number, table: number) => void): void {
    for (const run of this.runs) {
      const [begin, end] = [Math.max(from, run.begin), Math.min(to, run.end)];
      if (begin < end) work(begin, end, run.position + begin - run.begin, run.table);
    }
  }
}
