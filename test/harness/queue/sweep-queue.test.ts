/** A sweep whose cells workers play ends as on one machine, whoever is killed meanwhile. */
import { execFile } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect } from 'chai';
import { sql } from 'kysely';
import { sweepCommand } from '../../../harness/cli/sweep.js';
import { packageRoot } from '../../../harness/host/root.js';
import { QueueDatabase } from '../../../harness/queue/connection.js';
import { embeddedFolder } from '../database/embedded-folder.js';
import { startPostgres, type RealPostgres } from '../database/postgres.js';
import { until } from '../match/players.js';
import { BARE, Field, killEmbedded } from './field.js';
import { botPlan, playUnderFire, type Killed, type Killing } from './killing.js';

const CELLS = 4;

interface Cell {
  id: string;
  digest: string;
  reward: number;
  counts: boolean;
  host: string;
}

function cellsIn(results: string): Cell[] {
  return (JSON.parse(readFileSync(join(results, 'cells.json'), 'utf8')) as { cells: Cell[] }).cells;
}

/** What a cell is, whoever played it. */
const asPlayed = ({ id, digest, reward, counts }: Cell): unknown => ({ id, digest, reward, counts });

describe('a sweep over a queue', function () {
  this.timeout(180_000);
  const folder = mkdtempSync(join(tmpdir(), 'tickbench-many-'));
  let postgres: RealPostgres | undefined;
  let alone: Cell[];
  before(async () => {
    const here = join(folder, 'alone');
    mkdirSync(here);
    writeFileSync(join(here, 'small.yaml'), botPlan(CELLS));
    await promisify(execFile)(process.execPath, [join(packageRoot(), BARE), 'small.yaml'], { cwd: here });
    alone = cellsIn(join(here, 'results/small'));
    postgres = await startPostgres('a sweep over a queue in a real PostgreSQL');
  });
  after(async () => {
    await postgres?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  /** The same results as on one machine, nothing that was recorded played again, and of what was begun little lost. */
  function expectWhole({ code, said, again, begun, kills }: Killed, results: string, workers: number): void {
    expect(code, said).to.equal(0);
    expect(again, 'recorded and played again').to.deep.equal([]);
    expect(cellsIn(results).map(asPlayed)).to.deep.equal(alone.map(asPlayed));
    // What a killed process lost is each worker's running match at most.
    expect(begun).to.be.within(CELLS, CELLS + kills * workers);
  }

  const chances =
    (...values: number[]): (() => number) =>
    () =>
      values.shift() ?? 0.5;

  it('ends as on one machine when the embedded database is killed', async () => {
    const own = join(folder, 'embedded');
    const queue = join(own, 'queue');
    await embeddedFolder(queue);
    const killing: Killing = {
      ...{ folder: own, queue, workers: 1, cells: CELLS, victims: ['database'], chance: chances(0.8) },
      killDatabase: async () => void expect(killEmbedded(queue), 'the process of the database').to.equal(true),
    };
    expectWhole(await playUnderFire(killing), join(own, 'results/small'), killing.workers);
    for (const { host } of cellsIn(join(own, 'results/small'))) expect(host).to.equal('machine-0');
  });

  it('ends as on one machine when the sweep, the worker and a PostgreSQL server are killed', async function () {
    if (!postgres) return this.skip();
    const own = join(folder, 'server');
    const { url, crash } = postgres;
    const killing: Killing = {
      ...{
        folder: own,
        queue: url,
        workers: 1,
        cells: CELLS,
        victims: ['sweep', 'worker', 'database'],
        chance: chances(0.6, 0.2, 0, 0.4),
      },
      killDatabase: crash,
    };
    expectWhole(await playUnderFire(killing), join(own, 'results/small'), killing.workers);
  });

  it('can be begun without a worker, and is interrupted in good order', async function () {
    if (!postgres) return this.skip();
    const own = join(folder, 'interrupted');
    mkdirSync(own);
    writeFileSync(join(own, 'small.yaml'), botPlan(1));
    const url = new URL(postgres.url);
    url.password = 'hush-hush';
    const field = new Field(url.href, own, 'small.yaml');
    try {
      const first = field.startSweep();
      while (!first.said.includes('no worker is there yet') && first.child.exitCode === null)
        await new Promise((resolve) => setTimeout(resolve, 20));
      first.child.kill('SIGINT');
      expect(await first.ended, first.said).to.equal(130);
      expect(first.said).to.include('the same command goes on from here').and.not.include('hush');
      expect(existsSync(join(own, 'results/small/lock'))).to.equal(false);
    } finally {
      await field.stop();
    }
  });

  it('reports before it leaves the queue, and a database that keeps it there is told', async function () {
    if (!postgres) return this.skip();
    const own = join(folder, 'kept');
    mkdirSync(own);
    writeFileSync(join(own, 'small.yaml'), botPlan(1));
    const queue = await QueueDatabase.open({ kind: 'server', url: postgres.url }, () => undefined);
    const field = new Field(postgres.url, own, 'small.yaml');
    try {
      await sql`create function keep() returns trigger language plpgsql as $$ begin raise exception 'this is kept'; end $$`.execute(
        queue.query,
      );
      await sql`create trigger keep before delete on queue_sweep execute function keep()`.execute(queue.query);
      field.startWorker('here');
      const { said, ended } = field.startSweep('--no-report');
      expect(await ended, said).to.equal(0);
      expect(field.sweep!.said).to.include('could not be taken out of the queue: this is kept; the same command tries it again');
      expect(cellsIn(join(own, 'results/small')).map(({ counts }) => counts)).to.deep.equal([true]);
      expect(existsSync(join(own, 'results/small/figures.csv'))).to.equal(true);
      const other = field.startWorker('there');
      await until(() => other.said.includes('waiting until it has gone'), 60_000);
      expect(other.said).to.match(/the worker here is at work on this host, and this one plays embedded engines, which must have the host's\s+cores to themselves/); // prettier-ignore
    } finally {
      await field.stop();
      await sql`drop function if exists keep cascade`.execute(queue.query);
      await queue.query.deleteFrom('queue_sweep').execute();
      await queue.query.deleteFrom('queue_worker').execute();
      await queue.close();
    }
  });

  it('tells in words what is wrong with an address, and whose budget it is', async () => {
    for (const [args, words] of [
      [['--queue', 'mysql://me:hush-hush@x/y'], /^--queue: no address of a PostgreSQL database; accepted: postgres:/],
      [['--queue', 'q', '--max-calls', '5'], /^--max-calls and --max-cost .*accepted: --max-calls of `tickbench worker`/],
      [['--attempts', '2'], /^--attempts says how often workers try a cell, .*accepted: with --queue$/],
    ] as const) {
      const error = await sweepCommand().parseAsync(['node', 'sweep', 'quick', ...args]).then(() => new Error('nothing was refused'), (fault: Error) => fault); // prettier-ignore
      expect(error.message).to.match(words).and.not.include('hush');
    }
  });
});
