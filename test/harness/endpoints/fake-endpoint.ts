/** An OpenAI-compatible server that misbehaves on request: what model agents are tested against. */
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** How it answers: pieces of text to stream, or a way of going wrong. */
export type Behaviour = string[] | 'http 429' | 'http 500' | 'stall' | 'html' | 'drop';

/** One request as it came. */
export interface Request {
  messages: { role: string; content: string }[];
  [key: string]: unknown;
}

export class FakeEndpoint {
  readonly requests: Request[] = [];
  /** Connections that were closed before the answer was complete. */
  cancelled = 0;
  behaviour: Behaviour | ((request: number) => Behaviour) = ['hold;'];
  /** Real time between pieces. */
  pieceMs = 1;
  /** With which word its answers end. */
  finish = 'stop';
  private constructor(
    private readonly http: Server,
    readonly url: string,
  ) {}

  static async start(): Promise<FakeEndpoint> {
    const http = createServer();
    await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
    const fake = new FakeEndpoint(http, `http://127.0.0.1:${(http.address() as AddressInfo).port}/v1`);
    http.on('request', (request, response) => {
      let body = '';
      request.on('data', (data: Buffer) => (body += data.toString('utf8')));
      request.on('end', () => {
        fake.requests.push(JSON.parse(body) as Request);
        void fake.answer(response);
      });
    });
    return fake;
  }

  async stop(): Promise<void> {
    this.http.closeAllConnections();
    await new Promise<void>((resolve) => this.http.close(() => resolve()));
  }

  private async answer(response: ServerResponse): Promise<void> {
    const behaviour = typeof this.behaviour === 'function' ? this.behaviour(this.requests.length) : this.behaviour;
    if (behaviour === 'stall') return;
    if (behaviour === 'html') return void response.writeHead(200, { 'content-type': 'text/html' }).end('<html>It works!</html>');
    if (behaviour === 'http 429' || behaviour === 'http 500') {
      response.writeHead(Number(behaviour.slice(5)), { 'content-type': 'application/json' });
      return void response.end('{"error":{"message":"not now","type":"x"}}');
    }
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    let open = true;
    let finished = false;
    response.on('close', () => {
      open = false;
      if (!finished) this.cancelled++;
    });
    const send = (chunk: unknown): void =>
      void response.write(
        `data: ${JSON.stringify({ id: 'x', object: 'chat.completion.chunk', created: 1, model: 'fake', ...(chunk as object) })}\n\n`,
      );
    const pieces = behaviour === 'drop' ? ['ho'] : behaviour;
    for (const content of pieces) {
      await new Promise((resolve) => setTimeout(resolve, this.pieceMs));
      if (!open) return;
      send({ choices: [{ index: 0, delta: { content }, finish_reason: null }] });
    }
    if (behaviour === 'drop') {
      await new Promise((resolve) => setTimeout(resolve, 30)); // the piece should have been read
      return void response.destroy();
    }
    finished = true;
    send({
      choices: [{ index: 0, delta: {}, finish_reason: this.finish }],
      usage: { prompt_tokens: 40, completion_tokens: pieces.length, total_tokens: 0 },
    });
    response.end('data: [DONE]\n\n');
  }
}
