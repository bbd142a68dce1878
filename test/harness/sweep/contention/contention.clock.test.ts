/**
 * Agents at one endpoint as a user has them played: real matches in wall-clock time, a real gateway in between, and an endpoint that answers one call
 * at a time. Whether this host was quiet enough for a match to count is not asked: what is looked at holds on a busy one, too.
 */
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { summaryForm } from '../../../../harness/evidence/summary.js';
import { taskNamed } from '../../../../harness/match/tasks.js';
import { sweepResults } from '../../../../harness/report/sweep/folder.js';
import { courseForm } from '../../../../harness/sweep/course-form.js';
import { readTrace } from '../../../../harness/traces/reader.js';
import { contentionFigures } from '../../../../scoring/figures/contention.js';
import type { Trace } from '../../../../scoring/trace/trace.js';
import { scriptedEndpoint, type ScriptedEndpoint } from '../scripted-endpoint.js';
import { keepOverhead, lendOverhead, tickbench, type Ran } from '../tickbench.js';

/** Long enough that the endpoint, and not this host, is what agents wait for. */
const EACH_MS = 60;

const PLAN = `plan: shared
configurations: [steady.yaml]
tasks:
  hft:
    speed: 5
    externalSpeed: 5
    seeds: { first: 1, count: 1 }
    confirmSeeds: { first: 20, count: 0 }
    timeoutMs: 20000
    options: { durationUs: 12000000, gridUs: 100000 }
    patient: { matches: 0 }
    probes: 0
    oracleDecisions: 0
    contention:
      agents: [1, 4]
      seeds: { first: 30, count: 4 }
      gateway: { tenants: { heavy: { weight: 3 }, light: { weight: 1 } } }
`;

describe('agents at one endpoint', function () {
  this.timeout(240_000);
  let folder: string;
  let endpoint: ScriptedEndpoint;
  let ran: Ran;
  let traces: Trace[];
  const results = (): string => join(folder, 'results/shared');
  const read = async (): Promise<Trace[]> => {
    const names = readdirSync(join(results(), 'traces')).filter((name) => /-agents-[0-9a-f]+\.jsonl\.gz$/.test(name));
    return await Promise.all(names.map((name) => readTrace(join(results(), 'traces', name))));
  };
  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'tickbench-shared-'));
    lendOverhead(results());
    endpoint = await scriptedEndpoint();
    endpoint.eachMs = EACH_MS;
    writeFileSync(join(folder, 'steady.yaml'), `endpoint: { kind: openai, url: '${endpoint.url}', model: steady }\nrequest: { temperature: 0, maxTokens: 8, timeoutMs: 10000 }\n`); // prettier-ignore
    writeFileSync(join(folder, 'plan.yaml'), PLAN);
    ran = await tickbench(['sweep', 'plan.yaml', '--no-page'], folder);
    keepOverhead(results());
    traces = await read();
  });
  after(() => {
    endpoint.close();
    rmSync(folder, { recursive: true });
  });

  it('are played at the same time, each in a match of its own that says so', () => {
    expect([0, 3], ran.err).to.include(ran.code);
    const four = traces.filter(({ header }) => header.contention!.agents === 4).sort((a, b) => a.header.contention!.agent - b.header.contention!.agent); // prettier-ignore
    expect(traces).to.have.length(8);
    expect(four.map(({ header }) => header.seed)).to.deep.equal([30, 31, 32, 33]);
    expect(four.map(({ header }) => header.contention!.tenant!.name)).to.deep.equal(['heavy', 'light', 'heavy', 'light']);
    expect(new Set(four.map(({ header }) => header.contention!.run)).size).to.equal(1);
    expect(new Set(traces.map(({ header }) => header.contention!.run)).size).to.equal(5);
    const course = courseForm.parse(JSON.parse(readFileSync(join(results(), 'course.json'), 'utf8')));
    expect(course.tasks[0]!.entrants[0]!.contention).to.match(/^[+v]{8}$/);
    // Each had begun before any was over.
    const [begun, over] = [four.map(({ header }) => header.startedAt), four.map(({ footer }) => footer!.endedAt)];
    expect(begun.sort().at(-1)! < over.sort()[0]!).to.equal(true);
  });

  it('get shares by the weights that the gateway was told, and each less than alone', () => {
    // What is reckoned here is told by nobody where the host was busy: a test may look at it.
    const counted = traces.map((trace) => ({ seat: 0, trace: { ...trace, footer: { ...trace.footer!, verdict: { counts: true, reasons: [] } } } })); // prettier-ignore
    const [one, four] = contentionFigures(taskNamed('hft'), counted);
    expect([one!.groups, four!.groups]).to.deep.equal([4, 1]);
    const [heavy, light] = four!.tenants;
    expect(heavy!.owed).to.equal(0.75);
    expect(heavy!.share.value!).to.be.within(0.6, 0.9);
    expect(heavy!.share.value! + light!.share.value!).to.be.closeTo(1, 1e-12);
    expect(four!.figures.jainByWeight.value!).to.be.above(four!.figures.jain.value!);
    expect(four!.figures.decisionsPerSecond.value!).to.be.below(one!.figures.decisionsPerSecond.value!);
    expect(four!.added!.figures.latencyMeanMs.value!).to.be.above(EACH_MS / 2);
  });

  it('are told of in the summary, the tables and the report, which reckons them again from the traces', async () => {
    const summary = summaryForm.parse(JSON.parse(readFileSync(join(results(), 'summary.json'), 'utf8')));
    const [told] = summary.tasks['hft']!.contention!;
    expect(told!.configuration).to.equal('steady');
    expect(told!.counts.map(({ agents }) => agents)).to.deep.equal([1, 4]);
    const { contention, agreement } = await sweepResults(results());
    expect(contention.get('hft')!.map(({ counts }) => counts.map(({ groups, left }) => [groups, left]))).to.deep.equal([told!.counts.map(({ groups, left }) => [groups, left])]); // prettier-ignore
    expect(agreement!.disagreements).to.deep.equal([]);
    expect(ran.out).to.include('Contention').and.include('steady, 4 agents');
    expect(readFileSync(join(results(), 'contention.csv'), 'utf8').split('\n')[0]).to.include('jainByWeight,jainByWeightLow');
    if (existsSync(join(results(), 'report.html'))) expect(readFileSync(join(results(), 'report.html'), 'utf8')).to.include('agents that ask one endpoint at once'); // prettier-ignore
    // Nothing of it is in the figures of matches that were played alone.
    const [row] = summary.tasks['hft']!.rows;
    expect(row!.matches + row!.void).to.equal(1);
    // Somebody who betters a figure is found out.
    told!.counts[1]!.groups++;
    writeFileSync(join(results(), 'summary.json'), JSON.stringify(summary));
    const found = (await sweepResults(results())).agreement!.disagreements;
    expect(found.map(({ key, configuration }) => [key, configuration])).to.deep.equal([['contention', 'steady, 4 agents']]);
  });

  it('make no more calls together than their budget, whose costs nobody could add up meanwhile', async () => {
    writeFileSync(join(folder, 'bounded.yaml'), PLAN.replace('plan: shared', 'plan: bounded').replace('durationUs: 12000000', 'durationUs: 5000000')); // prettier-ignore
    lendOverhead(join(folder, 'results/bounded'));
    const before = endpoint.calls();
    const bounded = await tickbench(['sweep', 'bounded.yaml', '--no-page', '--no-report', '--max-calls', '40'], folder);
    expect(bounded.code, bounded.err).to.equal(3);
    expect(bounded.err).to.include('its budget for calls is spent');
    expect(endpoint.calls() - before).to.be.within(20, 40);
    const priced = await tickbench(
      ['sweep', 'bounded.yaml', '--no-page', '--max-cost', '1', '--price-in', '1', '--price-out', '1'],
      folder,
    );
    expect(priced.code).to.equal(1);
    expect(priced.err).to.include('accepted: --max-calls in place of --max-cost');
  });
});
