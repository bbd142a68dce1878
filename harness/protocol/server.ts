/**
 * The match server: one HTTP server with two WebSocket paths. Agents connect to /agent with a token they were given; spectators to
 * /watch, which is one-way (harness/protocol/watching.ts). GET /protocol.json is the protocol as JSON Schema.
 */
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { WebSocketServer, type WebSocket } from 'ws';
import { AgentLine } from './line.js';
import { Watchers } from './watchers.js';
import { TraceWriter } from '../traces/recorder.js';
import { LIMITS, PROTOCOL, protocolSchema, readAgentFrame, type ErrorCode } from './frames.js';
import { monotonicUs } from '../host/clock.js';
import type { WatchFrame } from './watching.js';

/** How long a fresh connection may take to say hello. */
const HELLO_MS = 10_000;

export class MatchServer {
  readonly watchers = new Watchers();
  readonly traces = new TraceWriter();
  private readonly lines = new Map<string, AgentLine>();
  private readonly agents = new WebSocketServer({ noServer: true, perMessageDeflate: false, maxPayload: LIMITS.closeFrameBytes });
  private readonly spectators = new WebSocketServer({ noServer: true, perMessageDeflate: false, maxPayload: 1024 });

  private constructor(
    private readonly http: Server,
    /** Where it listens, without a path: ws://HOST:PORT */
    readonly url: string,
  ) {
    http.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => this.upgrade(request, socket, head));
    this.agents.on('connection', (socket: WebSocket) => this.greet(socket));
    this.spectators.on('connection', (socket: WebSocket) => this.watchers.add(socket));
  }

  /** Starts listening. Port 0 takes any free one; see `url`. @throws when the address cannot be had */
  static async listen(where: { port?: number; host?: string } = {}): Promise<MatchServer> {
    const host = where.host ?? '127.0.0.1';
    const http = createServer((request, response) => {
      const path = (request.url ?? '/').split('?')[0];
      const known = path === '/' || path === '/protocol.json';
      response.writeHead(known ? 200 : 404, { 'content-type': 'application/json' });
      if (path === '/protocol.json') response.end(JSON.stringify(protocolSchema()));
      else
        response.end(
          JSON.stringify(
            known ? { server: 'tickbench', protocol: PROTOCOL, agents: '/agent', spectators: '/watch' } : { error: 'not found' },
          ),
        );
    });
    await new Promise<void>((resolve, reject) => {
      http.once('error', reject);
      http.listen(where.port ?? 0, host, () => {
        http.off('error', reject);
        resolve();
      });
    });
    const address = http.address() as AddressInfo;
    const shown = address.family === 'IPv6' ? `[${address.address}]` : address.address;
    return new MatchServer(http, `ws://${shown}:${address.port}`);
  }

  /** The port it listens on. */
  get port(): number {
    return Number(new URL(this.url).port);
  }

  /**
   * Lets an agent in by this token, under this name, now or later; the line it will speak on. The same token gives the same line.
   * Use `line.connected(timeoutMs)` to wait until somebody is on it.
   */
  admit(token: string, name: string): AgentLine {
    const known = this.lines.get(token);
    if (known) return known;
    const line = new AgentLine(token, name);
    this.lines.set(token, line);
    return line;
  }

  /** Admits a token and waits until its agent is connected. @throws AgentError after `timeoutMs` */
  async expectAgent(token: string, name: string, timeoutMs = 30_000): Promise<AgentLine> {
    const line = this.admit(token, name);
    await line.connected(timeoutMs);
    return line;
  }

  /** The line of an admitted token. @throws when it was never admitted */
  line(token: string): AgentLine {
    const line = this.lines.get(token);
    if (!line) throw new Error('no agent was admitted by this token');
    return line;
  }

  /** Takes a token back: its agent is disconnected and may not return. */
  dismiss(token: string): void {
    this.lines.get(token)?.close('dismissed');
    this.lines.delete(token);
  }

  /** Tells spectators how far a sweep is. */
  announce(frame: Extract<WatchFrame, { type: 'progress' }>): void {
    this.watchers.announce(frame);
  }

  /** Disconnects everybody and stops listening. */
  async close(): Promise<void> {
    for (const line of this.lines.values()) line.close('the server is closing');
    this.watchers.close();
    this.traces.close();
    for (const socket of this.agents.clients) socket.terminate();
    this.agents.close();
    this.spectators.close();
    await new Promise<void>((resolve) => {
      this.http.close(() => resolve());
      this.http.closeAllConnections();
    });
  }

  private upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    const path = (request.url ?? '').split('?')[0];
    const target = path === '/agent' ? this.agents : path === '/watch' ? this.spectators : undefined;
    if (!target) {
      socket.end('HTTP/1.1 404 Not Found\r\nconnection: close\r\n\r\n');
      return;
    }
    target.handleUpgrade(request, socket, head, (ws) => target.emit('connection', ws, request));
  }

  /** Reads the first frame, which must be a hello with a token that was admitted. */
  private greet(socket: WebSocket): void {
    const refuse = (code: ErrorCode, detail: string): void => {
      socket.send(JSON.stringify({ type: 'error', code, detail }));
      socket.close(4400, detail.slice(0, 100));
    };
    const timer = setTimeout(() => refuse('refused', `no hello within ${HELLO_MS / 1000} s`), HELLO_MS);
    socket.on('error', () => undefined); // a broken connection also closes, and close is what counts
    socket.once('close', () => clearTimeout(timer));
    socket.once('message', (data: Buffer, isBinary: boolean) => {
      clearTimeout(timer);
      const arrivedUs = monotonicUs();
      if (isBinary) return refuse('malformed', 'binary frame; text frames of JSON are expected');
      const reading = readAgentFrame(data.toString('utf8'));
      if (!reading.ok) return refuse(reading.code, `first frame: ${reading.detail}`);
      if (reading.frame.type !== 'hello') return refuse('wrong-type', `first frame: hello is expected, got ${reading.frame.type}`);
      const line = this.lines.get(reading.frame.token);
      if (!line) return refuse('refused', 'unknown token; ask whoever runs the match server for one');
      line.take(socket, reading.frame, arrivedUs);
    });
  }
}
