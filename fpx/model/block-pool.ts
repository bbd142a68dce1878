/**
 * Key-value memory in blocks of 16 tokens, which sequences hold while they are computed and which stay known by their tokens afterwards:
 * a later sequence that begins with the same tokens takes them as they are. What nobody holds is given away, the least recently used
 * first, when a sequence needs a block and none is empty.
 *
 * A block is found by its 16 tokens and the block before it, so that equal keys mean equal tokens from the very beginning. Whoever holds
 * a block holds all before it, and lets go of it no later than of those: so a block is never given away before one that follows it.
 */

/** Tokens of a block; the kernels' number (assembly/block-attention.ts). */
export const BLOCK_TOKENS = 16;

/** What one sequence holds. Only the pool changes it. */
export interface Lease {
  /** Its blocks: the i-th is of tokens 16 i to 16 i + 15. */
  readonly table: number[];
  /** Tokens that were found computed when it was opened. */
  readonly cachedTokens: number;
  /** Blocks, from the first on, that the pool knows by their tokens. */
  known: number;
}

/** Blocks that so many tokens take. */
function blocksOf(tokens: number): number {
  return Math.ceil(tokens / BLOCK_TOKENS);
}

/** The blocks of one model. */
export class BlockPool {
  /** Blocks whose tokens nobody asks for any more. */
  private readonly empty: number[];
  /** Blocks that nobody holds and that are known by their tokens, the least recently used first. */
  private readonly idle = new Set<number>();
  private readonly holders: Int32Array;
  /** By block: its key, where it has one, and the number of the key, by which the next block's key names it. */
  private readonly keys: (string | undefined)[];
  private readonly numbers: number[];
  private readonly blocksByKey = new Map<string, number>();
  private lastNumber = 0;
  /** Blocks that were given away while their tokens were known. */
  evictions = 0;

  /**
   * @param blocks how many there are
   * @param keeps whether blocks stay known by their tokens
   * @throws RangeError when that is no whole number from 1 on
   */
  constructor(
    readonly blocks: number,
    private readonly keeps = true,
  ) {
    if (!Number.isInteger(blocks) || blocks < 1) throw new RangeError(`${blocks} blocks; a whole number from 1 on is accepted`);
    this.empty = Array.from({ length: blocks }, (_, i) => blocks - 1 - i);
    this.holders = new Int32Array(blocks);
    this.keys = Array.from({ length: blocks }, () => undefined);
    this.numbers = Array.from({ length: blocks }, () => 0);
  }

  /** Tokens that fit. */
  get tokens(): number {
    return this.blocks * BLOCK_TOKENS;
  }

  /** Blocks that sequences hold. */
  get held(): number {
    return this.blocks - this.empty.length - this.idle.size;
  }

  /** Blocks that nobody holds and that are known by their tokens. */
  get kept(): number {
    return this.idle.size;
  }

  /**
   * Takes blocks for all tokens of a sequence, those that are known as they are: at most as many as leave one token to compute.
   * @param spare blocks that must be left for others; undefined when they are not to be had: nothing has changed then
   */
  open(tokens: readonly number[], spare = 0): Lease | undefined {
    const table = this.find(tokens);
    const wanted = blocksOf(tokens.length) - table.length;
    const revived = table.filter((block) => this.holders[block] === 0).length;
    if (this.empty.length + this.idle.size - revived < wanted + spare) return undefined;
    for (const block of table) this.hold(block);
    const lease: Lease = { table, cachedTokens: table.length * BLOCK_TOKENS, known: table.length };
    this.grow(lease, tokens.length);
    return lease;
  }

  /** Makes room for so many tokens in all. False when there is no block for them; what was taken meanwhile stays with the lease. */
  grow({ table }: Lease, tokens: number): boolean {
    while (table.length < blocksOf(tokens)) {
      const block = this.take();
      if (block === undefined) return false;
      this.holders[block] = 1;
      table.push(block);
    }
    return true;
  }

  /** Says that the first `computed` of a sequence's tokens are computed: from now on whole blocks of them are found. */
  settle(lease: Lease, tokens: readonly number[], computed: number): void {
    const { table } = lease;
    for (; this.keeps && (lease.known + 1) * BLOCK_TOKENS <= computed; lease.known++) {
      const at = lease.known;
      const block = table[at]!;
      const key = this.key(at === 0 ? undefined : table[at - 1]!, tokens, at);
      const same = this.blocksByKey.get(key);
      if (same === undefined) {
        this.keys[block] = key;
        this.numbers[block] = ++this.lastNumber;
        this.blocksByKey.set(key, block);
      } else {
        // Another sequence has computed the same meanwhile: one of the two is enough.
        this.hold(same);
        table[at] = same;
        this.drop(block);
      }
    }
  }

  /** Lets go of everything a sequence holds. A second time changes nothing. */
  release({ table }: Lease): void {
    // From the end, so that of blocks let go of together the last is given away first.
    while (table.length > 0) this.drop(table.pop()!);
  }

  /** The same, and what nobody else holds is forgotten: what went wrong in it may be in its blocks. */
  discard({ table }: Lease): void {
    while (table.length > 0) {
      const block = table.pop()!;
      if (this.holders[block] === 1) this.unname(block);
      this.drop(block);
    }
  }

  /** Known blocks of the beginning of a sequence. */
  private find(tokens: readonly number[]): number[] {
    const table: number[] = [];
    while ((table.length + 1) * BLOCK_TOKENS < tokens.length) {
      const block = this.blocksByKey.get(this.key(table.at(-1), tokens, table.length));
      if (block === undefined) break;
      table.push(block);
    }
    return table;
  }

  private key(before: number | undefined, tokens: readonly number[], at: number): string {
    const own = tokens.slice(at * BLOCK_TOKENS, (at + 1) * BLOCK_TOKENS);
    return `${before === undefined ? 0 : this.numbers[before]!}:${own.join()}`;
  }

  /** A block for new tokens. */
  private take(): number | undefined {
    const block = this.empty.pop();
    if (block !== undefined) return block;
    const [oldest] = this.idle;
    if (oldest === undefined) return undefined;
    this.idle.delete(oldest);
    this.unname(oldest);
    this.evictions++;
    return oldest;
  }

  private hold(block: number): void {
    if (this.holders[block]!++ === 0) this.idle.delete(block);
  }

  private drop(block: number): void {
    if (--this.holders[block]! > 0) return;
    if (this.keys[block] === undefined) this.empty.push(block);
    else this.idle.add(block);
  }

  private unname(block: number): void {
    const key = this.keys[block];
    if (key !== undefined) this.blocksByKey.delete(key);
    this.keys[block] = undefined;
  }
}
