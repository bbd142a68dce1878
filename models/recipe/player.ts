/** A reference model in this process, one decision at a time: what it answers to a state, greedily, and how likely it finds an answer. */
import type { AnyTask } from '../../envs/environment.js';
import { ChatTemplate } from '../../fpx/text/chat.js';
import { parsePrecisionMap } from '../../fpx/formats/precision.js';
import { Tokenizer } from '../../fpx/text/tokenizer.js';
import { Transformer } from '../../fpx/model/transformer.js';
import { loadPrompt } from '../../harness/configuration/prompts.js';
import { modelFolder } from './material.js';

/** Answers are an action in a few words. */
const LONGEST_ANSWER = 32;

export class ModelPlayer {
  /** The prompt that the cache holds. */
  private cached: number[] = [];

  private constructor(
    private readonly task: AnyTask,
    private readonly tokenizer: Tokenizer,
    private readonly template: ChatTemplate,
    private readonly transformer: Transformer,
  ) {}

  /** @param precision a format's name or a precision map */
  static async load(task: AnyTask, model: string, precision: unknown): Promise<ModelPlayer> {
    const folder = modelFolder(model);
    const tokenizer = await Tokenizer.load(folder);
    const transformer = await Transformer.load(folder, parsePrecisionMap(precision));
    return new ModelPlayer(task, tokenizer, ChatTemplate.from(tokenizer.config), transformer);
  }

  /** Layers of the model. */
  get layers(): number {
    return this.transformer.config.layers;
  }

  /** The most likely answer to a state's text, token by token: its tokens with the one that ends it, where it came, and its text. */
  answer(state: string): { tokens: number[]; text: string } {
    const end = this.tokenizer.id('</s>');
    const tokens: number[] = [];
    let logits = this.read(state);
    while (tokens.at(-1) !== end && tokens.length < LONGEST_ANSWER) {
      const next = logits.reduce((best, logit, i) => (logit > logits[best]! ? i : best), 0);
      tokens.push(next);
      if (next !== end) logits = this.transformer.append([next]);
    }
    return { tokens, text: this.tokenizer.decode(tokens) };
  }

  /** The natural logarithm of an answer's probability after a state's text. */
  logProbability(state: string, answer: readonly number[]): number {
    let sum = 0;
    let logits = this.read(state);
    for (const [i, token] of answer.entries()) {
      const most = logits.reduce((a, b) => Math.max(a, b), -Infinity);
      sum += logits[token]! - most - Math.log(logits.reduce((all, logit) => all + Math.exp(logit - most), 0));
      if (i + 1 < answer.length) logits = this.transformer.append([token]);
    }
    return sum;
  }

  /** Takes a prompt in, but for the beginning that it shares with the one before. @returns the logits after it; the next call overwrites them */
  private read(state: string): Float32Array {
    const { system, user } = loadPrompt(this.task, 'reference').fill(state);
    const messages = [
      { role: 'system', content: system },
      { role: 'user', content: user },
    ];
    const tokens = this.tokenizer.encode(this.template.render(messages));
    let same = 0;
    while (same < Math.min(this.cached.length, tokens.length - 1) && this.cached[same] === tokens[same]) same++;
    this.transformer.truncate(same);
    this.cached = tokens;
    return this.transformer.append(tokens.slice(same));
  }
}
