/**
 * One chat completion, from the request's body to the last byte of its answer.
 */
import { randomInt, randomUUID } from 'node:crypto';
import type { Request, Response } from 'express';
import { ChatTemplateError, type ChatTemplate } from '../chat.js';
import type { Generation, Generator } from '../generate.js';
import { TokenizerError, type Tokenizer } from '../tokenizer.js';
import { chunk, completion, usageChunk, usageOf, type AnswerHead, type Timing } from './answers.js';
import { ApiError } from './errors.js';
import { QueueAbortedError, QueueFullError, type SerialQueue } from './queue.js';
import { parseChatRequest, type ChatRequest } from './requests.js';

/** A model that is ready to answer. */
export interface ServedModel {
  /** The name requests must give as `model`. */
  name: string;
  tokenizer: Tokenizer;
  template: ChatTemplate;
  generator: Generator;
  /** Tokens that the model has embeddings of. */
  vocabSize: number;
  /** Hash of everything that decides its answers (see ../checkpoint/identity.ts). */
  identity: string;
  /** What `GET /v1/tickbench` answers: bits, bytes, gamma and so on. */
  summary: object;
}

const nowUs = (): number => Number(process.hrtime.bigint() / 1000n);

/** The refusal of a name that is not the served model's. */
export function unknownModel(model: ServedModel, name: string): ApiError {
  return new ApiError(404, `the model "${name}" does not exist; this server has "${model.name}"`, 'model_not_found', 'model');
}

/**
 * Answers a request when its turn comes; a client that goes away ends its generation at the next token.
 * @throws ApiError and what the engine throws: before the first byte it becomes an error body, later the stream's last event
 */
export async function complete(model: ServedModel, queue: SerialQueue, request: Request, response: Response): Promise<void> {
  const gone = new AbortController();
  response.on('close', () => {
    if (!response.writableEnded) gone.abort();
  });
  const arrivedUs = nowUs();
  const chat = parseChatRequest(request.body);
  if (chat.model !== model.name) throw unknownModel(model, chat.model);
  const prompt = encode(model, chat);
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
    if (error instanceof QueueFullError) throw new ApiError(429, `${error.message}; try again later`, 'queue_full');
    throw error;
  }
}

/** The prompt's tokens. @throws ApiError 400 when the template refuses the messages or the context is too short */
function encode(model: ServedModel, chat: ChatRequest): number[] {
  let prompt: number[];
  try {
    prompt = model.tokenizer.encode(model.template.render(chat.messages, chat.templateVariables));
  } catch (error) {
    if (error instanceof ChatTemplateError || error instanceof TokenizerError)
      throw new ApiError(400, error.message, 'invalid_messages', 'messages');
    throw error;
  }
  const { contextTokens } = model.generator.options;
  if (prompt.length === 0)
    throw new ApiError(400, 'the chat template makes an empty prompt of these messages', 'invalid_messages', 'messages');
  const foreign = prompt.find((token) => token >= model.vocabSize);
  if (foreign !== undefined) {
    throw new ApiError(400, `the prompt has token ${foreign}, of which the model has no embedding`, 'invalid_messages', 'messages');
  }
  if (prompt.length >= contextTokens) {
    const message = `the prompt has ${prompt.length} tokens; this model's context is ${contextTokens}, of which the answer needs at least one`;
    throw new ApiError(400, message, 'context_length_exceeded', 'messages');
  }
  return prompt;
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
    private readonly chat: ChatRequest,
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
