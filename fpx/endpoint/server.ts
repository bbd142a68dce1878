/**
 * The OpenAI-compatible HTTP surface over one model: completions of chats and texts with and without streaming, the list of models,
 * health, and the model's own figures. Requests are computed in the order in which they came, one at a time or a few.
 */
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import express, { type Express, type NextFunction, type Request, type Response } from 'express';
import { ThreadError } from '../kernels/mailbox.js';
import { Completions, type ServedModel } from './completion.js';
import { ApiError, asApiError } from './errors.js';
import { Metrics } from './metrics.js';
import { Preparation } from './preparation.js';
import { unknownModel } from './prompt.js';
import { RequestQueue } from './queue.js';

/** Connections beyond this are closed at once: each may hold a whole body. */
const MAX_CONNECTIONS = 512;

export interface ServerOptions {
  /** Requests that may wait; one more is answered 429. */
  maxWaiting?: number;
  /** Figures for Prometheus at `GET /metrics` (default none: the library for them takes a tenth of a second to load). */
  metrics?: boolean;
  /** Bytes of a request body; one more is answered 413. */
  maxBodyBytes?: number;
  /** Told when a computing thread is lost, once whoever asked has been told: every later request would fail too. */
  onLost?: (error: ThreadError) => void;
}

type Handler = (request: Request, response: Response, next: NextFunction) => void;

/** Gives a path its one method; any other is answered 405, OPTIONS with what there is. Express answers HEAD where there is GET. */
function route(app: Express, path: string, method: 'get' | 'post', ...handlers: Handler[]): void {
  const allowed = method === 'get' ? 'GET, HEAD, OPTIONS' : 'POST, OPTIONS';
  app[method](path, ...handlers);
  app.all(path, (request, response) => {
    response.setHeader('allow', allowed);
    if (request.method === 'OPTIONS') response.status(204).end();
    else throw new ApiError(405, `${request.method} is not answered at ${request.path}; accepted are ${allowed}`, 'method_not_allowed');
  });
}

/** The Express application; `listen` puts it on a port. */
export async function createApp(model: ServedModel, options: ServerOptions = {}): Promise<Express> {
  const { batch } = model;
  const queue = new RequestQueue(options.maxWaiting ?? 32, batch && { slots: batch.sequences, held: () => batch.waiting });
  const preparation = new Preparation(model, model.modelDir);
  const metrics = options.metrics
    ? await Metrics.of(model.name, {
        running: () => queue.running,
        waiting: () => queue.waiting + preparation.pending,
        memory: batch && (() => batch.memory),
      })
    : undefined;
  const completions = new Completions(model, preparation, queue, metrics);
  const createdAt = Math.floor(Date.now() / 1000);
  const app = express();
  app.disable('x-powered-by');
  app.disable('etag');
  const health: Handler = (_request, response) => {
    response.json({ status: 'ok', running: queue.running, waiting: queue.waiting });
  };
  route(app, '/', 'get', health);
  route(app, '/health', 'get', health);
  route(app, '/metrics', 'get', (_request, response, next) => {
    if (metrics === undefined) throw new ApiError(404, 'this engine was started without metrics; --metrics on serves them', 'no_metrics');
    metrics.text().then((text) => response.type(metrics.contentType).send(text), next);
  });
  const listed = {
    id: model.name,
    object: 'model',
    created: createdAt,
    owned_by: 'tickbench',
    max_model_len: model.generator.limits.contextTokens,
    identity: model.identity,
  };
  route(app, '/v1/models', 'get', (_request, response) => {
    response.json({ object: 'list', data: [listed] });
  });
  route(app, '/v1/models/*id', 'get', (request, response) => {
    const name = [request.params.id ?? ''].flat().join('/');
    if (name !== model.name) throw unknownModel(model.name, name);
    response.json(listed);
  });
  route(app, '/v1/tickbench', 'get', (_request, response) => {
    const { name, contextTokens, identity, summary } = model;
    response.json({ name, contextTokens, identity, summary });
  });
  const body = express.raw({ limit: options.maxBodyBytes ?? 1 << 20, type: () => true });
  route(app, '/v1/chat/completions', 'post', body, (request, response, next) => {
    completions.complete('chat', request, response).catch(next);
  });
  route(app, '/v1/completions', 'post', body, (request, response, next) => {
    completions.complete('text', request, response).catch(next);
  });
  app.use((request) => {
    throw new ApiError(
      404,
      `nothing at ${request.method} ${request.path}; there is POST /v1/chat/completions and /v1/completions, ` +
        'GET /v1/models, /v1/tickbench, /metrics and /health',
    );
  });
  app.use((error: unknown, _request: Request, response: Response, next: NextFunction) => {
    answerError(error, response, next);
    if (error instanceof ThreadError) options.onLost?.(error);
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
    server.maxConnections = MAX_CONNECTIONS;
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
    if (refusal.retryAfterS !== undefined) response.setHeader('retry-after', String(refusal.retryAfterS));
    response.status(refusal.status).json(refusal.body());
  } catch (second) {
    next(second);
  }
}
