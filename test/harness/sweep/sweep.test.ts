import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { gunzipSync, gzipSync } from 'node:zlib';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { packageRoot } from '../../../harness/host/root.js';
import { courseForm } from '../../../harness/sweep/course-form.js';
import { scriptedEndpoint } from './scripted-endpoint.js';
import { keepOverhead, lendOverhead, tickbench, type Ran } from './tickbench.js';

/** A plan of bots alone: two short seeds a task. */
const BOTS = `plan: small
tasks:
  fighter:
    speed: 20
    externalSpeed: 20
    seeds: { first: 10, count: 2 }
    confirmSeeds: { first: 20, count: 0 }
    timeoutMs: 2000
    options: { rounds: 1, roundSeconds: 4 }
    opponent: { bot: hold, delayMs: 100 }
    bots: [{ bot: expert, delaysMs: [100] }]
    probes: 3
    oracleDecisions: 2
  hft:
    speed: 20
    externalSpeed: 20
    seeds: { first: 10, count: 2 }
    confirmSeeds: { first: 20, count: 0 }
    timeoutMs: 2000
    options: { durationUs: 5000000, gridUs: 50000 }
    bots: [{ bot: expert, delaysMs: [100] }]
    probes: 3
    oracleDecisions: 2
`;

describe('tickbench sweep', function () {
  this.timeout(120_000);
  let folder: string;
  let plan: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'tickbench-sweep-'));
    plan = join(folder, 'small.yaml');
    writeFileSync(plan, BOTS);
    lendOverhead(join(folder, 'results/small'));
  });
  afterEach(() => {
    keepOverhead(join(folder, 'results/small'));
    rmSync(folder, { recursive: true });
  });

  const traces = (): Map<string, number> => {
    const path = join(folder, 'results/small/traces');
    return new Map(existsSync(path) ? readdirSync(path).map((name) => [name, statSync(join(path, name)).mtimeMs]) : []);
  };

  it("follows a plan's own reward, as the verb that scores its folder does", async () => {
    writeFileSync(plan, `score: reward - 0.001 * p90Ms\n${BOTS.slice(0, BOTS.indexOf('  hft:'))}`);
    const ran = await tickbench(['sweep', plan, '--no-page'], folder);
    expect(ran.code, ran.err).to.equal(0);
    expect(ran.out.replace(/\s+/g, ' '))
      .to.include('Score: reward - 0.001 * p90Ms, match by match.')
      .and.include('over 2 matches of a bot');
    const summary = JSON.parse(readFileSync(join(folder, 'results/small/summary.json'), 'utf8')) as {
      tasks: { fighter: { score: string; rows: { figures: { score: { value: number }; reward: { value: number } } }[] } };
    };
    const { score, rows } = summary.tasks.fighter;
    expect(score).to.equal('reward - 0.001 * p90Ms');
    expect(rows[0]!.figures.score.value).to.be.closeTo(rows[0]!.figures.reward.value - 0.1, 1e-9);
    const scored = await tickbench(['score', 'results/small', '--by', score, '--json'], folder);
    const { tasks } = JSON.parse(scored.out) as { tasks: { rows: { score: { value: number } }[] }[] };
    expect(tasks[0]!.rows[0]!.score).to.deep.equal(rows[0]!.figures.score);
  });

  it('plays a plan, prints a table of each task, and leaves cells, traces and pictures', async () => {
    const ran = await tickbench(['sweep', plan, '--no-page', '--wide'], folder);
    expect(ran.code, ran.err).to.equal(0);
    expect(ran.out)
      .to.include('(fighter)')
      .and.include('(hft)')
      .and.include('expert @100 ms')
      .and.include('injected')
      .and.include('How they traded')
      .and.match(/lost play/)
      .and.match(/invalid +failed +missed +stale +idle/);
    const results = join(folder, 'results/small');
    const { cells } = JSON.parse(readFileSync(join(results, 'cells.json'), 'utf8')) as {
      cells: { task: string; trace: string; counts: boolean; digest: string; staleShare: number | null; idleShare: number | null }[];
    };
    expect(cells).to.have.length(4);
    expect(cells.every((cell) => cell.counts)).to.equal(true);
    for (const { task, staleShare, idleShare } of cells)
      for (const share of [staleShare, idleShare]) expect(typeof share).to.equal(task === 'fighter' ? 'number' : 'object');
    const { tasks } = JSON.parse(readFileSync(join(results, 'summary.json'), 'utf8')) as {
      tasks: Record<string, { rows: { figures: Record<string, { value: number | null; n: number }> }[] }>;
    };
    for (const { figures } of tasks.fighter!.rows) {
      for (const rate of ['invalid', 'failed', 'missed', 'stale', 'idle']) expect(figures[rate]!.value, rate).to.be.within(0, 1);
      expect(figures.invalid!.value).to.equal(0);
    }
    // What it said of itself while it ran ends with what it found.
    const course = courseForm.parse(JSON.parse(readFileSync(join(results, 'course.json'), 'utf8')));
    expect(course).to.include({ sweep: 'small', ended: 'finished', done: 4, total: 4 });
    for (const { name, entrants, rows, seeds } of course.tasks) {
      expect(entrants.map((each) => [each.name, each.matches])).to.deep.equal([['expert @100 ms', '++']]);
      expect(seeds).to.deep.equal([10, 11]);
      expect(rows[0]!.steps.map(({ matches }) => matches)).to.deep.equal([1, 2]);
      const { latencyMeanMs, reward } = tasks[name]!.rows[0]!.figures;
      expect(rows[0]!.steps[1]).to.deep.include({ latencyMeanMs, reward });
    }
    for (const { figures } of tasks.hft!.rows) expect([figures.invalid!.value, figures.idle!.value]).to.deep.equal([0, null]);
    // Bots play patiently in process; the best known of the market is the scale's 1 by definition.
    expect(tasks.hft!.rows[0]!.figures.patientPlay).to.include({ value: 1, n: 2 });
    expect(tasks.fighter!.rows[0]!.figures.patientPlay!.n).to.equal(2);
    for (const { trace } of cells) expect(existsSync(join(results, trace)), trace).to.equal(true);
    expect(readFileSync(join(results, 'cells.csv'), 'utf8').trim().split('\n')).to.have.length(5);
    const replayed = await tickbench(['replay', join(results, cells[0]!.trace), '--json'], folder);
    expect(replayed.code, replayed.err).to.equal(0);
    expect(replayed.out).to.include(cells[0]!.digest);
  });

  it('resumes: finished cells are not played again, a torn one is, and the table is the same', async () => {
    const first = await tickbench(['sweep', plan, '--no-page', '--no-report', '--json'], folder);
    const before = traces();
    const torn = [...before.keys()][0]!;
    truncateSync(join(folder, 'results/small/traces', torn), 200);
    // Another claims more than it earned, its chain of hashes whole.
    const forged = [...before.keys()][1]!;
    const path = join(folder, 'results/small/traces', forged);
    writeFileSync(path, gzipSync(gunzipSync(readFileSync(path)).toString('utf8').replace(/"reward":\[(-?\d+)/, (_, paid) => `"reward":[${Number(paid) + 900}`))); // prettier-ignore
    const second = await tickbench(['sweep', plan, '--no-page', '--no-report', '--json'], folder);
    expect(second.code, second.err).to.equal(0);
    expect(second.err).to.include('2 cells were finished before');
    expect(second.err).to.match(/is played again: what lay under its name is not its trace \(it is not as it says: results: /);
    const after = traces();
    for (const [name, time] of before) if (name !== torn && name !== forged) expect(after.get(name), name).to.equal(time);
    expect(after.get(torn)).to.be.above(before.get(torn)!);
    expect([...after.keys()].some((name) => name.startsWith(torn.replace('.jsonl.gz', '.void-')))).to.equal(true);
    const figures = (ran: Ran): unknown[] => {
      const { tasks } = JSON.parse(ran.out) as { tasks: Record<string, { rows: { name: string; figures: Record<string, unknown> }[] }> };
      return Object.values(tasks).map(({ rows }) =>
        rows.map(({ name, figures: all }) => [name, all['reward'], all['latencyP50Ms'], all['probeQuality']]),
      );
    };
    expect(figures(second)).to.deep.equal(figures(first));
  });

  for (const times of [1, 2])
    it(`stops ${times === 1 ? 'in good order' : 'at once'} when it is interrupted ${times === 1 ? 'once' : 'twice'}, and keeps what is finished`, async () => {
      writeFileSync(plan, BOTS.replaceAll('count: 2', 'count: 200').replaceAll('confirmSeeds: { first: 20', 'confirmSeeds: { first: 900'));
      const child = spawn(process.execPath, [join(packageRoot(), 'dist/tickbench/main.js'), 'sweep', plan, '--no-page', '--no-report'], {
        cwd: folder,
        stdio: ['ignore', 'ignore', 'pipe'],
      });
      let err = '';
      child.stderr.setEncoding('utf8').on('data', (text: string) => (err += text));
      const ended = new Promise<number | null>((done) => child.once('close', done));
      while (traces().size < 3 && child.exitCode === null) await new Promise((done) => setTimeout(done, 20));
      expect(existsSync(join(folder, 'results/small/lock'))).to.equal(true);
      child.kill('SIGINT');
      while (!err.includes('once more to stop at once')) await new Promise((done) => setTimeout(done, 5));
      if (times === 2) child.kill('SIGINT');
      expect(await ended).to.equal(130);
      if (times === 1) expect(err).to.include('the same command goes on from here');
      expect(existsSync(join(folder, 'results/small/lock')), 'the folder is free again').to.equal(false);
      expect([...traces().keys()].filter((name) => name.endsWith('.jsonl.gz')).length).to.be.at.least(2);
      const { ended: how } = courseForm.parse(JSON.parse(readFileSync(join(folder, 'results/small/course.json'), 'utf8')));
      expect(how).to.equal(times === 1 ? 'stopped' : null);
    });

  it('tells before the first match that an endpoint is not there, or does not know the model', async () => {
    const gone = await tickbench(
      ['sweep', plan, '--no-page', '--no-report', '--endpoint', 'http://127.0.0.1:9/v1', '--model', 'm'],
      folder,
    );
    expect(gone.code).to.equal(1);
    expect(gone.err).to.include('http://127.0.0.1:9/v1');
    expect(traces().size).to.equal(0);
    const endpoint = await scriptedEndpoint();
    try {
      const unknown = await tickbench(['sweep', plan, '--no-page', '--no-report', '--endpoint', endpoint.url, '--model', 'nobody'], folder);
      expect(unknown.code).to.equal(1);
      expect(unknown.err).to.include('nobody').and.include('steady');
      expect(traces().size).to.equal(0);
      expect(endpoint.calls()).to.equal(0);
    } finally {
      endpoint.close();
    }
  });

  it('plays a server of the user’s own in wall-clock time and never calls it more often than allowed', async () => {
    const endpoint = await scriptedEndpoint();
    try {
      const ran = await tickbench(
        ['sweep', plan, '--no-page', '--no-report', '--json', '--endpoint', endpoint.url, '--model', 'steady', '--max-calls', '40'],
        folder,
      );
      expect(ran.code, ran.err).to.equal(3);
      expect(ran.err).to.include('its budget for calls is spent');
      expect(endpoint.calls()).to.be.within(10, 40);
      const { tasks, finished } = JSON.parse(ran.out) as {
        finished: boolean;
        tasks: Record<
          string,
          { rows: { name: string; clock: string; kind: string; probesAsked: number }[]; unfinished: { entrant: string }[] }
        >;
      };
      expect(finished).to.equal(false);
      for (const task of ['hft', 'fighter']) {
        expect(tasks[task]!.unfinished.map(({ entrant }) => entrant)).to.deep.equal(['steady']);
        const row = tasks[task]!.rows.find(({ name }) => name === 'steady')!;
        expect(row.kind).to.equal('external');
        expect(row.clock).to.equal('wall');
        expect(row.probesAsked).to.equal(3);
      }
    } finally {
      endpoint.close();
    }
  });

  it('lets a server of the user’s own play while the clock waits, besides, and keeps those matches out of every measured figure', async () => {
    const endpoint = await scriptedEndpoint();
    // Two matches are measured, and in one, of other options, the clock waits.
    writeFileSync(plan, BOTS.slice(0, BOTS.indexOf('  hft:')).replace('roundSeconds: 4', 'roundSeconds: 3').replace('    probes: 3\n', '    probes: 3\n    patient: { matches: 1, options: { roundSeconds: 4 } }\n')); // prettier-ignore
    try {
      const args = ['sweep', plan, '--no-page', '--no-report', '--json', '--endpoint', endpoint.url, '--model', 'steady'];
      const ran = await tickbench(args, folder);
      expect(ran.code, ran.err).to.be.oneOf([0, 3]); // a busy host voids what is measured
      const { tasks } = JSON.parse(ran.out) as {
        tasks: Record<
          string,
          {
            axis: string;
            patient: object;
            rows: { name: string; matches: number; figures: Record<string, { value: number; n: number }> }[];
          }
        >;
      };
      expect(tasks.fighter!.patient).to.include({ matches: 1, zero: 'random', one: 'search' });
      expect(tasks.fighter!.axis).to.equal('patient play');
      const row = tasks.fighter!.rows.find(({ name }) => name === 'steady')!;
      expect(row.matches).to.be.at.most(2);
      expect(row.figures.patientPlay).to.include({ n: 1 });
      const results = join(folder, 'results/small');
      type Cell = { purpose: string; configuration: string; clock: string; speed: number; worldP50Ms: number; trace: string };
      const { cells } = JSON.parse(readFileSync(join(results, 'cells.json'), 'utf8')) as { cells: Cell[] };
      const [cell, ...others] = cells.filter(({ purpose }) => purpose === 'patient');
      expect(others).to.deep.equal([]);
      expect(cell).to.include({ configuration: 'steady', clock: 'virtual', speed: 1 });
      expect(cell!.worldP50Ms).to.be.closeTo(8000 / 60, 0.1);
      const replayed = await tickbench(['replay', join(results, cell!.trace)], folder);
      expect(replayed.code, replayed.err).to.equal(0);
      expect(replayed.out.replace(/\s+/g, ' '))
        .to.include('patient play: the clock waited for every answer; charged')
        .and.include('steady 133.3 ms');
      const name = cell!.trace.slice('traces/'.length);
      const playedAt = traces().get(name);
      expect((await tickbench(args, folder)).code).to.be.oneOf([0, 3]);
      expect(traces().get(name), 'a second run does not play it again').to.equal(playedAt);
    } finally {
      endpoint.close();
    }
  });

  it('refuses a plan that cannot be read, a model without an address and a cost without prices, in one line each', async () => {
    const cases: [string[], string][] = [
      [['no-such-plan'], 'no-such-plan'],
      [['quick', '--model', 'm'], '--endpoint'],
      [['quick', '--endpoint', 'http://127.0.0.1:9/v1', '--model', 'm', '--max-cost', '1'], '--price-in'],
    ];
    for (const [args, word] of cases) {
      const ran = await tickbench(['sweep', ...args, '--no-page', '--no-report'], folder);
      expect(ran.code).to.equal(1);
      expect(ran.err).to.include(word);
      expect(ran.err).to.not.include('    at ');
    }
  });
});
