/** Those who watch: they see one match at a time, at most 60 scenes a real second, and one whose socket backs up loses scenes. */
import { WebSocket } from 'ws';
import { monotonicUs } from '../host/clock.js';
import { Allowance } from './allowance.js';
import type { SeenDecision, WatchFrame } from './watching.js';

/** Spectators at once: each costs the process that keeps the match's time. A page takes one and shows the match to many (web/server). */
export const MOST_WATCHERS = 16;
/** Least real time between two scenes, and between two of a match that is shown late. */
const SCENE_EVERY_US = 1_000_000 / 60;
const LATE_SCENE_EVERY_US = 1_000_000 / 20;
/** Characters of scenes that may wait to be shown; the oldest go first. */
const LATE_CHARACTERS = 16 * 1048576;
/** A watcher with more than this waiting in its socket gets no more scenes until it has caught up. */
const BACKLOG_BYTES = 262144;
/** With more than this waiting it is gone, though its socket does not say so. */
const ABANDONED_BYTES = 8 * 1048576;
/** What a watcher may send: pings, now and then. */
const FROM_WATCHER = { perSecond: 1, burst: 20 };

type MatchFrame = Extract<WatchFrame, { type: 'match' }>;
type SceneFrame = Extract<WatchFrame, { type: 'scene' }>;

export class Watchers {
  /** Scenes that were not sent to somebody because of a backlog. */
  skipped = 0;
  private readonly sockets = new Set<WebSocket>();
  private lastSceneUs = 0;
  private showing: MatchFrame | null = null;
  private past: () => SeenDecision[][] = () => [];
  private progress: WatchFrame | null = null;
  /** Scenes to be shown later, oldest first. */
  private late: { dueUs: number; text: string }[] = [];
  private lateCharacters = 0;

  add(socket: WebSocket): void {
    this.sockets.add(socket);
    socket.on('close', () => this.sockets.delete(socket));
    socket.on('error', () => this.sockets.delete(socket));
    const allowance = new Allowance(FROM_WATCHER.perSecond, FROM_WATCHER.burst);
    const heard = (pinged?: Buffer): void => {
      if (!allowance.take()) socket.terminate();
      else if (pinged) socket.pong(pinged);
    };
    socket.on('message', () => heard());
    socket.on('pong', () => heard());
    socket.on('ping', heard);
    if (this.progress) this.send(socket, JSON.stringify(this.progress));
    const { showing } = this;
    if (!showing) return;
    this.send(socket, JSON.stringify(showing));
    // Of a match that is shown late nobody has seen yet what is over by now.
    const decisions = (showing.behindUs ?? 0) > 0 ? [] : this.past();
    if (decisions.some((list) => list.length > 0))
      this.send(socket, JSON.stringify({ type: 'past', id: showing.id, decisions } satisfies WatchFrame));
  }

  get count(): number {
    return this.sockets.size;
  }

  announce(frame: Extract<WatchFrame, { type: 'progress' }>): void {
    this.progress = frame;
    this.broadcast(frame);
  }

  /**
   * Begins to show a match. False when another one is being shown: of several at once spectators see the first.
   * @param past the latest decisions of each seat, asked when somebody arrives in the middle
   */
  begin(frame: MatchFrame, past: () => SeenDecision[][] = () => []): boolean {
    if (this.showing) return false;
    this.showing = frame;
    this.past = past;
    this.lastSceneUs = 0;
    this.clearLate();
    this.broadcast(frame);
    return true;
  }

  /** Shows the world, if anybody watches and the last scene was long enough ago; otherwise `scene` is not even called. */
  scene(scene: () => SceneFrame): void {
    const { showing } = this;
    if (this.sockets.size === 0 || !showing) return;
    const { behindUs = 0 } = showing;
    const nowUs = monotonicUs();
    while (this.late.length > 0 && this.late[0]!.dueUs <= nowUs) this.show(this.shiftLate());
    if (nowUs - this.lastSceneUs < (behindUs > 0 ? LATE_SCENE_EVERY_US : SCENE_EVERY_US)) return;
    this.lastSceneUs = nowUs;
    if (behindUs === 0) return this.show(scene);
    const text = JSON.stringify(scene());
    this.late.push({ dueUs: nowUs + behindUs, text });
    this.lateCharacters += text.length;
    while (this.lateCharacters > LATE_CHARACTERS) this.shiftLate();
  }

  /** Ends what `begin` began, with a last scene, so that everybody sees how it ended. */
  end(last: SceneFrame, frame: Extract<WatchFrame, { type: 'end' }>): void {
    if (this.showing?.id !== frame.id) return;
    this.broadcast(last);
    this.broadcast(frame);
    this.showing = null;
    this.past = () => [];
    this.clearLate();
  }

  /** Shows a match no longer, though it did not end. */
  drop(id: string): void {
    if (this.showing?.id !== id) return;
    this.showing = null;
    this.past = () => [];
    this.clearLate();
  }

  close(): void {
    for (const socket of this.sockets) socket.terminate();
    this.sockets.clear();
  }

  private show(scene: string | (() => SceneFrame)): void {
    let text = typeof scene === 'string' ? scene : null;
    for (const socket of this.sockets) {
      if (socket.bufferedAmount > BACKLOG_BYTES) {
        this.skipped++;
        continue;
      }
      text ??= JSON.stringify((scene as () => SceneFrame)());
      this.send(socket, text);
    }
  }

  private shiftLate(): string {
    const { text } = this.late.shift()!;
    this.lateCharacters -= text.length;
    return text;
  }

  private clearLate(): void {
    this.late = [];
    this.lateCharacters = 0;
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
