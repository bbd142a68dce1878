/**
 * How a server of agents listens: an HTTP server that accepts few connections without a hello (lobby.ts), reads one request of each (door.ts), and
 * answers to its own names alone (names.ts).
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { MAX_HEADER_BYTES, readHeader } from './door.js';
import { Lobby, LOBBY_LIMITS, refuseRequest, type LobbyLimits } from './lobby.js';
import { AllowedNames } from './names.js';

/** Open connections of any kind: beyond them the operating system's own are not accepted. */
const MOST_CONNECTIONS = 1024;

/** One frame of a connection a turn of the event loop, so that no flood of them keeps a match from its clock; and nothing is unpacked. */
export const SOCKETS = {
  noServer: true,
  perMessageDeflate: false,
  allowSynchronousEvents: false,
  maxFragments: 64,
  autoPong: false,
} as const;

/** Where a server listens, and to whom. */
export interface ListenSettings {
  /** 0, the default, takes any free one; see `url`. */
  port?: number;
  host?: string;
  /** Names of this server beside its addresses, localhost and the machine's own (names.ts). */
  allowHosts?: readonly string[];
  /** How many connections may wait without a hello, and how long. */
  lobby?: LobbyLimits;
}

/** A server that listens. */
export interface Listening {
  http: Server;
  names: AllowedNames;
  lobby: Lobby;
  /** Without a path: ws://HOST:PORT */
  url: string;
}

/**
 * Starts listening.
 * @param answer answers a plain request; `fault` says why it must not be answered, or is null @throws when the address cannot be had
 */
export async function listenForAgents(
  where: ListenSettings,
  answer: (request: IncomingMessage, response: ServerResponse, fault: string | null) => void,
): Promise<Listening> {
  const host = where.host ?? '127.0.0.1';
  const names = new AllowedNames([host, ...(where.allowHosts ?? [])]);
  const lobby = new Lobby(where.lobby ?? LOBBY_LIMITS);
  const http = createServer({ maxHeaderSize: 2 * MAX_HEADER_BYTES, keepAlive: false }, (request, response) =>
    answer(request, response, names.fault(request.headers)),
  );
  http.maxConnections = MOST_CONNECTIONS;
  const accept = http.listeners('connection') as ((socket: Socket) => void)[];
  http.removeAllListeners('connection');
  http.on('connection', (socket: Socket) => {
    // From the first moment on: a reset may come at any time, and an error that nobody hears ends the process.
    socket.on('error', () => socket.destroy());
    if (lobby.enter(socket))
      readHeader(socket, () => {
        for (const each of accept) each.call(http, socket);
      });
  });
  http.on('clientError', (error: Error, socket: Duplex) => refuseRequest(socket as Socket, 400, `no HTTP request: ${error.message}`));
  try {
    await new Promise<void>((resolve, reject) => {
      http.once('error', reject);
      http.listen(where.port ?? 0, host, () => {
        http.off('error', reject);
        resolve();
      });
    });
  } catch (error) {
    lobby.close();
    throw error;
  }
  const address = http.address() as AddressInfo;
  const shown = address.family === 'IPv6' ? `[${address.address}]` : address.address;
  return { http, names, lobby, url: `ws://${shown}:${address.port}` };
}
