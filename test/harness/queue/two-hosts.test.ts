/** The sweep and its database on one host, the worker on another, a slow line between them that is cut for a while. */
import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect } from 'chai';
import { startPostgres, type RealPostgres } from '../database/postgres.js';
import { until } from '../match/players.js';
import { Field } from './field.js';
import { botPlan } from './killing.js';
import { DELAY_MS, twoHosts, type TwoHosts } from './two-hosts.js';

const CELLS = 3;
/** Longer than a worker's lease. */
const CUT_MS = 3000;

/** How long it takes to connect from one host to a port of the other and to be told no, or yes, in milliseconds: there and back once. */
const CONNECTING = `
  const { connect } = require('node:net');
  const [host, port] = process.argv.slice(1);
  const from = performance.now();
  connect(Number(port), host).on('connect', () => (console.log(performance.now() - from), process.exit(0)));`;

describe('a sweep and a worker on two hosts', function () {
  this.timeout(180_000);
  let hosts: TwoHosts | undefined;
  let postgres: RealPostgres | undefined;
  const folder = mkdtempSync(join(tmpdir(), 'tickbench-two-hosts-'));
  before(async function () {
    const made = twoHosts();
    if ('why' in made) {
      console.log(`      Left out: ${made.why}`);
      return this.skip();
    }
    hosts = made;
    postgres = await startPostgres('two hosts with a real PostgreSQL', {
      netns: made.a.name,
      address: made.a.address,
      from: '10.77.0.0/30',
    });
    if (!postgres) return this.skip();
  });
  after(async () => {
    await postgres?.stop();
    hosts?.remove();
    rmSync(folder, { recursive: true, force: true });
  });

  it('play every cell over a slow line that is cut for longer than a lease', async () => {
    const { a, b, delay, cut, mend } = hosts!;
    const { url } = postgres!;
    const run = promisify(execFile);
    const { stdout } = await run('ip', ['netns', 'exec', b.name, process.execPath, '-e', CONNECTING, a.address, new URL(url).port]);
    console.log(`      delayed by ${delay}; connecting took ${Number(stdout).toFixed(1)} ms`);
    if (delay === 'netem') expect(Number(stdout)).to.be.at.least(2 * DELAY_MS);
    writeFileSync(join(folder, 'small.yaml'), botPlan(CELLS));
    const field = new Field(url, folder, 'small.yaml', 'bare');
    try {
      const sweep = field.on(a.name).startSweep();
      const worker = field.on(b.name).startWorker('far');
      await until(() => field.begun() === 2, 120_000);
      cut(); // with a match being played
      await new Promise((resolve) => setTimeout(resolve, CUT_MS));
      mend();
      expect(await sweep.ended, sweep.said + worker.said).to.equal(0);
      expect(sweep.said).to.include('its worker far was lost; it is tried again');
      const { cells } = JSON.parse(readFileSync(join(folder, 'results/small/cells.json'), 'utf8')) as {
        cells: { seed: number; counts: boolean; host: string }[];
      };
      expect(cells.map(({ seed, counts, host }) => [seed, counts, host])).to.deep.equal(
        Array.from({ length: CELLS }, (_, i) => [10 + i, true, 'far']),
      );
      expect(field.begun(), 'what was cut off is the running match at most').to.be.within(CELLS, CELLS + 1);
    } finally {
      await field.stop();
    }
  });
});
