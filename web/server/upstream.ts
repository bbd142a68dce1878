/** The one connection to a match server's `/watch` stream: read, checked, and made again with growing pauses whenever it is gone. */
import { WebSocket } from 'ws';
import { z } from 'zod';
import { watchableTaskNames } from '../../harness/match/tasks.js';
import type { WatchFrame } from '../../harness/protocol/watching.js';

const FIRST_PAUSE_MS = 200;
const LONGEST_PAUSE_MS = 3000;
/** A match's options may carry a whole day of one-second bars. */
const LARGEST_FRAME_BYTES = 16 << 20;
/** Silence after which a connection counts as gone: half-open ones never say so themselves. */
const QUIET_MS = 30_000;
/** How long nobody has to watch before the connection is let go. */
const IDLE_MS = 5000;

const TASKS = watchableTaskNames();
const time = z.number().int().nonnegative();
/** The envelope is checked; a task's own scene, options and results are passed on as they are. */
const frameSchema = z.discriminatedUnion('type', [
  z.looseObject({
    type: z.literal('match'),
    id: z.string(),
    task: z.enum(TASKS),
    clock: z.enum(['wall', 'virtual']),
    speed: z.number().positive(),
    patient: z.literal(true).optional(),
    tickUs: time,
    seed: z.number().optional(),
    behindUs: z.number().optional(),
    seats: z.array(z.looseObject({ name: z.string(), kind: z.string(), addedUs: z.number() })),
  }),
  z.looseObject({
    type: z.literal('scene'),
    id: z.string(),
    at: time,
    scene: z.looseObject({}),
    thinking: z.array(z.looseObject({ since: z.number().nullable(), lastLatencyUs: z.number().nullable() })),
  }),
  z.looseObject({
    type: z.literal('past'),
    id: z.string(),
    decisions: z.array(z.array(z.looseObject({ from: time, at: time, outcome: z.enum(['act', 'reject', 'miss']) }))),
  }),
  z.looseObject({
    type: z.literal('end'),
    id: z.string(),
    results: z.looseObject({ reward: z.array(z.number()) }),
    verdict: z.looseObject({ counts: z.boolean(), reasons: z.array(z.string()) }),
  }),
  z.looseObject({
    type: z.literal('progress'),
    label: z.string(),
    done: z.number(),
    total: z.number(),
    perMinute: z.number(),
    leftS: z.number(),
  }),
]);

/** Reads one frame of a match server. @throws z.ZodError or SyntaxError saying what is wrong. */
export function parseWatchFrame(text: string): WatchFrame {
  return frameSchema.parse(JSON.parse(text)) as unknown as WatchFrame;
}

export interface UpstreamListener {
  connected(connected: boolean): void;
  publish(frame: WatchFrame, text: string): void;
  /** A frame that could not be read: told once for each connection, never fatal. */
  refused(reason: string): void;
}

export class Upstream {
  private socket?: WebSocket;
  private timer?: NodeJS.Timeout;
  private quiet?: NodeJS.Timeout;
  private pauseMs = FIRST_PAUSE_MS;
  private closed = false;
  private paused = false;
  private idle?: NodeJS.Timeout;

  constructor(
    private readonly url: string,
    private readonly listener: UpstreamListener,
  ) {
    this.connect();
  }

  close(): void {
    this.closed = true;
    clearTimeout(this.timer);
    clearTimeout(this.quiet);
    clearTimeout(this.idle);
    this.socket?.terminate();
  }

  /** Somebody watches: be connected. */
  resume(): void {
    clearTimeout(this.idle);
    if (!this.paused) return;
    this.paused = false;
    this.pauseMs = FIRST_PAUSE_MS;
    this.connect();
  }

  /** Nobody watches: in a while, let go, so that a match that is being measured draws no scenes for nobody. */
  pauseSoon(): void {
    clearTimeout(this.idle);
    this.idle = setTimeout(() => {
      this.paused = true;
      clearTimeout(this.timer);
      this.socket?.terminate();
    }, IDLE_MS);
    this.idle.unref();
  }

  private connect(): void {
    let told = false;
    const socket = new WebSocket(this.url, { maxPayload: LARGEST_FRAME_BYTES, perMessageDeflate: false, handshakeTimeout: 5000 });
    this.socket = socket;
    socket.on('open', () => {
      this.pauseMs = FIRST_PAUSE_MS;
      this.heard();
      this.listener.connected(true);
    });
    socket.on('message', (data, isBinary) => {
      this.heard();
      try {
        if (isBinary) throw new SyntaxError('a binary frame; JSON text is accepted');
        const text = String(data as Buffer);
        this.listener.publish(parseWatchFrame(text), text);
      } catch (error) {
        if (!told) this.listener.refused((error as Error).message);
        told = true;
      }
    });
    socket.on('pong', () => this.heard());
    socket.on('error', () => socket.terminate()); // 'close' follows, and with it the next attempt
    socket.on('close', () => {
      clearTimeout(this.quiet);
      if (this.closed || this.paused) return;
      this.listener.connected(false);
      this.timer = setTimeout(() => this.connect(), this.pauseMs);
      this.pauseMs = Math.min(LONGEST_PAUSE_MS, this.pauseMs * 1.6);
    });
  }

  private heard(): void {
    clearTimeout(this.quiet);
    this.quiet = setTimeout(() => {
      if (this.socket?.readyState !== WebSocket.OPEN) return;
      this.socket.ping();
      this.quiet = setTimeout(() => this.socket?.terminate(), QUIET_MS);
    }, QUIET_MS);
  }
}
