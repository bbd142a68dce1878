/**
 * Generation of several sequences at once. In each step every running answer goes on by a token and prompts by a slice, all of them as the rows
 * of one pass, so that weights are read once for all. What an answer is does not depend on its company, to the bit.
 *
 * A step that fails is computed again, each sequence by itself: only whoever fails again is given up.
 */
import type { Tokenizer } from '../text/tokenizer.js';
import { Answer, nowUs, type AnswerLimits, type Generation, type GenerationRequest, type OnText } from './answer.js';
import { BLOCK_TOKENS, BlockPool } from './block-pool.js';
import type { Run } from './cache.js';
import { turn, type AnswerMaker } from './generate.js';
import { Occupancy } from './occupancy.js';
import { Schedule, type Sequence, type Slice } from './schedule.js';
import { SliceLength } from './slices.js';

/** What this needs of a model (see BatchTransformer). */
export interface BatchModel {
  /** Blocks of key-value memory. */
  readonly blocks: number;
  /** Rows of a pass, at most. */
  readonly rows: number;
  /** Computes runs; the logits of the last `asked`, which are of one token each. The caller may change them. */
  pass(runs: readonly Run[], asked: number): Float32Array[];
}

export interface BatchGeneratorOptions extends AnswerLimits {
  /** Sequences that are computed together, at most. */
  sequences: number;
  prefixCache: boolean;
  threads: number;
  /** Where the system keeps its accounts of the further threads (see Occupancy). */
  tasks?: readonly string[];
}

/** A request on its way. */
interface Asked extends Sequence {
  readonly answer: Answer;
  readonly signal: AbortSignal | undefined;
  begun: boolean;
  settle: (generation: Generation) => void;
  fail: (error: unknown) => void;
}

/** How the memory stands and what became of it; counts are since the start. */
export interface MemoryFigures {
  blocks: number;
  /** Tokens of a block. */
  blockTokens: number;
  /** Blocks that running sequences hold, and those that nobody holds and that stay known by their tokens. */
  held: number;
  kept: number;
  evictions: number;
  preemptions: number;
}

/** A request that has more tokens than the memory for keys and values has room for. */
export class MemoryTooSmallError extends RangeError {
  override name = 'MemoryTooSmallError';
}

/** A request's signal was aborted before any of it was computed. */
export class GoneError extends Error {
  override name = 'GoneError';
}

/** Answers requests of one model, several at once. */
export class BatchGenerator implements AnswerMaker {
  readonly limits: AnswerLimits;
  /** Requests that are computed at once, at most. */
  readonly sequences: number;
  private readonly schedule: Schedule<Asked>;
  private readonly pool: BlockPool;
  private readonly occupancy: Occupancy;
  private working = false;
  private readonly slices: SliceLength;

  constructor(
    private readonly model: BatchModel,
    private readonly tokenizer: Tokenizer,
    options: BatchGeneratorOptions,
  ) {
    const { sequences, prefixCache, threads, tasks, endTokens } = options;
    this.sequences = sequences;
    this.pool = new BlockPool(model.blocks, prefixCache);
    // An answer ends where the memory does, as it does at the end of the context.
    this.limits = { endTokens, contextTokens: Math.min(options.contextTokens, this.pool.tokens) };
    this.occupancy = new Occupancy(threads, tasks);
    this.slices = new SliceLength(model.rows);
    this.schedule = new Schedule<Asked>(this.pool, { sequences, rows: model.rows }, (asked) => this.begin(asked));
  }

  /** Requests that are computed now. */
  get running(): number {
    return this.schedule.running.length;
  }

  /** Requests that wait for a place or for memory. */
  get waiting(): number {
    return this.schedule.waiting.length;
  }

  /** How the memory for keys and values stands. */
  get memory(): MemoryFigures {
    const { blocks, held, kept, evictions } = this.pool;
    return { blocks, blockTokens: BLOCK_TOKENS, held, kept, evictions, preemptions: this.schedule.preemptions };
  }

  /**
   * Answers one prompt, which must leave room for one token; it waits while there is no place or no memory for it.
   * @throws MemoryTooSmallError when it can never fit; GoneError when the signal comes while it waits; what the model throws, LogitsError and GuideError: of this request alone
   */
  generate(request: GenerationRequest, onText: OnText, signal?: AbortSignal): Promise<Generation> {
    if (request.prompt.length >= this.limits.contextTokens)
      return Promise.reject(
        new MemoryTooSmallError(`the prompt has ${request.prompt.length} tokens, of ${this.limits.contextTokens} with the answer's first`),
      );
    return new Promise((settle, fail) => {
      const answer = new Answer(request, this.tokenizer, this.limits, onText);
      const state = { tokens: [...request.prompt], computed: 0, lease: undefined, begun: false };
      this.schedule.add({ ...state, answer, signal, settle, fail });
      if (!this.working) void this.work();
    });
  }

  private begin(asked: Asked): void {
    if (!asked.begun) asked.answer.begin(asked.computed, this.occupancy.begin());
    asked.begun = true;
  }

  /** Takes step after step until nothing is left; requests join and leave between two. */
  private async work(): Promise<void> {
    this.working = true;
    try {
      // Requests of the same turn begin together.
      await turn();
      for (; this.running + this.waiting > 0; await turn()) this.step();
    } catch (error) {
      for (const asked of [...this.schedule.running, ...this.schedule.waiting]) this.lose(asked, error);
    } finally {
      this.working = false;
    }
  }

  private step(): void {
    const { schedule } = this;
    for (const asked of [...schedule.running, ...schedule.waiting]) if (asked.signal?.aborted) this.end(asked);
    const slices = schedule.step(this.slices.tokens);
    const asking = slices.filter(({ asks }) => asks);
    if (slices.length === 0) return;
    const beganUs = nowUs();
    let logits: (Float32Array | undefined)[];
    try {
      logits = this.compute(slices);
    } catch (error) {
      logits = slices.length === 1 ? this.giveUp(slices, error) : this.computeApart(slices);
    }
    schedule.done(slices);
    if (slices.length > asking.length) this.slices.took(nowUs() - beganUs);
    asking.forEach(({ sequence }, i) => {
      if (logits[i] && sequence.lease) this.goOn(sequence, logits[i]);
    });
  }

  /** An answer goes on by a token, or ends. */
  private goOn(asked: Asked, logits: Float32Array): void {
    try {
      const token = asked.answer.next(logits);
      if (token === undefined) this.end(asked);
      else asked.tokens.push(token);
    } catch (error) {
      this.lose(asked, error);
    }
  }

  private end(asked: Asked): void {
    this.schedule.remove(asked);
    if (asked.begun) asked.settle(asked.answer.measure());
    else asked.fail(new GoneError('gone before its turn'));
  }

  private lose(asked: Asked, error: unknown): void {
    this.schedule.remove(asked, true);
    asked.fail(error);
  }

  /** The logits of those slices that ask. */
  private compute(slices: readonly Slice<Asked>[]): Float32Array[] {
    const runs = slices.map(({ sequence, from, to }): Run => {
      return { table: sequence.lease!.table, position: from, tokens: sequence.tokens.slice(from, to) };
    });
    return this.model.pass(runs, slices.filter(({ asks }) => asks).length);
  }

  /** The same, each sequence by itself, so that what is wrong with one touches no other. Logits are copied: the next pass writes there. */
  private computeApart(slices: readonly Slice<Asked>[]): (Float32Array | undefined)[] {
    const found = new Map<Asked, Float32Array | undefined>();
    for (const sequence of new Set(slices.map((slice) => slice.sequence))) {
      const own = slices.filter((slice) => slice.sequence === sequence);
      try {
        found.set(sequence, this.compute(own)[0]?.slice());
      } catch (error) {
        this.giveUp(own, error);
      }
    }
    return slices.filter(({ asks }) => asks).map(({ sequence }) => found.get(sequence));
  }

  private giveUp(slices: readonly Slice<Asked>[], error: unknown): undefined[] {
    for (const { sequence } of slices) if (sequence.lease) this.lose(sequence, error);
    return [];
  }
}
