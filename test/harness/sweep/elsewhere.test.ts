/** Confirmations of a sweep that is played elsewhere: they count on the winner's host alone, and one that is played stays when its machine has gone. */
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { expect } from 'chai';
import type { Action } from '../../../envs/environment.js';
import { monotonicUs } from '../../../harness/host/clock.js';
import { playMatch } from '../../../harness/match/match.js';
import { MatchServer } from '../../../harness/protocol/server.js';
import type { Cell } from '../../../harness/sweep/cells.js';
import type { Elsewhere, ElsewhereNews, ElsewhereWork } from '../../../harness/sweep/elsewhere.js';
import { loadPlan, type Plan } from '../../../harness/sweep/plan.js';
import { Sweep, type TaskReport } from '../../../harness/sweep/run.js';
import { SweepStore } from '../../../harness/sweep/store.js';
import type { Trace } from '../../../scoring/trace/trace.js';
import { linkedAgent } from '../match/players.js';
import { calm, traceText } from '../submission/tiny.js';

const PLAN = `plan: small
configurations: [1m-fp8]
tasks:
  hft:
    speed: 2
    seeds: { first: 10, count: 2 }
    confirmSeeds: { first: 9000, count: 1 }
    timeoutMs: 10000
    options: { durationUs: 1500000, gridUs: 100000, market: { kind: synthetic, preset: news-wire } }
    bots: []
    patient: { matches: 0 }
    probes: 0
    oracleDecisions: 0
`;

/**
 * Stands for a machine: a bot of the task's plays what it is given in the model's place, with the world stopped, and says that this name's host did,
 * whoever was asked for. So no test waits for a quiet host; whose trace is whose is all that matters here.
 */
class Machine implements Elsewhere {
  readonly played: string[] = [];

  constructor(
    private readonly server: MatchServer,
    private readonly store: SweepStore,
    private readonly name: string,
    private readonly isThere: boolean,
  ) {}

  async play({ cells }: ElsewhereWork, news: ElsewhereNews): Promise<void> {
    for (const cell of cells) {
      const trace = await this.traceOf(cell);
      writeFileSync(this.store.tracePath(cell), gzipSync(traceText(trace)));
      this.store.vouch(cell);
      this.played.push(cell.purpose);
      news.played({ cell, trace, voided: 0 });
    }
  }

  has = (machine: string): Promise<boolean> => Promise.resolve(this.isThere && machine === 'a');

  private async traceOf({ id, task, options, seed, speed, clock, planned }: Cell): Promise<Trace> {
    const policy = task.bots.find(({ name }) => name === 'momentum')!.create({ seed });
    const { link } = await linkedAgent(this.server, id, (observation) => {
      const { plan, standing } = policy.decide(observation.state) as Action<object>;
      return { plan, ...(standing === undefined ? {} : { standing }) };
    });
    const seats = [{ token: id, record: planned.seats[0]! }];
    const { timeoutUs } = planned;
    const trace = calm(await playMatch(this.server, { id, task: task.name, options, seed, clock: 'virtual', speed, timeoutUs, seats, machine: this.name })); // prettier-ignore
    link.close();
    return { ...trace, header: { ...trace.header, clock } };
  }
}

describe('a confirmation that is played elsewhere', function () {
  this.timeout(60_000);
  const folder = mkdtempSync(join(tmpdir(), 'tickbench-elsewhere-'));
  let server: MatchServer;
  let store: SweepStore;
  let plan: Plan;
  const said: string[] = [];
  before(async () => {
    server = await MatchServer.listen({});
    writeFileSync(join(folder, 'small.yaml'), PLAN);
    plan = loadPlan(join(folder, 'small.yaml'));
    store = new SweepStore(join(folder, 'results'));
  });
  after(async () => {
    await server.close();
    rmSync(folder, { recursive: true });
  });

  async function sweep(elsewhere?: Machine): Promise<TaskReport> {
    said.length = 0;
    const stream = { isTTY: false, write: (line: string) => said.push(line) } as unknown as NodeJS.WriteStream;
    const output = { stream, announce: (): void => undefined, now: (): number => monotonicUs() / 1000 };
    const settings = { plan, store, server, output, budget: {}, workers: 1, ...(elsewhere ? { elsewhere } : {}) };
    const [report] = await (await Sweep.prepare(settings)).run();
    return report!;
  }
  const machineOf = (name: string, isThere: boolean): Machine => new Machine(server, store, name, isThere);

  it('counts where the winner was measured', async () => {
    const a = machineOf('a', true);
    const { confirmation, hosts } = await sweep(a);
    expect(hosts.map(({ name }) => name)).to.deep.equal(['a']);
    expect(a.played).to.deep.equal(['measure', 'measure', 'confirm']);
    expect(confirmation.map(({ cell }) => cell.seed)).to.deep.equal([9000]);
  });

  it('is found again when its machine has gone, and by a sweep on this machine', async () => {
    for (const elsewhere of [machineOf('b', false), undefined]) {
      const { confirmation } = await sweep(elsewhere);
      expect(confirmation.map(({ cell }) => cell.seed)).to.deep.equal([9000]);
      expect(elsewhere?.played ?? []).to.deep.equal([]);
    }
  });

  it('is not played when the machine has gone, or is another than this one, and does not count when another machine played it', async () => {
    const traces = join(store.folder, 'traces');
    for (const name of readdirSync(traces).filter((each) => each.includes('-9000-wall-'))) rmSync(join(traces, name));
    for (const elsewhere of [machineOf('b', false), undefined]) {
      expect((await sweep(elsewhere)).confirmation).to.deep.equal([]);
      expect(elsewhere?.played ?? []).to.deep.equal([]);
      expect(said.join('')).to.match(/no wall-clock confirmation on hft: .*(?:a, which measured 1m-fp8, is no longer there|a measured 1m-fp8, and this is another host)/); // prettier-ignore
    }
    const b = machineOf('b', true);
    expect((await sweep(b)).confirmation).to.deep.equal([]);
    expect(b.played).to.deep.equal(['confirm']);
    expect(said.join('')).to.include('seed 9000 was played on another host than a, which measured 1m-fp8');
  });
});
