/** Spectators of the page's server, many in one process: each takes every frame that it is sent, as a browser's page does, and counts its scenes. */
import { once } from 'node:events';
import { WebSocket } from 'ws';

/** What its parent asks: so many spectators, or what they saw, after which all leave. */
export type WatchersAsk = { what: 'open'; url: string; count: number } | { what: 'close' };

/** What it tells its parent. */
export type WatchersSay = { what: 'open' } | { what: 'closed'; scenes: number };

/** Connections that are opened at once. */
const AT_ONCE = 25;

let sockets: WebSocket[] = [];
let scenes = 0;

async function open(url: string, count: number): Promise<void> {
  scenes = 0;
  while (sockets.length < count) {
    const some = Array.from({ length: Math.min(AT_ONCE, count - sockets.length) }, () => new WebSocket(url, { perMessageDeflate: false }));
    for (const socket of some)
      socket.on('message', (data: Buffer) => {
        if ((JSON.parse(data.toString('utf8')) as { type: string }).type === 'scene') scenes++;
      });
    await Promise.all(some.map((socket) => once(socket, 'open')));
    sockets.push(...some);
  }
  process.send!({ what: 'open' } satisfies WatchersSay);
}

async function close(): Promise<void> {
  const closed = sockets.map((socket) => (socket.readyState === WebSocket.CLOSED ? undefined : once(socket, 'close')));
  for (const socket of sockets) socket.close();
  await Promise.all(closed);
  sockets = [];
  process.send!({ what: 'closed', scenes } satisfies WatchersSay);
}

process.on('message', (ask: WatchersAsk) => void (ask.what === 'open' ? open(ask.url, ask.count) : close()));
process.on('disconnect', () => process.exit(0));
