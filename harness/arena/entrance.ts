/**
 * Where agents of an arena come and wait: they say hello by a board's token, name their task, and stay connected until a rival was found. One token is
 * one agent in one place: a newer connection takes the older one's place. No match ticks in this process.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { WebSocketServer, type WebSocket } from 'ws';
import type { Gallery } from './gallery.js';
import { LIMITS, PROTOCOL, protocolSchema, type AssignmentFrame } from '../protocol/frames.js';
import { greet, type Guest } from '../protocol/greeting.js';
import { AgentLine } from '../protocol/line.js';
import { listenForAgents, SOCKETS, type Listening, type ListenSettings } from '../protocol/listening.js';
import { refuseRequest } from '../protocol/lobby.js';
import { printable } from '../protocol/printable.js';
import { RoundTrips } from '../protocol/round-trips.js';
import { asPlainLine } from '../submission/words.js';

/** Whom a token belongs to. */
export interface TokenHolder {
  /** The token's own id, which is no secret. */
  token: string;
  holder: string;
}

/** An agent that is here, or was and may come back. */
export interface WaitingAgent extends TokenHolder {
  task: string;
  /** What it calls itself. */
  name: string;
  /** By which name it reached this server: it is sent to a match by the same. */
  host: string;
  line: AgentLine;
  /** Where it is expected to play now; told again when it comes back. */
  assignment: AssignmentFrame | null;
}

export interface EntranceSettings extends ListenSettings {
  /** The tasks that are played here. */
  tasks: readonly string[];
  /** Whose token this is. Rejects with a sentence for whoever shows it, when it opens nothing. */
  identify(token: string): Promise<TokenHolder>;
  /** Somebody came, or came back. */
  arrived(agent: WaitingAgent): void;
  /** Where matches are watched; absent: nowhere. */
  gallery?: Gallery;
}

/** How often those who wait are pinged, and after how much silence one is taken for gone: its network may have died without a word. */
const PING_EVERY_MS = 10_000;
const SILENT_US = 30_000_000;
/** Longest name of an agent, in characters. */
const MOST_NAME = 60;

export class Entrance {
  /** By the token's id. */
  private readonly agents = new Map<string, { agent: WaitingAgent; trips: RoundTrips }>();
  private readonly sockets = new WebSocketServer({ ...SOCKETS, maxPayload: LIMITS.closeFrameBytes });
  private readonly watching = new WebSocketServer({ ...SOCKETS, maxPayload: 1024 });
  private readonly timer: NodeJS.Timeout;

  private constructor(
    private readonly listening: Listening,
    private readonly settings: EntranceSettings,
  ) {
    listening.http.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => this.upgrade(request, socket as Socket, head));
    listening.http.on('error', (error) => process.emitWarning(`the arena could not accept a connection: ${error.message}`));
    this.timer = setInterval(() => this.look(), PING_EVERY_MS).unref();
  }

  /** Starts listening. @throws when the address cannot be had */
  static async listen(settings: EntranceSettings): Promise<Entrance> {
    const answer = (request: IncomingMessage, response: ServerResponse, fault: string | null): void =>
      tell(request, response, fault, settings.tasks);
    return new Entrance(await listenForAgents(settings, answer), settings);
  }

  /** Where it listens: ws://HOST:PORT */
  get url(): string {
    return this.listening.url;
  }

  /** Who is connected, and plays this task. */
  here(task: string): WaitingAgent[] {
    return [...this.agents.values()].flatMap(({ agent }) => (agent.task === task && agent.line.isConnected ? [agent] : []));
  }

  /** Sends an agent to a match, now and whenever it comes back until `release`. */
  assign(agent: WaitingAgent, assignment: AssignmentFrame): void {
    agent.assignment = assignment;
    agent.line.send(assignment);
  }

  /** The pairing is over: it is sent there no more. */
  release(agent: WaitingAgent, pairing: string): void {
    if (agent.assignment?.pairing === pairing) agent.assignment = null;
  }

  /**
   * Sends an agent away. @param why told to it
   * @param how `back`: it may come back at once; `done`: it is not to, unless it is started again; `revoked`: its token opens nothing any more
   */
  dismiss({ token }: WaitingAgent, why: string, how: 'back' | 'done' | 'revoked'): void {
    const known = this.agents.get(token);
    if (!known) return;
    this.agents.delete(token);
    known.trips.stop();
    if (how === 'back') known.agent.line.part(why);
    else known.agent.line.close(why, how === 'revoked' ? 4403 : 1001);
  }

  /** Disconnects everybody and stops listening. */
  async close(): Promise<void> {
    clearInterval(this.timer);
    for (const { agent, trips } of this.agents.values()) {
      trips.stop();
      agent.line.part('the arena is closing');
    }
    this.listening.lobby.close();
    await new Promise((resolve) => setTimeout(resolve, 50)); // what was said last is read before the connections end
    for (const socket of this.sockets.clients) socket.terminate();
    this.sockets.close();
    this.watching.close();
    await new Promise<void>((resolve) => {
      this.listening.http.close(() => resolve());
      this.listening.http.closeAllConnections();
    });
  }

  private upgrade(request: IncomingMessage, socket: Socket, head: Buffer): void {
    const fault = this.listening.names.fault(request.headers);
    if (fault !== null) return refuseRequest(socket, 403, fault);
    const [path, query = ''] = (request.url ?? '').split('?', 2);
    if (path === '/watch') return this.watch(request, socket, head, new URLSearchParams(query).get('match') ?? '');
    if (path !== '/agent') return refuseRequest(socket, 404, 'no such path; agents connect to /agent, watchers to /watch?match=NAME');
    const { hostname } = new URL(`http://${request.headers.host}`); // its form was checked with the names
    this.sockets.handleUpgrade(request, socket, head, (ws) =>
      greet(ws, socket, this.listening.lobby, (guest) => void this.heard(ws, guest, hostname)),
    );
  }

  /** Lets in who wants to watch a match. */
  private watch(request: IncomingMessage, socket: Socket, head: Buffer, match: string): void {
    const { gallery } = this.settings;
    if (!gallery) return refuseRequest(socket, 404, 'matches of this arena are not shown while they are played');
    const fault = gallery.fault(match);
    if (fault !== null) return refuseRequest(socket, 404, fault);
    this.watching.handleUpgrade(request, socket, head, (ws) => {
      this.listening.lobby.leave(socket);
      gallery.add(match, ws);
    });
  }

  /** Lets in who shows a token that is good. */
  private async heard(ws: WebSocket, guest: Guest, host: string): Promise<void> {
    const { hello, arrivedUs, admit, refuse } = guest;
    const { tasks, identify, arrived } = this.settings;
    const task = hello.task ?? (tasks.length === 1 ? tasks[0]! : undefined);
    if (task === undefined || !tasks.includes(task))
      return refuse(
        'refused',
        `task: ${hello.task === undefined ? 'none' : printable(hello.task)}; this arena plays ${tasks.join(' and ')}, name one`,
      );
    const name = asPlainLine(hello.name, MOST_NAME);
    if (name !== hello.name)
      return refuse('refused', `name: accepted: letters, digits, spaces and plain punctuation, ${MOST_NAME} characters at most`);
    ws.pause(); // nobody hears further frames until it is known who sends them
    let holder: TokenHolder;
    try {
      holder = await identify(hello.token);
    } catch (error) {
      ws.resume();
      return refuse('refused', (error as Error).message);
    }
    if (ws.readyState !== ws.OPEN) return;
    const known = this.agents.get(holder.token);
    const line = known?.agent.line ?? new AgentLine(holder.token, name);
    const agent: WaitingAgent = known?.agent ?? { ...holder, task, name, host, line, assignment: null };
    // Under another name or for another task it is another player, who was sent nowhere.
    if (agent.task !== task || agent.name !== name) Object.assign(agent, { task, name, assignment: null });
    agent.host = host;
    const trips = known?.trips ?? new RoundTrips(line, PING_EVERY_MS);
    trips.forget();
    this.agents.set(holder.token, { agent, trips });
    admit();
    line.take(ws, hello, arrivedUs);
    ws.resume();
    if (agent.assignment) line.send(agent.assignment);
    arrived(agent);
  }

  private look(): void {
    for (const { agent, trips } of [...this.agents.values()])
      if (agent.line.isConnected && trips.silentUs > SILENT_US) this.dismiss(agent, 'no ping was answered', 'back');
  }
}

/** Answers a GET: what this server is. */
function tell(request: IncomingMessage, response: ServerResponse, fault: string | null, tasks: readonly string[]): void {
  const path = (request.url ?? '/').split('?')[0];
  const isKnown = path === '/' || path === '/protocol.json';
  const status = fault !== null ? 403 : !isKnown ? 404 : 200;
  response.writeHead(status, { 'content-type': 'application/json', 'x-content-type-options': 'nosniff', connection: 'close' });
  const said =
    status === 403
      ? { error: fault }
      : status === 404
        ? { error: 'not found; there are / and /protocol.json' }
        : path === '/'
          ? {
              server: 'tickbench arena',
              protocol: PROTOCOL,
              agents: '/agent',
              watchers: '/watch?match=NAME',
              tasks,
              schema: '/protocol.json',
            }
          : protocolSchema();
  response.end(JSON.stringify(said));
}
