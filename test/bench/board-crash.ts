/**
 * What a board loses when it is killed: a real server with an embedded database, all of its processes killed with SIGKILL, again and again: the
 * moment a bundle is acknowledged, or somewhere while it is received. Every bundle that was acknowledged must be there afterwards, and none by halves.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { packageRoot } from '../../harness/host/root.js';
import type { Manifest } from '../../harness/submission/manifest.js';
import { openBoardDatabase } from '../../web/server/store/database.js';
import { embeddedFolder } from '../harness/database/embedded-folder.js';
import { passingKeys } from '../../harness/submission/keys.js';
import { tinyBundle, tinySweep } from '../harness/submission/tiny.js';
import { sendBundle, type BoardServer } from '../web/board/board-server.js';
import type { BenchRow } from './main.js';

/** BOARD_KILLS: how often, where 20 take too long. */
const KILLS = Number(process.env.BOARD_KILLS ?? 20);

/** A server in a process group of its own. */
async function start(folder: string, plans: string): Promise<{ child: ChildProcess; server: Pick<BoardServer, 'url'> }> {
  const program = join(packageRoot(), 'dist', 'web', 'server', 'main.js');
  const child = spawn(process.execPath, [program, '--port', '0', '--board', folder, '--plans', plans], { detached: true, stdio: ['ignore', 'pipe', 'inherit'], env: { ...process.env, DATABASE_URL: '' } }); // prettier-ignore
  const line = await new Promise<string>((resolve, reject) => {
    createInterface({ input: child.stdout! }).once('line', resolve);
    child.once('exit', () => reject(new Error('the server ended before it began')));
  });
  return { child, server: { url: (JSON.parse(line) as { url: string }).url.replace(/\/$/, '') } };
}

async function kill(child: ChildProcess): Promise<void> {
  const ended = new Promise((resolve) => child.once('exit', resolve));
  process.kill(-child.pid!, 'SIGKILL');
  await ended;
}

export async function bench(): Promise<BenchRow[]> {
  const tiny = await tinySweep();
  const root = mkdtempSync(join(tmpdir(), 'tickbench-crash-'));
  const folder = join(root, 'board');
  await embeddedFolder(join(folder, 'database'));
  const keys = passingKeys();
  const acknowledged: string[] = [];
  let cut = 0;
  let typicalMs = 0;
  try {
    for (let i = 0; i <= KILLS; i++) {
      const { child, server } = await start(folder, tiny.plans);
      const path = await tinyBundle(tiny, { keys, name: `attempt ${i}` });
      const since = performance.now();
      const sent = sendBundle(server as BoardServer, path).then(
        ({ status, json }) => (status === 202 ? acknowledged.push(json.id as string) : process.stderr.write(`${status} ${JSON.stringify(json)}\n`)), // prettier-ignore
        () => cut++,
      );
      // The first tells how long it takes. Then every other one is killed the moment it is acknowledged, the rest anywhere on the way.
      if (i === 0 || i % 2 === 1) await sent;
      else await new Promise((resolve) => setTimeout(resolve, Math.random() * typicalMs));
      if (i === 0) typicalMs = performance.now() - since;
      await kill(child);
      await sent;
    }
    // A last start goes on where the others were cut off; then what is there is counted.
    const { child } = await start(folder, tiny.plans);
    const left = readdirSync(join(folder, 'incoming')).length;
    await kill(child);
    const database = await openBoardDatabase(folder, '');
    const submissions = await database.query.selectFrom('submission').select(['id', 'manifest_json']).execute();
    let halves = 0;
    for (const { id, manifest_json } of submissions) {
      const manifest = JSON.parse(manifest_json) as Manifest;
      const entries = await database.query.selectFrom('entry').select('id').where('submission', '=', id).execute();
      const traces = await database.query.selectFrom('trace').innerJoin('entry', 'entry.id', 'trace.entry').select('hash').where('entry.submission', '=', id).execute(); // prettier-ignore
      const expected = manifest.entries.reduce((sum, entry) => sum + entry.traces.length, 0);
      if (entries.length !== manifest.entries.length || traces.length !== expected) halves++;
    }
    await database.close();
    const there = new Set(submissions.map(({ id }) => id));
    const lost = acknowledged.filter((id) => !there.has(id)).length;
    const note = `${acknowledged.length} acknowledged, ${cut} cut off unanswered, ${submissions.length} kept`;
    return [
      { case: `acknowledged and lost, ${KILLS} kills`, unit: 'submissions', ours: lost, note },
      { case: 'kept by halves', unit: 'submissions', ours: halves },
      { case: 'left half received after a start', unit: 'files', ours: left },
    ];
  } finally {
    rmSync(root, { recursive: true, force: true });
    rmSync(dirname(tiny.folder), { recursive: true, force: true });
  }
}
