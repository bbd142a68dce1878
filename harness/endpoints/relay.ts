/**
 * A relay between an agent and an endpoint that is not ours to kill: it passes every request on as it is, and can be told to cut all of them off. While
 * it does, connections are closed and new ones refused, as those to a dead server are. What the server itself would lose by dying (what it has cached,
 * the time it takes to load a model) it does not show. It costs a hop on this host.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { get, postBytes, type Reply } from './transport.js';

/** Headers of one connection, and those that the relay's own request writes. */
const OWN_HEADERS = new Set(['host', 'connection', 'keep-alive', 'transfer-encoding', 'content-length', 'accept-encoding', 'expect']);

export class Relay {
  private server: Server | null = null;
  private port = 0;

  /** @param upstream the endpoint's address, with the name and password that may be in it */
  constructor(private readonly upstream: string) {}

  /** Where it is reached, below which the paths are the endpoint's. */
  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  /** Listens, on the port it had before where it was cut off. @throws what the system says where it cannot */
  async join(): Promise<void> {
    const server = createServer((request, response) => void this.pass(request, response));
    await new Promise<void>((resolve, reject) => server.once('error', reject).listen(this.port, '127.0.0.1', resolve));
    this.port = (server.address() as AddressInfo).port;
    this.server = server;
  }

  /** Breaks off every call, and refuses new ones until `join`. */
  async cut(): Promise<void> {
    const { server } = this;
    this.server = null;
    if (!server) return;
    const closed = new Promise((resolve) => server.close(resolve));
    server.closeAllConnections();
    await closed;
  }

  private async pass(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const calling = new AbortController();
    response.on('close', () => calling.abort());
    try {
      const chunks: Buffer[] = [];
      for await (const chunk of request) chunks.push(chunk as Buffer);
      const reply = await this.call(request, Buffer.concat(chunks), calling.signal);
      const headers = Object.entries(reply.headers).filter(([name, value]) => value !== undefined && !OWN_HEADERS.has(name));
      response.writeHead(reply.status, Object.fromEntries(headers) as Record<string, string | string[]>);
      response.flushHeaders();
      reply.body.on('error', () => response.destroy());
      reply.body.pipe(response);
    } catch {
      response.destroy(); // the endpoint refused or broke off: so does the relay
    }
  }

  private call({ method, url = '/', headers }: IncomingMessage, body: Buffer, signal: AbortSignal): Promise<Reply> {
    const to = { url: this.upstream };
    if (method === 'GET') return get(to, url, signal);
    const passed = Object.entries(headers).flatMap(([name, value]): [string, string][] =>
      typeof value !== 'string' || OWN_HEADERS.has(name) ? [] : [[name, value]],
    );
    return postBytes(to, url, { headers: Object.fromEntries(passed), body, signal });
  }
}
