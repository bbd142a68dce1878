/** A bundle's way into a board, and a board's into another: part of board.test.ts. */
import { expect } from 'chai';
import { execFileSync } from 'node:child_process';
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { passingKeys } from '../../../harness/submission/keys.js';
import { tracePlace } from '../../../harness/submission/bundle.js';
import { backup, restore } from '../../../web/server/store/backup.js';
import { drawKey } from '../../../web/server/store/secrets.js';
import { openBoardDatabase, tracesFolder } from '../../../web/server/store/database.js';
import { ask, sendBundle, settled, type Answered, type BoardServer } from './board-server.js';
import type { Boards } from './boards.js';

export function movingTests(boards: Boards): void {
  /** Over the embedded database. */
  let embedded: BoardServer | undefined;
  let embeddedFolder: string;
  const table = async ({ url }: BoardServer): Promise<Answered['json']> => (await ask(`${url}/api/v1/leaderboard?task=hft`)).json;
  const withdraw = ({ url }: BoardServer, entry: string) => ask(`${url}/api/v1/entries/${entry}/withdraw`, { method: 'POST' });

  /** Sends the sweep; it is accepted, and nothing of it a second time. @returns the entry's id */
  async function takes(server: BoardServer): Promise<string> {
    const path = await boards.bundle();
    const sent = await sendBundle(server, path);
    expect(sent.status, sent.text).to.equal(202);
    expect(sent.json.entries[0]).to.deep.include({ name: 'alpha', status: 'pending', traces: { pending: 5, accepted: 0, refused: 0 } });
    const done = await settled(server, sent.json.id);
    expect(done.entries[0]).to.deep.include({ status: 'accepted', why: null, traces: { pending: 0, accepted: 5, refused: 0 } });
    const [row] = (await table(server)).rows;
    const rewards = boards.tiny.traces.map(({ footer }) => footer!.results.reward[0]! / 10_000);
    expect(row).to.include({ name: 'alpha', division: 'reported', plan: 'tiny', kind: 'model' });
    expect(row.figures.reward.value).to.be.closeTo(rewards.reduce((sum, each) => sum + each, 0) / 5, 1e-9);
    expect(row.figures.reward.n).to.equal(5);
    expect(row.figures.latencyMeanMs.value).to.be.greaterThan(0);
    expect(row.about.model).to.equal('giant-400b');
    expect(row.proven).to.match(/played again/);
    expect(row.claimed).to.match(/that this model gave these answers, that it took this long/);
    // The same bundle, the same packed anew, and the same matches in a new one by another.
    for (const bundle of [readFileSync(path), Buffer.concat([readFileSync(path), Buffer.alloc(1024)])]) {
      const again = await sendBundle(server, bundle);
      expect([again.status, again.json.error.code]).to.deep.equal([409, 'received_before']);
    }
    const other = await sendBundle(server, await boards.bundle({ name: 'Mallory', keys: passingKeys() }));
    expect((await settled(server, other.json.id)).entries[0].why).to.match(
      /5 traces are not accepted.*the same match was submitted before, in entry [0-9a-f]{16} on seed 100/,
    );
    return done.entries[0].id as string;
  }

  it('plays it again, and shows it with what it proves and what it claims', async () => {
    await takes(boards.shared);
  });

  it('and gives it to an empty board over the other kind of database, by a backup', async () => {
    const file = join(boards.root, 'backup.tar');
    const counts = await backup(boards.shared.board.store.db, tracesFolder(boards.sharedFolder), file);
    const target = await boards.empty('folder');
    embeddedFolder = target.folder;
    const database = await openBoardDatabase(target.folder, undefined);
    expect(await restore(database.query, tracesFolder(target.folder), file)).to.deep.equal(counts);
    // Each board draws by a secret of its own, which no backup holds.
    const secret = await drawKey(boards.shared.board.store.db);
    expect(secret).to.match(/^[0-9a-f]{64}$/).and.equal(await drawKey(boards.shared.board.store.db)).and.not.equal(await drawKey(database.query)); // prettier-ignore
    expect(readFileSync(file).includes(secret)).to.equal(false);
    const full = await restore(database.query, tracesFolder(target.folder), file).catch((error: Error) => error);
    expect((full as Error).message).to.match(/the board is not empty/);
    embedded = await boards.serve(target);
    await database.close();
    expect(await table(embedded)).to.deep.equal(await table(boards.shared));
    const { rows } = await table(boards.shared);
    const { hash } = (await ask(`${embedded.url}/api/v1/entries/${rows[0].id}`)).json.traces[0];
    expect((await fetch(`${embedded.url}/api/v1/traces/${hash}/file`)).status).to.equal(200);
  });

  it('takes one over the embedded database, too, once its own submitter has withdrawn what was there', async () => {
    const { rows } = await table(embedded!);
    const mallory = await sendBundle(embedded!, await boards.bundle({ keys: passingKeys() }));
    expect((await settled(embedded!, mallory.json.id)).entries[0].status).to.equal('refused');
    expect((await withdraw(embedded!, rows[0].id as string)).status).to.equal(200);
    await takes(embedded!);
  });

  it('and is used meanwhile when a backup reads its files; what is in the backup is of one moment', async () => {
    const traces = tracesFolder(embeddedFolder);
    const { hash } = (await ask(`${embedded!.url}/api/v1/entries/${(await table(embedded!)).rows[0].id}`)).json.traces[0];
    const place = tracePlace(traces, hash as string);
    const bytes = readFileSync(place);
    // A file that is read as slowly as this test likes.
    renameSync(place, `${place}.away`);
    execFileSync('mkfifo', [place]);
    const file = join(boards.root, 'backup-2.tar');
    const before = await table(embedded!);
    const written = backup(embedded!.board.store.db, traces, file);
    // Opened for writing once somebody reads it: until then this waits.
    const { open } = await import('node:fs/promises');
    const pipe = await open(place, 'w');
    expect((await withdraw(embedded!, before.rows[0].id as string)).json.status).to.equal('withdrawn');
    await writeFile(pipe, bytes);
    await pipe.close();
    const counts = await written;
    renameSync(`${place}.away`, place);
    const target = await boards.empty('server');
    const database = await openBoardDatabase(target.folder, target.databaseUrl);
    expect(await restore(database.query, tracesFolder(target.folder), file)).to.deep.equal(counts);
    const restored = await boards.serve(target);
    await database.close();
    expect(await table(restored)).to.deep.equal(before);
    expect((await table(embedded!)).rows).to.deep.equal([]);
  });

  it('and refuses a backup that was altered', async () => {
    const file = join(boards.root, 'backup-2.tar');
    const bytes = readFileSync(file);
    bytes[bytes.lastIndexOf(Buffer.from('traces/')) + 512 + 20]! ^= 1;
    writeFileSync(file, bytes);
    const target = await boards.empty('server');
    const database = await openBoardDatabase(target.folder, target.databaseUrl);
    const error = await restore(database.query, tracesFolder(target.folder), file).catch((each: Error) => each);
    expect((error as Error).message).to.match(/is no trace under its own hash/);
    expect(await database.query.selectFrom('submission').selectAll().execute()).to.deep.equal([]);
    await database.close();
  });

  // So that the same matches may come again.
  after(async () => {
    for (const { id } of (await table(boards.shared)).rows) await withdraw(boards.shared, id as string);
  });
}
