/**
 * One chat completion, from the request's body to the last byte of its answer.
 */
import { randomInt, randomUUID } from 'node:crypto';
import type { Request, Response } from 'express';
import type { Generation, Generator } from '../model/generate.js';
import { chunk, completion, usageChunk, usageOf, type AnswerHead, type Timing } from './answers.js';
import { ApiError } from './errors.js';
import type { Preparation } from './preparation.js';
import type { PromptMaker } from './prompt.js';
import { QueueAbortedError, QueueFullError, type SerialQueue } from './queue.js';
import type { ChatRequest } from './requests.js';

/** A model that is ready to answer. */
export interface ServedModel extends PromptMaker {
  generator: Generator;
  /** The folder it was loaded from. */
  modelDir: string;
  /** Hash of everything that decides its answers (see ../checkpoint/identity.ts). */
  identity: string;
  /** What `GET /v1/tickbench` answers: bits, bytes, gamma and so on. */
  summary: object;
}

const nowUs = (): number => Number(process.hrtime.bigint() / 1000n);

/** Where the requests of one model wait. */
export interface Serving {
  preparation: Preparation;
  queue: SerialQueue;
}

/**
 * Answers a request when its turn comes; a client that goes away ends its generation at the next token.
 * @throws ApiError and what the engine throws: before the first byte it becomes an error body, later the stream's last event
 */
export async function complete(model: ServedModel, { preparation, queue }: Serving, request: Request, response: Response): Promise<void> {
  const gone = new AbortController();
  response.on('close', () => {
    if (!response.writableEnded) gone.abort();
  });
  const arrivedUs = nowUs();
  const body = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0);
  if (queue.running && queue.waiting + preparation.pending >= queue.maxWaiting) throw queueFull(queue.waiting + preparation.pending);
  const { chat, prompt } = await preparation.prepare(body, !queue.running && queue.waiting === 0);
  const queuedUs = nowUs();
  try {
    await queue.run(async () => {
      const startedUs = nowUs();
      const answer = chat.stream ? new StreamedAnswer(model, chat, response) : new WholeAnswer(model, response);
      const timingOf = ({ promptUs, decodeUs, cpuPermille, promptTokens, cachedTokens }: Generation): Timing => ({
        encodeUs: queuedUs - arrivedUs,
        queueUs: startedUs - queuedUs,
        promptUs,
        decodeUs,
        cpuPermille,
        promptTokens,
        cachedTokens,
      });
      const generation = await model.generator.generate(
        {
          prompt,
          maxTokens: chat.maxTokens ?? Infinity,
          stop: chat.stop,
          sampling: { temperature: chat.temperature, topP: chat.topP, topK: chat.topK, seed: chat.seed ?? randomInt(2 ** 32) },
          ignoreEnd: chat.ignoreEnd,
        },
        (piece, soFar) => answer.text(piece, timingOf(soFar)),
        gone.signal,
      );
      if (generation.finish === 'cancelled') return;
      answer.end(generation, timingOf(generation));
    }, gone.signal);
  } catch (error) {
    if (error instanceof QueueAbortedError) return;
    if (error instanceof QueueFullError) throw queueFull(queue.waiting);
    throw error;
  }
}

function queueFull(waiting: number): ApiError {
  return new ApiError(429, `${waiting} requests are waiting already; try again later`, 'queue_full');
}

function headOf({ name, identity }: ServedModel): AnswerHead {
  const system_fingerprint = `tickbench-${identity.slice(0, 16)}`;
  return { id: `chatcmpl-${randomUUID()}`, created: Math.floor(Date.now() / 1000), model: name, system_fingerprint };
}

/** An answer in one piece. */
class WholeAnswer {
  constructor(
    private readonly model: ServedModel,
    private readonly response: Response,
  ) {}

  text(_piece: string, _timing: Timing): void {}

  end(generation: Generation, timing: Timing): void {
    this.response.json(completion(headOf(this.model), generation, timing));
  }
}

/** An answer as server-sent events, one a piece of text. Headers go out with the first piece. */
class StreamedAnswer {
  private readonly head: AnswerHead;

  constructor(
    model: ServedModel,
    private readonly chat: Omit<ChatRequest, 'messages'>,
    private readonly response: Response,
  ) {
    this.head = headOf(model);
  }

  /** The figures so far go with every piece, so that a client that cancels has them. */
  text(piece: string, timing: Timing): void {
    const role = this.open() ? ({ role: 'assistant' } as const) : {};
    this.send({ ...chunk(this.head, { ...role, content: piece }, null), tickbench: timing });
  }

  end(generation: Generation, timing: Timing): void {
    const first = this.open() ? ({ role: 'assistant', content: '' } as const) : {};
    const last = chunk(this.head, first, generation.finish);
    this.send({ ...last, tickbench: timing });
    if (this.chat.includeUsage) this.send({ ...usageChunk(this.head, usageOf(generation)), tickbench: timing });
    this.response.end('data: [DONE]\n\n');
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
