/**
 * A board's whole content as one tar file, from one moment: `board.json` says what it is, `tables/NAME.jsonl` has a table's rows, and
 * `traces/HASH.gz` the trace files. It goes into an empty board of either kind of database.
 */
import { createReadStream, createWriteStream, existsSync } from 'node:fs';
import { mkdir, open, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { Kysely } from 'kysely';
import { extract, pack } from 'tar-stream';
import { z } from 'zod';
import { fileFault } from '../../../harness/host/fault.js';
import { bytesHash, MOST_TRACE, tracePlace } from '../../../harness/submission/bundle.js';
import { audited } from './audit.js';
import { MIGRATIONS } from './migrations.js';
import { TABLES, type BoardTables } from './tables.js';

/** A backup that cannot be made or put back. */
export class BackupError extends Error {
  override name = 'BackupError';
}

const about = z.strictObject({ tickbench: z.literal('board-backup.v1'), migrations: z.array(z.string()), madeAt: z.string() });
const TRACE = /^traces\/([0-9a-f]{64})\.gz$/;
/** Rows that are put in by one statement. */
const AT_ONCE = 500;

/** What a backup holds. */
export interface BackupCounts {
  rows: number;
  traces: number;
}

/** Writes a backup: a whole file or none. Traces that come meanwhile are not in it, nor the rows that name them. @throws BackupError */
export async function backup(db: Kysely<BoardTables>, tracesFolder: string, path: string): Promise<BackupCounts> {
  const tar = pack();
  const partial = `${path}.partial`;
  const written = pipeline(tar, createWriteStream(partial, { mode: 0o600 }));
  const counts = { rows: 0, traces: 0 };
  const fill = async (): Promise<void> => {
    const head = { tickbench: 'board-backup.v1', migrations: Object.keys(MIGRATIONS), madeAt: new Date().toISOString() };
    tar.entry({ name: 'board.json' }, JSON.stringify(head));
    const hashes = new Set<string>();
    await db.transaction().setIsolationLevel('repeatable read').setAccessMode('read only').execute(async (moment) => {
      for (const table of TABLES) {
        const rows = await moment.selectFrom(table).selectAll().execute();
        for (const hash of namedBy(table, rows)) hashes.add(hash);
        tar.entry({ name: `tables/${table}.jsonl` }, rows.map((row) => `${JSON.stringify(row)}\n`).join(''));
        counts.rows += rows.length;
      }
    }); // prettier-ignore
    // Nobody waits for the files: what a row names stays as it is, under its hash.
    for (const hash of hashes) {
      const bytes = await readFile(tracePlace(tracesFolder, hash));
      if (bytesHash(bytes) !== hash) throw new BackupError(`${tracePlace(tracesFolder, hash)}: the trace was altered on disk`);
      tar.entry({ name: `traces/${hash}.gz` }, bytes);
      counts.traces++;
    }
    tar.finalize();
  };
  try {
    await Promise.all([written, fill().catch((error: Error) => (tar.destroy(error), Promise.reject(error)))]);
    const file = await open(partial, 'r');
    await file.sync();
    await file.close();
    await rename(partial, path);
    return counts;
  } catch (error) {
    await rm(partial, { force: true });
    throw error instanceof BackupError ? error : new BackupError(`${path}: the backup cannot be made: ${fileFault(error)}`);
  }
}

/** Puts a backup into an empty board, whole or not at all. @throws BackupError when the board is not empty, or the file is no whole backup of this program's */
export async function restore(db: Kysely<BoardTables>, tracesFolder: string, path: string): Promise<BackupCounts> {
  if (!existsSync(path)) throw new BackupError(`${path}: no such file; a backup as tickbench board backup makes it is expected`);
  const counts = { rows: 0, traces: 0 };
  const named = new Set<string>();
  try {
    await db.transaction().execute(async (target) => {
      for (const table of TABLES)
        if ((await target.selectFrom(table).selectAll().limit(1).execute()).length > 0) throw new BackupError(`the board is not empty (${table}); a backup goes into an empty one`); // prettier-ignore
      const tar = extract();
      createReadStream(path).on('error', (error) => tar.destroy(error)).pipe(tar); // prettier-ignore
      let isKnown = false;
      for await (const entry of tar) {
        const parts: Buffer[] = [];
        for await (const part of entry as AsyncIterable<Buffer>) parts.push(part);
        const bytes = Buffer.concat(parts);
        const { name } = entry.header;
        const table = TABLES.find((each) => name === `tables/${each}.jsonl`);
        if (name === 'board.json') isKnown = checkHead(path, bytes);
        else if (!isKnown) throw new BackupError(`${path}: no backup of a board`);
        else if (table) {
          const rows = bytes.toString('utf8').split('\n').filter((line) => line !== '').map((line) => JSON.parse(line) as never); // prettier-ignore
          for (let from = 0; from < rows.length; from += AT_ONCE) await target.insertInto(table).values(rows.slice(from, from + AT_ONCE)).execute(); // prettier-ignore
          counts.rows += rows.length;
          for (const hash of namedBy(table, rows)) named.add(hash);
        } else {
          const hash = TRACE.exec(name)?.[1];
          if (hash === undefined || bytes.length > MOST_TRACE || bytesHash(bytes) !== hash) throw new BackupError(`${path}: ${JSON.stringify(name.slice(0, 100))} is no trace under its own hash`); // prettier-ignore
          await keep(tracePlace(tracesFolder, hash), bytes);
          named.delete(hash);
          counts.traces++;
        }
      }
      if (!isKnown || named.size > 0) throw new BackupError(`${path}: it is not whole: ${named.size} traces are missing`);
      await audited(target, 'operator', 'backup restored', '', `${counts.rows} rows, ${counts.traces} traces`);
    });
    return counts;
  } catch (error) {
    throw error instanceof BackupError ? error : new BackupError(`${path}: the backup cannot be put back: ${fileFault(error)}`);
  }
}

/** The trace files that rows of a table name. A match that is being played may name one that is not there yet: it is void when it is put back. */
function namedBy(table: keyof BoardTables, rows: readonly unknown[]): string[] {
  if (table === 'trace') return (rows as BoardTables['trace'][]).map(({ hash }) => hash);
  if (table !== 'arena_game') return [];
  return (rows as BoardTables['arena_game'][]).flatMap(({ hash, second_hash, status }) =>
    status === 'playing' ? [] : [hash, second_hash].filter((each) => each !== null),
  );
}

function checkHead(path: string, bytes: Buffer): true {
  const parsed = about.safeParse(JSON.parse(bytes.toString('utf8')));
  if (!parsed.success) throw new BackupError(`${path}: no backup of a board`);
  const own = Object.keys(MIGRATIONS);
  if (JSON.stringify(parsed.data.migrations) !== JSON.stringify(own)) throw new BackupError(`${path}: its tables are those of another version of this program (${parsed.data.migrations.join(', ')}; here ${own.join(', ')})`); // prettier-ignore
  return true;
}

async function keep(place: string, bytes: Buffer): Promise<void> {
  await mkdir(dirname(place), { recursive: true });
  const partial = `${place}.part`;
  await writeFile(partial, bytes, { flush: true } as object);
  await rename(partial, place);
}
