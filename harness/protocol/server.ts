/**
 * The match server: one HTTP server with two WebSocket paths. Agents connect to /agent with a token they were given; spectators to
 * /watch, which is one-way (harness/protocol/watching.ts). GET /protocol.json is the protocol as JSON Schema.
 *
 * It runs in the process that keeps a match's time, so whoever has no token gets little of it: few connections (lobby.ts), one request each
 * (door.ts), one frame a turn of the event loop, and no page of another site (names.ts).
 */
import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { WebSocketServer, type WebSocket } from 'ws';
import { Allowance } from './allowance.js';
import { MAX_HEADER_BYTES, readHeader } from './door.js';
import { AgentLine } from './line.js';
import { Lobby, refuseRequest, LOBBY_LIMITS, type LobbyLimits } from './lobby.js';
import { AllowedNames } from './names.js';
import { MOST_WATCHERS, Watchers } from './watchers.js';
import { TraceWriter } from '../traces/recorder.js';
import { LIMITS, PROTOCOL, protocolSchema, readAgentFrame, type ErrorCode } from './frames.js';
import { monotonicUs } from '../host/clock.js';
import type { WatchFrame } from './watching.js';

/** Open connections of any kind: beyond them the operating system's own are not accepted. */
const MOST_CONNECTIONS = 1024;
/** Frames that are no hello from somebody who has not said one: beyond them the connection ends. */
const FRAMES_BEFORE_HELLO = 5;
/** How long a connection that was refused may take to close. */
const CLOSING_MS = 1000;

/** One frame of a connection a turn of the event loop, so that no flood of them keeps a match from its clock; and nothing is unpacked. */
const SOCKETS = { noServer: true, perMessageDeflate: false, allowSynchronousEvents: false, maxFragments: 64, autoPong: false } as const;

/** Where a match server listens, and to whom. */
export interface ListenSettings {
  /** 0, the default, takes any free one; see `url`. */
  port?: number;
  host?: string;
  /** Names of this server beside its addresses, localhost and the machine's own (names.ts). */
  allowHosts?: readonly string[];
  /** How many connections may wait without a hello, and how long. */
  lobby?: LobbyLimits;
}

export class MatchServer {
  readonly watchers = new Watchers();
  readonly traces = new TraceWriter();
  private readonly lines = new Map<string, AgentLine>();
  /** Lines of tokens that are known by their hash alone, by that. */
  private readonly sealed = new Map<string, AgentLine>();
  private readonly agents = new WebSocketServer({ ...SOCKETS, maxPayload: LIMITS.closeFrameBytes });
  private readonly spectators = new WebSocketServer({ ...SOCKETS, maxPayload: 1024 });

  private constructor(
    private readonly http: Server,
    private readonly names: AllowedNames,
    private readonly lobby: Lobby,
    /** Where it listens, without a path: ws://HOST:PORT */
    readonly url: string,
  ) {
    http.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => this.upgrade(request, socket as Socket, head));
    // A connection that could not be accepted (no file descriptor is left, say) ends no match.
    http.on('error', (error) => process.emitWarning(`the match server could not accept a connection: ${error.message}`));
  }

  /** Starts listening. @throws when the address cannot be had */
  static async listen(where: ListenSettings = {}): Promise<MatchServer> {
    const host = where.host ?? '127.0.0.1';
    const names = new AllowedNames([host, ...(where.allowHosts ?? [])]);
    const lobby = new Lobby(where.lobby ?? LOBBY_LIMITS);
    const http = createServer({ maxHeaderSize: 2 * MAX_HEADER_BYTES, keepAlive: false }, (request, response) =>
      answer(request, response, names.fault(request.headers)),
    );
    http.maxConnections = MOST_CONNECTIONS;
    const accept = http.listeners('connection') as ((socket: Socket) => void)[];
    http.removeAllListeners('connection');
    http.on('connection', (socket: Socket) => {
      // From the first moment on: a reset may come at any time, and an error that nobody hears ends the process.
      socket.on('error', () => socket.destroy());
      if (lobby.enter(socket))
        readHeader(socket, () => {
          for (const each of accept) each.call(http, socket);
        });
    });
    http.on('clientError', (error: Error, socket: Duplex) => refuseRequest(socket as Socket, 400, `no HTTP request: ${error.message}`));
    try {
      await new Promise<void>((resolve, reject) => {
        http.once('error', reject);
        http.listen(where.port ?? 0, host, () => {
          http.off('error', reject);
          resolve();
        });
      });
    } catch (error) {
      lobby.close();
      throw error;
    }
    const address = http.address() as AddressInfo;
    const shown = address.family === 'IPv6' ? `[${address.address}]` : address.address;
    return new MatchServer(http, names, lobby, `ws://${shown}:${address.port}`);
  }

  /** Lets the pages of an origin open sockets here, as a human's seat needs. @param url the page's address */
  allowPage(url: string): void {
    this.names.allowPage(url);
  }

  /** The port it listens on. */
  get port(): number {
    return Number(new URL(this.url).port);
  }

  /**
   * Lets an agent in by this token, under this name, now or later; the line it will speak on. The same token gives the same line.
   * Use `line.connected(timeoutMs)` to wait until somebody is on it.
   * @param task the only task it will play; a hello that names another is refused
   */
  admit(token: string, name: string, task?: string): AgentLine {
    const known = this.lines.get(token);
    if (known) return known;
    const line = new AgentLine(token, name, task);
    this.lines.set(token, line);
    return line;
  }

  /**
   * Lets the agent in again that another server gave a token, of which only the SHA-256 is known here. The line goes by `line(hash)`; the hash
   * itself opens nothing.
   * @param hash 64 hexadecimal digits, see `tokenHash`
   */
  admitSealed(hash: string, name: string, task?: string): AgentLine {
    const known = this.sealed.get(hash);
    if (known) return known;
    const line = new AgentLine(hash, name, task);
    this.sealed.set(hash, line);
    return line;
  }

  /** The SHA-256 by which an admitted token, or one admitted by its hash, may be let in elsewhere. */
  tokenHash(token: string): string {
    return this.sealed.has(token) ? token : hashOfToken(token);
  }

  /** Admits a token and waits until its agent is connected. @throws AgentError after `timeoutMs` */
  async expectAgent(token: string, name: string, timeoutMs = 30_000, task?: string): Promise<AgentLine> {
    const line = this.admit(token, name, task);
    await line.connected(timeoutMs);
    return line;
  }

  /** The line of an admitted token. @throws when it was never admitted */
  line(token: string): AgentLine {
    const line = this.lines.get(token) ?? this.sealed.get(token);
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

  /** Disconnects everybody and stops listening. @param moving agents are told to come back: their match goes on elsewhere */
  async close(moving = false): Promise<void> {
    for (const line of [...this.lines.values(), ...this.sealed.values()])
      if (moving) line.part('the match goes on elsewhere');
      else line.close('the server is closing');
    this.watchers.close();
    this.traces.close();
    this.lobby.close();
    for (const socket of this.agents.clients) socket.terminate();
    this.agents.close();
    this.spectators.close();
    await new Promise<void>((resolve) => {
      this.http.close(() => resolve());
      this.http.closeAllConnections();
    });
  }

  private upgrade(request: IncomingMessage, socket: Socket, head: Buffer): void {
    const path = (request.url ?? '').split('?')[0];
    const fault = this.names.fault(request.headers);
    if (fault !== null) return refuseRequest(socket, 403, fault);
    if (path === '/agent') {
      this.agents.handleUpgrade(request, socket, head, (ws) => this.greet(ws, socket));
    } else if (path === '/watch') {
      if (this.watchers.count >= MOST_WATCHERS) return refuseRequest(socket, 503, `at most ${MOST_WATCHERS} spectators are served`);
      this.spectators.handleUpgrade(request, socket, head, (ws) => {
        this.lobby.leave(socket);
        this.watchers.add(ws);
      });
    } else refuseRequest(socket, 404, 'no such path; agents connect to /agent, spectators to /watch');
  }

  /** Reads the first frame, which must be a hello with a token that was admitted. */
  private greet(ws: WebSocket, socket: Socket): void {
    const before = new Allowance(0, FRAMES_BEFORE_HELLO);
    const refuse = (code: ErrorCode, detail: string): void => {
      this.lobby.leave(socket);
      ws.removeAllListeners('message');
      ws.send(JSON.stringify({ type: 'error', code, detail }));
      ws.close(4400, detail.slice(0, 100));
      setTimeout(() => ws.terminate(), CLOSING_MS).unref();
    };
    const pinged = (data: Buffer): void => (before.take() ? ws.pong(data) : ws.terminate());
    this.lobby.tellBy(socket, (why) => refuse('refused', why));
    ws.on('error', () => undefined); // a broken connection also closes, and close is what counts
    ws.on('ping', pinged);
    ws.on('pong', pinged);
    ws.once('message', (data: Buffer, isBinary: boolean) => {
      const arrivedUs = monotonicUs();
      if (isBinary) return refuse('malformed', 'binary frame; text frames of JSON are expected');
      if (data.length > LIMITS.maxFrameBytes)
        return refuse('oversized', `${data.length} bytes; at most ${LIMITS.maxFrameBytes} are accepted`);
      const reading = readAgentFrame(data.toString('utf8'));
      if (!reading.ok) return refuse(reading.code, `first frame: ${reading.detail}`);
      const hello = reading.frame;
      if (hello.type !== 'hello') return refuse('wrong-type', `first frame: hello is expected, got ${hello.type}`);
      const line = this.lines.get(hello.token) ?? this.sealed.get(hashOfToken(hello.token));
      if (!line) return refuse('refused', 'unknown token; ask whoever runs the match server for one');
      if (line.task !== undefined && hello.task !== undefined && hello.task !== line.task)
        return refuse('refused', `this seat is in ${line.task}, and the hello says ${hello.task.slice(0, 50)}; leave task out to play any`);
      this.lobby.leave(socket);
      ws.off('ping', pinged);
      ws.off('pong', pinged);
      line.take(ws, hello, arrivedUs);
    });
  }
}

/** Tokens are drawn from 2^128, so that nobody can find one by its hash. */
function hashOfToken(token: string): string {
  return createHash('sha256').update(`tickbench token ${token}`).digest('hex');
}

/** Answers a GET. */
function answer(request: IncomingMessage, response: ServerResponse, fault: string | null): void {
  const path = (request.url ?? '/').split('?')[0];
  const known = path === '/' || path === '/protocol.json';
  const readable = request.method === 'GET' || request.method === 'HEAD';
  const status = fault !== null ? 403 : !known ? 404 : !readable ? 405 : 200;
  response.writeHead(status, {
    'content-type': 'application/json',
    'x-content-type-options': 'nosniff',
    connection: 'close',
    ...(status === 405 ? { allow: 'GET, HEAD' } : {}),
  });
  const errors: Record<number, string | null> = { 403: fault, 404: 'not found; there are / and /protocol.json', 405: 'accepted: GET' };
  const body =
    status !== 200
      ? { error: errors[status] }
      : path === '/protocol.json'
        ? protocolSchema()
        : { server: 'tickbench', protocol: PROTOCOL, agents: '/agent', spectators: '/watch', schema: '/protocol.json' };
  response.end(JSON.stringify(body));
}
