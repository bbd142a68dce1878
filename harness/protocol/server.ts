/**
 * The match server: one HTTP server with two WebSocket paths. Agents connect to /agent with a token they were given; spectators to
 * /watch, which is one-way (harness/protocol/watching.ts). GET /protocol.json is the protocol as JSON Schema.
 *
 * It runs in the process that keeps a match's time, so whoever has no token gets little of it: few connections (lobby.ts), one request each
 * (door.ts), one frame a turn of the event loop, and no page of another site (names.ts): see listening.ts.
 */
import { createHash } from 'node:crypto';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { WebSocketServer, type WebSocket } from 'ws';
import { TraceWriter } from '../traces/recorder.js';
import { LIMITS, PROTOCOL, protocolSchema } from './frames.js';
import { greet } from './greeting.js';
import { AgentLine } from './line.js';
import { listenForAgents, SOCKETS, type Listening, type ListenSettings } from './listening.js';
import { refuseRequest, type Lobby } from './lobby.js';
import type { AllowedNames } from './names.js';
import { MOST_WATCHERS, Watchers } from './watchers.js';
import type { WatchFrame } from './watching.js';

export class MatchServer {
  readonly watchers = new Watchers();
  readonly traces = new TraceWriter();
  private readonly lines = new Map<string, AgentLine>();
  /** Lines of tokens that are known by their hash alone, by that. */
  private readonly sealed = new Map<string, AgentLine>();
  private readonly agents = new WebSocketServer({ ...SOCKETS, maxPayload: LIMITS.closeFrameBytes });
  private readonly spectators = new WebSocketServer({ ...SOCKETS, maxPayload: 1024 });
  private readonly http: Server;
  private readonly names: AllowedNames;
  private readonly lobby: Lobby;
  /** Where it listens, without a path: ws://HOST:PORT */
  readonly url: string;

  private constructor({ http, names, lobby, url }: Listening) {
    [this.http, this.names, this.lobby, this.url] = [http, names, lobby, url];
    http.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => this.upgrade(request, socket as Socket, head));
    // A connection that could not be accepted (no file descriptor is left, say) ends no match.
    http.on('error', (error) => process.emitWarning(`the match server could not accept a connection: ${error.message}`));
  }

  /** Starts listening. @throws when the address cannot be had */
  static async listen(where: ListenSettings = {}): Promise<MatchServer> {
    return new MatchServer(await listenForAgents(where, answer));
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

  /** Lets in who says hello with a token that was admitted. */
  private greet(ws: WebSocket, socket: Socket): void {
    greet(ws, socket, this.lobby, ({ hello, arrivedUs, admit, refuse }) => {
      const line = this.lines.get(hello.token) ?? this.sealed.get(hashOfToken(hello.token));
      if (!line) return refuse('refused', 'unknown token; ask whoever runs the match server for one');
      if (line.task !== undefined && hello.task !== undefined && hello.task !== line.task)
        return refuse('refused', `this seat is in ${line.task}, and the hello says ${hello.task.slice(0, 50)}; leave task out to play any`);
      admit();
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
