/** The sweep's side of a queue, without workers: what it does with what the queue's rows say. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import type { DatabaseAddress } from '../../../harness/database/address.js';
import { QueueDatabase } from '../../../harness/queue/connection.js';
import { Coordinator } from '../../../harness/queue/coordinator.js';
import { SweepTakenOut } from '../../../harness/queue/handing.js';
import type { ElsewhereNews } from '../../../harness/sweep/elsewhere.js';
import { loadPlan, type Plan } from '../../../harness/sweep/plan.js';
import { plannedOf, type Planned } from '../../../harness/sweep/planned.js';
import { SweepStore } from '../../../harness/sweep/store.js';
import { embeddedFolder } from '../database/embedded-folder.js';
import { startPostgres, type RealPostgres } from '../database/postgres.js';
import { botPlan } from './killing.js';

describe('the coordinator of a queue', function () {
  this.timeout(60_000);
  const folder = mkdtempSync(join(tmpdir(), 'tickbench-coordinator-'));
  let postgres: RealPostgres | undefined;
  let queue: QueueDatabase;
  let sweeps = 0;
  let over: AbortController;
  before(async () => {
    postgres = await startPostgres('the coordinator over a real PostgreSQL (the embedded one has to do)');
    if (!postgres) await embeddedFolder(join(folder, 'queue'));
    const address: DatabaseAddress = postgres ? { kind: 'server', url: postgres.url } : { kind: 'folder', folder: join(folder, 'queue') };
    queue = await QueueDatabase.open(address, () => undefined);
  });
  after(async () => {
    await queue.close();
    await postgres?.stop();
    rmSync(folder, { recursive: true, force: true });
  });
  beforeEach(() => (over = new AbortController()));
  // A coordinator that goes on for ever must not outlive its test.
  afterEach(() => over.abort());

  /** A sweep of so many matches of a bot. */
  async function swept(
    count: number,
    waitMs = Infinity,
  ): Promise<{ coordinator: Coordinator; planned: Planned[]; plan: Plan; store: SweepStore }> {
    const path = join(folder, `small-${++sweeps}.yaml`);
    writeFileSync(path, botPlan(count));
    const plan = loadPlan(path);
    const store = new SweepStore(join(folder, `results-${sweeps}`));
    const coordinator = await Coordinator.open(queue, { plan, store, mostAttempts: 2, waitMs, signal: over.signal });
    return { coordinator, planned: await plannedOf(plan), plan, store };
  }

  /** What a coordinator told. */
  function listening(): { news: ElsewhereNews; unplayed: string[]; said: string[] } {
    const [unplayed, said]: string[][] = [[], []];
    const never = (): never => expect.fail('nothing was played');
    const news: ElsewhereNews = {
      ...{ played: never, asked: never, unasked: never, at: () => undefined },
      unplayed: ({ why }) => unplayed!.push(why),
      say: (line) => said!.push(line),
    };
    return { news, unplayed: unplayed!, said: said! };
  }

  async function waiting(count: number): Promise<void> {
    for (;;) {
      const rows = await queue.query.selectFrom('queue_job').select('id').where('state', '=', 'waiting').execute();
      if (rows.length === count) return;
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
  }

  it('ends a sweep whose cells were all set aside, however many, and tells each of them once', async () => {
    const count = 501; // one more than the news tell at once
    const { coordinator, planned } = await swept(count);
    const { news, unplayed } = listening();
    const playing = coordinator.play({ planned, cells: planned[0]!.cells, banks: [] }, news);
    await waiting(count);
    await queue.query.updateTable('queue_job').set({ state: 'failed', attempts: 2, fault: 'no luck' }).execute();
    await playing;
    expect(unplayed).to.deep.equal(Array.from({ length: count }, () => 'set aside after 2 attempts: no luck'));
    const left = await queue.query.selectFrom('queue_job').select('state').distinct().execute();
    expect(left).to.deep.equal([{ state: 'collected' }]);
    await coordinator.close();
  });

  it('ends without what nobody has played for as long as was to be waited, and not while somebody plays', async () => {
    const { coordinator, planned } = await swept(2, 600);
    const { news, unplayed, said } = listening();
    const playing = coordinator.play({ planned, cells: planned[0]!.cells, banks: [] }, news);
    await waiting(2);
    const jobs = queue.query.updateTable('queue_job');
    await jobs
      .set({ state: 'leased', worker: 'somebody', until: Date.now() + 60_000 })
      .where('ordinal', '=', 0)
      .execute();
    await new Promise((resolve) => setTimeout(resolve, 1500));
    expect(unplayed, 'while somebody plays').to.deep.equal([]);
    await jobs.set({ state: 'waiting', worker: null }).execute();
    await playing;
    const why = 'no worker played anything for 0.01 minutes (--wait)';
    expect(unplayed).to.deep.equal([why, why]);
    expect(said).to.include(`${why}: 2 cells are left; the same command goes on with them`);
    expect(await queue.query.selectFrom('queue_job').select('id').execute(), 'nothing of it is handed out').to.deep.equal([]);
    await coordinator.close();
  });

  for (const [what, remove, words] of [
    [
      'the sweep',
      () => queue.query.deleteFrom('queue_sweep').execute(),
      /^3 of 3 cells are no longer in the queue: somebody took it out of there/,
    ],
    [
      'a cell of it',
      () => queue.query.deleteFrom('queue_job').where('ordinal', '=', 1).execute(),
      /^1 of 3 cells are no longer in the queue: /,
    ],
  ] as const)
    it(`ends in words when somebody takes ${what} out of the queue, and the next run enters it anew`, async () => {
      const { coordinator, planned, plan, store } = await swept(3);
      const { cells } = planned[0]!;
      const ended = coordinator.play({ planned, cells, banks: [] }, listening().news).then(() => undefined, (fault: unknown) => fault); // prettier-ignore
      await waiting(3);
      await remove();
      const fault = await ended;
      expect(fault).to.be.instanceOf(SweepTakenOut);
      expect((fault as Error).message)
        .to.match(words)
        .and.match(/the same command enters the rest anew$/);
      const again = await Coordinator.open(queue, { plan, store, mostAttempts: 2, signal: over.signal });
      const playing = again.play({ planned, cells, banks: [] }, listening().news);
      await waiting(3);
      over.abort();
      await playing;
      await again.close();
    });

  it('hands nothing to a sweep that somebody took out of the queue', async () => {
    const { coordinator, planned } = await swept(1);
    await coordinator.close();
    const fault = await coordinator.play({ planned, cells: planned[0]!.cells, banks: [] }, listening().news).then(() => undefined, (error: unknown) => error); // prettier-ignore
    expect(fault).to.be.instanceOf(SweepTakenOut);
    expect((fault as Error).message).to.match(/^the sweep is no longer in the queue: somebody took it out/);
  });
});
