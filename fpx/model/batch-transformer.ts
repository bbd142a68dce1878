/** The transformer with several sequences, whose keys and values lie in blocks that they share: each pass takes slices of any of them. */

import type { ModelConfig } from '../checkpoint/model-config.js';
import { readModelConfig } from '../checkpoint/model-config.js';
import { Checkpoint } from '../checkpoint/safetensors.js';
import type { PrecisionChoice } from '../formats/precision.js';
import { KernelMemoryError } from '../kernels/kernels.js';
import { BLOCK_TOKENS } from './block-pool.js';
import { SharedBlocks, type Run } from './cache.js';
import { Forward, requireKnown } from './forward.js';
import { loadModel, type LoadedModel, type ModelSummary } from './loading.js';
import type { LoadOptions } from './transformer.js';

/** Sequences that are computed together, at most: half of the rows of a step on one thread, so that prompts always get on. */
export const MOST_SEQUENCES = 32;

/** How to load a model for several sequences. */
export interface BatchLoadOptions extends LoadOptions {
  /** Sequences that are computed together, at most: 1 to 32. */
  sequences: number;
  /** Tokens of key-value memory; a part of a block does not count. By default as much as all sequences can take, but at most 1 GiB. */
  kvTokens?: number;
}

/** Memory for keys and values that is taken unasked. */
const DEFAULT_KV_BYTES = 2 ** 30;

/** Bytes of one token's keys and values in all layers. */
export function kvBytes({ layers, kvHeads, headWidth }: ModelConfig): number {
  return layers * 2 * kvHeads * headWidth * 4;
}

/** Blocks of key-value memory. @throws RangeError for a budget under one block */
function blocksFor(config: ModelConfig, { sequences, kvTokens }: BatchLoadOptions): number {
  if (kvTokens !== undefined && (!Number.isInteger(kvTokens) || kvTokens < BLOCK_TOKENS))
    throw new RangeError(`${kvTokens} tokens of key-value memory; accepted is a whole number from ${BLOCK_TOKENS} (one block) on`);
  if (kvTokens !== undefined) return Math.floor(kvTokens / BLOCK_TOKENS);
  const each = Math.ceil(config.maxPositions / BLOCK_TOKENS);
  return Math.max(each, Math.min(sequences * each, Math.floor(DEFAULT_KV_BYTES / kvBytes(config) / BLOCK_TOKENS)));
}

/** A loaded model and its key-value memory; which block holds what is the caller's to know (block-pool.ts). Not re-entrant. */
export class BatchTransformer {
  private readonly forward: Forward;
  /** Address of the tables of a pass: a sequence has two runs at most, the end of its prompt with logits and the rest without. */
  private readonly tables: number;
  private readonly tableBlocks: number;

  private constructor(
    private readonly model: LoadedModel,
    /** Blocks of key-value memory. */
    readonly blocks: number,
    private readonly sequences: number,
  ) {
    this.forward = new Forward(model);
    this.tableBlocks = Math.ceil(model.config.maxPositions / BLOCK_TOKENS);
    this.tables = model.memory.allocate(2 * sequences * this.tableBlocks * 4);
    // Requests go on to memory that is new for as long as there is any: none of them shall wait for the system to give it.
    const bytes = (blocks * BLOCK_TOKENS * kvBytes(model.config)) / model.blocks.length / 2;
    for (const { keys, values } of model.blocks) for (const address of [keys, values]) model.memory.take(address, bytes);
  }

  /** Loads a folder as `Transformer.load` does. @throws what that throws, and RangeError for sequences or memory that cannot be */
  static async load(modelDir: string, precision: PrecisionChoice, options: BatchLoadOptions): Promise<BatchTransformer> {
    const { sequences } = options;
    if (!Number.isInteger(sequences) || sequences < 1 || sequences > MOST_SEQUENCES)
      throw new RangeError(`${sequences} sequences; accepted are 1 to ${MOST_SEQUENCES}`);
    const config = readModelConfig(modelDir, options.positions);
    const blocks = blocksFor(config, options);
    const shared = { tokens: blocks * BLOCK_TOKENS, sequences };
    try {
      return new BatchTransformer(await loadModel(Checkpoint.open(modelDir), config, precision, { ...options, shared }), blocks, sequences);
    } catch (error) {
      if (!(error instanceof KernelMemoryError)) throw error;
      const megabytes = Math.ceil((shared.tokens * kvBytes(config)) / 1e6);
      const room = `${shared.tokens} tokens of key-value memory take ${megabytes} MB of it; fewer may fit`;
      throw new KernelMemoryError(`${error.message}: ${room}`, { cause: error });
    }
  }

  get config(): Readonly<ModelConfig> {
    return this.model.config;
  }

  get summary(): Readonly<ModelSummary> {
    return this.model.summary;
  }

  /** Where the system keeps its accounts of the threads besides the calling one (see Team). */
  get tasks(): readonly string[] {
    return this.model.team.tasks;
  }

  /** Rows of a pass, at most. */
  get rows(): number {
    return this.forward.most;
  }

  /** Ends the threads besides the calling one; the model computes no more. */
  close(): Promise<void> {
    return this.model.team.close();
  }

  /**
   * Computes runs, one row a token: those without logits first, then `asked` runs of one token each, whose logits it returns in their order,
   * [vocabSize], valid until the next call. A sequence's logits are the same bits in any company, cut into slices in any way.
   * @throws RangeError for tokens that are not in the vocabulary, or more than a pass, a sequence or a table has room for
   */
  pass(runs: readonly Run[], asked: number): Float32Array[] {
    const { config, memory, team } = this.model;
    team.check();
    const tokens = runs.flatMap((run) => run.tokens);
    requireKnown(tokens, config.vocabSize);
    if (tokens.length === 0 || tokens.length > this.rows || asked > this.sequences || runs.length > 2 * this.sequences)
      throw new RangeError(`${runs.length} runs of ${tokens.length} tokens, ${asked} with logits: a pass takes 1 to ${this.rows} tokens`);
    for (const { table, position, tokens: own } of runs) {
      const end = position + own.length;
      if (end > config.maxPositions || end > table.length * BLOCK_TOKENS || table.length > this.tableBlocks)
        throw new RangeError(`positions up to ${end}: the model has ${config.maxPositions}, the sequence ${table.length} blocks`);
    }
    const places = new SharedBlocks(this.model, memory, runs, this.tables, this.tableBlocks);
    const state = this.forward.run(tokens, places, asked);
    return asked === 0 ? [] : this.forward.logits(state, asked);
  }
}
