/** A sweep whose cells workers play ends as on one machine, whoever is killed meanwhile. */
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { embeddedFolder } from '../database/embedded-folder.js';
import { startPostgres, type RealPostgres } from '../database/postgres.js';
import { tickbench } from '../sweep/tickbench.js';
import { Field, killEmbedded } from './field.js';
import { botPlan, playUnderFire, type Killed, type Killing } from './killing.js';

const CELLS = 5;

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
    const ran = await tickbench(['sweep', 'small.yaml', '--no-page'], here);
    expect(ran.code, ran.err).to.equal(0);
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

  it('ends as on one machine when the workers and the embedded database are killed', async () => {
    const own = join(folder, 'embedded');
    const queue = join(own, 'queue');
    await embeddedFolder(queue);
    const killing: Killing = {
      ...{ folder: own, queue, workers: 1, cells: CELLS, victims: ['worker', 'database'], chance: chances(0.3, 0, 0.8) },
      killDatabase: async () => void expect(killEmbedded(queue), 'the process of the database').to.equal(true),
    };
    expectWhole(await playUnderFire(killing), join(own, 'results/small'), killing.workers);
    for (const { host } of cellsIn(join(own, 'results/small'))) expect(host).to.equal('machine-0');
  });

  it('ends as on one machine when workers, the sweep and a PostgreSQL server are killed', async function () {
    if (!postgres) return this.skip();
    const own = join(folder, 'server');
    const { url, crash } = postgres;
    const killing: Killing = {
      ...{
        folder: own,
        queue: url,
        workers: 2,
        cells: CELLS,
        victims: ['sweep', 'worker', 'database'],
        chance: chances(0.6, 0.2, 0.9, 0.4),
      },
      killDatabase: crash,
    };
    expectWhole(await playUnderFire(killing), join(own, 'results/small'), killing.workers);
  });

  it('can be begun without a worker, is interrupted in good order, goes on, and refuses cells that would be played otherwise', async function () {
    if (!postgres) return this.skip();
    const own = join(folder, 'interrupted');
    mkdirSync(own);
    writeFileSync(join(own, 'small.yaml'), botPlan(1));
    const url = new URL(postgres.url);
    url.password = 'hush-hush';
    const field = new Field(url.href, own, 'small.yaml', ['--no-page']);
    try {
      const first = field.startSweep();
      while (!first.said.includes('no worker is there yet')) await new Promise((resolve) => setTimeout(resolve, 20));
      first.child.kill('SIGINT');
      expect(await first.ended).to.equal(130);
      expect(first.said).to.include('the same command goes on from here').and.not.include('hush');
      expect(existsSync(join(own, 'results/small/lock'))).to.equal(false);
      const second = field.startSweep();
      field.startWorker('there', '--idle', '1');
      expect(await second.ended, second.said).to.equal(0);
      expect(cellsIn(join(own, 'results/small')).map(asPlayed)).to.deep.equal(alone.slice(0, 1).map(asPlayed));
      const summary = readFileSync(join(own, 'results/small/summary.json'), 'utf8');
      expect(summary).to.not.include('hush');
      expect(await field.workers[0]!.ended, 'a worker with nothing to do').to.equal(0);
      expect(field.workers[0]!.said).to.not.include('hush');
    } finally {
      await field.stop();
    }
  });

  it('tells in words what is wrong with an address or labels', async () => {
    for (const [args, words] of [
      [
        ['sweep', 'quick', '--queue', 'mysql://me:hush-hush@x/y'],
        /^tickbench: --queue: no address of a PostgreSQL database; accepted: postgres:/,
      ],
      [
        ['sweep', 'quick', '--queue', 'q', '--max-calls', '5'],
        /^tickbench: --max-calls and --max-cost .*accepted: --max-calls of `tickbench worker`/,
      ],
      [['worker', '--labels', 'a b'], /labels with commas between are expected/],
    ] as const) {
      const ran = await tickbench([...args], folder);
      expect(ran.code, ran.err).to.equal(1);
      expect(ran.err.replace(/\s+/g, ' ')).to.match(words).and.not.include('hush');
    }
  });
});
