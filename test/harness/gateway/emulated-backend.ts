/**
 * A server with an EMULATED model and an emulated KV cache (./emulated-cache.ts): nothing is computed, but calls take as long as their uncached
 * and their answered tokens say, and prompts are read one after another, as by a chip that reading fills. It streams as vLLM does, tells vLLM's
 * metrics, and can be killed and started again on its port.
 */
import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { EmulatedCache, type Taken } from './emulated-cache.js';

export interface Emulated {
  name: string;
  capacityTokens: number;
  /** Milliseconds for one uncached prompt token, and for one answer token. */
  prefillMs: number;
  decodeMs: number;
  models?: string[];
  /** Pieces that an answer is sent in, told apart where characters and lines are not. */
  oddPieces?: boolean;
}

interface Asked {
  model: string;
  messages: { role: string; content: string }[];
  max_tokens: number;
}

interface Waiting {
  asked: Asked;
  test: string;
  response: ServerResponse;
}

export class EmulatedBackend {
  /** What was sent to each request, by its `x-test` header. */
  readonly sent = new Map<string, Buffer[]>();
  /** Requests as they came: test names, in order. */
  readonly came: string[] = [];
  readonly headers: IncomingMessage['headers'][] = [];
  readonly bodies: string[] = [];
  promptTokens = 0;
  cachedTokens = 0;
  cancelled = 0;
  /** Answers this instead of computing, once for each. */
  readonly refusals: { status: number; headers: Record<string, string>; body: string }[] = [];
  private server!: Server;
  private port = 0;
  private cache: EmulatedCache;
  private queue: Waiting[] = [];
  private readonly timers = new Set<NodeJS.Timeout>();
  private prefillFreeAt = 0;

  constructor(readonly how: Emulated) {
    this.cache = new EmulatedCache(how.capacityTokens);
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}/v1`;
  }

  async start(): Promise<this> {
    this.server = createServer((request, response) => this.serve(request, response));
    this.server.keepAliveTimeout = 60_000;
    await new Promise<void>((resolve) => this.server.listen(this.port, '127.0.0.1', resolve));
    this.port = (this.server.address() as AddressInfo).port;
    return this;
  }

  /** Cuts every connection and forgets what it held. */
  async kill(): Promise<void> {
    for (const timer of this.timers) clearTimeout(timer);
    this.timers.clear();
    this.cache = new EmulatedCache(this.how.capacityTokens);
    this.queue = [];
    this.prefillFreeAt = 0;
    this.server.closeAllConnections();
    await new Promise<void>((resolve) => this.server.close(() => resolve()));
  }

  private serve(request: IncomingMessage, response: ServerResponse): void {
    const { models = ['emulated'], capacityTokens } = this.how;
    if (request.url === '/v1/models')
      return void response.end(JSON.stringify({ object: 'list', data: models.map((id) => ({ id, object: 'model', owned_by: this.how.name })) })); // prettier-ignore
    if (request.url === '/metrics')
      return void response.end(`# TYPE vllm:cache_config_info gauge\nvllm:cache_config_info{block_size="${EmulatedCache.tokensOfBlock}",num_gpu_blocks="${capacityTokens / EmulatedCache.tokensOfBlock}"} 1.0\n`); // prettier-ignore
    const pieces: Buffer[] = [];
    request.on('data', (piece: Buffer) => pieces.push(piece));
    request.on('end', () => {
      const text = Buffer.concat(pieces).toString('utf8');
      const test = String(request.headers['x-test'] ?? '');
      this.came.push(test);
      this.headers.push(request.headers);
      this.bodies.push(text);
      const refusal = this.refusals.shift();
      if (refusal) return void response.writeHead(refusal.status, refusal.headers).end(refusal.body);
      this.queue.push({ asked: JSON.parse(text) as Asked, test, response });
      this.admit();
    });
  }

  /** Begins with calls in their order while there is room for what they pin. */
  private admit(): void {
    while (this.queue.length > 0) {
      const next = this.queue[0]!;
      if (next.response.destroyed) {
        this.queue.shift();
        continue;
      }
      const taken = this.cache.take(textOf(next.asked), next.asked.max_tokens);
      if (!taken) return;
      this.queue.shift();
      this.begin(next, taken);
    }
  }

  private begin({ asked, test, response }: Waiting, { promptTokens, cachedTokens, release }: Taken): void {
    const { prefillMs, decodeMs } = this.how;
    this.promptTokens += promptTokens;
    this.cachedTokens += cachedTokens;
    let open = true;
    const over = (): void => {
      if (!open) return;
      open = false;
      release();
      this.admit();
    };
    response.once('close', () => {
      if (!response.writableFinished) this.cancelled++;
      over();
    });
    const now = performance.now();
    const readAt = Math.max(now, this.prefillFreeAt) + (promptTokens - cachedTokens) * prefillMs;
    this.prefillFreeAt = readAt;
    const usage = {
      prompt_tokens: promptTokens,
      completion_tokens: asked.max_tokens,
      prompt_tokens_details: { cached_tokens: cachedTokens },
    };
    const parts = this.pieces(asked, usage);
    const log: Buffer[] = [];
    this.sent.set(test, log);
    const send = (at: number): void => {
      if (!open || response.destroyed) return;
      if (at === 0) response.writeHead(200, { 'content-type': 'text/event-stream; charset=utf-8', 'x-emulated': this.how.name });
      log.push(parts[at]!);
      response.write(parts[at]!);
      if (at + 1 < parts.length) return this.after(decodeMs, () => send(at + 1));
      response.end();
      over();
    };
    this.after(readAt - now, () => send(0));
  }

  /** The bytes of an answer. With `oddPieces` they are cut inside of characters and lines, among comments and other line ends. */
  private pieces(asked: Asked, usage: unknown): Buffer[] {
    const head = { id: 'emulated', object: 'chat.completion.chunk', model: asked.model };
    const events = answerOf(asked).map((content, i) => `data: ${JSON.stringify({ ...head, choices: [{ index: 0, delta: { content }, finish_reason: null, i }] })}\n\n`); // prettier-ignore
    events.push(`data: ${JSON.stringify({ ...head, choices: [], usage })}\n\n`, 'data: [DONE]\n\n');
    if (!this.how.oddPieces) return events.map((event) => Buffer.from(event));
    const all = Buffer.from(`: ping\r\n\r\n${events.join(': é\r\n')}`);
    const cut: Buffer[] = [];
    for (let at = 0, step = 1; at < all.length; at += step, step = (step * 7 + 3) % 61 || 1) cut.push(all.subarray(at, at + step));
    return cut;
  }

  private after(ms: number, run: () => void): void {
    if (ms <= 0) return run();
    const timer = setTimeout(() => {
      this.timers.delete(timer);
      run();
    }, ms);
    this.timers.add(timer);
  }
}

/** The pieces of an answer to a request: as many as it allows, told by its prompt alone. */
export function answerOf(asked: Asked): string[] {
  const seed = createHash('sha256').update(textOf(asked)).digest('hex');
  return Array.from({ length: asked.max_tokens }, (_, i) => `${seed.slice(i % 60, (i % 60) + 4)}é`);
}

function textOf({ messages }: Asked): string {
  return messages.map(({ role, content }) => `${role}\n${content}`).join('\n');
}
