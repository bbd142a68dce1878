/**
 * The OpenAI-compatible HTTP surface over one model: chat completions with and without streaming, the list of models,
 * health, and the model's own figures. Requests are computed one at a time, in the order in which they came.
 */
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import express, { type Express, type NextFunction, type Request, type Response } from 'express';
import { complete, unknownModel, type ServedModel } from './completion.js';
import { ApiError, asApiError } from './errors.js';
import { SerialQueue } from './queue.js';

export interface ServerOptions {
  /** Requests that may wait behind the running one; one more is answered 429. */
  maxWaiting?: number;
  /** Bytes of a request body; one more is answered 413. */
  maxBodyBytes?: number;
}

/** The Express application; `listen` puts it on a port. */
export function createApp(model: ServedModel, options: ServerOptions = {}): Express {
  const queue = new SerialQueue(options.maxWaiting ?? 32);
  const createdAt = Math.floor(Date.now() / 1000);
  const app = express();
  app.disable('x-powered-by');
  app.disable('etag');
  app.get('/health', (_request, response) => {
    response.json({ status: 'ok', running: queue.running ? 1 : 0, waiting: queue.waiting });
  });
  app.get('/metrics', (_request, response) => {
    const gauges = { requests_running: queue.running ? 1 : 0, requests_waiting: queue.waiting };
    const lines = Object.entries(gauges).map(([name, value]) => `# TYPE tickbench:${name} gauge\ntickbench:${name} ${value}\n`);
    response.type('text/plain; version=0.0.4').send(lines.join(''));
  });
  const listed = {
    id: model.name,
    object: 'model',
    created: createdAt,
    owned_by: 'tickbench',
    max_model_len: model.generator.options.contextTokens,
    identity: model.identity,
  };
  app.get('/v1/models', (_request, response) => {
    response.json({ object: 'list', data: [listed] });
  });
  app.get('/v1/models/:id', (request, response) => {
    if (request.params.id !== model.name) throw unknownModel(model, request.params.id);
    response.json(listed);
  });
  app.get('/v1/tickbench', (_request, response) => {
    response.json({ name: model.name, contextTokens: model.generator.options.contextTokens, summary: model.summary });
  });
  const body = express.json({ limit: options.maxBodyBytes ?? 1 << 20, type: () => true });
  app.post('/v1/chat/completions', body, (request, response, next) => {
    complete(model, queue, request, response).catch(next);
  });
  app.use((request) => {
    throw new ApiError(
      404,
      `nothing at ${request.method} ${request.path}; there is POST /v1/chat/completions, GET /v1/models, GET /v1/tickbench, GET /metrics and GET /health`,
    );
  });
  app.use((error: unknown, _request: Request, response: Response, next: NextFunction) => {
    answerError(error, response, next);
  });
  return app;
}

/** Starts serving. Port 0 takes any free one; the address is that of the socket. */
export function listen(app: Express, port: number, host = '127.0.0.1'): Promise<{ server: Server; url: string }> {
  return new Promise((resolve, reject) => {
    const server = app.listen(port, host, (error?: Error) => {
      if (error) return reject(error);
      const address = server.address() as AddressInfo;
      const shown = address.family === 'IPv6' ? `[${address.address}]` : address.address;
      resolve({ server, url: `http://${shown}:${address.port}/v1` });
    });
    server.keepAliveTimeout = 120_000;
  });
}

/** Turns what was thrown into an error body, or into the last event of a stream that had begun. */
function answerError(error: unknown, response: Response, next: NextFunction): void {
  const refusal = asApiError(error);
  if (refusal.status >= 500) console.error(error);
  if (response.destroyed || response.writableEnded) return;
  if (response.headersSent) {
    response.end(`data: ${JSON.stringify(refusal.body())}\n\n`);
    return;
  }
  try {
    if (refusal.status === 429) response.setHeader('retry-after', '1');
    response.status(refusal.status).json(refusal.body());
  } catch (second) {
    next(second);
  }
}
