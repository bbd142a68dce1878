import { expect } from 'chai';
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { paperBars } from '../../../../envs/hft/paper/bars.js';
import type { PaperPlan } from '../../../../envs/hft/paper/state.js';
import { spawnAgent, type AgentHandle } from '../../../../harness/agents/spawn.js';
import { playMatch, PlanError, type MatchSheet } from '../../../../harness/match/match.js';
import { packageRoot } from '../../../../harness/host/root.js';
import { MatchServer } from '../../../../harness/protocol/server.js';
import { makeCell, botEntrants } from '../../../../harness/sweep/cells.js';
import { loadPlan } from '../../../../harness/sweep/plan.js';
import { taskNamed } from '../../../../harness/match/tasks.js';
import { readTrace } from '../../../../harness/traces/reader.js';
import { replayTrace } from '../../../../harness/traces/replay.js';
import type { SeatRecord, Trace } from '../../../../scoring/trace/trace.js';
import { FakeEndpoint } from '../../../harness/endpoints/fake-endpoint.js';
import { eventsOf } from '../../../harness/match/players.js';
import { DATE, file } from './days.js';
import { played, type Day } from './published.js';

/** Forty seconds of two symbols, made by hand to rise, fall and leave seconds out. */
function made(base: number, skip: number): Day {
  const day: Day = {};
  for (let i = 0; i < 40; i++) {
    if (i % skip === skip - 1) continue;
    const low = base + ((i * 7) % 11) / 4 - i / 50;
    day[`15:29:${String(i + 10)}`] = { open: low, high: low + 0.0625, low, close: low };
  }
  return {
    ...day,
    '15:30:00': { open: base, high: base, low: base, close: base },
    '15:30:07': { open: base, high: base + 1, low: base - 1, close: base },
  };
}

const DAYS: Record<string, Day> = { AMZN: made(161, 5), NVDA: made(92, 7) };
const OPTIONS = {
  market: {
    kind: 'ohlc',
    date: DATE,
    prices: 'raw',
    bars: Object.entries(DAYS).map(([symbol, day]) => paperBars(file(day), { symbol, prices: 'raw' }).bars),
  },
};

/** What the plain telling makes of a trace's own answers and latencies. */
function retold(trace: Trace): ReturnType<typeof played> {
  const settled = trace.events.filter((event) => event.kind === 'act' || event.kind === 'reject' || event.kind === 'miss');
  return played(DAYS, 0.03, (question) => {
    const event = settled[question]!;
    if (event.kind !== 'act') return { shares: {}, delay: 0 };
    return { shares: event.action.plan as PaperPlan, delay: event.latencyUs === 1 ? 0 : event.latencyUs / 1_000_000 };
  });
}

describe('matches under the published rules', () => {
  let server: MatchServer;
  let folder: string;
  const agents: AgentHandle[] = [];
  before(async () => {
    server = await MatchServer.listen();
    folder = mkdtempSync(join(tmpdir(), 'tickbench-test-'));
  });
  after(async () => {
    await Promise.all(agents.map((agent) => agent.stop()));
    await server.close();
    rmSync(folder, { recursive: true, force: true });
  });

  let matches = 0;
  const plan = (agent: AgentHandle, record: Partial<SeatRecord>, more: Partial<MatchSheet> = {}): MatchSheet => ({
    id: `paper${++matches}`,
    task: 'hft-paper',
    options: OPTIONS,
    seed: 3,
    clock: 'virtual',
    speed: 1,
    timeoutUs: 60_000_000,
    seats: [{ token: agent.token, record: { name: 'x', kind: 'bot', addedUs: 0, ...record } }],
    ...more,
  });

  it('give the cash of the plain telling to the last bit for each delay, from a trace that plays again', async () => {
    const agent = await spawnAgent(server, { kind: 'bot', bot: 'swing', errorPermille: 300 });
    agents.push(agent);
    const cash = new Set<unknown>();
    for (const [givenUs, speed] of [
      [0, 1],
      [750_000, 1],
      [1_500_000, 25],
      [3_000_000, 1],
      [1_234_567, 40],
    ] as const) {
      // prettier-ignore
      const tracePath = join(folder, `${givenUs}.jsonl.gz`);
      const trace = await playMatch(server, plan(agent, { givenUs }, { tracePath, speed }));
      expect(trace.footer!.verdict).to.deep.equal({ counts: true, reasons: [] });
      const told = retold(trace);
      expect(told.log.length).to.equal(eventsOf(trace.events, 'act').length).and.to.be.greaterThan(15);
      expect(told.log.at(-1)!.time).to.equal('15:30:07');
      expect(trace.footer!.results.seats[0]!.cash).to.equal(told.cash);
      const stored = await readTrace(tracePath);
      expect(replayTrace(stored)).to.include({ same: true, digest: trace.footer!.digest, expected: trace.footer!.digest });
      expect(replayTrace(stored).faults).to.deep.equal([]);
      expect(stored.header).to.include({ task: 'hft-paper', rules: 'paper.2' });
      cash.add(told.cash);
    }
    expect(cash.size).to.be.greaterThan(3);
  });

  it('are refused on the wall clock, and shown to nobody as order books', async () => {
    const agent = agents[0]!;
    let refused: unknown;
    await playMatch(server, plan(agent, {}, { clock: 'wall' })).catch((error: unknown) => (refused = error));
    expect(refused).to.be.instanceOf(PlanError);
    expect((refused as Error).message).to.match(/hft-paper, wall clock: .*virtual clock only/);
  });

  it('go on after answers that were rejected or never came, and play again the same', async () => {
    const endpoint = await FakeEndpoint.start();
    try {
      endpoint.behaviour = (n) =>
        n % 4 === 0 ? ['I think', ' not'] : n % 4 === 1 ? ['{"AMZN"', ': 3, "NVDA": -1', '}'] : n === 2 || n === 6 ? 'stall' : ['{}'];
      const config = join(folder, 'model.json');
      const request = { timeoutMs: 5000 };
      const target = { url: endpoint.url, model: 'fake', extra: {} };
      const prompt = join(packageRoot(), 'envs/hft/paper/prompts/plain.txt');
      writeFileSync(config, JSON.stringify({ name: 'fake', target, request, prompt, parser: 'json' }));
      const agent = await spawnAgent(server, { kind: 'model', config });
      agents.push(agent);
      const trace = await playMatch(server, plan(agent, { kind: 'model' }, { timeoutUs: 1_000_000 }));
      for (const kind of ['act', 'reject', 'miss'] as const) expect(eventsOf(trace.events, kind).length, kind).to.be.greaterThan(0);
      const told = retold(trace);
      expect(trace.footer!.results.over).to.equal(true);
      expect(trace.footer!.results.seats[0]!.cash).to.equal(told.cash);
      expect(trace.footer!.results.seats[0]!.unanswered).to.equal(
        trace.events.filter(({ kind }) => kind === 'reject' || kind === 'miss').length,
      );
      expect(replayTrace(trace).same).to.equal(true);
      expect(endpoint.requests[0]!.messages[1]!.content).to.match(
        /^time 15:29:\d\d cash 10000.00\nAMZN buy 16\d.\d+ sell 16\d.\d+ held 0 max \d+\n/,
      );
    } finally {
      await endpoint.stop();
    }
  });

  it('that are stopped, or whose agent leaves for good, play again too', async () => {
    const stop = new AbortController();
    const agent = await spawnAgent(server, { kind: 'bot', bot: 'hold', errorPermille: 0 });
    const playing = playMatch(server, plan(agent, {}, { timeoutUs: 500_000, signal: stop.signal }));
    await agent.stop();
    const left = await playing;
    expect(left.footer!.results.over).to.equal(true);
    expect(replayTrace(left).same).to.equal(true);

    const slow = agents[0]!;
    const stopped = new AbortController();
    const cut = playMatch(server, plan(slow, {}, { signal: stopped.signal, options: { market: { kind: 'practice', seconds: 20_000 } } }));
    setTimeout(() => stopped.abort('enough'), 150);
    const trace = await cut;
    expect(trace.footer!.verdict.counts).to.equal(false);
    expect(replayTrace(trace).same).to.equal(true);
  });

  it('are a part of a sweep: cells on the virtual clock, for endpoints elsewhere too', async () => {
    const amzn = join(folder, 'ohlc_AMZN_day.json');
    writeFileSync(amzn, JSON.stringify(file(DAYS.AMZN!)));
    const sweep = (task: string): string => {
      const path = join(folder, 'plan.yaml');
      writeFileSync(path, `plan: p\ntasks:\n  hft-paper:\n    speed: 1\n    seeds: { first: 1, count: 1 }\n    confirmSeeds: { first: 9, count: 1 }\n    timeoutMs: 1000\n${task}`); // prettier-ignore
      return path;
    };
    const [planned] = loadPlan(sweep('    market: ohlc:ohlc_AMZN_day.json\n    bots: [{ bot: swing, delaysMs: [0] }]\n')).tasks;
    const task = taskNamed(planned!.name);
    const [entrant] = botEntrants(planned!.plan);
    const options: unknown = task.parseOptions(planned!.plan.options);
    const cell = await makeCell(task, planned!.plan, options, { ...entrant!, kind: 'external' }, 1, 'measure');
    expect(cell.clock).to.equal('virtual');
    expect((cell.options as typeof OPTIONS).market.bars[0]!.symbol).to.equal('AMZN');
    expect(() => loadPlan(sweep('    probes: 5\n'))).to.throw(/probes: only 0: these rules have no oracle/);
    expect(() => loadPlan(sweep('    market: ohlc:none.json\n'))).to.throw(/hft-paper.market none.json: no such file/);
  });
});

describe('the command line under the published rules', () => {
  const tickbench = (...args: string[]) =>
    new Promise<{ code: number; out: string; err: string }>((resolve) => {
      execFile(process.execPath, [join(packageRoot(), 'dist/tickbench/main.js'), ...args], { cwd: folder }, (error, out, err) =>
        resolve({ code: error ? Number(error.code) : 0, out, err }),
      );
    });
  let folder: string;
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'tickbench-test-'));
    for (const [symbol, day] of Object.entries(DAYS)) writeFileSync(join(folder, `${symbol}.json`), JSON.stringify(file(day)));
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  it('plays files of bars, labelled, and its trace again', async () => {
    const ran = await tickbench('run', 'hft', '--rules', 'paper', '--market', 'ohlc:AMZN.json,NVDA.json', '--prices', 'cleaned', '--seat', 'bot:swing@700ms', '--trace', 't.jsonl.gz'); // prettier-ignore
    expect(ran.err).to.match(/compatibility mode/);
    expect(ran.code).to.equal(0);
    const out = ran.out.replace(/\s+/g, ' ');
    expect(out).to.match(/published benchmark's rules \(compatibility mode\): .*not comparable with hft/);
    expect(out).to.match(/AMZN 2024-08-05, 34 seconds with trades, \d+ highs and lows replaced/);
    const again = await tickbench('replay', 't.jsonl.gz');
    expect(again.out).to.match(/hft-paper \(paper\.2\)[^]*Same digest/);
  });

  it('refuses what these rules have not, in one line', async () => {
    const paper = ['run', 'hft', '--rules', 'paper'];
    for (const [args, said] of [
      [[...paper, '--clock', 'wall'], /^tickbench: --clock wall: .*accepted: --clock virtual\n$/],
      [[...paper, '--watch', '0'], /^tickbench: --watch: the page draws order books and fights/],
      [[...paper, '--market', 'ohlc:none.json'], /none.json: no such file/],
      [[...paper, '--prices', 'raw'], /--prices: with --rules paper it goes with --market/],
      [['run', 'fighter', '--rules', 'paper'], /^tickbench: --rules paper is for hft, not for fighter/],
      [[...paper, '--seat', 'model:1m-fp8', '--parser', 'xml'], /no parser "xml"; there are json, line/],
      [[...paper, '--seat', 'model:1m-fp8', '--prompt', 'nice'], /no prompt "nice"; there are line, plain, reference, terse/],
    ] as const) {
      const refused = await tickbench(...args);
      expect(refused.code, args.join(' ')).to.not.equal(0);
      expect(refused.err, args.join(' ')).to.match(said);
    }
  });
});
