/**
 * The process that the benchmark of a board's API asks: a board whose table has a hundred entries, and beside it, in the same Express site, a bare
 * route that answers the same JSON from memory. Its parent sends the paths; it says where it listens.
 */
import express from 'express';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { openBoard } from '../../web/server/board/board.js';
import { sendBundle, settled } from '../web/board/board-server.js';

export interface BoardApiAsk {
  folder: string;
  plans: string;
  bundle: string;
}

/** Entries of the table. */
const ENTRIES = 100;
const ANY = 1_000_000_000;

process.once('message', (asked: BoardApiAsk) => void serve(asked));

async function serve({ folder, plans, bundle }: BoardApiAsk): Promise<void> {
  const rates = { readsPerMinute: ANY, bundlesPerHour: ANY, wrongTokens: ANY };
  const board = await openBoard({ folder, databaseUrl: process.env.DATABASE_URL, plans, isLoopback: true, rates, say: (line) => process.stderr.write(`${line}\n`) }); // prettier-ignore
  const site = express();
  site.disable('x-powered-by');
  const held: { told?: unknown } = {};
  site.get('/bare', (_request, response) => void response.set('cache-control', 'no-cache').json(held.told));
  site.use(board.routes);
  const server = createServer(site);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const { json } = await sendBundle({ url }, bundle);
  await settled({ url }, json.id as string);
  const { db } = board.store;
  const row = await db.selectFrom('entry').selectAll().executeTakeFirstOrThrow();
  const copies = Array.from({ length: ENTRIES - 1 }, (_, i) => ({ ...row, id: i.toString(16).padStart(16, '0'), ordinal: i + 1, name: `m${i}`, reward: i / ENTRIES })); // prettier-ignore
  await db.insertInto('entry').values(copies).execute();
  held.told = await (await fetch(`${url}/api/v1/leaderboard?task=hft&limit=50`)).json();
  process.send!({ url });
}
