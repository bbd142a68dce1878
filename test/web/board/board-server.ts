/** A board on a real socket for tests, over a real PostgreSQL or the embedded one. */
import express from 'express';
import { readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { openBoard, type Board, type BoardSettings } from '../../../web/server/board/board.js';

export interface BoardServer {
  url: string;
  board: Board;
  /** What the operator was told. */
  said: string[];
  stop(): Promise<void>;
}

/** Opens a board and serves it. */
export async function serveBoard(settings: Omit<BoardSettings, 'say' | 'isLoopback'> & { isLoopback?: boolean }): Promise<BoardServer> {
  const said: string[] = [];
  const board = await openBoard({ isLoopback: true, ...settings, say: (line) => said.push(line) });
  const site = express();
  site.use(board.routes);
  const server: Server = createServer(site);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    board,
    said,
    stop: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await board.close();
    },
  };
}

/** An answer as tests look at it. */
export interface Answered {
  status: number;
  headers: Headers;
  text: string;
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- tests look into answers of every form
  json: any;
}

export async function ask(url: string, init: RequestInit = {}): Promise<Answered> {
  const response = await fetch(url, init);
  const text = await response.text();
  return { status: response.status, headers: response.headers, text, json: text.startsWith('{') ? JSON.parse(text) : undefined };
}

/** Sends a bundle, from its file or as bytes. */
export function sendBundle(
  { url }: Pick<BoardServer, 'url'>,
  bundle: string | Buffer,
  token?: string,
  headers: Record<string, string> = {},
): Promise<Answered> {
  const own = { 'content-type': 'application/x-tar', ...(token === undefined ? {} : { authorization: `Bearer ${token}` }), ...headers };
  return ask(`${url}/api/v1/submissions`, { method: 'POST', headers: own, body: typeof bundle === 'string' ? readFileSync(bundle) : bundle }); // prettier-ignore
}

/** A submission once it is no longer pending. */
export async function settled({ url }: Pick<BoardServer, 'url'>, id: string): Promise<Answered['json']> {
  for (let tries = 0; tries < 1200; tries++) {
    const { json } = await ask(`${url}/api/v1/submissions/${id}`);
    if (json.status !== 'pending') return json;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`submission ${id} is still pending`);
}
