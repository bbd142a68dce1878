/**
 * What one streamed call came to, gathered chunk by chunk: text, reasoning apart, counts, stamps.
 */
import { z } from 'zod';
import { monotonicUs } from '../host/clock.js';
import type { RequestSettings } from '../configuration/endpoint.js';
import type { CallError } from './errors.js';
import { ReasoningSplitter } from './reasoning.js';

/** Moments on `monotonicUs()`; absent when they did not come. */
export interface CallStamps {
  requestUs: number;
  /** The first piece of anything, reasoning included. */
  firstTokenUs?: number;
  /** The first piece of the answer itself. */
  firstAnswerUs?: number;
  /** `onText` said that the action is released. */
  releaseUs?: number;
  /** The last piece of anything that was read (the whole answer's only when nothing was cancelled). */
  lastTokenUs?: number;
}

/** How one call went. */
export interface ChatCall {
  error?: CallError;
  /** The answer, reasoning left out: all of it that was read. */
  text: string;
  /** `released`: the rest was cancelled; else the server's own word (`stop`, `length`...), or null when it gave none. */
  finish: string | null;
  stamps: CallStamps;
  promptTokens?: number;
  cachedTokens?: number;
  /** The server's count; when it gave none, the number of pieces read. */
  completionTokens: number;
  tokensCountedBy: 'server' | 'pieces';
  reasoning: { characters: number; tokens?: number; firstUs?: number; lastUs?: number };
  /** Pieces of text that came, reasoning included. */
  pieces: number;
  /** Where the embedded engine's time went; other servers send none. The last figures read, so a cancelled call has them too. */
  timing?: EngineTiming;
}

const engineTiming = z.object({
  encodeUs: z.number(),
  queueUs: z.number(),
  promptUs: z.number(),
  decodeUs: z.number(),
  cpuPermille: z.number(),
  promptTokens: z.number(),
  cachedTokens: z.number(),
});

/** The embedded engine's own account of a request, in real microseconds. */
export type EngineTiming = z.infer<typeof engineTiming>;

/** What is read of a chunk; servers differ in the rest, and in where they put reasoning. */
const chunkSchema = z.looseObject({
  choices: z
    .array(
      z.looseObject({
        delta: z
          .looseObject({
            content: z.string().nullish(),
            reasoning_content: z.string().nullish(),
            reasoning: z.string().nullish(),
          })
          .nullish(),
        finish_reason: z.string().nullish(),
      }),
    )
    .nullish(),
  usage: z
    .looseObject({
      prompt_tokens: z.number(),
      completion_tokens: z.number(),
      prompt_tokens_details: z.looseObject({ cached_tokens: z.number().nullish() }).nullish(),
      completion_tokens_details: z.looseObject({ reasoning_tokens: z.number().nullish() }).nullish(),
    })
    .nullish(),
  tickbench: engineTiming.nullish().catch(undefined),
});

/** Says of the answer so far whether its action is released: true when no continuation could change it. Not asked again after that. */
export type OnText = (text: string, piece: string) => boolean | void;

/** Gathers one stream into a `ChatCall`. */
export class CallReading {
  readonly call: ChatCall = {
    text: '',
    finish: null,
    stamps: { requestUs: monotonicUs() },
    completionTokens: 0,
    tokensCountedBy: 'pieces',
    reasoning: { characters: 0 },
    pieces: 0,
  };
  /** A chunk of a chat completion has come. */
  began = false;
  /** `onText` was called and has not returned. */
  callerFailed = false;
  private released = false;
  private readonly splitter: ReasoningSplitter;

  constructor(
    private readonly settings: RequestSettings,
    private readonly onText: OnText,
  ) {
    this.splitter = new ReasoningSplitter(settings.thinkingOpened);
  }

  /** Takes one chunk. @throws SyntaxError when it is not one of a chat completion */
  read(raw: unknown): 'more' | 'cancel' {
    const nowUs = monotonicUs();
    const parsed = chunkSchema.safeParse(raw);
    if (!parsed.success || !parsed.data.choices) {
      throw new SyntaxError(`not a chat completion chunk: ${JSON.stringify(raw)?.slice(0, 120)}`);
    }
    this.began = true;
    const { choices, usage, tickbench } = parsed.data;
    if (tickbench) {
      this.call.timing = tickbench;
      this.call.promptTokens = tickbench.promptTokens;
      this.call.cachedTokens = tickbench.cachedTokens;
    }
    if (usage) this.count(usage);
    const choice = choices[0];
    const thought = choice?.delta?.reasoning_content ?? choice?.delta?.reasoning ?? '';
    const content = choice?.delta?.content ?? '';
    if (thought !== '' || content !== '') {
      this.call.stamps.firstTokenUs ??= nowUs;
      this.call.stamps.lastTokenUs = nowUs;
      this.call.pieces++;
      if (this.call.tokensCountedBy === 'pieces') this.call.completionTokens++;
    }
    this.takeReasoning(thought, nowUs);
    if (content !== '') {
      const { answer, reasoning } = this.splitter.push(content);
      this.takeReasoning(reasoning, nowUs);
      this.takeAnswer(answer, nowUs);
    }
    if (choice?.finish_reason) this.call.finish = choice.finish_reason;
    if (!this.released || this.settings.afterRelease === 'read') return 'more';
    this.call.finish = 'released';
    return 'cancel';
  }

  /** The stream is over. */
  end(): void {
    const { answer, reasoning } = this.splitter.flush();
    const nowUs = this.call.stamps.lastTokenUs ?? monotonicUs();
    this.takeReasoning(reasoning, nowUs);
    this.takeAnswer(answer, nowUs);
  }

  private takeReasoning(text: string, nowUs: number): void {
    if (text === '') return;
    const { reasoning } = this.call;
    reasoning.firstUs ??= nowUs;
    reasoning.lastUs = nowUs;
    reasoning.characters += text.length;
  }

  private takeAnswer(text: string, nowUs: number): void {
    if (text === '') return;
    const { stamps } = this.call;
    stamps.firstAnswerUs ??= nowUs;
    this.call.text += text;
    if (this.released) return;
    this.callerFailed = true;
    const release = this.onText(this.call.text, text);
    this.callerFailed = false;
    if (release !== true) return;
    this.released = true;
    stamps.releaseUs = monotonicUs();
  }

  private count(usage: NonNullable<z.infer<typeof chunkSchema>['usage']>): void {
    this.call.promptTokens = usage.prompt_tokens;
    this.call.cachedTokens = usage.prompt_tokens_details?.cached_tokens ?? undefined;
    this.call.completionTokens = usage.completion_tokens;
    this.call.tokensCountedBy = 'server';
    this.call.reasoning.tokens = usage.completion_tokens_details?.reasoning_tokens ?? undefined;
  }
}
