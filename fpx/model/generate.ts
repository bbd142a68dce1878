/**
 * Generation: one sequence at a time through one key-value cache, token by token, cancellable between tokens.
 *
 * The cache keeps what the last request left in it. The next prompt's common beginning with that is not computed again
 * (prompts put what never changes first), which is what `cachedTokens` counts.
 */
import { Answer, nowUs, type AnswerLimits, type Generation, type GenerationRequest, type OnText } from './answer.js';
import { Occupancy } from './occupancy.js';
import { SliceLength } from './slices.js';
import type { Tokenizer } from '../text/tokenizer.js';

/** What generation needs of a model: a sequence that grows by tokens and can be cut back. */
export interface LanguageModel {
  /** Tokens whose keys and values are held. */
  readonly length: number;
  /** Forgets all but the first `length` tokens. */
  truncate(length: number): void;
  /** Appends tokens (at least one) and returns the logits after the last, one a vocabulary entry. */
  append(tokens: readonly number[]): Float32Array;
  /** Appends tokens (at least one) whose logits nobody asks for. */
  absorb(tokens: readonly number[]): void;
}

/** What answers requests: one after another, or several at once. */
export interface AnswerMaker {
  readonly limits: AnswerLimits;
  /** @throws what the model throws, and LogitsError */
  generate(request: GenerationRequest, onText: OnText, signal?: AbortSignal): Promise<Generation>;
}

export interface GeneratorOptions extends AnswerLimits {
  prefixCache: boolean;
  /** Threads that the model computes on. */
  threads: number;
  /** Where the system keeps its accounts of the further ones (see Occupancy). */
  tasks?: readonly string[];
  /** Prompt tokens computed at most between two looks at the signal (default 64 a thread). */
  promptChunk?: number;
}

/** As many a thread as the transformer takes through its layers together, so that looking up after each slice costs next to nothing. */
const PROMPT_CHUNK = 64;

/** Lets the event loop turn once: sockets are read, and a client that went away is noticed. */
export const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** The one slot of a model. Callers run one request at a time. */
export class Generator implements AnswerMaker {
  /** The tokens in the model's cache, oldest first. */
  private held: number[] = [];
  private readonly occupancy: Occupancy;

  constructor(
    private readonly model: LanguageModel,
    private readonly tokenizer: Tokenizer,
    private readonly options: GeneratorOptions,
  ) {
    this.occupancy = new Occupancy(options.threads, options.tasks);
  }

  get limits(): AnswerLimits {
    return this.options;
  }

  /**
   * Answers one prompt, which must leave room for one token in the context.
   * @throws what the model throws, and LogitsError; the cache is then emptied, and the next request starts afresh
   */
  async generate(request: GenerationRequest, onText: OnText, signal?: AbortSignal): Promise<Generation> {
    const answer = new Answer(request, this.tokenizer, this.options, onText);
    const occupancy = this.occupancy.begin();
    try {
      const cachedTokens = this.reusePrefix(request.prompt);
      answer.begin(cachedTokens, occupancy);
      let logits = await this.prefill(request.prompt.slice(cachedTokens), signal);
      while (logits) {
        const token = answer.next(logits);
        if (token === undefined) break;
        await turn();
        if (signal?.aborted) break;
        logits = this.append([token]);
      }
    } catch (error) {
      this.reset();
      throw error;
    }
    return answer.measure();
  }

  /** Empties the cache. */
  reset(): void {
    this.held = [];
    this.model.truncate(0);
  }

  /** Cuts the cache back to its common beginning with the prompt, leaving at least one token to compute (its logits are needed). */
  private reusePrefix(prompt: readonly number[]): number {
    const limit = this.options.prefixCache ? Math.min(this.held.length, prompt.length - 1) : 0;
    let common = 0;
    while (common < limit && this.held[common] === prompt[common]) common++;
    this.model.truncate(common);
    this.held.length = common;
    return common;
  }

  /** Appends in slices, with a look at the signal before each. Undefined when it was cancelled. */
  private async prefill(tokens: readonly number[], signal?: AbortSignal): Promise<Float32Array | undefined> {
    const slices = new SliceLength(this.options.promptChunk ?? PROMPT_CHUNK * this.options.threads);
    for (let at = 0; ;) {
      if (at > 0) await turn();
      if (signal?.aborted) return undefined;
      const slice = tokens.slice(at, at + slices.tokens);
      at += slice.length;
      if (at >= tokens.length) return this.append(slice);
      const beganUs = nowUs();
      this.model.absorb(slice);
      this.held.push(...slice);
      slices.took(nowUs() - beganUs);
    }
  }

  private append(tokens: readonly number[]): Float32Array {
    const logits = this.model.append(tokens);
    this.held.push(...tokens);
    return logits;
  }
}
