/** What the tests of a board share: one sweep that is played once, one PostgreSQL, and boards, of which each takes seconds of processor time to open. */
import { sql } from 'kysely';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { passingKeys } from '../../../harness/submission/keys.js';
import type { Trace } from '../../../scoring/trace/trace.js';
import { openBoardDatabase } from '../../../web/server/store/database.js';
import { embeddedFolder } from '../../harness/database/embedded-folder.js';
import { startPostgres, type RealPostgres } from '../../harness/database/postgres.js';
import { sweepFolder, tinyBundle, tinySweep, type Tiny } from '../../harness/submission/tiny.js';
import { serveBoard, type BoardServer } from './board-server.js';

export class Boards {
  readonly root = mkdtempSync(join(tmpdir(), 'tickbench-board-'));
  /** Who signs where it does not matter who does. */
  readonly keys = passingKeys();
  tiny!: Tiny;
  postgres: RealPostgres | undefined;
  /** Over the PostgreSQL server where there is one, else embedded; no token is issued until the tests of tokens, which come last. */
  shared!: BoardServer;
  sharedFolder!: string;
  /** Undefined where it is embedded. */
  sharedUrl: string | undefined;
  private databases = 0;
  private bundles = 0;
  private readonly stops: (() => Promise<void>)[] = [];

  async open(): Promise<void> {
    this.tiny = await tinySweep();
    this.postgres = await startPostgres('the board over a real PostgreSQL');
    const empty = await this.empty('server');
    this.sharedFolder = empty.folder;
    this.sharedUrl = empty.databaseUrl;
    this.shared = await this.serve({ ...empty, mostBytes: 2_000_000, pauses: { firstMs: 300, mostMs: 600 } });
  }

  async close(): Promise<void> {
    for (const stop of this.stops) await stop();
    await this.postgres?.stop();
    rmSync(this.root, { recursive: true, force: true });
    rmSync(dirname(this.tiny.folder), { recursive: true, force: true });
  }

  /** A place for a board whose database is empty. */
  async empty(kind: 'server' | 'folder'): Promise<{ folder: string; databaseUrl?: string }> {
    const folder = join(this.root, `board-${++this.databases}`);
    if (kind === 'folder' || !this.postgres) {
      await embeddedFolder(join(folder, 'database'));
      return { folder };
    }
    const admin = await openBoardDatabase(join(this.root, 'admin'), this.postgres.url);
    await sql.raw(`create database board_${this.databases}`).execute(admin.query);
    await admin.close();
    return { folder, databaseUrl: this.postgres.url.replace(/\/postgres$/, `/board_${this.databases}`) };
  }

  async serve(settings: Parameters<typeof serveBoard>[0]): Promise<BoardServer> {
    const server = await serveBoard({ plans: this.tiny.plans, ...settings });
    this.stops.push(server.stop);
    return server;
  }

  /** A bundle of the sweep as it was played, never the same twice. */
  bundle(options: Parameters<typeof tinyBundle>[1] = {}): Promise<string> {
    return tinyBundle(this.tiny, { keys: this.keys, name: `Ann ${++this.bundles}`, ...options });
  }

  /** A bundle of these traces, written as another sweep's. */
  bundleOf(traces: readonly Trace[], options: Parameters<typeof tinyBundle>[1] = {}, packed?: (text: string) => Buffer): Promise<string> {
    const folder = sweepFolder(join(mkdtempSync(join(this.root, 'sweep-')), 'tiny'), traces, packed);
    return tinyBundle({ folder, published: this.tiny.published }, { keys: this.keys, ...options });
  }
}
