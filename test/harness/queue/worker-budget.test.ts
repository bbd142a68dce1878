/** What a worker may call at most holds over the processes that play for it, and is its own end alone. */
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import type { DatabaseAddress } from '../../../harness/database/address.js';
import { QueueDatabase } from '../../../harness/queue/connection.js';
import { Coordinator } from '../../../harness/queue/coordinator.js';
import { Taker } from '../../../harness/queue/taking.js';
import { Worker } from '../../../harness/queue/worker.js';
import type { ElsewhereNews } from '../../../harness/sweep/elsewhere.js';
import { loadPlan } from '../../../harness/sweep/plan.js';
import { plannedOf } from '../../../harness/sweep/planned.js';
import { SweepStore } from '../../../harness/sweep/store.js';
import { embeddedFolder } from '../database/embedded-folder.js';
import { startPostgres, type RealPostgres } from '../database/postgres.js';
import { until } from '../match/players.js';
import { scriptedEndpoint, type ScriptedEndpoint } from '../sweep/scripted-endpoint.js';

/** Patient matches alone are played of it: no test waits for a quiet host. */
const PLAN = `plan: small
configurations: [served.yaml]
tasks:
  fighter:
    speed: 20
    externalSpeed: 20
    seeds: { first: 10, count: 2 }
    confirmSeeds: { first: 9000, count: 0 }
    timeoutMs: 5000
    options: { rounds: 1, roundSeconds: 3 }
    opponent: { bot: hold, delayMs: 100 }
    bots: []
    patient: { matches: 2 }
    probes: 0
    oracleDecisions: 0
`;
const configuration = (url: string): string => `name: served\nendpoint: { kind: openai, url: "${url}", model: steady }\nrequest: { maxTokens: 16 }\n`; // prettier-ignore

/** The processes that play for workers of this one. */
function players(): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => {
      try {
        const parent = Number(/^PPid:\s+(\d+)$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))![1]);
        return parent === process.pid && readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('player-process.js');
      } catch {
        return false; // ended meanwhile
      }
    });
}

describe("a worker's bound on calls", function () {
  this.timeout(120_000);
  const folder = mkdtempSync(join(tmpdir(), 'tickbench-worker-budget-'));
  let postgres: RealPostgres | undefined;
  let queue: QueueDatabase;
  let endpoint: ScriptedEndpoint;
  before(async () => {
    postgres = await startPostgres('workers over a real PostgreSQL (the embedded one has to do)');
    if (!postgres) await embeddedFolder(join(folder, 'queue'));
    const address: DatabaseAddress = postgres ? { kind: 'server', url: postgres.url } : { kind: 'folder', folder: join(folder, 'queue') };
    queue = await QueueDatabase.open(address, () => undefined);
    endpoint = await scriptedEndpoint();
    writeFileSync(join(folder, 'served.yaml'), configuration(endpoint.url));
    writeFileSync(join(folder, 'small.yaml'), PLAN);
  });
  after(async () => {
    endpoint.close();
    await queue.close();
    await postgres?.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  /** A worker, until it is stopped. */
  function workerOf(machine: string, maxCalls: number): { said: string[]; stop: () => Promise<void> } {
    const said: string[] = [];
    const stop = new AbortController();
    const card = { name: machine, machine, host: '', labels: [], engines: true, version: '0', leaseMs: 20_000 };
    const running = new Worker(queue, {
      card,
      mayCommand: false,
      budget: { maxCalls },
      say: (line) => said.push(line),
      signal: stop.signal,
    }).run();
    return { said, stop: () => (stop.abort(), running) };
  }

  it('holds when a process that plays is killed, and gives nothing up for others', async function () {
    if (process.platform !== 'linux') return this.skip(); // who plays is found in /proc
    const plan = loadPlan(join(folder, 'small.yaml'));
    const [planned] = await plannedOf(plan);
    const store = new SweepStore(join(folder, 'results'));
    const over = new AbortController();
    const coordinator = await Coordinator.open(queue, { plan, store, mostAttempts: 3, signal: over.signal });
    const said: string[] = [];
    const [played, unplayed]: string[][] = [[], []];
    const news: ElsewhereNews = {
      ...{ asked: () => undefined, unasked: () => undefined, at: () => undefined },
      played: ({ cell, unfinished }) => played!.push(`${cell.seed} ${unfinished ?? 'whole'}`),
      unplayed: ({ cell, why }) => unplayed!.push(`${cell.seed} ${why}`),
      say: (line) => said.push(line),
    };
    const maxCalls = 12; // fewer than a match has decisions
    const bounded = workerOf('bounded', maxCalls);
    const playing = coordinator.play({ planned: [planned!], cells: planned!.patient, banks: [] }, news);
    try {
      await until(() => endpoint.calls() >= 2, 60_000);
      const [pid] = players();
      process.kill(pid!, 'SIGKILL');
      await until(() => said.some((line) => line.startsWith('bounded leaves it to others: served: its 12 calls')), 60_000);
      expect(bounded.said.join('\n')).to.match(/failed: the process that played it ended \(SIGKILL\)/).and.match(/left to others: served: its 12 calls of this worker are made \(--max-calls\)/); // prettier-ignore
      expect(players(), 'another process played').to.not.include(pid);
      // Its first contacts with the endpoint, one for each process, are among the calls.
      expect(endpoint.calls()).to.equal(maxCalls - 2);
      const jobs = await queue.query.selectFrom('queue_job').select(['state', 'attempts', 'gave_up']).orderBy('ordinal').execute();
      expect(jobs.map(({ state, gave_up }) => [state, gave_up])).to.deep.equal(planned!.patient.map(() => ['waiting', false]));
      expect(jobs[0]!.attempts, 'the process that was killed was one; the bound was none').to.equal(1);
      const other = new Taker(queue, {
        name: 'other',
        machine: 'other',
        host: '',
        labels: [],
        engines: true,
        version: '0',
        leaseMs: 20_000,
      });
      await queue.query.updateTable('queue_job').set({ not_before: 0 }).execute(); // no test waits for patience
      const taken = [await other.take(), await other.take()].map((lease) => [lease?.id, lease?.attempts]);
      expect(taken, 'others may play all').to.have.deep.members(planned!.patient.map(({ id }, i) => [id, i === 0 ? 2 : 1]));
      expect([played, unplayed]).to.deep.equal([[], []]);
    } finally {
      over.abort();
      await Promise.all([bounded.stop(), playing]);
      await coordinator.close();
    }
  });
});
