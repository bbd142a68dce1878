/**
 * Fans the match server's stream out to browsers. It remembers what a newcomer needs (match, history, latest scene, end,
 * progress) and never waits for anyone: a browser whose socket backs up loses scenes, and is told the rest once it has drained.
 */
import type { WebSocket } from 'ws';
import type { WatchFrame } from '../../harness/protocol/watching.js';
import { taskNamed } from '../../harness/match/tasks.js';
import { SeenDecisions } from './decisions.js';
import type { LiveFrame } from './frames.js';
import { pastOf, type Past } from './pasts.js';

/** Bytes a browser may have waiting before its scenes are dropped. */
export const HIGH_WATER_BYTES = 256 * 1024;
/** A match announced with more than this goes on without its options: the page shows none of them. */
const LARGEST_MATCH_CHARACTERS = 64 * 1024;
/** Decisions of a seat that a newcomer is told. */
const MOST_TOLD = 256;
/** Watchers at once; a server's connections (main.ts) are some more. */
const MOST_WATCHERS = 768;
const HEARTBEAT_MS = 20_000;

/** The part of a browser's socket that the relay needs. */
export type WatcherSocket = Pick<WebSocket, 'bufferedAmount' | 'readyState' | 'send' | 'close' | 'terminate' | 'ping' | 'on'>;

interface Watcher {
  socket: WatcherSocket;
  /** It missed something other than a scene: it gets everything remembered again once it has drained. */
  behind: boolean;
  dropped: number;
  answering: boolean;
}

export interface RelayCounts {
  watchers: number;
  /** Frames received from the match server. */
  received: number;
  /** Frames not sent to browsers that were backed up, all of them together. */
  dropped: number;
  /** The most bytes that wait for any one browser now. */
  mostBufferedBytes: number;
}

const OPEN = 1;

export class Relay {
  private readonly watchers = new Set<Watcher>();
  private upstream: LiveFrame & { type: 'upstream' };
  private progress?: string;
  private match?: { id: string; text: string };
  private scene?: string;
  private end?: string;
  private past?: Past;
  private seen = new SeenDecisions(0, () => 0);
  private received = 0;
  private dropped = 0;
  private readonly heartbeat: NodeJS.Timeout;

  /** @param url the match server's, or null when none was given. */
  constructor(url: string | null) {
    this.upstream = { type: 'upstream', connected: false, url };
    this.heartbeat = setInterval(() => this.check(), HEARTBEAT_MS);
    this.heartbeat.unref();
  }

  /** Tells everyone whether the match server is there. */
  connected(connected: boolean): void {
    this.upstream = { ...this.upstream, connected };
    this.send(JSON.stringify(this.upstream), false);
  }

  /** Passes on a frame of the match server; `text` is the frame as it came. Scenes and ends of another match are dropped. */
  publish(frame: WatchFrame, text: string): void {
    this.received++;
    if (frame.type === 'match') {
      if (frame.id !== this.match?.id) {
        this.scene = this.end = undefined;
        this.past = pastOf(frame.task);
        const task = taskNamed(frame.task);
        this.seen = new SeenDecisions(frame.seats.length, (scene, seat) => task.staleAnswers?.(scene, seat) ?? 0);
      }
      if (text.length > LARGEST_MATCH_CHARACTERS) text = JSON.stringify({ ...frame, options: {} });
      this.match = { id: frame.id, text };
    } else if (frame.type === 'progress') {
      this.progress = text;
    } else if (frame.id !== this.match?.id) {
      return;
    } else if (frame.type === 'scene') {
      this.scene = text;
      this.past?.add(frame.scene);
      this.seen.take(frame);
    } else if (frame.type === 'past') {
      this.seen.recall(frame.decisions);
    } else {
      this.end = text;
    }
    this.send(text, frame.type === 'scene');
  }

  /** Takes a browser in and tells it where things stand; one too many is turned away. */
  add(socket: WatcherSocket): void {
    if (this.watchers.size >= MOST_WATCHERS) {
      socket.close(1013, `at most ${MOST_WATCHERS} watchers`);
      return;
    }
    const watcher: Watcher = { socket, behind: false, dropped: 0, answering: true };
    this.watchers.add(watcher);
    socket.on('close', () => this.watchers.delete(watcher));
    socket.on('error', () => socket.terminate());
    socket.on('pong', () => (watcher.answering = true));
    this.greet(watcher);
  }

  counts(): RelayCounts {
    let mostBufferedBytes = 0;
    for (const { socket } of this.watchers) mostBufferedBytes = Math.max(mostBufferedBytes, socket.bufferedAmount);
    return { watchers: this.watchers.size, received: this.received, dropped: this.dropped, mostBufferedBytes };
  }

  close(): void {
    clearInterval(this.heartbeat);
    for (const { socket } of this.watchers) socket.terminate();
    this.watchers.clear();
  }

  private greet(watcher: Watcher): void {
    const parts = [JSON.stringify(this.upstream), this.progress, this.match?.text];
    if (this.match) {
      const decisions = this.seen.seats.map((list) => list.slice(-MOST_TOLD));
      if (decisions.some((list) => list.length > 0))
        parts.push(JSON.stringify({ type: 'past', id: this.match.id, decisions } satisfies LiveFrame));
    }
    const past = this.past?.told();
    if (this.match && past !== undefined) parts.push(JSON.stringify({ type: 'history', id: this.match.id, past } satisfies LiveFrame));
    parts.push(this.scene, this.end);
    for (const part of parts) if (part !== undefined) watcher.socket.send(part);
    watcher.behind = false;
  }

  private send(text: string, isScene: boolean): void {
    for (const watcher of this.watchers) {
      if (watcher.socket.readyState !== OPEN) continue;
      if (watcher.socket.bufferedAmount > HIGH_WATER_BYTES) {
        watcher.dropped++;
        this.dropped++;
        watcher.behind ||= !isScene;
      } else if (watcher.behind) {
        this.greet(watcher); // what is remembered includes this frame
      } else {
        watcher.socket.send(text);
      }
    }
  }

  /** Ends connections that no longer answer: a browser that comes back connects anew and starts from what is remembered. */
  private check(): void {
    for (const watcher of this.watchers) {
      if (!watcher.answering) {
        watcher.socket.terminate();
        continue;
      }
      watcher.answering = false;
      watcher.socket.ping();
    }
  }
}
