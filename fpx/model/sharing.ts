/**
 * How the work on a chunk's tokens is divided among a model's threads: a long chunk by tokens, of which each thread takes its own; a short
 * one, and a single token above all, by rows of the matrices and heads of attention.
 * Every output is computed by one thread alone, in the order in which a single thread computes it, so its bits do not depend on the division.
 */

import type { Team } from '../kernels/team.js';
import { CHUNK, type Hand } from './loading.js';

/** From so many tokens a thread on they are divided: each thread then unpacks every weight, which pays off over several tokens. */
const TOKENS_TO_DIVIDE = 12;

/** From so many products on a step is divided: two threads need a microsecond or two to tell each other of it, a thread for the products three. */
const PRODUCTS_TO_DIVIDE = 40_000;

/** Tokens are divided in fours, which the kernels take side by side, and rows in sixteens, whose outputs fill a line of the cache. */
const TOKENS_TOGETHER = 4;
const ROWS_TOGETHER = 16;

/** Where part `i` of `parts` begins in `total`, in whole units; part `parts` begins at the end. */
export function cut(total: number, i: number, parts: number, unit: number): number {
  return i === parts ? total : Math.min(total, Math.round((total * i) / parts / unit) * unit);
}

/** What one thread does of a step: the rows and heads that are its own, for tokens [from, to) of the chunk. */
export class Share {
  /** @param part which of `parts` its rows are */
  constructor(
    readonly hand: Hand,
    readonly from: number,
    readonly to: number,
    private readonly part: number,
    private readonly parts: number,
  ) {}

  /** First of its rows among [begin, end) of a matrix. */
  rowBegin(begin: number, end: number): number {
    return begin + cut(end - begin, this.part, this.parts, ROWS_TOGETHER);
  }

  /** End of its rows among [begin, end) of a matrix. */
  rowEnd(begin: number, end: number): number {
    return begin + cut(end - begin, this.part + 1, this.parts, ROWS_TOGETHER);
  }

  /** First of its heads of so many. */
  headBegin(heads: number): number {
    return cut(heads, this.part, this.parts, 1);
  }

  /** End of its heads of so many. */
  headEnd(heads: number): number {
    return cut(heads, this.part + 1, this.parts, 1);
  }
}

/** The work on some tokens. */
export class Work {
  /** Whether each thread takes tokens of its own, and all their rows; otherwise it takes rows of its own, of all tokens. */
  readonly byTokens: boolean;
  private readonly whole: Share;
  private readonly shares: readonly Share[];
  private readonly sharesByRows: readonly Share[];

  /** On tokens [from, to) of the chunk. */
  constructor(
    private readonly team: Team,
    hands: readonly Hand[],
    readonly from: number,
    readonly to: number,
  ) {
    const parts = hands.length;
    // A thread has room for the activations of CHUNK tokens, and no more.
    this.byTokens = parts === 1 || to - from >= TOKENS_TO_DIVIDE * parts || to - from > CHUNK;
    this.whole = new Share(hands[0]!, from, to, 0, 1);
    this.sharesByRows = parts === 1 ? [this.whole] : hands.map((hand, i) => new Share(hand, from, to, i, parts));
    const begin = (i: number): number => from + cut(to - from, i, parts, TOKENS_TOGETHER);
    const divided = this.byTokens && parts > 1;
    this.shares = divided ? hands.map((hand, i) => new Share(hand, begin(i), begin(i + 1), 0, 1)) : this.sharesByRows;
  }

  /** Has a step done, which adds up so many products for one token: by all threads, or by the calling one where they are too few. */
  run(products: number, step: (share: Share) => void): void {
    const { shares, team, whole } = this;
    if (shares.length === 1 || (!this.byTokens && products * (this.to - this.from) < PRODUCTS_TO_DIVIDE)) step(whole);
    else team.together((i) => step(shares[i]!));
  }

  /** Has a step done by rows, however many the tokens. */
  runByRows(step: (share: Share) => void): void {
    const { sharesByRows, team } = this;
    if (sharesByRows.length === 1) step(sharesByRows[0]!);
    else team.together((i) => step(sharesByRows[i]!));
  }
}
