/**
 * Generation: one sequence at a time through one key-value cache, token by token, cancellable between tokens.
 *
 * The cache keeps what the last request left in it. The next prompt's common beginning with that is not computed again
 * (prompts put what never changes first), which is what `cachedTokens` counts.
 */
import type { Guide } from '../grammar/guide.js';
import { Logprobs, type ToldToken } from './logprobs.js';
import { Occupancy } from './occupancy.js';
import { sampler, type SamplingSettings } from './sampling.js';
import { StopWatcher } from './stopping.js';
import { StreamingDetokenizer, type Tokenizer } from '../text/tokenizer.js';

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

export interface GenerationRequest {
  prompt: readonly number[];
  maxTokens: number;
  /** Generation ends before the first of these in its text. */
  stop: readonly string[];
  sampling: SamplingSettings;
  /** Go on after an end token (measurements of a fixed length). */
  ignoreEnd?: boolean;
  /** Keeps the answer to a form. It is used up. The answer ends where nothing can follow, without an end token. */
  guide?: Guide;
  /** Tell each token's log-probability, and so many of the likeliest ones in its place. */
  logprobs?: number;
}

export interface Generation {
  /** `stop`: an end token or a stop string; `length`: maxTokens or the end of the context; `cancelled`: the signal. */
  finish: 'stop' | 'length' | 'cancelled';
  text: string;
  promptTokens: number;
  /** Prompt tokens that were in the cache already. */
  cachedTokens: number;
  /** Tokens sampled, an end token included. */
  completionTokens: number;
  /** The answer's tokens without an end token, where log-probabilities were asked for; else none. */
  tokens: ToldToken[];
  /** Real microseconds from the beginning to the first token's logits, and from there to the end. */
  promptUs: number;
  decodeUs: number;
  /** Share of the whole that the computing threads were on a processor; under 900 the request was contended. */
  cpuPermille: number;
}

export interface GeneratorOptions {
  /** Positions the model has. */
  contextTokens: number;
  /** Tokens that end an answer. */
  endTokens: ReadonlySet<number>;
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
/** A slice of a prompt that takes longer than this is followed by one of half its size, down to the smallest. */
const SLICE_US = 50_000;
const SMALLEST_SLICE = 8;

const nowUs = (): number => Number(process.hrtime.bigint() / 1000n);

/** Lets the event loop turn once: sockets are read, and a client that went away is noticed. */
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** The one slot of a model. Callers run one request at a time. */
export class Generator {
  /** The tokens in the model's cache, oldest first. */
  private held: number[] = [];
  private readonly occupancy: Occupancy;

  constructor(
    private readonly model: LanguageModel,
    private readonly tokenizer: Tokenizer,
    readonly options: GeneratorOptions,
  ) {
    this.occupancy = new Occupancy(options.threads, options.tasks);
  }

  /**
   * Answers one prompt. `onText` gets the answer in pieces that never split a character and never show a part of a stop string,
   * and the figures so far.
   * The prompt must leave room for one token in the context.
   * @throws what the model throws, and LogitsError; the cache is then emptied, and the next request starts afresh
   */
  async generate(
    request: GenerationRequest,
    onText: (piece: string, soFar: Readonly<Generation>) => void,
    signal?: AbortSignal,
  ): Promise<Generation> {
    const occupancy = this.occupancy.begin();
    const beganAt = nowUs();
    const result: Generation = {
      finish: 'cancelled',
      text: '',
      promptTokens: request.prompt.length,
      cachedTokens: 0,
      completionTokens: 0,
      tokens: [],
      promptUs: 0,
      decodeUs: 0,
      cpuPermille: 1000,
    };
    const measure = (): void => {
      result.decodeUs = nowUs() - beganAt - result.promptUs;
      result.cpuPermille = occupancy();
    };
    const show = (piece: string): void => {
      if (piece === '') return;
      measure();
      result.text += piece;
      onText(piece, result);
    };
    try {
      result.cachedTokens = this.reusePrefix(request.prompt);
      const logits = await this.prefill(request.prompt.slice(result.cachedTokens), signal);
      result.promptUs = nowUs() - beganAt;
      if (logits) await this.decode(request, logits, result, show, signal);
    } catch (error) {
      this.reset();
      throw error;
    }
    measure();
    return result;
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
    let size = this.options.promptChunk ?? PROMPT_CHUNK * this.options.threads;
    for (let at = 0; ;) {
      if (at > 0) await turn();
      if (signal?.aborted) return undefined;
      const slice = tokens.slice(at, at + size);
      at += slice.length;
      if (at >= tokens.length) return this.append(slice);
      const beganUs = nowUs();
      this.model.absorb(slice);
      this.held.push(...slice);
      if (nowUs() - beganUs > SLICE_US) size = Math.max(Math.min(size, SMALLEST_SLICE), size >> 1);
    }
  }

  private append(tokens: readonly number[]): Float32Array {
    const logits = this.model.append(tokens);
    this.held.push(...tokens);
    return logits;
  }

  private async decode(
    request: GenerationRequest,
    first: Float32Array,
    result: Generation,
    show: (piece: string) => void,
    signal?: AbortSignal,
  ): Promise<void> {
    const choose = sampler(request.sampling);
    const detokenizer = new StreamingDetokenizer(this.tokenizer);
    const stop = new StopWatcher(request.stop);
    const room = this.options.contextTokens - request.prompt.length;
    const limit = Math.min(request.maxTokens, room);
    const { guide } = request;
    let logits = first;
    let offset = 0;
    for (;;) {
      const told = request.logprobs === undefined ? undefined : new Logprobs(logits, request.logprobs);
      guide?.restrict(logits);
      const token = choose(logits);
      result.completionTokens++;
      if (this.options.endTokens.has(token) && !request.ignoreEnd) {
        result.finish = 'stop';
        break;
      }
      guide?.accept(token);
      if (told) result.tokens.push({ id: token, logprob: told.of(token), top: told.top, offset });
      const piece = detokenizer.push(token);
      offset += piece.length;
      show(stop.push(piece));
      if (stop.stopped) {
        result.finish = 'stop';
        return;
      }
      if (guide?.whole) {
        result.finish = 'stop';
        break;
      }
      if (result.completionTokens >= limit) {
        result.finish = 'length';
        break;
      }
      await turn();
      if (signal?.aborted) return;
      logits = this.append([token]);
    }
    show(stop.push(detokenizer.flush()));
    if (stop.stopped) result.finish = 'stop';
    else show(stop.flush());
  }
}
