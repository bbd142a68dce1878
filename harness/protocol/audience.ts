/** Sockets of those who watch: they may send next to nothing, and one that does not read loses scenes, later its connection. */
import { WebSocket } from 'ws';
import { Allowance } from './allowance.js';

/** A watcher with more than this waiting in its socket gets no more scenes until it has caught up. */
const BACKLOG_BYTES = 262144;
/** With more than this waiting it is gone, though its socket does not say so. */
const ABANDONED_BYTES = 8 * 1048576;
/** What a watcher may send: pings, now and then. */
const FROM_WATCHER = { perSecond: 1, burst: 20 };

export class Audience {
  /** Scenes that were not sent to somebody because of a backlog. */
  skipped = 0;
  private readonly sockets = new Set<WebSocket>();

  get count(): number {
    return this.sockets.size;
  }

  /** Takes a watcher in. */
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
  }

  /** Shows everybody a scene who has read the ones before. @param scene its text, or who writes it, asked once and only where somebody sees it */
  show(scene: string | (() => string)): void {
    let text = typeof scene === 'string' ? scene : null;
    for (const socket of this.sockets) {
      if (socket.bufferedAmount > BACKLOG_BYTES) {
        this.skipped++;
        continue;
      }
      text ??= (scene as () => string)();
      this.send(socket, text);
    }
  }

  /** Tells everybody what nobody is to miss. */
  tell(text: string): void {
    for (const socket of this.sockets) this.send(socket, text);
  }

  send(socket: WebSocket, text: string): void {
    if (socket.bufferedAmount > ABANDONED_BYTES) socket.terminate();
    else if (socket.readyState === WebSocket.OPEN) socket.send(text);
  }

  /** Ends every connection. @param why told to those who read; absent: at once */
  close(why?: string): void {
    for (const socket of this.sockets)
      if (why === undefined) socket.terminate();
      else socket.close(1000, why);
    if (why === undefined) this.sockets.clear();
  }
}
