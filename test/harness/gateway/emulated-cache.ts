/**
 * The EMULATED key-value cache of an emulated server: prompts are held in blocks, the least recently used are evicted first, those of calls
 * that run are pinned. It knows neither sockets nor time.
 */
import { createHash } from 'node:crypto';

/** Bytes of an emulated token. */
export const BYTES_OF_TOKEN = 4;
const TOKENS_OF_BLOCK = 16;
const BLOCK = BYTES_OF_TOKEN * TOKENS_OF_BLOCK;

/** What a call that begins finds, and holds until it is over. */
export interface Taken {
  promptTokens: number;
  cachedTokens: number;
  /** Nothing of it is pinned any more. To be called once. */
  release(): void;
}

export class EmulatedCache {
  static readonly tokensOfBlock = TOKENS_OF_BLOCK;
  /** Blocks that are held, the least recently used first. */
  private readonly held = new Set<string>();
  private readonly pinned = new Map<string, number>();
  private readonly most: number;

  constructor(capacityTokens: number) {
    this.most = capacityTokens / TOKENS_OF_BLOCK;
  }

  /** Begins a call where there is room for what it pins beside what is pinned; where nothing is, it begins whatever it takes. */
  take(prompt: string, answerTokens: number): Taken | undefined {
    const blocks = blocksOf(prompt);
    const answer = Array.from({ length: Math.ceil(answerTokens / TOKENS_OF_BLOCK) }, (_, i) => `${blocks.at(-1)}>${i}`);
    const fresh = blocks.filter((block) => !this.pinned.has(block)).length + answer.length;
    if (this.pinned.size > 0 && this.pinned.size + fresh > this.most) return undefined;
    let hits = 0;
    while (hits < blocks.length && this.held.has(blocks[hits]!)) hits++;
    const own = [...blocks, ...answer];
    for (const block of own) this.pinned.set(block, (this.pinned.get(block) ?? 0) + 1);
    this.touch(own);
    const promptTokens = Math.ceil(Buffer.byteLength(prompt) / BYTES_OF_TOKEN);
    return {
      promptTokens,
      cachedTokens: Math.min(hits * TOKENS_OF_BLOCK, promptTokens),
      release: () => {
        for (const block of own) {
          const pins = (this.pinned.get(block) ?? 1) - 1;
          if (pins > 0) this.pinned.set(block, pins);
          else this.pinned.delete(block);
        }
      },
    };
  }

  /** Takes blocks in, and out those that were used least recently and that no call pins. */
  private touch(blocks: readonly string[]): void {
    for (const block of blocks) {
      this.held.delete(block);
      this.held.add(block);
    }
    for (const block of this.held) {
      if (this.held.size <= this.most) return;
      if (!this.pinned.has(block)) this.held.delete(block);
    }
  }
}

/** A name for each whole block, which stands for all the text up to its end. */
function blocksOf(prompt: string): string[] {
  const bytes = Buffer.from(prompt);
  const blocks: string[] = [];
  let name = '';
  for (let end = BLOCK; end <= bytes.length; end += BLOCK) {
    name = createHash('sha1')
      .update(name)
      .update(bytes.subarray(end - BLOCK, end))
      .digest('base64')
      .slice(0, 12);
    blocks.push(name);
  }
  return blocks;
}
