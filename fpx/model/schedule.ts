/**
 * Which tokens of which sequences are computed together in a step, when several sequences share a model and its key-value memory.
 *
 * First come, first served: the oldest that waits begins as soon as a place is free and its tokens fit. Every answer goes on by one token in
 * every step; what rows are left take slices of prompts, the oldest first. When an answer needs a block and there is none, the youngest
 * sequence gives up its own and waits again, first of all: what it had is computed once more, as far as it was given away meanwhile.
 */

import type { BlockPool, Lease } from './block-pool.js';

/** Tokens that are computed one after another: a prompt and the answer so far, whose last token is as yet to be computed. */
export interface Sequence {
  readonly tokens: number[];
  /** How many of them are computed. */
  computed: number;
  /** What it holds; undefined while it waits. */
  lease: Lease | undefined;
}

/** Tokens [from, to) of a sequence, in one step. */
export interface Slice<S extends Sequence> {
  sequence: S;
  from: number;
  to: number;
  /** Whether the logits after its one token are wanted. */
  asks: boolean;
}

export interface ScheduleOptions {
  /** Sequences that are computed together, at most. */
  sequences: number;
  /** Tokens of a step, at most; more than `sequences`. */
  rows: number;
}

/** The sequences of one model, running and waiting. */
export class Schedule<S extends Sequence> {
  /** Those with a place, in the order in which they got it. */
  readonly running: S[] = [];
  /** Those without, the next one first. */
  readonly waiting: S[] = [];
  /** How often a sequence gave up its memory. */
  preemptions = 0;

  constructor(
    readonly pool: BlockPool,
    private readonly options: ScheduleOptions,
    /** Told of each that gets a place. */
    private readonly begins: (sequence: S) => void = () => undefined,
  ) {}

  /** Puts a sequence to the end of those that wait. @throws RangeError without a token, or when it can never fit: that is for the caller to find out before */
  add(sequence: S): void {
    if (sequence.tokens.length === 0) throw new RangeError('a sequence without tokens; at least one is needed');
    if (sequence.tokens.length > this.pool.tokens)
      throw new RangeError(`${sequence.tokens.length} tokens; the key-value memory has room for ${this.pool.tokens}`);
    this.waiting.push(sequence);
  }

  /** Takes a sequence out, wherever it is, and gives back what it holds; when it went wrong, nothing that it alone computed is kept. */
  remove(sequence: S, wrong = false): void {
    for (const list of [this.running, this.waiting]) {
      const at = list.indexOf(sequence);
      if (at >= 0) list.splice(at, 1);
    }
    if (sequence.lease === undefined) return;
    if (wrong) this.pool.discard(sequence.lease);
    else this.pool.release(sequence.lease);
    sequence.lease = undefined;
  }

  /**
   * What to compute next: first slices without logits, then those with, one token each. Memory for all of them is taken.
   * @param promptRows tokens of prompts, at most
   */
  step(promptRows: number): Slice<S>[] {
    this.admit();
    const asking: Slice<S>[] = [];
    for (const sequence of [...this.running]) {
      const from = sequence.tokens.length - 1;
      // Whoever comes later in this list may have given up its place to one before.
      if (sequence.computed === from && sequence.lease && this.makeRoom(sequence))
        asking.push({ sequence, from, to: from + 1, asks: true });
    }
    const absorbing: Slice<S>[] = [];
    let left = Math.min(promptRows, this.options.rows - asking.length);
    for (const sequence of this.running) {
      const { computed: from, tokens } = sequence;
      const count = Math.min(left, tokens.length - from);
      if (count <= 0 || tokens.length - from === 1) continue;
      left -= count;
      const whole = from + count === tokens.length;
      if (!whole || count > 1) absorbing.push({ sequence, from, to: from + count - (whole ? 1 : 0), asks: false });
      if (whole) asking.push({ sequence, from: tokens.length - 1, to: tokens.length, asks: true });
    }
    return [...absorbing, ...asking];
  }

  /** Says that slices are computed. Those of sequences that were taken out meanwhile count for nothing. */
  done(slices: readonly Slice<S>[]): void {
    for (const { sequence, to } of slices) {
      if (sequence.lease === undefined) continue;
      sequence.computed = to;
      this.pool.settle(sequence.lease, sequence.tokens, to);
    }
  }

  /** Gives places to those that wait, in their order, while there are places and memory. */
  private admit(): void {
    const { running, waiting, pool, options } = this;
    while (waiting.length > 0 && running.length < options.sequences) {
      const [next] = waiting as [S];
      // A block more for each that runs, or whoever begins would be the next to give up its place.
      const lease = pool.open(next.tokens, running.length);
      if (lease === undefined) return;
      waiting.shift();
      running.push(next);
      next.lease = lease;
      next.computed = lease.cachedTokens;
      this.begins(next);
    }
  }

  /** Room for a sequence's last token, if need be at the cost of the youngest; false when that is itself. */
  private makeRoom(sequence: S): boolean {
    const { running, waiting, pool } = this;
    while (!pool.grow(sequence.lease!, sequence.tokens.length)) {
      const youngest = running.pop()!;
      pool.release(youngest.lease!);
      youngest.lease = undefined;
      youngest.computed = 0;
      waiting.unshift(youngest);
      this.preemptions++;
      if (youngest === sequence) return false;
    }
    return true;
  }
}
