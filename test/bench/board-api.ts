/**
 * How long a board's leaderboard takes to answer when it is asked a thousand times a second over loopback (a page of 50 of 100 entries, embedded
 * database unless DATABASE_URL names a server's empty one), beside a bare Express route of the same process that answers the same JSON from memory.
 * Requests are sent when they are due whether or not those before were answered, and latency counts from when they were due: what waits is seen.
 */
import { fork } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Pool } from 'undici';
import { embeddedFolder } from '../harness/database/embedded-folder.js';
import { tinyBundle, tinySweep } from '../harness/submission/tiny.js';
import type { BoardApiAsk } from './board-api-server.js';
import type { BenchRow } from './main.js';

const PER_SECOND = 1000;
/** Connections of whoever asks. */
const CONNECTIONS = 64;
/** Turns of ours and the peer's, and seconds of each; the first of each warms up and is not counted. BOARD_API_SECONDS: where others are wanted. */
const TURNS = 4;
const TURN_S = Number(process.env.BOARD_API_SECONDS ?? 2);

interface Asked {
  latenciesMs: number[];
  failed: number;
  /** Seconds until the last was answered. */
  tookS: number;
}

/** Asks at a constant rate, and waits for the answers. */
async function load(pool: Pool, path: string, headers: Record<string, string>, status: number): Promise<Asked> {
  const latenciesMs: number[] = [];
  let failed = 0;
  const open: Promise<void>[] = [];
  const start = performance.now();
  const count = PER_SECOND * TURN_S;
  const one = async (dueMs: number): Promise<void> => {
    try {
      const answer = await pool.request({ path, method: 'GET', headers });
      await answer.body.dump({ limit: 10_000_000 });
      if (answer.statusCode === status) latenciesMs.push(performance.now() - dueMs);
      else failed++;
    } catch {
      failed++;
    }
  };
  for (let sent = 0; sent < count;) {
    const due = Math.min(count, Math.floor(((performance.now() - start) * PER_SECOND) / 1000) + 1);
    for (; sent < due; sent++) open.push(one(start + (sent * 1000) / PER_SECOND));
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  await Promise.all(open);
  return { latenciesMs, failed, tookS: (performance.now() - start) / 1000 };
}

function quantile(values: readonly number[], q: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.ceil(q * sorted.length) - 1)] ?? NaN;
}

export async function bench(): Promise<BenchRow[]> {
  const tiny = await tinySweep();
  const folder = mkdtempSync(join(tmpdir(), 'tickbench-board-api-'));
  await embeddedFolder(join(folder, 'database'));
  const child = fork(fileURLToPath(new URL('./board-api-server.js', import.meta.url)), { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
  try {
    child.send({ folder, plans: tiny.plans, bundle: await tinyBundle(tiny) } satisfies BoardApiAsk);
    const url = await new Promise<string>((resolve, reject) => {
      child.once('message', (said) => resolve((said as { url: string }).url));
      child.once('exit', () => reject(new Error('the board ended before it began')));
    });
    const ours = '/api/v1/leaderboard?task=hft&limit=50';
    const rows: BenchRow[] = [];
    const pool = new Pool(url, { connections: CONNECTIONS, pipelining: 1 });
    for (const isAgain of [false, true]) {
      const cases = await Promise.all(
        [ours, '/bare'].map(async (path) => {
          const { headers, body } = await pool.request({ path, method: 'GET' });
          await body.dump();
          return { path, headers: isAgain ? { 'if-none-match': String(headers.etag) } : {}, turns: [] as Asked[] };
        }),
      );
      for (let turn = 0; turn < TURNS; turn++)
        for (const each of cases) each.turns.push(await load(pool, each.path, each.headers as Record<string, string>, isAgain ? 304 : 200));
      const told = cases.map(({ turns }) => {
        const counted = turns.slice(1);
        const latencies = counted.flatMap(({ latenciesMs }) => latenciesMs);
        const failed = counted.reduce((sum, each) => sum + each.failed, 0);
        const perSecond = latencies.length / counted.reduce((sum, { tookS }) => sum + tookS, 0);
        return { n: latencies.length, failed, perSecond, quantiles: [0.5, 0.99].map((q) => quantile(latencies, q)) };
      });
      const [own, bare] = told as [(typeof told)[0], (typeof told)[0]];
      const note = told.map(({ n, failed, perSecond }, i) => `${i === 0 ? 'ours' : 'peer'}: ${n} answered, ${Math.round(perSecond)}/s, ${failed} failed`).join('; '); // prettier-ignore
      for (const [i, name] of ['p50', 'p99'].entries())
        rows.push({ case: `leaderboard${isAgain ? ', asked again (304)' : ''}, ${PER_SECOND} requests/s, ${name}`, unit: 'ms', ours: own.quantiles[i]!, peer: bare.quantiles[i]!, ratio: own.quantiles[i]! / bare.quantiles[i]!, note }); // prettier-ignore
    }
    await pool.close();
    return rows;
  } finally {
    child.kill('SIGKILL');
    rmSync(folder, { recursive: true, force: true });
    rmSync(dirname(tiny.folder), { recursive: true, force: true });
  }
}
