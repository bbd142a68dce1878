/**
 * One completion, of a chat or of a text, from the request's body to the last byte of its answer.
 */
import { randomInt, randomUUID } from 'node:crypto';
import type { Request, Response } from 'express';
import type { Generation } from '../model/answer.js';
import { GoneError, type BatchGenerator } from '../model/batch-generator.js';
import type { AnswerMaker } from '../model/generate.js';
import { answerShapes, type AnswerHead, type AnswerShape, type Timing } from './answers.js';
import { ApiError } from './errors.js';
import { Guides } from './guides.js';
import type { Metrics } from './metrics.js';
import type { Preparation } from './preparation.js';
import type { PromptMaker, RequestKind } from './prompt.js';
import type { AnswerSettings } from './settings.js';
import { QueueAbortedError, QueueFullError, type RequestQueue } from './queue.js';
import { StreamedAnswer, WholeAnswer } from './writers.js';

/** A model that is ready to answer. */
export interface ServedModel extends PromptMaker {
  generator: AnswerMaker;
  /** The generator, where it takes several requests at once. */
  batch?: Pick<BatchGenerator, 'sequences' | 'waiting' | 'memory'>;
  /** The folder it was loaded from. */
  modelDir: string;
  /** Hash of everything that decides its answers (see ../checkpoint/identity.ts). */
  identity: string;
  /** What `GET /v1/tickbench` answers: bits, bytes, gamma and so on. */
  summary: object;
}

const nowUs = (): number => Number(process.hrtime.bigint() / 1000n);

/** Answers the requests of one model. */
export class Completions {
  private readonly guides: Guides;
  private readonly shapes: Record<RequestKind, AnswerShape>;

  constructor(
    private readonly model: ServedModel,
    private readonly preparation: Preparation,
    private readonly queue: RequestQueue,
    private readonly metrics: Metrics | undefined,
  ) {
    this.guides = new Guides(model.tokenizer, model.generator.limits.endTokens, model.vocabSize);
    this.shapes = answerShapes(model.tokenizer);
  }

  /**
   * Answers a request when its turn comes; a client that goes away ends its generation at the next token.
   * @throws ApiError and what the engine throws: before the first byte it becomes an error body, later the stream's last event
   */
  async complete(kind: RequestKind, request: Request, response: Response): Promise<void> {
    const { preparation, queue, model } = this;
    const gone = new AbortController();
    response.on('close', () => {
      if (!response.writableEnded) gone.abort();
    });
    const arrivedUs = nowUs();
    const body = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0);
    if (queue.full && queue.waiting + preparation.pending >= queue.maxWaiting) throw queueFull(queue, preparation.pending);
    const { settings, prompt } = await preparation.prepare(body, queue.running + queue.waiting === 0, kind);
    this.requireRoom(kind, prompt.length, settings);
    const guide = settings.format && this.guides.guide(settings.format);
    const queuedUs = nowUs();
    try {
      await queue.run(async () => {
        const startedUs = nowUs();
        const Writer = settings.stream ? StreamedAnswer : WholeAnswer;
        const answer = new Writer(this.shapes[kind], this.head(kind), settings, response);
        const timingOf = ({ waitUs, promptUs, decodeUs, cpuPermille, promptTokens, cachedTokens }: Generation): Timing => ({
          encodeUs: queuedUs - arrivedUs,
          queueUs: startedUs - queuedUs + waitUs,
          ...{ promptUs, decodeUs, cpuPermille, promptTokens, cachedTokens },
        });
        let firstTextUs: number | undefined;
        const { temperature, topP, topK, stop, ignoreEnd, logprobs } = settings;
        const generation = await model.generator.generate(
          {
            ...{ prompt, stop, ignoreEnd, guide, logprobs },
            maxTokens: settings.maxTokens ?? Infinity,
            sampling: { temperature, topP, topK, seed: settings.seed ?? randomInt(2 ** 32) },
          },
          (piece, soFar) => {
            firstTextUs ??= nowUs() - arrivedUs;
            answer.text(piece, soFar, timingOf(soFar));
          },
          gone.signal,
        );
        this.metrics?.count({ generation, firstTextUs, totalUs: nowUs() - arrivedUs });
        if (generation.finish === 'cancelled') return;
        answer.end(generation, timingOf(generation));
      }, gone.signal);
    } catch (error) {
      if (error instanceof QueueAbortedError || error instanceof GoneError) return;
      if (error instanceof QueueFullError) throw queueFull(queue);
      throw error;
    }
  }

  /** @throws ApiError for a request that the memory for keys and values can never hold, where there is less of it than the model's context */
  private requireRoom(kind: RequestKind, promptTokens: number, { maxTokens = 1 }: AnswerSettings): void {
    const { generator, contextTokens } = this.model;
    const room = generator.limits.contextTokens;
    const needed = Math.min(promptTokens + maxTokens, contextTokens);
    if (needed <= room) return;
    const param = promptTokens >= room ? { chat: 'messages', text: 'prompt' }[kind] : 'max_tokens';
    const message = `${promptTokens} tokens of the prompt and ${maxTokens} of the answer are more than this server's ${room} tokens of key-value memory`;
    throw new ApiError(400, message, 'context_length_exceeded', param);
  }

  private head(kind: RequestKind): AnswerHead {
    const { name, identity } = this.model;
    const system_fingerprint = `tickbench-${identity.slice(0, 16)}`;
    return { id: `${this.shapes[kind].idPrefix}-${randomUUID()}`, created: Math.floor(Date.now() / 1000), model: name, system_fingerprint };
  }
}

function queueFull(queue: RequestQueue, pending = 0): ApiError {
  const message = `${queue.waiting + pending} requests are waiting already; try again later`;
  return new ApiError(429, message, 'queue_full', null, queue.clearAfterS(pending));
}
