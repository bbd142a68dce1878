/** What is kept of a bundle when the database fails, and how many wait: part of board.test.ts. Bundles are opened in this process here. */
import { expect } from 'chai';
import type { Kysely } from 'kysely';
import { existsSync, mkdirSync, readdirSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import type { Database } from '../../../harness/database/connection.js';
import { openBundle, tracePlace } from '../../../harness/submission/bundle.js';
import { passingKeys } from '../../../harness/submission/keys.js';
import type { Verifier } from '../../../harness/submission/verifier.js';
import { openBoardDatabase } from '../../../web/server/store/database.js';
import { Refusal } from '../../../web/server/store/refusal.js';
import { Store } from '../../../web/server/store/store.js';
import type { BoardTables } from '../../../web/server/store/tables.js';
import { LOCAL } from '../../../web/server/store/tokens.js';
import { Arrivals } from '../../../web/server/submissions/arrivals.js';
import { receive, tidy } from '../../../web/server/submissions/receive.js';
import { sendBundle } from './board-server.js';
import type { Boards } from './boards.js';

/** When the connection breaks: before the transaction's COMMIT arrives, or before its answer does. */
type Loss = 'none' | 'commit' | 'answer' | 'answer, and afterwards';

export function receivingTests(boards: Boards): void {
  let database: Database<BoardTables>;
  let server: Server;
  let url: string;
  let folders: { incoming: string; traces: string };
  let loss: Loss = 'none';

  before(async () => {
    const { folder, databaseUrl } = await boards.empty('server');
    database = await openBoardDatabase(folder, databaseUrl);
    folders = { incoming: join(folder, 'incoming'), traces: join(folder, 'traces') };
    for (const each of Object.values(folders)) mkdirSync(each);
    const verifier = { open: async (path: string, into: string) => ({ bundle: await openBundle(path, into), fault: null }) } as unknown as Verifier; // prettier-ignore
    const settings = { store: new Store(breaking(database.query)), verifier, arrivals: new Arrivals(), mostBytes: 10_000_000, ...folders };
    server = createServer((request, response) => {
      receive(request, LOCAL, settings).then(
        (id) => response.writeHead(202).end(JSON.stringify({ id })),
        (error: Error) => response.writeHead(error instanceof Refusal ? error.status : 500).end(JSON.stringify({ error: { code: error.name } })), // prettier-ignore
      );
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  after(async () => {
    server.close();
    await database.close();
  });
  afterEach(() => (loss = 'none'));

  /** The database through a connection that breaks when it is told to. */
  function breaking(db: Kysely<BoardTables>): Kysely<BoardTables> {
    const lost = (): Error => new Error('Connection terminated unexpectedly');
    return new Proxy(db, {
      get(target, name) {
        const value = Reflect.get(target, name) as unknown;
        if (name === 'selectFrom' && loss === 'answer, and afterwards' && isBroken) throw lost();
        if (name !== 'transaction') return typeof value === 'function' ? (value.bind(target) as unknown) : value;
        return () => ({
          execute: async <T>(work: (transaction: Kysely<BoardTables>) => Promise<T>): Promise<T> => {
            const undone = new Error();
            const done = target.transaction().execute(async (transaction) => {
              const result = await work(transaction);
              if (loss === 'commit') throw undone;
              return result;
            });
            const result = await done.catch((error) => Promise.reject(error === undone ? lost() : error));
            if (loss === 'none') return result;
            isBroken = true;
            throw lost();
          },
        });
      },
    });
  }
  let isBroken = false;

  const send = (path: string) => sendBundle({ url }, path).then(({ status, json }) => ({ status, ...json }));
  const submissions = () => database.query.selectFrom('submission').select('id').execute();
  const files = (): string[] => readdirSync(folders.traces).flatMap((part) => readdirSync(join(folders.traces, part))).sort(); // prettier-ignore
  const expected = async (): Promise<string[]> => (await openBundle(await boards.bundle(), join(boards.root, 'looked-at'))).manifest.entries.flatMap(({ traces }) => traces.map(({ hash }) => `${hash}.gz`)).sort(); // prettier-ignore

  it('nothing of one that the database did not take', async () => {
    loss = 'commit';
    const bundle = await boards.bundle();
    // The COMMIT itself failed: nobody can tell what the database made of it, until the next start looks.
    expect((await send(bundle)).error.code).to.equal('UncertainError');
    expect(await submissions()).to.deep.equal([]);
    expect(files()).to.deep.equal(await expected());
    await tidy({ store: new Store(database.query), ...folders });
    expect([files(), readdirSync(folders.incoming)]).to.deep.equal([[], []]);
  });

  it('all of one whose COMMIT was answered by nobody, and acknowledges it', async () => {
    loss = 'answer';
    const { status, id } = await send(await boards.bundle());
    expect(status).to.equal(202);
    expect(await submissions()).to.deep.equal([{ id }]);
    expect(files()).to.deep.equal(await expected());
    expect(readdirSync(folders.incoming)).to.deep.equal([]);
    await database.query.deleteFrom('trace').execute();
    await database.query.deleteFrom('entry').execute();
    await database.query.deleteFrom('submission').execute();
    for (const file of files()) expect(existsSync(tracePlace(folders.traces, file.slice(0, -3)))).to.equal(true);
  });

  it('all of one of which it cannot be told whether it is kept', async () => {
    // What is left of the one before is named by nothing.
    mkdirSync(join(folders.incoming, 'cut-off'));
    await tidy({ store: new Store(database.query), ...folders });
    expect(files()).to.deep.equal([]);
    loss = 'answer, and afterwards';
    isBroken = false;
    expect((await send(await boards.bundle())).error.code).to.equal('UncertainError');
    const kept = await submissions();
    expect(kept.length).to.equal(1);
    expect(files()).to.deep.equal(await expected());
    // The next start finds that it was kept.
    expect(readdirSync(folders.incoming).length).to.equal(1);
    await tidy({ store: new Store(database.query), ...folders });
    expect(files()).to.deep.equal(await expected());
    expect(readdirSync(folders.incoming)).to.deep.equal([]);
  });

  it('one that was refused as a whole, and is verified anew when the operator asks for it', async () => {
    const store = new Store(database.query);
    const [{ id }] = (await submissions()) as [{ id: string }];
    const states = async () => {
      const entries = await store.entriesOf(id);
      const traces = (await Promise.all(entries.map((entry) => store.tracesOf(entry.id)))).flat();
      const { status, why } = (await store.submission(id))!;
      return { status, why, all: [...new Set([...entries, ...traces].map((each) => `${each.status} ${each.why}`))] };
    };
    const refusal = (of: string): Promise<unknown> => store.retry(of).then(() => 'nothing', (error: Error) => error.message); // prettier-ignore
    expect(await refusal(id)).to.equal(`submission ${id} is pending; one that was refused as a whole can be tried again`);
    expect(await refusal('0'.repeat(16))).to.match(/^no submission "0{16}"/);
    await store.refuse(id, 'the board broke', 'the board broke: SIGKILL');
    expect(await states()).to.deep.equal({ status: 'refused', why: 'the board broke', all: ['refused the board broke'] });
    expect(await store.nextPending()).to.equal(undefined);
    await store.retry(id);
    expect(await states()).to.deep.equal({ status: 'pending', why: null, all: ['pending null'] });
    expect((await store.nextPending())!.id).to.equal(id);
    const lines = await database.query.selectFrom('audit').select(['who', 'what', 'detail']).where('subject', '=', id).orderBy('at').execute(); // prettier-ignore
    expect(lines.slice(1)).to.deep.equal([
      { who: 'board', what: 'submission refused', detail: 'the board broke: SIGKILL' },
      { who: 'operator', what: 'submission tried again', detail: '' },
    ]);
  });

  it('no more at once than may wait: of fourteen sent together with one waiting, nine', async () => {
    const bundles = await Promise.all(Array.from({ length: 14 }, (_, i) => boards.bundle({ name: `at once ${i}`, keys: passingKeys() })));
    const statuses = (await Promise.all(bundles.map(send))).map(({ status }) => status as number).sort();
    expect(statuses).to.deep.equal([...Array<number>(9).fill(202), ...Array<number>(5).fill(429)]);
    expect((await submissions()).length).to.equal(10);
    expect((await send(bundles[0]!)).status).to.equal(429);
    await database.query.updateTable('submission').set({ status: 'verified' }).execute();
    // The places of those that were refused are free again.
    expect((await send(await boards.bundle({ name: 'later' }))).status).to.equal(202);
    expect(files()).to.deep.equal(await expected());
  });
}
