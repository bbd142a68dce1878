/** A sweep over a queue with a model that computes on the worker's own cores: who has its files as the sweep has them plays it, and nobody else. */
import { cpSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'chai';
import { identifyEmbedded } from '../../../harness/endpoints/start.js';
import { packageRoot } from '../../../harness/host/root.js';
import { MatchServer } from '../../../harness/protocol/server.js';
import { QueueDatabase } from '../../../harness/queue/connection.js';
import { Coordinator } from '../../../harness/queue/coordinator.js';
import { Worker } from '../../../harness/queue/worker.js';
import { loadPlan, type Plan } from '../../../harness/sweep/plan.js';
import { Sweep, type TaskReport } from '../../../harness/sweep/run.js';
import { SweepStore } from '../../../harness/sweep/store.js';
import { decisionsOf } from '../../../scoring/trace/decisions.js';
import type { Trace } from '../../../scoring/trace/trace.js';
import { verifyTrace } from '../../../harness/traces/bots.js';
import { replayFault } from '../../../harness/traces/replay.js';
import { embeddedFolder } from '../database/embedded-folder.js';
import { until } from '../match/players.js';

const PROBES = 3;
const PLAN = `plan: small
configurations: [own.yaml]
tasks:
  fighter:
    speed: 4
    seeds: { first: 10, count: 1 }
    confirmSeeds: { first: 9000, count: 0 }
    timeoutMs: 5000
    options: { rounds: 1, roundSeconds: 3 }
    opponent: { bot: hold, delayMs: 100 }
    bots: []
    patient: { matches: 1 }
    probes: ${PROBES}
    oracleDecisions: 0
    recovery: { matches: 1, atMs: 1000 }
`;
const configuration = (model: string): string => `name: own\nendpoint: { kind: embedded, model: ${JSON.stringify(model)}, precision: fp8 }\nrequest: { temperature: 0, maxTokens: 24 }\nprompt: reference\n`; // prettier-ignore

describe('a model that computes on a worker', function () {
  this.timeout(120_000);
  const folder = mkdtempSync(join(tmpdir(), 'tickbench-own-model-'));
  const model = join(folder, 'model');
  let queue: QueueDatabase;
  let server: MatchServer;
  let store: SweepStore;
  let plan: Plan;
  before(async () => {
    cpSync(join(packageRoot(), 'models/tb-1m'), model, { recursive: true });
    writeFileSync(join(folder, 'own.yaml'), configuration(model));
    writeFileSync(join(folder, 'small.yaml'), PLAN);
    plan = loadPlan(join(folder, 'small.yaml'));
    store = new SweepStore(join(folder, 'results'));
    await embeddedFolder(join(folder, 'queue'));
    queue = await QueueDatabase.open({ kind: 'folder', folder: join(folder, 'queue') }, () => undefined);
    server = await MatchServer.listen({});
  });
  after(async () => {
    await server.close();
    await queue.close();
    rmSync(folder, { recursive: true, force: true });
  });

  /** The sweep, which has everything played by workers. */
  async function sweep(signal: AbortSignal): Promise<{ heard: () => string; reports: Promise<TaskReport[]>; coordinator: Coordinator }> {
    const coordinator = await Coordinator.open(queue, { plan, store, mostAttempts: 2, signal });
    let text = '';
    const stream = { isTTY: false, write: (piece: string) => ((text += piece), true) } as unknown as NodeJS.WriteStream;
    const output = { stream, announce: () => undefined, now: () => performance.now() };
    const prepared = await Sweep.prepare({ plan, store, server, output, budget: {}, workers: 1, elsewhere: coordinator, signal });
    const reports = prepared.run();
    reports.catch(() => undefined); // told where it is waited for
    return { heard: () => text.replace(/\s+/g, ' '), reports, coordinator };
  }

  /** Waits until so many jobs are in the queue. */
  async function handedOut(count: number): Promise<void> {
    while ((await queue.query.selectFrom('queue_job').select('id').execute()).length < count) await sleep(20);
  }

  const refusals = async (count: number): Promise<boolean> =>
    (await queue.query.selectFrom('queue_refusal').select('why').execute()).length === count;

  /** Lets a worker work until something is so. */
  async function withWorker(machine: string, isOver: () => Promise<boolean>): Promise<string> {
    const said: string[] = [];
    const stop = new AbortController();
    const card = { name: machine, machine, host: '', labels: [], engines: true, version: '0', leaseMs: 20_000 };
    const settings = { card, mayCommand: false, budget: {}, say: (line: string) => said.push(line), signal: stop.signal };
    const working = new Worker(queue, settings).run();
    try {
      while (!(await isOver())) await sleep(20);
    } finally {
      stop.abort();
      await working;
    }
    return said.join('\n');
  }

  it('is played and asked by whoever has its files as the sweep has them, and left by others in words', async () => {
    const over = new AbortController();
    const { heard, reports, coordinator } = await sweep(over.signal);
    try {
      await handedOut(3 + 1); // three matches, one with an outage, and a bank
      // Nobody has a folder of that name: a host to which the model was not copied.
      renameSync(model, `${model}-away`);
      const ofLacking = await withWorker('lacking', () => refusals(1));
      renameSync(`${model}-away`, model);
      // One byte of the last matrix: the file is as long, and loads as well.
      const weights = join(model, 'model.safetensors');
      const whole = readFileSync(weights);
      const other = Buffer.from(whole);
      other[other.length - 1]! ^= 1;
      writeFileSync(weights, other);
      const ofDiffering = await withWorker('differing', () => refusals(2));
      writeFileSync(weights, whole);
      const differs = "own is another one here than the sweep's: it differs in model.safetensors";
      expect(ofLacking).to.match(
        /left to others: own cannot be had here: no model ".*\/model": looked for a folder with a config\.json at/,
      );
      expect(ofDiffering).to.include(`left to others: ${differs}`);
      await until(() => heard().includes(`differing leaves it to others: ${differs}`), 20_000);
      expect(heard()).to.include('lacking leaves it to others: own cannot be had here: no model ');
      expect(await queue.query.selectFrom('queue_home').select('machine').execute(), 'at home with neither').to.deep.equal([]);
      expect(readdirSync(join(store.folder, 'traces')), 'played by neither').to.deep.equal([]);

      let isOver = false;
      void reports.finally(() => (isOver = true)).catch(() => undefined);
      await withWorker('whole', () => Promise.resolve(isOver));
      const [{ cells, patient, recovery, rows, hosts, unfinished }] = (await reports) as [TaskReport];

      // What is measured may be void where other programs keep the host busy, and for nothing else.
      expect(cells.map(({ cell }) => cell.seed)).to.deep.equal([10]);
      for (const why of unfinished.flatMap(({ reasons }) => reasons)) expect(why).to.match(/host was busy/);
      expect(patient.map(({ trace }) => trace.footer!.verdict)).to.deep.equal([{ counts: true, reasons: [] }]);
      expect(rows.map(({ name, answers }) => [name, answers?.length])).to.deep.equal([['own', PROBES]]);
      expect(hosts.map(({ name }) => name)).to.include('whole');

      const built = await identifyEmbedded({ kind: 'embedded', model, precision: 'fp8', threads: 1, prefixCache: true });
      // Its engine was killed there, and started again.
      const [disturbed] = recovery.map(({ trace: { events, footer } }) => ({ events, footer: footer! }));
      expect(recovery.map(({ cell }) => [cell.seed, cell.purpose])).to.deep.equal([[10, 'recovery']]);
      expect(disturbed!.events.flatMap((event) => (event.kind === 'outage' ? [event.state] : []))).to.deep.equal(['down', 'up']);
      expect(rows[0]!.recovery).to.include({ matches: disturbed!.footer.verdict.counts ? 1 : 0, voided: disturbed!.footer.verdict.counts ? 0 : 1 }); // prettier-ignore

      for (const { cell, trace } of [...cells, ...patient, ...recovery]) {
        expect(ofEngine(trace, cell.seat), 'which weights, format and build answered').to.include({ identity: built.identity, activations: 'w8a8' }); // prettier-ignore
        expect((trace.header.host as { machine: string }).machine).to.equal('whole');
        expect(decisionsOf(trace, cell.seat).filter(({ outcome }) => outcome === 'act')).to.not.deep.equal([]);
        expect(replayFault(verifyTrace(trace, cell.task)), 'played again').to.equal(null);
      }
      const lines = readFileSync(store.keptPath('probes', `fighter-${cells[0]!.cell.entrant.id}`, 'jsonl'), 'utf8')
        .trim()
        .split('\n');
      expect(lines.slice(1).map((line) => typeof (JSON.parse(line) as { answer: unknown }).answer)).to.deep.equal(Array.from({ length: PROBES }, () => 'string')); // prettier-ignore
    } finally {
      over.abort();
      await reports.catch(() => undefined);
      await coordinator.close().catch(() => undefined);
    }
  });
});

/** What the engine of a seat told of itself when it had loaded. */
function ofEngine({ header }: Trace, seat: number): object {
  return (header.seats[seat]!.configuration as { engine: object }).engine;
}
