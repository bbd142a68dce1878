/**
 * The queue under fire and its costs: a sweep of tiny bot matches while workers, the sweep and the database are killed with SIGKILL at random
 * instants, over both kinds of database, its peer the same cells on one machine; how many jobs a second are taken and handed in; and what a
 * job leaves in the database. `TICKBENCH_KILLS` is how many kills there are (20), `TICKBENCH_SEED` their seed (1), `TICKBENCH_QUEUE` one kind of
 * database (embedded or PostgreSQL).
 */
import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { sql } from 'kysely';
import type { DatabaseAddress } from '../../harness/database/address.js';
import { packageRoot } from '../../harness/host/root.js';
import { QueueDatabase } from '../../harness/queue/connection.js';
import { Hander } from '../../harness/queue/handing.js';
import { Taker } from '../../harness/queue/taking.js';
import { embeddedFolder } from '../harness/database/embedded-folder.js';
import { startPostgres } from '../harness/database/postgres.js';
import { BARE, killEmbedded } from '../harness/queue/field.js';
import { botPlan, playUnderFire, type Victim } from '../harness/queue/killing.js';
import type { BenchRow } from './main.js';

const KILLS = Number(process.env['TICKBENCH_KILLS'] ?? 20);
const SEED = Number(process.env['TICKBENCH_SEED'] ?? 1);
const VICTIMS: readonly Victim[] = ['worker', 'sweep', 'database'];
/** Cells of the sweep under fire: enough for two workers to be still at it at the last kill. */
const CELLS = Math.max(4, KILLS * 4);
/** One kind of database alone, or both. */
const KINDS = ['embedded', 'PostgreSQL'].filter((kind) => (process.env['TICKBENCH_QUEUE'] ?? kind) === kind);
/** Jobs and their bytes where takings are timed. */
const JOBS = 300;
const WAITING = 10_000;
const RESULT_BYTES = 20_000;

/** Numbers from 0 to 1 by a seed (mulberry32). */
function chances(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** What every cell came to, as text. */
function cellsIn(folder: string): string {
  const { cells } = JSON.parse(readFileSync(join(folder, 'results/small/cells.json'), 'utf8')) as { cells: { id: string; digest: string; reward: number; counts: boolean }[] }; // prettier-ignore
  return JSON.stringify(cells.map(({ id, digest, reward, counts }) => [id, digest, reward, counts]));
}

/** A sweep under fire. @throws when it does not end as on one machine, or something recorded is played again */
async function fire(folder: string, kind: string, queue: string, alone: string, killDatabase: () => Promise<void>): Promise<BenchRow> {
  const chance = chances(SEED);
  const victims = Array.from({ length: KILLS }, () => VICTIMS[Math.floor(chance() * VICTIMS.length)]!);
  const killed = await playUnderFire({ folder, queue, killDatabase, victims, workers: 2, cells: CELLS, chance });
  if (killed.code !== 0) throw new Error(`${kind}: exit status ${killed.code}: ${killed.said.slice(-2000)}`);
  if (killed.again.length > 0) throw new Error(`${kind}: recorded and played again: ${killed.again.join(', ')}`);
  if (cellsIn(folder) !== alone) throw new Error(`${kind}: its cells are not those of a sweep on one machine`);
  const counts = VICTIMS.map((victim) => `${victims.slice(0, killed.kills).filter((each) => each === victim).length} of the ${victim}`);
  return {
    case: `${kind}: matches begun, ${killed.kills} kills (${counts.join(', ')})`,
    unit: 'matches',
    ours: killed.begun,
    peer: CELLS,
    ratio: killed.begun / CELLS,
    note: 'peer: cells, as one machine begins them; all of them ended alike, none that was recorded was played again',
  };
}

/** Jobs taken and handed in one after another by one worker, while many wait; and what one leaves in the database. */
async function pace(kind: string, address: DatabaseAddress): Promise<BenchRow[]> {
  const queue = await QueueDatabase.open(address, () => undefined);
  const about = { name: 'bench', plan: '{}', version: '0', mostAttempts: 3 };
  const hander = await Hander.open(queue, about);
  const job = { hosted: true, engine: false, labels: [], on_machine: null, work: JSON.stringify({ parts: 'x'.repeat(400) }) };
  await hander.hand(Array.from({ length: WAITING }, (_, i) => ({ ...job, id: `a-cell-with-a-name-of-usual-length-${i}`, ordinal: i, entrant: `entrant-${i % 10}` }))); // prettier-ignore
  const taker = new Taker(queue, { name: 'm', machine: 'm', host: 'm', labels: [], engines: true, version: '0', leaseMs: 60_000 });
  const bytes = Buffer.alloc(RESULT_BYTES);
  for (let i = 0; i < RESULT_BYTES; i += 4) bytes.writeUInt32LE(Math.imul(i, 2654435761) >>> 0, i);
  const times: Record<string, number> = { taken: 0, 'handed in': 0, 'heard of': 0, settled: 0 };
  const timed = async <T>(what: string, work: () => Promise<T>): Promise<T> => {
    const from = performance.now();
    const result = await work();
    times[what]! += performance.now() - from;
    return result;
  };
  const sizeBefore = await sizeOf(queue);
  const ids: string[] = [];
  for (let i = 0; i < JOBS; i++) {
    const lease = (await timed('taken', () => taker.take()))!;
    await timed('heard of', () => taker.keep(lease));
    await timed('handed in', () => taker.handIn(lease, { voided: 0 }, bytes));
    ids.push(lease.id);
  }
  const size = ((await sizeOf(queue)) - sizeBefore) / JOBS;
  for (const id of ids) await timed('settled', () => hander.settle([id]));
  await hander.close();
  await queue.close();
  return [
    ...Object.entries(times).map(([what, ms]): BenchRow => ({ case: `${kind}: a job ${what}, ${WAITING} wait`, unit: 'ms', ours: ms / JOBS })),
    { case: `${kind}: a result of ${RESULT_BYTES} bytes until it is settled`, unit: 'bytes', ours: size, peer: RESULT_BYTES, ratio: size / RESULT_BYTES },
  ]; // prettier-ignore
}

/** Bytes of the queue's tables, with their indexes. */
async function sizeOf(queue: QueueDatabase): Promise<number> {
  const { rows } = await sql<{ size: number }>`select pg_total_relation_size('queue_job') + pg_total_relation_size('queue_part') as size`.execute(queue.query); // prettier-ignore
  return rows[0]!.size;
}

export async function bench(): Promise<BenchRow[]> {
  const folder = mkdtempSync(join(tmpdir(), 'tickbench-bench-queue-'));
  const postgres = await startPostgres('the queue in a real PostgreSQL');
  const rows: BenchRow[] = [];
  try {
    const here = join(folder, 'alone');
    mkdirSync(here);
    writeFileSync(join(here, 'small.yaml'), botPlan(CELLS));
    await promisify(execFile)(process.execPath, [join(packageRoot(), BARE), 'small.yaml'], { cwd: here });
    const alone = cellsIn(here);
    const traces = join(here, 'results/small/traces');
    const sizes = readdirSync(traces).map((name) => statSync(join(traces, name)).size);
    rows.push({ case: "bytes of a tiny match's trace", unit: 'bytes', ours: sizes.reduce((sum, each) => sum + each, 0) / sizes.length });
    for (const kind of KINDS) {
      if (kind === 'PostgreSQL' && !postgres) continue;
      const own = join(folder, kind);
      const queue = kind === 'embedded' ? join(own, 'queue') : postgres!.url;
      if (kind === 'embedded') await embeddedFolder(queue);
      const killDatabase = kind === 'embedded' ? async (): Promise<void> => void killEmbedded(queue) : () => postgres!.crash();
      if (KILLS > 0) rows.push(await fire(own, kind, queue, alone, killDatabase));
      rows.push(...(await pace(kind, kind === 'embedded' ? { kind: 'folder', folder: queue } : { kind: 'server', url: queue })));
    }
    return rows;
  } finally {
    await postgres?.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}
