/** What programs take of one backend's cache, with prefixes that several share counted once. */

/** A program's part in a cache: its tokens, and the names of the blocks they begin with. */
export interface Footprint {
  tokens: number;
  blocks: readonly string[];
}

/** A footprint with no more blocks than its tokens fill. */
export function footprint(tokens: number, blocks: readonly string[], blockTokens: number): Footprint {
  const most = Math.floor(tokens / blockTokens);
  return { tokens, blocks: blocks.length > most ? blocks.slice(0, most) : blocks };
}

export class Ledger {
  private readonly holders = new Map<string, number>();
  private total = 0;
  private shared = 0;

  constructor(private readonly blockTokens: number) {}

  /** Tokens in all. */
  get used(): number {
    return this.total - this.shared;
  }

  add({ tokens, blocks }: Footprint): void {
    this.total += tokens;
    for (const block of blocks) {
      const held = this.holders.get(block) ?? 0;
      this.holders.set(block, held + 1);
      if (held > 0) this.shared += this.blockTokens;
    }
  }

  remove({ tokens, blocks }: Footprint): void {
    this.total -= tokens;
    for (const block of blocks) {
      const held = this.holders.get(block)!;
      if (held > 1) {
        this.holders.set(block, held - 1);
        this.shared -= this.blockTokens;
      } else this.holders.delete(block);
    }
  }

  /** Tokens by which `used` would grow with this footprint. */
  extra({ tokens, blocks }: Footprint): number {
    let extra = tokens;
    for (const block of blocks) {
      if (!this.holders.has(block)) break; // a name stands for all that is before it
      extra -= this.blockTokens;
    }
    return extra;
  }
}
