/** A sweep whose plan asks for an injected outage: further matches of their own, told apart from the others wherever they show. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { ConfigurationError } from '../../../harness/configuration/configuration.js';
import { summaryForm } from '../../../harness/evidence/summary.js';
import { isContradicted } from '../../../harness/report/sweep/agreement.js';
import { sweepResults } from '../../../harness/report/sweep/folder.js';
import { loadPlan } from '../../../harness/sweep/plan.js';
import { courseForm } from '../../../harness/sweep/course-form.js';
import { readTrace } from '../../../harness/traces/reader.js';
import { scriptedEndpoint } from './scripted-endpoint.js';
import { keepOverhead, lendOverhead, tickbench } from './tickbench.js';

const PLAN = `plan: outage
tasks:
  hft:
    speed: 1
    externalSpeed: 2
    seeds: { first: 10, count: 2 }
    confirmSeeds: { first: 20, count: 0 }
    timeoutMs: 2000
    options: { durationUs: 2400000, gridUs: 200000 }
    patient: { matches: 0 }
    probes: 0
    oracleDecisions: 0
    recovery: { matches: 2, atMs: 800, cutMs: 600 }
`;

interface CellRecord {
  purpose: string;
  injectedOutage: string;
  seed: number;
  counts: boolean;
  trace: string;
}

describe('a sweep with an injected outage', function () {
  this.timeout(120_000);
  let folder: string;
  beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'tickbench-recovery-'))));
  afterEach(() => rmSync(folder, { recursive: true }));

  it('plays each seed undisturbed and disturbed, and tells what that cost, labelled and apart', async () => {
    writeFileSync(join(folder, 'plan.yaml'), PLAN);
    const results = join(folder, 'results/outage');
    lendOverhead(results);
    const endpoint = await scriptedEndpoint();
    try {
      const ran = await tickbench(['sweep', 'plan.yaml', '--no-page', '--wide', '--endpoint', endpoint.url, '--model', 'steady'], folder);
      expect(ran.code, ran.err).to.be.oneOf([0, 3]); // a busy host voids what is measured
      expect(ran.out).to.include('Recovery from an injected outage').and.include('injected: calls cut off');
    } finally {
      endpoint.close();
    }
    keepOverhead(results);
    const { cells } = JSON.parse(readFileSync(join(results, 'cells.json'), 'utf8')) as { cells: CellRecord[] };
    expect(cells.map(({ purpose, seed }) => `${purpose} ${seed}`).sort()).to.deep.equal(
      ['measure', 'recovery'].flatMap((purpose) => [10, 11].map((seed) => `${purpose} ${seed}`)),
    );
    for (const { purpose, injectedOutage, trace } of cells) {
      expect(injectedOutage).to.equal(purpose === 'recovery' ? 'calls cut off for 0.6 s at 0.8 s' : '');
      const { header, events } = (await readTrace(join(results, trace)))!;
      expect(header.seats[0]!.outage).to.deep.equal(purpose === 'recovery' ? { atUs: 800_000, forUs: 600_000 } : undefined);
      expect(events.some(({ kind }) => kind === 'outage')).to.equal(purpose === 'recovery');
    }
    const [row] = summaryForm.parse(JSON.parse(readFileSync(join(results, 'summary.json'), 'utf8'))).tasks.hft!.rows;
    const counting = (purpose: string): CellRecord[] => cells.filter((each) => each.purpose === purpose && each.counts);
    expect([row!.matches, row!.matches + row!.void]).to.deep.equal([counting('measure').length, 2]);
    const { injected, matches, void: voided } = row!.recovery!;
    expect([injected, matches, matches + voided]).to.deep.equal(['calls cut off for 0.6 s at 0.8 s', counting('recovery').length, 2]);
    const { recoveryMs, rewardLost, decisionsLost } = row!.figures;
    expect([recoveryMs!.n, decisionsLost!.n]).to.deep.equal([matches, matches]);
    const pairs = counting('recovery').filter(({ seed }) => counting('measure').some((each) => each.seed === seed));
    expect(rewardLost!.n).to.equal(pairs.length);
    if (matches > 0) expect(recoveryMs!.value).to.be.at.least(500);
    const course = courseForm.parse(JSON.parse(readFileSync(join(results, 'course.json'), 'utf8')));
    const marks = (purpose: string): string => [10, 11].map((seed) => (counting(purpose).some((each) => each.seed === seed) ? '+' : 'v')).join(''); // prettier-ignore
    expect(course.tasks[0]!.entrants[0]).to.include({ matches: marks('measure'), recovery: marks('recovery'), contention: '' });
    expect(readFileSync(join(results, 'report.html'), 'utf8'))
      .to.include('<h3>Recovery</h3>')
      .and.include('calls cut off for 0.6 s at 0.8 s');
    expect(readFileSync(join(results, 'figures.csv'), 'utf8'))
      .to.include('injectedOutage')
      .and.include('rewardLostLow');

    // What is told agrees with the traces, which are reckoned again; a figure that is changed does not.
    const { agreement } = await sweepResults(results);
    expect(isContradicted(agreement!), JSON.stringify(agreement)).to.equal(false);
    const path = join(results, 'summary.json');
    const told = JSON.parse(readFileSync(path, 'utf8')) as { tasks: { hft: { rows: { figures: Record<string, object> }[] } } };
    told.tasks.hft.rows[0]!.figures.decisionsLost = { value: 0.25, low: null, high: null, n: matches };
    writeFileSync(path, JSON.stringify(told));
    const { disagreements } = (await sweepResults(results)).agreement!;
    expect(disagreements.map(({ key }) => key)).to.deep.equal(['decisionsLost']);

    // A sweep that was broken off has written no summary: its matches tell the same.
    rmSync(path);
    const rows = (await sweepResults(results)).summary.tasks.hft!.rows;
    const partial = rows.find(({ name }) => name === row!.name)!;
    expect(partial.recovery, JSON.stringify(rows)).to.deep.equal(row!.recovery);
    expect(partial.figures.decisionsLost).to.deep.equal(decisionsLost);
    expect(partial.figures.rewardLost).to.deep.equal(rewardLost);
  });

  it('refuses an outage that no pair, no match or no endpoint could have', () => {
    const refused = (from: string, to: string): string => {
      const path = join(folder, 'wrong.yaml');
      writeFileSync(path, PLAN.replace(from, to));
      try {
        loadPlan(path);
      } catch (error) {
        expect(error).to.be.instanceOf(ConfigurationError);
        return (error as Error).message;
      }
      return '';
    };
    expect(refused('matches: 2', 'matches: 3')).to.include('recovery.matches: 3; accepted: at most as many as there are seeds (2)');
    expect(refused('atMs: 800', 'atMs: 2400')).to.include('recovery.atMs: 2400; accepted: below 2400');
    expect(refused('cutMs: 600', 'cutMs: 0')).to.include('recovery.cutMs');
  });
});
