/**
 * One answer on its way, whatever computes its logits: from each token's logits to the next token, and to the text that may be shown; with its
 * sampling, form, stop strings, log-probabilities and figures.
 */
import type { Guide } from '../grammar/guide.js';
import { StreamingDetokenizer, type Tokenizer } from '../text/tokenizer.js';
import { Logprobs, type ToldToken } from './logprobs.js';
import { sampler, type SamplingSettings } from './sampling.js';
import { StopWatcher } from './stopping.js';

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
  /**
   * Real microseconds: of waiting for a place and for memory among other sequences; from there to the first token's logits; and from there to
   * the end. What other sequences took of the last two is in them.
   */
  waitUs: number;
  promptUs: number;
  decodeUs: number;
  /** Share of the last two that the computing threads were on a processor; under 900 the request was contended. */
  cpuPermille: number;
}

/** Takes the answer in pieces that never split a character and never show a part of a stop string, and the figures so far. */
export type OnText = (piece: string, soFar: Readonly<Generation>) => void;

/** What an answer needs to know of its model. */
export interface AnswerLimits {
  /** Tokens of prompt and answer together, at most. */
  contextTokens: number;
  /** Tokens that end an answer. */
  endTokens: ReadonlySet<number>;
}

/** The clock of answers. */
export const nowUs = (): number => Number(process.hrtime.bigint() / 1000n);

/** One answer. */
export class Answer {
  readonly result: Generation;
  private readonly choose: (logits: Float32Array) => number;
  private readonly detokenizer: StreamingDetokenizer;
  private readonly stop: StopWatcher;
  private readonly limit: number;
  /** Characters of the answer so far, as far as they were whole. */
  private offset = 0;
  private readonly madeUs = nowUs();
  private beganUs = this.madeUs;
  private prompted = false;
  private occupancy: () => number = () => 1000;

  constructor(
    private readonly request: GenerationRequest,
    tokenizer: Tokenizer,
    private readonly limits: AnswerLimits,
    private readonly onText: OnText,
  ) {
    this.choose = sampler(request.sampling);
    this.detokenizer = new StreamingDetokenizer(tokenizer);
    this.stop = new StopWatcher(request.stop);
    this.limit = Math.min(request.maxTokens, limits.contextTokens - request.prompt.length);
    this.result = {
      finish: 'cancelled',
      text: '',
      promptTokens: request.prompt.length,
      ...{ cachedTokens: 0, completionTokens: 0 },
      tokens: [],
      ...{ waitUs: 0, promptUs: 0, decodeUs: 0, cpuPermille: 1000 },
    };
  }

  /** Its prompt is begun, `cachedTokens` of which are computed already. @param occupancy the share so far of an interval that begins now */
  begin(cachedTokens: number, occupancy: () => number): void {
    this.beganUs = nowUs();
    this.result.waitUs = this.beganUs - this.madeUs;
    this.result.cachedTokens = cachedTokens;
    this.occupancy = occupancy;
  }

  /**
   * Takes the logits after the last token, which it changes, and shows the text that is new.
   * @returns the next token; undefined when the answer is at its end
   * @throws LogitsError, GuideError, and what onText throws
   */
  next(logits: Float32Array): number | undefined {
    const { request, result, stop } = this;
    if (!this.prompted) result.promptUs = nowUs() - this.beganUs;
    this.prompted = true;
    const told = request.logprobs === undefined ? undefined : new Logprobs(logits, request.logprobs);
    request.guide?.restrict(logits);
    const token = this.choose(logits);
    result.completionTokens++;
    if (this.limits.endTokens.has(token) && !request.ignoreEnd) return this.end('stop');
    request.guide?.accept(token);
    if (told) result.tokens.push({ id: token, logprob: told.of(token), top: told.top, offset: this.offset });
    const piece = this.detokenizer.push(token);
    this.offset += piece.length;
    this.show(stop.push(piece));
    if (stop.stopped) return void (result.finish = 'stop');
    if (request.guide?.whole) return this.end('stop');
    if (result.completionTokens >= this.limit) return this.end('length');
    return token;
  }

  /** The figures of the time until now. */
  measure(): Generation {
    const { result } = this;
    const sinceUs = nowUs() - this.beganUs;
    if (!this.prompted) result.promptUs = sinceUs;
    result.decodeUs = sinceUs - result.promptUs;
    result.cpuPermille = this.occupancy();
    return result;
  }

  /** Shows what was held back. */
  private end(finish: 'stop' | 'length'): undefined {
    const { result, stop } = this;
    result.finish = finish;
    this.show(stop.push(this.detokenizer.flush()));
    if (stop.stopped) result.finish = 'stop';
    else this.show(stop.flush());
  }

  private show(piece: string): void {
    if (piece === '') return;
    this.measure();
    this.result.text += piece;
    this.onText(piece, this.result);
  }
}
