import { expect } from 'chai';
import { execFile } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { sql, type Kysely } from 'kysely';
import { databaseAddress, DatabaseError, shownAddress, type DatabaseAddress } from '../../../harness/database/address.js';
import { openDatabase, type Database } from '../../../harness/database/connection.js';
import type { Migrations } from '../../../harness/database/migrations.js';
import { SOCKET_NAME, socketFolder } from '../../../harness/database/socket.js';
import { embeddedFolder } from './embedded-folder.js';
import { startPostgres, type RealPostgres } from './postgres.js';

interface Tables {
  account: { name: string; cents: number };
}

const MIGRATIONS: Migrations = {
  '001-account': {
    up: async (db: Kysely<unknown>) => {
      await db.schema.createTable('account').addColumn('name', 'text', (column) => column.primaryKey()).addColumn('cents', 'bigint', (column) => column.notNull()).execute(); // prettier-ignore
    },
  },
};

/** Opens an address in a process of its own, adds an account, and ends at once, without closing anything. */
async function elsewhere(address: DatabaseAddress, name: string): Promise<void> {
  const module = new URL('../../../harness/database/connection.js', import.meta.url).href;
  const program = `
    const { openDatabase } = await import(${JSON.stringify(module)});
    const { query } = await openDatabase(${JSON.stringify(address)}, 'bank', { '001-account': { up: async () => {} } });
    await query.insertInto('account').values({ name: ${JSON.stringify(name)}, cents: 7 }).execute();
    process.exit(0);`;
  await promisify(execFile)(process.execPath, ['--input-type=module', '-e', program]);
}

function refusal(work: Promise<unknown>): Promise<Error> {
  return work.then(
    () => new Error('nothing was refused'),
    (error: Error) => error,
  );
}

describe('a database address', () => {
  it('is a folder unless DATABASE_URL names a PostgreSQL server, and its password is never shown', () => {
    expect(databaseAddress('/x/y', undefined)).to.deep.equal({ kind: 'folder', folder: '/x/y' });
    expect(databaseAddress('/x/y', ' ')).to.deep.equal({ kind: 'folder', folder: '/x/y' });
    const address = databaseAddress('/x/y', 'postgresql://me:hush@db.example:5433/board');
    expect(shownAddress(address)).to.equal('PostgreSQL at db.example:5433/board');
    for (const wrong of ['mysql://me:hush@x/y', 'hush', 'http://x'])
      expect(() => databaseAddress('/x', wrong)).to.throw(DatabaseError, /^DATABASE_URL: (?!.*hush).*accepted: postgres:\/\//);
  });
});

describe('a database', () => {
  let postgres: RealPostgres | undefined;
  const folder = mkdtempSync(join(tmpdir(), 'tickbench-database-'));
  const address: Partial<Record<DatabaseAddress['kind'], DatabaseAddress>> = {
    folder: { kind: 'folder', folder: join(folder, 'embedded') },
  };

  before(async () => {
    await embeddedFolder(join(folder, 'embedded'));
    postgres = await startPostgres('the database over a real PostgreSQL');
    if (postgres) address.server = { kind: 'server', url: postgres.url };
  });
  after(async () => {
    await postgres?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  for (const kind of ['folder', 'server'] as const)
    describe(kind === 'folder' ? 'embedded in a folder' : 'of a PostgreSQL server', () => {
      let database: Database<Tables>;
      before(async function () {
        if (!address[kind]) return this.skip();
        database = await openDatabase<Tables>(address[kind], 'bank', MIGRATIONS);
      });
      after(() => database?.close());
      beforeEach(() => database.query.deleteFrom('account').execute());

      it('gives whole numbers of 64 bits back as numbers, and refuses one that would not be exact', async () => {
        await database.query
          .insertInto('account')
          .values({ name: 'a', cents: 2 ** 53 - 1 })
          .execute();
        expect(await database.query.selectFrom('account').selectAll().execute()).to.deep.equal([{ name: 'a', cents: 2 ** 53 - 1 }]);
        const error = await refusal(sql`select 9007199254740993::bigint as big`.execute(database.query));
        expect(error.message).to.match(/9007199254740993, which is no exact number/);
      });

      it('keeps transactions of several users apart: of forty at once that read, add and write, none is lost', async () => {
        await database.query.insertInto('account').values({ name: 'a', cents: 0 }).execute();
        await Promise.all(
          Array.from({ length: 40 }, () =>
            database.query.transaction().execute(async (transaction) => {
              const { cents } = await transaction
                .selectFrom('account')
                .select('cents')
                .where('name', '=', 'a')
                .forUpdate()
                .executeTakeFirstOrThrow();
              await new Promise((resolve) => setTimeout(resolve, 1));
              await transaction
                .updateTable('account')
                .set({ cents: cents + 1 })
                .where('name', '=', 'a')
                .execute();
            }),
          ),
        );
        expect((await database.query.selectFrom('account').select('cents').executeTakeFirstOrThrow()).cents).to.equal(40);
      });

      it('undoes a transaction that fails, and goes on after an error', async () => {
        const failed = await refusal(
          database.query.transaction().execute(async (transaction) => {
            await transaction.insertInto('account').values({ name: 'b', cents: 1 }).execute();
            await transaction.insertInto('account').values({ name: 'b', cents: 2 }).execute();
          }),
        );
        expect(failed.message).to.match(/duplicate key/);
        expect(await database.query.selectFrom('account').selectAll().execute()).to.deep.equal([]);
      });

      it('is used by another process meanwhile', async () => {
        await elsewhere(address[kind]!, 'c');
        expect((await database.query.selectFrom('account').select('name').orderBy('name').execute()).map(({ name }) => name)).to.deep.equal(['c']); // prettier-ignore
      });

      it('runs each migration once, undoes one that fails, and refuses a database of a newer program', async () => {
        let runs = 0;
        const more: Migrations = { '001-a': { up: async () => void runs++ }, '002-b': { up: async () => void runs++ } };
        for (let i = 0; i < 2; i++) await (await openDatabase(address[kind]!, 'other', more)).close();
        expect(runs).to.equal(2);
        const broken: Migrations = {
          ...more,
          '003-c': {
            up: async (db) => {
              await sql`create table half (x int)`.execute(db);
              throw new Error('no');
            },
          },
        };
        expect((await refusal(openDatabase(address[kind]!, 'other', broken))).message).to.match(
          /migration 003-c failed, and nothing was changed: no/,
        );
        const half = await sql<{ there: boolean }>`select to_regclass('half') is not null as there`.execute(database.query);
        expect(half.rows).to.deep.equal([{ there: false }]);
        const older = await refusal(openDatabase(address[kind]!, 'other', { '001-a': more['001-a']! }));
        expect(older).to.be.instanceOf(DatabaseError);
        expect(older.message).to.match(/could not be brought up to date: .*002-b/);
      });
    });

  it('in a folder with a path too long for a socket is reached all the same, by its user alone', async () => {
    const long = join(folder, 'x'.repeat(120));
    await embeddedFolder(long);
    const database = await openDatabase<Tables>({ kind: 'folder', folder: long }, 'bank', MIGRATIONS);
    const sockets = socketFolder(long);
    expect(existsSync(join(sockets, SOCKET_NAME))).to.equal(true);
    for (const path of [long, sockets]) expect(statSync(path).mode & 0o077, path).to.equal(0);
    await database.close();
  });

  it('that cannot be opened is told in words', async () => {
    const wrong: [DatabaseAddress, RegExp][] = [
      [{ kind: 'folder', folder: '/dev/null/x' }, /\/dev\/null\/x: .*the database needs a folder of its own/],
      [
        { kind: 'server', url: 'postgres://me:hush@127.0.0.1:1/none' },
        /^PostgreSQL at 127\.0\.0\.1:1\/none does not answer: .*ECONNREFUSED/,
      ],
    ];
    for (const [where, words] of wrong) {
      const error = await refusal(openDatabase(where, 'bank', MIGRATIONS));
      expect(error).to.be.instanceOf(DatabaseError);
      expect(error.message).to.match(words).and.not.contain('hush');
    }
  });
});
