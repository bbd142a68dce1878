/** The HTTP surface: OpenAI's API in front of the backends, the programs, health and figures. */
import { createHash, timingSafeEqual } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import express, { type Express, type NextFunction, type Request, type Response } from 'express';
import { keyFrom } from '../endpoints/start.js';
import { isLocal } from '../endpoints/transport.js';
import { AllowedNames } from '../protocol/names.js';
import { asGatewayError, GatewayError } from './errors.js';
import { Gateway, type ToldProgram } from './gateway.js';
import { identityOf } from './identity.js';
import type { GatewaySettings } from './settings.js';

/** Connections that may wait to be accepted: thousands of agents begin at once. */
const BACKLOG = 4096;

/** Connections beyond this are closed at once: each may hold a whole body. */
const MAX_CONNECTIONS = 16_384;

type Handler = (request: Request, response: Response) => void | Promise<void>;

export interface RunningGateway {
  /** The address of the API, with /v1. */
  url: string;
  gateway: Gateway;
  stop(): Promise<void>;
}

/** Starts a gateway. @param say lines for people @throws EndpointError when a key's environment variable is not set; Error when the port is taken */
export async function startGateway(settings: GatewaySettings, say: (line: string) => void = () => undefined): Promise<RunningGateway> {
  const { host, port, keyEnv, allowHosts } = settings.listen;
  const key = keyFrom(keyEnv);
  const gateway = await Gateway.start(settings, say);
  const app = gatewayApp(gateway, settings, { key, names: new AllowedNames([host, ...allowHosts]) }, say);
  const server = createServer((request: IncomingMessage, response: ServerResponse) => app(request as Request, response as Response));
  server.keepAliveTimeout = 120_000;
  server.maxConnections = MAX_CONNECTIONS;
  try {
    await listening(server, port, host);
  } catch (error) {
    await gateway.stop();
    throw new Error(`${host}:${port} cannot be listened on: ${listenFault(error)}`, { cause: error });
  }
  // Without a listener an error of the open server, such as no file descriptor left for one more connection, would end the process.
  server.on('error', (error) => say(`a connection was not taken: ${error.message}`));
  const { address, family, port: taken } = server.address() as AddressInfo;
  const url = `http://${family === 'IPv6' ? `[${address}]` : address}:${taken}/v1`;
  if (key === undefined && (!isLocal(url) || address === '0.0.0.0' || address === '::'))
    say(
      `everybody who reaches ${host}:${taken} may use it: listen.keyEnv names the environment variable of a key that clients have to show`,
    );
  const stop = async (): Promise<void> => {
    const isReclaimed = gateway.stop();
    server.closeAllConnections();
    await new Promise<void>((resolve) => server.close(() => resolve()));
    await isReclaimed;
  };
  return { url, gateway, stop };
}

/** Why an address cannot be taken, and what is accepted. */
function listenFault(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  if (code === 'EADDRINUSE') return 'another program listens there; accepted: a free port (--port, listen.port), or 0 for any';
  if (code === 'EACCES') return 'no permission; accepted: a port from 1024 (--port, listen.port), or 0 for any free one';
  if (code === 'ENOTFOUND' || code === 'EADDRNOTAVAIL' || code === 'EAI_AGAIN')
    return "it is no address of this machine; accepted: one of this machine's (--host, listen.host), such as 127.0.0.1";
  return message;
}

function listening(server: Server, port: number, host: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject).listen(port, host, BACKLOG, () => {
      server.off('error', reject);
      resolve();
    });
  });
}

function gatewayApp(
  gateway: Gateway,
  settings: GatewaySettings,
  guard: { key: string | undefined; names: AllowedNames },
  say: (line: string) => void,
): Express {
  const app = express();
  app.disable('x-powered-by');
  app.disable('etag');
  app.use((request, _response, next) => {
    admit(request, guard);
    next();
  });
  const health: Handler = (_request, response) => {
    const backends = gateway.backends();
    const alive = backends.some(({ up }) => up);
    const resources = gateway.resourceCounts();
    response
      .status(alive ? 200 : 503)
      .json({ status: alive ? 'ok' : 'no backend answers', waiting: gateway.waitingCalls, backends, ...(resources && { resources }) });
  };
  const body = express.raw({ limit: settings.limits.bodyBytes, type: () => true, inflate: false });
  const complete = (path: '/chat/completions' | '/completions') => (request: Request, response: Response, next: NextFunction) => submit(gateway, path, request, response, next); // prettier-ignore
  route(app, '/', 'get', health);
  route(app, '/health', 'get', health);
  route(app, '/metrics', 'get', async (_request, response) => {
    const text = await gateway.figures.text();
    response.type(gateway.figures.contentType).send(text);
  });
  route(app, '/v1/models', 'get', (_request, response) => {
    response.json({ object: 'list', data: gateway.models() });
  });
  route(app, '/v1/models/*id', 'get', (request, response) => {
    const name = joined(request.params.id);
    const found = gateway.models().find(({ id }) => id === name);
    if (!found) throw gateway.unknownModel(name);
    response.json(found);
  });
  app.post('/v1/chat/completions', body, complete('/chat/completions'));
  app.post('/v1/completions', body, complete('/completions'));
  route(app, '/programs', 'get', (_request, response) => {
    response.json({ programs: gateway.programs().map(told) });
  });
  route(app, '/programs/*id/release', 'post', (request, response) => {
    const { tenant } = identityOf(request.headers, undefined, Date.now());
    const id = joined(request.params.id);
    if (!gateway.release(tenant, id)) throw unknownProgram(id, tenant);
    response.json(told(gateway.program(tenant, id)!));
  });
  route(app, '/programs/*id', 'get', (request, response) => {
    const { tenant } = identityOf(request.headers, undefined, Date.now());
    const id = joined(request.params.id);
    const found = gateway.program(tenant, id);
    if (!found) throw unknownProgram(id, tenant);
    response.json(told(found));
  });
  app.use((request) => {
    throw new GatewayError(
      404,
      `nothing at ${request.method} ${request.path}; there is POST /v1/chat/completions and /v1/completions, GET /v1/models, ` +
        'GET /programs, GET /programs/ID, POST /programs/ID/release, GET /health and GET /metrics',
      'not_found',
    );
  });
  app.use((error: unknown, _request: Request, response: Response, _next: NextFunction) => answerError(error, response, say));
  return app;
}

/** Gives a path its one method; any other is answered 405. */
function route(app: Express, path: string, method: 'get' | 'post', handler: Handler): void {
  app[method](path, handler);
  app.all(path, (request, response) => {
    const allowed = method === 'get' ? 'GET, HEAD' : 'POST';
    response.setHeader('allow', allowed);
    throw new GatewayError(405, `${request.method} is not answered at ${request.path}; accepted: ${allowed}`, 'method_not_allowed');
  });
}

/** Refuses pages of other sites, and who has no key where one is asked for. Health is told to everybody. @throws GatewayError */
function admit(request: Request, { key, names }: { key: string | undefined; names: AllowedNames }): void {
  const fault = names.fault({ host: request.headers.host, origin: request.headers.origin });
  if (fault !== null) throw new GatewayError(403, fault, 'forbidden');
  if (key === undefined || request.path === '/health') return;
  const shown = /^Bearer\s+(.+)$/i.exec(request.headers.authorization ?? '')?.[1] ?? '';
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
  if (!timingSafeEqual(digest(shown), digest(key))) throw new GatewayError(401, 'accepted: Authorization: Bearer and the key of this gateway', 'invalid_api_key'); // prettier-ignore
}

function submit(
  gateway: Gateway,
  path: '/chat/completions' | '/completions',
  request: Request,
  response: Response,
  next: NextFunction,
): void {
  const body = request.body as Buffer;
  const parsed = jsonObject(body);
  const identity = identityOf(request.headers, parsed, Date.now());
  if (identity.final) {
    if (identity.program === undefined) throw new GatewayError(400, 'x-dynamo-session-final: no program is named', 'invalid_identity');
    gateway.release(identity.tenant, identity.program);
    return answerFinal(path, parsed, response);
  }
  gateway.submit({ path, headers: request.headers, body, parsed, identity, response }, next);
}

/** What ends a program is answered by an answer without choices: nothing was computed. */
function answerFinal(path: string, { model, stream }: Record<string, unknown>, response: Response): void {
  const object = path === '/completions' ? 'text_completion' : stream ? 'chat.completion.chunk' : 'chat.completion';
  const usage = { prompt_tokens: 0, completion_tokens: 0, total_tokens: 0 };
  const answer = { id: 'released', object, created: Math.floor(Date.now() / 1000), model: model ?? '', choices: [], usage };
  if (!stream) return void response.json(answer);
  response.type('text/event-stream').send(`data: ${JSON.stringify(answer)}\n\ndata: [DONE]\n\n`);
}

function jsonObject(body: Buffer): Record<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(Buffer.isBuffer(body) ? body.toString('utf8') : '');
  } catch (error) {
    throw new GatewayError(400, `the request body is no JSON: ${(error as Error).message}`, 'invalid_json');
  }
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>;
  throw new GatewayError(400, 'the request body is no JSON object', 'invalid_json');
}

/** A program under its own name, without its tenant's before it. One that ended does nothing any more, whatever it did last. */
function told({ program, ...view }: ToldProgram): Record<string, unknown> {
  return { program: program.slice(program.indexOf('/') + 1), ...view, ...(view.ended === undefined ? {} : { status: 'ended' }) };
}

function unknownProgram(id: string, tenant: string): GatewayError {
  return new GatewayError(404, `no program "${id.slice(0, 256)}" of the tenant ${tenant}`, 'unknown_program');
}

function joined(id: string | string[] | undefined): string {
  return [id ?? ''].flat().join('/');
}

function answerError(error: unknown, response: Response, say: (line: string) => void): void {
  const refusal = asGatewayError(error);
  if (refusal.code === 'gateway_failed') say(`${refusal.message}; this is a fault of its own: ${firstPlace(error)}`);
  if (response.destroyed || response.writableEnded) return;
  if (response.headersSent) return void response.destroy(); // an answer that had begun must not look whole
  if (refusal.retryAfterS !== undefined) response.setHeader('retry-after', String(refusal.retryAfterS));
  response.status(refusal.status).json(refusal.body());
}

/** Where an error was thrown: the first line of its stack. */
function firstPlace(error: unknown): string {
  return (
    (error instanceof Error
      ? error.stack
          ?.split('\n')
          .find((line) => /^\s+at /.test(line))
          ?.trim()
      : undefined) ?? 'no place is known'
  );
}
