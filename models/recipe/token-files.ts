/**
 * The files that training reads, each named by its material: `.tokens` (uint16: what follows the beginning that all prompts share, and the answer,
 * sample after sample), `.index` (int32 triples: tokens of the prompt after that beginning, tokens of the answer, match), `.news` (six int32 for
 * each item of news that a sample may have, see `NewsEntry`; -1 where there is none of it) and `.json` (the beginning, and counts).
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { WORK } from './material.js';

/**
 * An item of news in a sample: its last token, counted after the shared beginning; what it is worth in ticks (NO_WORTH: nothing that could be);
 * the last token of the name in it; whose that is; and what of them, and their luck, where known.
 */
export type NewsEntry = readonly [end: number, worth: number, name: number, who: number, kind: number, luck: number];

export const NO_WORTH = 99;
const NO_ITEM: NewsEntry = [-1, 0, -1, -1, -1, -1];

export class TokenFiles {
  private readonly tokens: number[] = [];
  private readonly index: number[] = [];
  private readonly news: number[] = [];
  /** Tokens of the longest sample. */
  longest = 0;

  /** @param items items of news that a sample may have @param prefix the beginning that all prompts share */
  constructor(
    private readonly name: string,
    private readonly prefix: readonly number[],
    private readonly items: number,
  ) {}

  get samples(): number {
    return this.index.length / 3;
  }

  add(match: number, prompt: readonly number[], answer: readonly number[], news: readonly NewsEntry[]): void {
    this.tokens.push(...prompt, ...answer);
    this.index.push(prompt.length, answer.length, match);
    for (let i = 0; i < this.items; i++) this.news.push(...(news[i] ?? NO_ITEM));
    this.longest = Math.max(this.longest, prompt.length + answer.length);
  }

  /** @param answers answers that a teacher valued, as tokens */
  write(answers: readonly number[][] = []): void {
    const { name, prefix, samples, longest, tokens } = this;
    const path = (kind: string): string => join(WORK, `${name}.${kind}`);
    writeFileSync(path('tokens'), Uint16Array.from(tokens));
    writeFileSync(path('index'), Int32Array.from(this.index));
    writeFileSync(path('news'), Int32Array.from(this.news));
    writeFileSync(path('json'), JSON.stringify({ prefix, samples, longest, answers }) + '\n');
    const average = (tokens.length / samples).toFixed(1);
    console.log(`${name}: ${samples} samples, ${prefix.length} tokens shared, then ${average} on average, ${longest} at most`);
  }
}
