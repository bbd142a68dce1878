/** How an answer goes out: in one piece, or as server-sent events. */
import type { Response } from 'express';
import type { Generation } from '../model/answer.js';
import type { ToldToken } from '../model/logprobs.js';
import { usageOf, type AnswerHead, type AnswerShape, type Timing } from './answers.js';
import type { AnswerSettings } from './settings.js';

/** Takes an answer as it comes. */
export interface AnswerWriter {
  /** A piece of text, and the figures so far. */
  text(piece: string, soFar: Generation, timing: Timing): void;
  end(generation: Generation, timing: Timing): void;
}

/** An answer in one piece. */
export class WholeAnswer implements AnswerWriter {
  constructor(
    private readonly shape: AnswerShape,
    private readonly head: AnswerHead,
    private readonly settings: AnswerSettings,
    private readonly response: Response,
  ) {}

  text(_piece: string, _soFar: Generation, _timing: Timing): void {}

  end(generation: Generation, timing: Timing): void {
    const tokens = this.settings.logprobs === undefined ? undefined : generation.tokens;
    const body = this.shape.whole(this.head, generation, tokens);
    this.response.json({ ...body, usage: usageOf(generation), tickbench: timing });
  }
}

/** An answer as server-sent events, one a piece of text. Headers go out with the first piece. */
export class StreamedAnswer implements AnswerWriter {
  /** Tokens that have been told. */
  private told = 0;

  constructor(
    private readonly shape: AnswerShape,
    private readonly head: AnswerHead,
    private readonly settings: AnswerSettings,
    private readonly response: Response,
  ) {}

  /** The figures so far go with every piece, so that a client that cancels has them. */
  text(piece: string, soFar: Generation, timing: Timing): void {
    const first = this.open();
    this.send({ ...this.shape.chunk(this.head, { text: piece, tokens: this.newTokens(soFar), first, finish: null }), tickbench: timing });
  }

  end(generation: Generation, timing: Timing): void {
    const first = this.open();
    const tokens = this.newTokens(generation);
    const last = this.shape.chunk(this.head, { text: '', tokens: tokens?.length ? tokens : undefined, first, finish: generation.finish });
    this.send({ ...last, tickbench: timing });
    if (this.settings.includeUsage) this.send({ ...this.shape.usageChunk(this.head, usageOf(generation)), tickbench: timing });
    this.response.end('data: [DONE]\n\n');
  }

  /** Tokens since the last chunk; undefined where nobody asked. */
  private newTokens({ tokens }: Generation): ToldToken[] | undefined {
    if (this.settings.logprobs === undefined) return undefined;
    const fresh = tokens.slice(this.told);
    this.told = tokens.length;
    return fresh;
  }

  /** Sends the headers; false when they had been sent. */
  private open(): boolean {
    if (this.response.headersSent) return false;
    this.response.writeHead(200, { 'content-type': 'text/event-stream; charset=utf-8', 'cache-control': 'no-cache' });
    return true;
  }

  private send(event: object): void {
    this.response.write(`data: ${JSON.stringify(event)}\n\n`);
  }
}
