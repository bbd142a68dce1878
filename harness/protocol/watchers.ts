/** Those who watch: they see one match at a time, at most 60 scenes a real second, and one whose socket backs up loses scenes. */
import { WebSocket } from 'ws';
import { monotonicUs } from '../host/clock.js';
import type { WatchFrame } from './watching.js';

/** Least real time between two scenes. */
const SCENE_EVERY_US = 1_000_000 / 60;
/** A watcher with more than this waiting in its socket gets no more scenes until it has caught up. */
const BACKLOG_BYTES = 262144;
/** With more than this waiting it is gone, though its socket does not say so. */
const ABANDONED_BYTES = 8 * 1048576;

export class Watchers {
  /** Scenes that were not sent to somebody because of a backlog. */
  skipped = 0;
  private readonly sockets = new Set<WebSocket>();
  private lastSceneUs = 0;
  private showing: Extract<WatchFrame, { type: 'match' }> | null = null;
  private progress: WatchFrame | null = null;

  add(socket: WebSocket): void {
    this.sockets.add(socket);
    socket.on('close', () => this.sockets.delete(socket));
    socket.on('error', () => this.sockets.delete(socket));
    if (this.progress) this.send(socket, JSON.stringify(this.progress));
    if (this.showing) this.send(socket, JSON.stringify(this.showing));
  }

  get count(): number {
    return this.sockets.size;
  }

  announce(frame: Extract<WatchFrame, { type: 'progress' }>): void {
    this.progress = frame;
    this.broadcast(frame);
  }

  /** Begins to show a match. False when another one is being shown: of several at once spectators see the first. */
  begin(frame: Extract<WatchFrame, { type: 'match' }>): boolean {
    if (this.showing) return false;
    this.showing = frame;
    this.lastSceneUs = 0;
    this.broadcast(frame);
    return true;
  }

  /** Shows the world, if anybody watches and the last scene was long enough ago; otherwise `scene` is not even called. */
  scene(scene: () => Extract<WatchFrame, { type: 'scene' }>): void {
    if (this.sockets.size === 0) return;
    const nowUs = monotonicUs();
    if (nowUs - this.lastSceneUs < SCENE_EVERY_US) return;
    this.lastSceneUs = nowUs;
    let text: string | null = null;
    for (const socket of this.sockets) {
      if (socket.bufferedAmount > BACKLOG_BYTES) {
        this.skipped++;
        continue;
      }
      text ??= JSON.stringify(scene());
      this.send(socket, text);
    }
  }

  /** Ends what `begin` began, with a last scene, so that everybody sees how it ended. */
  end(last: Extract<WatchFrame, { type: 'scene' }>, frame: Extract<WatchFrame, { type: 'end' }>): void {
    if (this.showing?.id !== frame.id) return;
    this.broadcast(last);
    this.broadcast(frame);
    this.showing = null;
  }

  /** Shows a match no longer, though it did not end. */
  drop(id: string): void {
    if (this.showing?.id === id) this.showing = null;
  }

  close(): void {
    for (const socket of this.sockets) socket.terminate();
    this.sockets.clear();
  }

  private broadcast(frame: WatchFrame): void {
    if (this.sockets.size === 0) return;
    const text = JSON.stringify(frame);
    for (const socket of this.sockets) this.send(socket, text);
  }

  private send(socket: WebSocket, text: string): void {
    if (socket.bufferedAmount > ABANDONED_BYTES) socket.terminate();
    else if (socket.readyState === WebSocket.OPEN) socket.send(text);
  }
}
