/**
 * One agent's line: everything between its token and a match. It outlives connections (an agent may come back by the same token) and
 * matches (an agent sits in one at a time). It checks frames for size, rate and schema; what they mean is the match's business.
 */
import { WebSocket } from 'ws';
import { dateUs, monotonicUs } from '../host/clock.js';
import { Allowance } from './allowance.js';
import { LIMITS, readAgentFrame, type ActionFrame, type ErrorCode, type HelloFrame, type ReadyFrame, type ServerFrame } from './frames.js';
import { printable } from './printable.js';
import { taskNamed } from '../match/tasks.js';

/** What a match hears from the agent in one of its seats. Real times are microseconds of the server's monotonic clock. */
export interface SeatListener {
  action(frame: ActionFrame, arrivedUs: number): void;
  /** A frame was refused before it meant anything; the agent has been told. */
  refused(code: ErrorCode, detail: string): void;
  left(reason: string): void;
  returned(): void;
}

/** Processes of ours on this host that an agent's answers go through, by id; of a stranger's agent there are none. */
export interface OwnProcesses {
  agent?: number;
  /** Endpoints that compute here and whose answers are waited for. */
  endpoints?: readonly number[];
}

/** An agent that is not there, or does not do what was asked of it. */
export class AgentError extends Error {
  override name = 'AgentError';
}

/** How long frames over the limit are left unread in the socket. */
const PAUSE_MS = 100;
/** Frames dropped since the last one that was taken: with more than these an agent floods, and its connection is closed. */
const MOST_DROPPED = 20_000;
/** How long an agent that did not read may still read what it was sent. */
const UNREAD_MS = 2000;

export class AgentLine {
  /** What the agent calls itself; empty before its first hello. */
  calledItself = '';
  /** What a match looks into for time lost. */
  processes: OwnProcesses = {};
  /** The task its hello named, if it named one. */
  saidTask: string | undefined;
  /** Its hello said that it remembers nothing of a match that began elsewhere. */
  recalls = false;
  /** Told of each pong; true: it was waited for (round-trips.ts). */
  onPong: ((data: Buffer) => boolean) | null = null;
  /** Told of each date that the agent told of its clock, less ours then, in microseconds. */
  onDate: ((aheadUs: number) => void) | null = null;
  private socket: WebSocket | null = null;
  private listener: SeatListener | null = null;
  private closed = false;
  /** Tells the match that the agent was let go, when that is still to be done. */
  private leaving: (() => void) | null = null;
  private readonly allowance = new Allowance(LIMITS.framesPerSecond, LIMITS.burst);
  private dropped = 0;
  private droppedInARow = 0;
  private readonly waiting = new Set<() => void>();
  private readonly warming = new Map<number, (frame: ReadyFrame) => void>();
  private warmUps = 0;

  constructor(
    readonly token: string,
    readonly name: string,
    /** The only task it plays, when that is known. */
    readonly task?: string,
  ) {}

  get isConnected(): boolean {
    return this.socket !== null;
  }

  get isSeated(): boolean {
    return this.listener !== null;
  }

  /** Resolves when an agent is on the line. @throws AgentError after `timeoutMs` */
  async connected(timeoutMs: number): Promise<void> {
    if (this.socket) return;
    await new Promise<void>((resolve, reject) => {
      const arrived = (): void => {
        clearTimeout(timer);
        this.waiting.delete(arrived);
        resolve();
      };
      const timer = setTimeout(() => {
        this.waiting.delete(arrived);
        reject(new AgentError(`agent ${this.name} did not connect within ${Math.round(timeoutMs / 1000)} s`));
      }, timeoutMs).unref(); // the server's own socket keeps the process alive while it matters
      this.waiting.add(arrived);
    });
  }

  /** Puts a match behind the line. @throws AgentError when it already sits in one */
  sit(listener: SeatListener): void {
    if (this.listener) throw new AgentError(`agent ${this.name} already sits in a match`);
    this.listener = listener;
  }

  /** Leaves the match; the connection stays. */
  rise(): void {
    this.listener = null;
  }

  /** Sends a frame, when anybody is there to get it. */
  send(frame: ServerFrame): void {
    this.sendText(JSON.stringify(frame));
  }

  /** Sends a frame that is text already. */
  sendText(text: string): void {
    const { socket } = this;
    if (socket?.readyState !== WebSocket.OPEN) return;
    if (socket.bufferedAmount > LIMITS.unreadBytes) this.giveUp(socket);
    else socket.send(text);
  }

  /** Sends a text once what was sent before is nearly read. For texts that nobody's time is measured by. @throws AgentError when it is not read */
  async sendPatiently(text: string, timeoutMs = 30_000): Promise<void> {
    const untilUs = monotonicUs() + timeoutMs * 1000;
    while (this.socket !== null && this.socket.bufferedAmount > LIMITS.unreadBytes / 4) {
      if (monotonicUs() > untilUs)
        throw new AgentError(`agent ${this.name} did not read what it was sent within ${Math.round(timeoutMs / 1000)} s`);
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    this.sendText(text);
  }

  /** Lets go of a connection whose agent does not read: what waits for it must not fill the server's memory. */
  private giveUp(socket: WebSocket): void {
    const detail = `${socket.bufferedAmount} bytes wait unread; at most ${LIMITS.unreadBytes} are kept, read frames as they come`;
    this.letGo(socket, { code: 'too-slow', detail, closeCode: 4408, why: 'frames were not read' });
  }

  /** Ends a connection for what its agent did; the agent may resume. */
  private letGo(
    socket: WebSocket,
    { code, detail, closeCode, why }: { code: ErrorCode; detail: string; closeCode: number; why: string },
  ): void {
    this.socket = null;
    for (const event of ['message', 'ping', 'pong', 'close']) socket.removeAllListeners(event);
    // The reason goes out after everything that waits unread. If the agent reads on it learns why; nobody waits for it.
    socket.send(JSON.stringify({ type: 'error', code, detail } satisfies ServerFrame));
    socket.close(closeCode, why);
    setTimeout(() => socket.terminate(), UNREAD_MS).unref();
    const { listener } = this;
    const tell = (): void => {
      if (this.leaving !== tell) return;
      this.leaving = null;
      if (this.listener !== listener) return;
      listener?.refused(code, detail);
      listener?.left(`${why}: ${detail}`);
    };
    // A match is told between its steps: this may be in the middle of one.
    this.leaving = tell;
    setImmediate(tell);
  }

  /** Every observation earns the frames of its answer. */
  earn(): void {
    this.allowance.earn(LIMITS.framesPerObservation);
  }

  /** Has the agent make some unscored calls. Resolves with how many it made. @throws AgentError when it is gone, `timeoutMs` passed, or `signal` says so */
  async warmUp(
    ask: { task: string; options: unknown; seed: number; count: number },
    timeoutMs: number,
    signal?: AbortSignal,
  ): Promise<{ done: number; note?: string }> {
    if (!this.socket) throw new AgentError(`agent ${this.name} is not connected`);
    const id = ++this.warmUps;
    return await new Promise((resolve, reject) => {
      const end = (): void => {
        clearTimeout(timer);
        signal?.removeEventListener('abort', stopped);
        this.warming.delete(id);
      };
      const fail = (why: string): void => {
        end();
        reject(new AgentError(why));
      };
      const timer = setTimeout(
        () => fail(`agent ${this.name} did not finish its warm-up within ${Math.round(timeoutMs / 1000)} s`),
        timeoutMs,
      );
      const stopped = (): void => fail(`interrupted while ${this.name} was warmed up`);
      signal?.addEventListener('abort', stopped, { once: true });
      if (signal?.aborted) return stopped();
      this.warming.set(id, (frame) => {
        end();
        resolve(frame.note === undefined ? { done: frame.done } : { done: frame.done, note: printable(frame.note) });
      });
      const task = taskNamed(ask.task);
      this.send({ type: 'warmup', id, ...ask, options: task.rehearsalOptions ? task.rehearsalOptions(ask.options) : ask.options });
    });
  }

  /** Takes over a connection that said hello by this line's token. An older one is closed: the newest hello is the agent. */
  take(socket: WebSocket, hello: HelloFrame, _arrivedUs: number): void {
    if (this.closed) return void socket.close(4403, 'dismissed');
    this.leaving?.();
    const older = this.socket;
    this.calledItself = printable(hello.name);
    this.saidTask = hello.task;
    this.recalls = hello.recalls === true;
    this.droppedInARow = 0;
    if (older) {
      for (const event of ['message', 'ping', 'pong']) older.removeAllListeners(event);
      older.removeAllListeners('close');
      older.close(4409, 'replaced by a newer connection');
      setTimeout(() => older.terminate(), UNREAD_MS).unref();
      this.socket = null; // what comes due meanwhile is not for the newer one, which is not welcomed yet
      this.listener?.left('replaced by a newer connection');
    }
    this.socket = socket;
    socket.on('message', (data: Buffer, isBinary: boolean) => this.read(socket, data, isBinary));
    socket.on('ping', (data: Buffer) => this.control(socket, data));
    socket.on('pong', (data: Buffer) => this.onPong?.(data) || this.control(socket, null));
    let trouble: string | null = null;
    socket.on('error', (error: Error) => (trouble = error.message));
    socket.on('close', (code: number) => {
      if (this.socket !== socket) return;
      this.socket = null;
      this.listener?.left(`connection closed (${trouble ?? code})`);
    });
    for (const arrived of [...this.waiting]) arrived();
    this.listener?.returned();
  }

  /** Ends the connection so that its agent comes back: the match goes on elsewhere. */
  part(reason: string): void {
    this.closed = true;
    this.socket?.close(1012, reason);
  }

  /** Disconnects for good. @param code 1001: there is nothing more to play; 4403: the token was taken back */
  close(reason: string, code: 1001 | 4403 = 1001): void {
    this.closed = true;
    this.socket?.close(code, reason);
  }

  /** Sends a WebSocket ping, when anybody is there who reads. @returns whether it was sent */
  ping(data: Buffer): boolean {
    const { socket } = this;
    if (socket?.readyState !== WebSocket.OPEN || socket.bufferedAmount > LIMITS.unreadBytes) return false;
    socket.ping(data);
    return true;
  }

  private read(socket: WebSocket, data: Buffer, isBinary: boolean): void {
    const arrivedUs = monotonicUs();
    if (!this.allowance.take(arrivedUs)) return this.overRate(socket);
    this.droppedInARow = 0;
    if (isBinary) return this.refuse('malformed', 'binary frame; text frames of JSON are expected');
    if (data.length > LIMITS.maxFrameBytes)
      return this.refuse('oversized', `${data.length} bytes; at most ${LIMITS.maxFrameBytes} are accepted`);
    const reading = readAgentFrame(data.toString('utf8'));
    if (!reading.ok) return this.refuse(reading.code, reading.detail);
    const frame = reading.frame;
    if (frame.type === 'action') {
      if (this.listener) this.listener.action(frame, arrivedUs);
      else this.refuse('not-seated', 'no match is being played in this seat');
    } else if (frame.type === 'ping') {
      if (frame.sentUs !== undefined) this.onDate?.(frame.sentUs - dateUs(arrivedUs));
      this.send({ type: 'pong', id: frame.id, sentUs: frame.sentUs, receivedUs: arrivedUs, returnedUs: monotonicUs() });
    } else if (frame.type === 'ready') {
      const warmed = this.warming.get(frame.id);
      if (warmed) warmed(frame);
      else this.refuse('wrong-type', `ready: no warm-up ${frame.id} was asked for`);
    } else {
      this.refuse('wrong-type', 'hello was said already');
    }
  }

  /** A WebSocket ping, which counts like a frame, or a pong that nobody asked for. */
  private control(socket: WebSocket, pinged: Buffer | null): void {
    if (!this.allowance.take()) this.overRate(socket);
    else if (pinged && socket.bufferedAmount <= LIMITS.unreadBytes) socket.pong(pinged);
  }

  /** Drops the frame and leaves what follows unread for a moment; one error frame tells of all that was dropped meanwhile. */
  private overRate(socket: WebSocket): void {
    this.dropped++;
    if (++this.droppedInARow > MOST_DROPPED) return this.flooded(socket);
    if (socket.isPaused) return;
    socket.pause();
    setTimeout(() => {
      const dropped = this.dropped;
      this.dropped = 0;
      if (socket.readyState !== WebSocket.OPEN && socket.readyState !== WebSocket.CLOSING) return;
      const limit = `${LIMITS.framesPerSecond} a second and ${LIMITS.framesPerObservation} an observation are accepted`;
      this.refuse('too-frequent', `${dropped} frame${dropped === 1 ? '' : 's'} dropped; ${limit}`);
      socket.resume();
    }, PAUSE_MS);
  }

  /** Ends the connection of an agent that goes on over the limit. */
  private flooded(socket: WebSocket): void {
    socket.resume(); // a paused socket does not see its other end close
    const detail = `more than ${MOST_DROPPED} frames over the limit in a row; the connection is closed, and may be made again`;
    this.letGo(socket, { code: 'too-frequent', detail, closeCode: 4429, why: 'too many frames' });
  }

  private refuse(code: ErrorCode, detail: string): void {
    this.send({ type: 'error', code, detail });
    this.listener?.refused(code, detail);
  }
}
