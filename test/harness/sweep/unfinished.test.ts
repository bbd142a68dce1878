/** Failure is not play: what an endpoint's failures leave of a sweep, and how the same command goes on from there. */
import { copyFileSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ChildProcess } from 'node:child_process';
import { expect } from 'chai';
import { scriptedEndpoint, type ScriptedEndpoint } from './scripted-endpoint.js';
import { keepOverhead, lendOverhead, tickbench, type Ran } from './tickbench.js';

const PROBES = 6;
const PLAN = (seeds: number, more: string): string => `plan: small
${more}
tasks:
  hft:
    speed: 20
    externalSpeed: 10
    seeds: { first: 10, count: ${seeds} }
    confirmSeeds: { first: 90, count: 0 }
    timeoutMs: 2000
    options: { durationUs: 4000000, gridUs: 200000 }
    bots: []
    probes: ${PROBES}
    oracleDecisions: 0
`;

interface SummaryFile {
  finished: boolean;
  tasks: {
    hft: {
      unfinished: { entrant: string; unplayed: number; void: number; reasons: string[] }[];
      rows: { name: string; matches: number; probesAsked: number }[];
    };
  };
}

/** Nothing is left to be played; but a busy host may void a match in wall-clock time, and then says so. */
function expectFinished({ code, err }: Ran, { finished, tasks }: SummaryFile): void {
  const reasons = tasks.hft.unfinished.flatMap((each) => each.reasons);
  for (const reason of reasons) expect(reason).to.match(/^The ticks were late|over two ticks|^This host was busy|clock jumped/);
  expect([code, finished], err).to.deep.equal(reasons.length === 0 ? [0, true] : [3, false]);
}

describe('an unfinished sweep', function () {
  this.timeout(120_000);
  let folder: string;
  let endpoint: ScriptedEndpoint;
  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'tickbench-unfinished-'));
    endpoint = await scriptedEndpoint();
    for (const results of ['results/small', 'results/bots']) lendOverhead(join(folder, results));
  });
  afterEach(() => {
    endpoint.close();
    keepOverhead(join(folder, 'results/small'));
    rmSync(folder, { recursive: true });
  });

  const plan = (seeds: number, more = 'configurations: []'): string => {
    const path = join(folder, 'small.yaml');
    writeFileSync(path, PLAN(seeds, more));
    return path;
  };
  const steady = (): string[] => ['--endpoint', endpoint.url, '--model', 'steady'];
  const summary = (): SummaryFile => JSON.parse(readFileSync(join(folder, 'results/small/summary.json'), 'utf8')) as SummaryFile;

  it('gives a dead endpoint up, says so, exits with an error, and goes on with what is missing', async () => {
    endpoint.statusOf = (call) => (call <= 4 ? 200 : 500);
    const dead = await tickbench(['sweep', plan(2), '--no-page', '--no-report', ...steady()], folder);
    expect(dead.code, dead.err).to.equal(3);
    expect(dead.err).to.match(/steady is given up for this run: its endpoint is dead: .*http 500: .*not today/);
    expect(dead.out.replace(/\s+/g, ' ')).to.match(/unfinished: hft steady \(cells: 3 not played, 1 void\)/);
    const told = summary();
    expect(told.finished).to.equal(false);
    expect(told.tasks.hft.unfinished).to.have.length(1);
    expect(told.tasks.hft.unfinished[0]).to.include({ entrant: 'steady', unplayed: 3, void: 1 });
    expect(told.tasks.hft.rows[0]).to.include({ matches: 0, probesAsked: 0 });

    const asked = endpoint.prompts.splice(0);
    endpoint.statusOf = undefined;
    const alive = await tickbench(['sweep', plan(2), '--no-page', '--no-report', ...steady()], folder);
    expectFinished(alive, summary());
    const { tasks } = summary();
    expect(tasks.hft.rows[0]!.probesAsked).to.equal(PROBES);
    const again = endpoint.prompts.filter((prompt) => asked.slice(0, 4).includes(prompt));
    expect(again, 'states that were answered before').to.deep.equal([]);
    expect(endpoint.prompts[0], 'the state at which the first run broke off').to.equal(asked[4]);
  });

  it('is one, too, whose matches are void because this host was busy', async () => {
    const path = plan(1);
    let child: ChildProcess | undefined;
    // At every call the process that keeps the match's time gets no processor for a while.
    endpoint.statusOf = () => {
      child?.kill('SIGSTOP');
      setTimeout(() => child?.kill('SIGCONT'), 120);
      return 200;
    };
    const busy = await tickbench(['sweep', path, '--no-page', '--no-report', ...steady()], folder, (started) => (child = started));
    expect(busy.code, busy.err).to.equal(3);
    expect(busy.out.replace(/\s+/g, ' '), busy.out).to.match(
      /unfinished: hft steady \(cells: 1 void\): .*(over two ticks|The ticks were late)/,
    );
    expect(busy.err.replace(/\s+/g, ' ')).to.match(/the sweep is unfinished: .*the same command plays them/);
    expect(summary().finished).to.equal(false);
    expect(summary().tasks.hft.unfinished[0]).to.include({ entrant: 'steady', unplayed: 0, void: 1 });
  });

  it('waits while a server limits calls and the world stands still', async () => {
    endpoint.statusOf = (call) => (call === 3 ? 429 : 200);
    const ran = await tickbench(['sweep', plan(1), '--no-page', '--no-report', ...steady()], folder);
    expectFinished(ran, summary());
    expect(ran.err).to.match(/steady: http 429: .*; waiting \d.*; the world stands still/);
    expect(summary().tasks.hft.rows[0]!.probesAsked).to.equal(PROBES);
    expect(endpoint.prompts[3], 'the same state again').to.equal(endpoint.prompts[2]);
  });

  it('asks two servers that know a model of one name as two, and refuses two configurations that nobody could tell apart', async () => {
    const other = await scriptedEndpoint('org-b/steady');
    try {
      writeFileSync(join(folder, 'steady.yaml'), `endpoint: { kind: openai, url: "${endpoint.url}", model: steady }\nrequest: {}\n`);
      const both = await tickbench(
        ['sweep', plan(1, 'configurations: [steady.yaml]'), '--no-page', '--no-report', '--endpoint', other.url, '--model', 'org-b/steady'],
        folder,
      );
      expectFinished(both, summary());
      expect(summary().tasks.hft.rows.map(({ name }) => name)).to.deep.equal(['steady', 'org-b-steady']);
      for (const each of [endpoint, other]) expect(each.calls()).to.be.greaterThan(PROBES + 5);
    } finally {
      other.close();
    }
  });

  it('plays again what is not its cells’ own, and makes damaged caches again', async () => {
    const bots = plan(2).replace('small.yaml', 'bots.yaml');
    writeFileSync(bots, PLAN(2, '').replace('plan: small', 'plan: bots').replace('bots: []', 'bots: [{ bot: expert, delaysMs: [100] }]'));
    const sweep = (...more: string[]): Promise<Ran> => tickbench(['sweep', bots, '--no-page', '--json', ...more], folder);
    const rows = (out: string): unknown =>
      (JSON.parse(out) as { tasks: { hft: { rows: { trading: object; figures: Record<string, object> }[] } } }).tasks.hft.rows.map(
        ({ trading, figures }) => [trading, figures['reward'], figures['probeQuality']],
      );
    const first = await sweep();
    expect(first.code, first.err).to.equal(0);
    const results = join(folder, 'results/bots');
    const [a, b] = readdirSync(join(results, 'traces')).sort();
    copyFileSync(join(results, 'traces', a!), join(results, 'traces', b!));
    for (const [i, name] of readdirSync(join(results, 'trading')).sort().entries()) {
      const path = join(results, 'trading', name);
      const { key } = JSON.parse(readFileSync(path, 'utf8')) as { key: string };
      writeFileSync(path, i === 0 ? JSON.stringify({ key, result: { seat: { name: 5 } } }) : '{"key":"');
    }
    const drawn = (): string[] => readdirSync(results).filter((name) => /^(?:report\.html|frontier-.*)$/.test(name));
    expect(drawn()).to.deep.equal(['frontier-hft.png', 'frontier-hft.svg', 'report.html']);
    const second = await sweep('--no-report');
    expect(drawn(), 'of the figures before').to.deep.equal([]);
    expect(second.code, second.err).to.equal(0);
    expect(second.err).to.match(
      /seed 11 is played again: what lay under its name is not its trace \(it is the trace of .*-10-.*\); kept as/,
    );
    expect(second.err).to.include('1 cells were finished before');
    expect(readdirSync(join(results, 'traces')).filter((name) => name.includes('.foreign-1.'))).to.have.length(1);
    expect(rows(second.out)).to.deep.equal(rows(first.out));
  });

  it('refuses a results folder that another sweep plays into, or that is none, in words', async () => {
    const path = plan(1);
    await tickbench(
      ['sweep', path, '--no-page', '--no-report', '--out', 'taken', '--endpoint', 'http://127.0.0.1:9/v1', '--model', 'm'],
      folder,
    );
    expect(existsSync(join(folder, 'taken/lock')), 'a sweep that failed gives its lock back').to.equal(false);
    writeFileSync(
      join(folder, 'taken/lock'),
      JSON.stringify({ pid: process.pid, host: hostname(), startedAt: '2020-01-01T00:00:00Z', born: null }),
    );
    const locked = await tickbench(['sweep', path, '--no-page', '--no-report', '--out', 'taken'], folder);
    expect(locked.code).to.equal(1);
    expect(locked.err).to.match(new RegExp(`^tickbench: .*taken: another sweep plays into it \\(process ${process.pid} on`));
    const file = await tickbench(['sweep', path, '--no-page', '--no-report', '--out', 'small.yaml'], folder);
    expect(file.code).to.equal(1);
    expect(file.err).to.match(/^tickbench: .*small.yaml: is a file; the results of a sweep need a folder of their own\n$/);
  });
});
