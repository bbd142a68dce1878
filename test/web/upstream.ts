/** A match server's watching stream, scripted: sends what a test tells it to everyone connected, on a real socket. */
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { WebSocketServer } from 'ws';
import type { WatchFrame } from '../../harness/protocol/watching.js';

export class ScriptedUpstream {
  /** Connections taken so far. */
  connections = 0;

  private constructor(
    private readonly server: WebSocketServer,
    readonly url: string,
  ) {
    server.on('connection', () => this.connections++);
  }

  static async listen(port = 0): Promise<ScriptedUpstream> {
    const server = new WebSocketServer({ host: '127.0.0.1', port, path: '/watch' });
    await once(server, 'listening');
    return new ScriptedUpstream(server, `ws://127.0.0.1:${(server.address() as AddressInfo).port}/watch`);
  }

  send(frame: WatchFrame): void {
    this.sendText(JSON.stringify(frame));
  }

  sendText(text: string): void {
    for (const socket of this.server.clients) socket.send(text);
  }

  async close(): Promise<void> {
    for (const socket of this.server.clients) socket.terminate();
    await new Promise<void>((resolve) => this.server.close(() => resolve()));
  }
}
