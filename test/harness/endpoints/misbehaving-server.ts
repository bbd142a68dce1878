/** A server that speaks as much of the OpenAI API as a test tells it to, and then does what servers do wrong. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** One request's body, parsed, and the response to do something with. */
export type Handler = (body: Record<string, unknown>, response: ServerResponse, request: IncomingMessage) => void | Promise<void>;

export interface TestServer {
  /** The address before `/chat/completions`. */
  url: string;
  /** Bodies of the chat requests that came. */
  bodies: Record<string, unknown>[];
  close(): Promise<void>;
}

/** Listens on a free port; `models` null: no list of models. */
export async function serve(onChat: Handler, models: string[] | null = ['m'], more: Record<string, Handler> = {}): Promise<TestServer> {
  const bodies: Record<string, unknown>[] = [];
  const server: Server = createServer((request, response) => {
    let text = '';
    request.on('data', (part: Buffer) => (text += part.toString()));
    request.on('end', () => {
      const path = (request.url ?? '').replace(/\?.*/, '');
      const body = text === '' ? {} : (JSON.parse(text) as Record<string, unknown>);
      const special = more[path];
      if (special) return void special(body, response, request);
      if (path === '/v1/models' && models) return void response.end(JSON.stringify({ object: 'list', data: models.map((id) => ({ id })) }));
      if (path !== '/v1/chat/completions') return void response.writeHead(404).end();
      bodies.push(body);
      void onChat(body, response, request);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`,
    bodies,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** Begins a stream of events. */
export function startStream(response: ServerResponse): void {
  response.writeHead(200, { 'content-type': 'text/event-stream' });
}

/** One event. */
export function send(response: ServerResponse, event: object | string): void {
  response.write(`data: ${typeof event === 'string' ? event : JSON.stringify(event)}\n\n`);
}

/** A chunk with a piece of text, or with another delta. */
export function piece(delta: string | object, finish: string | null = null): object {
  const content = typeof delta === 'string' ? { content: delta } : delta;
  return { id: 'c', object: 'chat.completion.chunk', choices: [{ index: 0, delta: content, finish_reason: finish }] };
}

/** The chunk with token counts. */
export function usage(promptTokens: number, completionTokens: number, cachedTokens?: number): object {
  return {
    choices: [],
    usage: {
      prompt_tokens: promptTokens,
      completion_tokens: completionTokens,
      ...(cachedTokens === undefined ? {} : { prompt_tokens_details: { cached_tokens: cachedTokens } }),
    },
  };
}

/** A whole well-behaved streamed answer. */
export function answer(response: ServerResponse, pieces: (string | object)[], counts?: object, finish = 'stop'): void {
  startStream(response);
  for (const each of pieces) send(response, piece(each));
  send(response, piece({}, finish));
  if (counts) send(response, counts);
  send(response, '[DONE]');
  response.end();
}

/** An error in OpenAI's shape. */
export function fail(response: ServerResponse, status: number, message: string): void {
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(JSON.stringify({ error: { message, type: 'invalid_request_error', param: null, code: null } }));
}
