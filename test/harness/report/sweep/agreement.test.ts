/** A summary beside its traces: one that was edited, or whose traces are not all there, is never shown as if it had been measured. */
import { expect } from 'chai';
import { copyFileSync, cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { gzipSync } from 'node:zlib';
import { dirname, join } from 'node:path';
import { verifyCommand } from '../../../../harness/cli/verify.js';
import { reportSweep } from '../../../../harness/cli/report-sweep.js';
import { sweepResults, type SweepResults } from '../../../../harness/report/sweep/folder.js';
import { agreementOf, isContradicted } from '../../../../harness/report/sweep/agreement.js';
import { altered } from '../../evidence/recorded.js';
import type { SweepSummary } from '../../../../harness/evidence/summary.js';
import { hostOf } from '../../../../harness/sweep/hosts.js';
import type { Trace } from '../../../../scoring/trace/trace.js';
import { cellsOf, HOSTILE, resultsFolder } from './results-folder.js';

describe('a summary held against its traces', function () {
  this.timeout(60_000);
  const above = mkdtempSync(join(tmpdir(), 'tickbench-agreement-'));
  /** Results that agree with each other, which each test copies. */
  let sound: string;
  let results: string;
  let traces: Trace[];

  before(async () => {
    const { folder, ...played } = await resultsFolder(false);
    ({ traces } = played);
    sound = join(above, 'sound');
    cpSync(folder, sound, { recursive: true });
    rmSync(dirname(folder), { recursive: true });
    const { summary } = await sweepResults(sound);
    writeFileSync(join(sound, 'summary.json'), JSON.stringify({ ...summary, finished: true }));
    writeFileSync(join(sound, 'cells.json'), JSON.stringify(cellsOf(traces)));
  });
  after(() => rmSync(above, { recursive: true }));
  beforeEach(() => {
    results = join(above, 'results');
    rmSync(results, { recursive: true, force: true });
    cpSync(sound, results, { recursive: true });
  });

  function editFile(name: string, change: (read: never) => void): void {
    const path = join(results, name);
    const read = JSON.parse(readFileSync(path, 'utf8')) as never;
    change(read);
    writeFileSync(path, JSON.stringify(read));
  }
  function edit(change: (row: SweepSummary['tasks'][string]['rows'][number]) => void): void {
    editFile('summary.json', ({ tasks }: SweepSummary) => change(tasks['fighter']!.rows[0]!));
  }
  const trace = (): string =>
    join(
      results,
      'traces',
      readdirSync(join(results, 'traces')).find((name) => name.startsWith('fighter'))!,
    );

  async function page(): Promise<{ html: string; lines: string[]; isContradicted: boolean; read: SweepResults }> {
    const file = join(above, 'report.html');
    const { lines, isContradicted } = await reportSweep([results], { html: file });
    return { html: readFileSync(file, 'utf8'), lines, isContradicted, read: await sweepResults(results) };
  }

  it('is said to agree when it does', async () => {
    const { html, lines, isContradicted, read } = await page();
    expect(read.agreement).to.deep.equal({
      checked: 2,
      rows: 2,
      disagreements: [],
      missing: [],
      unlisted: [],
      untold: [],
      strange: [],
      contention: { checked: 0, told: 0, missing: [] },
    });
    expect(lines).to.have.length(1);
    expect(isContradicted).to.equal(false);
    expect(html).to.include('of 2 of 2 configurations: they say the same').and.not.include('its traces:');
  });

  it('is contradicted figure by figure when it was edited: its value, an end of its interval, or how many matches it is of', async () => {
    const edits: [key: string, change: Parameters<typeof edit>[0]][] = [
      ['reward', ({ figures }) => (figures['reward']!.value = 0.987)],
      ['reward', ({ figures }) => (figures['reward']!.low = 0.5)],
      ['latencyMeanMs', ({ figures }) => (figures['latencyMeanMs']!.value = 3)],
      ['matches', (row) => (row.matches = 1)],
    ];
    for (const [key, change] of edits) {
      edit(change);
      const { html, lines, isContradicted, read } = await page();
      expect(read.agreement!.disagreements.map((each) => [each.task, each.configuration, each.key])).to.deep.equal([
        ['fighter', HOSTILE, key],
      ]);
      expect(isContradicted).to.equal(true);
      expect(lines.join('\n')).to.match(/summary\.json does not say what the traces say/);
      expect(html)
        .to.match(/role="note"><p>summary\.json does not say/)
        .and.include('<small class="untrue">its traces: ');
      cpSync(join(sound, 'summary.json'), join(results, 'summary.json'));
    }
  });

  it('is contradicted by what an outage is said to have cost, also where no undisturbed match counts', async () => {
    const { summary } = await sweepResults(results);
    const [task, { rows }] = Object.entries(summary.tasks)[0]!;
    const row = { ...rows[0]!, matches: 0, figures: { decisionsLost: { value: 0.25, low: null, high: null, n: 2 } } };
    const agreement = agreementOf({ tasks: { [task]: { ...summary.tasks[task]!, rows: [row] } } }, new Map(), []);
    expect(agreement.disagreements.map(({ key }) => key)).to.deep.equal(['decisionsLost']);
  });

  /** Makes the market's two matches one group of agents at one endpoint, told and listed as such. */
  async function playedTogether(): Promise<void> {
    for (const [agent, { header }] of traces.filter((each) => each.header.task === 'hft').entries()) {
      const path = join(results, 'traces', `${header.id}.jsonl.gz`);
      altered(path, path, (line) => Object.assign(line.header ?? {}, { contention: { agents: 2, agent, group: 0, run: 'one' } }));
    }
    rmSync(join(results, 'summary.json'));
    const { summary } = await sweepResults(results);
    writeFileSync(join(results, 'summary.json'), JSON.stringify({ ...summary, finished: true }));
    editFile('cells.json', ({ cells }: { cells: { task: string; purpose: string }[] }) => {
      for (const cell of cells) if (cell.task === 'hft') cell.purpose = 'contention';
    });
  }

  it('is held against what was played at the same time, figure by figure and match by match', async () => {
    await playedTogether();
    const { summary, agreement } = await sweepResults(results);
    expect(agreement).to.deep.include({ checked: 1, rows: 1, disagreements: [], contention: { checked: 1, told: 1, missing: [] } });
    const [told] = summary.tasks['hft']!.contention!;
    expect(told!.counts).to.have.length(1);
    expect(told!.counts[0]).to.include({ agents: 2, groups: 1, left: 0 });
    const counts = ({ tasks }: SweepSummary) => tasks['hft']!.contention![0]!.counts;
    const edits: ((read: SweepSummary) => void)[] = [
      (read) => (counts(read)[0]!.figures.reward.value! += 1),
      (read) => (counts(read)[0]!.figures.jain.value = 0.5),
      // No more matches were ever listed: none of them is missing.
      (read) => (counts(read)[0]!.groups = 2),
      (read) => (counts(read)[0]!.tenants = [{ tenant: 'a', weight: 1, owed: 1, agents: 2, share: counts(read)[0]!.figures.jain, latencyP50Ms: counts(read)[0]!.figures.jain }]), // prettier-ignore
      (read) => void delete read.tasks['hft']!.contention,
    ];
    const whole = readFileSync(join(results, 'summary.json'));
    for (const change of edits) {
      editFile('summary.json', change);
      const { agreement } = await sweepResults(results);
      expect(agreement!.disagreements.map(({ key, configuration }) => [key, configuration])).to.deep.equal([['contention', `${HOSTILE}, 2 agents`]]); // prettier-ignore
      expect(isContradicted(agreement!)).to.equal(true);
      writeFileSync(join(results, 'summary.json'), whole);
    }
    rmSync(join(results, 'traces', `${traces.find(({ header }) => header.task === 'hft')!.header.id}.jsonl.gz`));
    const short = await sweepResults(results);
    expect(short.agreement!.contention).to.deep.equal({ checked: 0, told: 1, missing: [{ task: 'hft', configuration: `${HOSTILE}, 2 agents`, matches: 2, here: 1 }] }); // prettier-ignore
    expect([isContradicted(short.agreement!), short.cautions.join(' ')]).to.satisfy(
      ([bad, said]: [boolean, string]) => !bad && said.includes('2 agents: 1 of 2'),
    );
  });

  it('is held by tickbench verify, before anything is said of a bundle', async () => {
    await playedTogether();
    const verify = async (): Promise<{ out: string; status: unknown }> => {
      const [written, write, status] = [[] as string[], process.stdout.write.bind(process.stdout), process.exitCode];
      process.stdout.write = ((text: string) => (written.push(text), true)) as never;
      try {
        // No board has this plan: that ends the verb.
        await verifyCommand()
          .exitOverride()
          .parseAsync([results], { from: 'user' })
          .catch((error: unknown) => written.push(String(error)));
        return { out: written.join('').replace(/\s+/g, ' '), status: process.exitCode };
      } finally {
        process.stdout.write = write;
        process.exitCode = status;
      }
    };
    const before = process.exitCode;
    const sound = await verify();
    expect(sound.out).to.include('contention of 1 of 1 numbers of agents: they say the same').and.include('published are');
    expect(sound.status).to.equal(before);
    editFile('summary.json', ({ tasks }: SweepSummary) => (tasks['hft']!.contention![0]!.counts[0]!.figures.jain.value = 0.5));
    const bettered = await verify();
    expect(bettered.out).to.include('contention: figures.jain 0.5 of 1, by its traces');
    expect(bettered.status).to.equal(1);
  });

  it('tells what is another where the values alone look the same', async () => {
    edit(({ figures }) => {
      const { low, high } = figures['latencyMeanMs']!;
      Object.assign(figures['latencyMeanMs']!, { low, high: high === null ? 1e6 : high + 50, n: 3 });
    });
    const { told, traces: reckoned } = (await sweepResults(results)).agreement!.disagreements[0]!;
    expect(told).to.match(/^100 \(.*\) of 3$/);
    expect(reckoned).to.match(/^100.* of 2$/);
  });

  it('is contradicted by a list of cells that has fewer matches than it, and by matches that lie there and do not count', async () => {
    editFile('cells.json', (file: { cells: object[] }) => (file.cells = file.cells.slice(0, 1)));
    const { agreement } = await sweepResults(results);
    expect(agreement!.unlisted).to.deep.equal([
      { task: 'fighter', configuration: HOSTILE, matches: 2, listed: 1 },
      { task: 'hft', configuration: HOSTILE, matches: 2, listed: 0 },
    ]);
    expect((await page()).lines.join('\n')).to.match(/cells\.json lists fewer matches than summary\.json has.*: 1 of 2; hft, .*: 0 of 2\./);
    cpSync(join(sound, 'cells.json'), join(results, 'cells.json'));
    const path = trace();
    altered(path, join(above, 'void.jsonl'), ({ footer }) => {
      if (footer) footer['verdict'] = { counts: false, reasons: ['The host was late.'] };
    });
    writeFileSync(path, gzipSync(readFileSync(join(above, 'void.jsonl'))));
    const read = await sweepResults(results);
    expect(read.agreement!.disagreements).to.deep.equal([
      { task: 'fighter', configuration: HOSTILE, key: 'matches', told: '2', traces: '1' },
    ]);
    expect(isContradicted(read.agreement!)).to.equal(true);
  });

  it('is contradicted where it has no row of what was measured, or no such task, whether its list of cells is there or not', async () => {
    const edits: ((summary: SweepSummary) => void)[] = [
      ({ tasks }) => tasks['fighter']!.rows.pop(),
      ({ tasks }) => delete tasks['fighter'],
    ];
    for (const change of edits)
      for (const isListed of [true, false]) {
        editFile('summary.json', change);
        if (!isListed) rmSync(join(results, 'cells.json'));
        const { html, lines, isContradicted, read } = await page();
        expect(read.agreement).to.deep.include({
          checked: 1,
          rows: 1,
          disagreements: [],
          untold: [{ task: 'fighter', configuration: HOSTILE }],
        });
        expect(isContradicted).to.equal(true);
        expect(lines.join('\n')).to.match(/summary\.json does not say all that the traces say.*it has no row of fighter, <img/);
        expect(html)
          .to.match(/role="note"><p>summary\.json does not say all/)
          .and.include('1 more were measured, of which it has no row');
        for (const name of ['summary.json', 'cells.json']) cpSync(join(sound, name), join(results, name));
      }
  });

  it('is not contradicted by a name behind which a trace has what was injected, nor by a row of one of several hosts', async () => {
    rmSync(join(results, 'cells.json'));
    const [name] = (await sweepResults(results)).matches.map(({ configuration }) => configuration);
    for (const told of [name!, `${name} on ${hostOf(traces[0]!.header).name}`, `${name} on ${hostOf(traces[0]!.header).name} (0a1b)`]) {
      editFile('summary.json', ({ tasks }: SweepSummary) => Object.values(tasks).forEach(({ rows }) => (rows[0]!.name = told)));
      expect((await sweepResults(results)).agreement, told).to.deep.include({ checked: 2, disagreements: [], missing: [], untold: [] });
    }
  });

  it('has in its figures no match that the list of cells tells otherwise than its trace does', async () => {
    const edits: [change: object, why: RegExp][] = [
      [{ configuration: 'other' }, /cells\.json lists it as of other; in its trace that seat is <img/],
      [{ seat: 1 }, /in its trace that seat is other's/],
      [{ seed: 11 }, /lists it with the seed 11; its trace says 10/],
      [{ kind: 'embedded' }, /with the player model; its trace says bot/],
      [{ purpose: 'patient' }, /with the patient play true; its trace says false/],
      [{ task: 'hft' }, /with the task hft; its trace says fighter/],
      [{ id: 'x' }, /with the match x; its trace says fighter-/],
    ];
    for (const [change, why] of edits) {
      cpSync(join(sound, 'cells.json'), join(results, 'cells.json'));
      editFile('cells.json', ({ cells }: { cells: object[] }) => Object.assign(cells[0]!, change));
      const read = await sweepResults(results);
      expect(read.agreement!.strange.map((each) => each.why).join(), JSON.stringify(change)).to.match(why);
      expect(read.agreement).to.deep.include({
        untold: [],
        missing: [{ task: 'fighter', configuration: HOSTILE, matches: 2, here: 1 }],
      });
      expect(read.matches.map(({ standing }) => standing).sort()).to.deep.equal(['counted', 'counted', 'counted', 'other']);
    }
    const { html, lines, isContradicted } = await page();
    expect(isContradicted).to.equal(true);
    expect(lines.join('\n'))
      .to.match(/cells\.json does not say what the traces say of 1 match/)
      .and.not.include('in no figure here');
    expect(html).to.include('1 match is not as cells.json says');
  });

  it('reads nothing through a link that leads out of the folder: no list, no summary, no trace; a site shows none', async () => {
    const secret = join(above, 'secret');
    for (const name of ['summary.json', 'cells.json']) {
      cpSync(join(sound, name), secret);
      rmSync(join(results, name));
      symlinkSync(secret, join(results, name));
      const fault: unknown = await sweepResults(results).catch((error: unknown) => error);
      expect(String(fault)).to.match(new RegExp(`${name}: a link that leads out of the folder; accepted: a file in it`));
      rmSync(join(results, name));
      cpSync(join(sound, name), join(results, name));
    }
    const path = trace();
    cpSync(path, secret);
    rmSync(path);
    symlinkSync(secret, path);
    symlinkSync(secret, join(results, 'cells.csv'));
    // A link that stays inside is a file as any other, and so is the folder itself by another name.
    symlinkSync('summary.json', join(results, 'frontier-linked.svg'));
    const link = join(above, 'link');
    symlinkSync(results, link);
    const site = join(above, 'site');
    const { lines } = await reportSweep([link], { site });
    expect(lines.join('\n'))
      .to.match(/1 file in traces\/ could not be read.*or is a link out of the folder/)
      .and.match(/: 1 of 2\./);
    expect(readdirSync(join(site, 'results', 'link')).sort()).to.deep.equal(['cells.json', 'figures.csv', 'frontier-linked.svg', 'matches.csv', 'summary.json', 'traces']); // prettier-ignore
    expect(readdirSync(join(site, 'results', 'link', 'traces'))).to.have.length(3);
  });

  it('is said not to have been checked where traces are missing or cut off', async () => {
    const path = trace();
    const bytes = readFileSync(path);
    for (const damage of [
      () => writeFileSync(path, bytes.subarray(0, bytes.length >> 1)),
      () => writeFileSync(path, 'no trace'),
      () => rmSync(path),
    ]) {
      damage();
      const { lines, html, read } = await page();
      expect(read.agreement).to.deep.include({ checked: 1, missing: [{ task: 'fighter', configuration: HOSTILE, matches: 2, here: 1 }] });
      expect(lines.join('\n')).to.match(/figures of 1 of 2 configurations could not be held against their traces.*: 1 of 2\./);
      expect(html).to.include('of 1 of 2 configurations');
    }
    rmSync(join(results, 'traces'), { recursive: true });
    expect((await page()).lines.join('\n')).to.match(/figures of all of 2 configurations could not be held/);
  });

  it('counts a trace once that lies there under another name, too', async () => {
    copyFileSync(trace(), join(results, 'traces', 'fighter-copy.jsonl.gz'));
    const { read, lines } = await page();
    expect(read.agreement!.disagreements).to.deep.equal([]);
    expect(lines.join('\n')).to.match(/1 match in traces\/ is in no figure here.*a copy under another name/);
    for (const name of ['summary.json', 'cells.json']) rmSync(join(results, name));
    expect((await sweepResults(results)).summary.tasks['fighter']!.rows[0]!.matches).to.equal(2);
  });

  it('tells a terminal nothing that it would obey, and lets no name of a page turn the direction of writing', async () => {
    edit((row) => (row.name = 'red \u001b[31m\u202e\u061c\u200b'));
    const { lines, html } = await page();
    expect(lines.join('')).to.include('red \\u001b[31m\\u202e');
    for (const character of ['\u001b', '\u202e', '\u061c', '\u200b']) expect(html).to.not.include(character);
  });

  it('is refused with figures that none can be and with two rows of one name; its command is told without keys, whoever wrote it', async () => {
    const refusal = (): Promise<string> => sweepResults(results).then(() => '', (error: Error) => error.message); // prettier-ignore
    const wrong: [change: Parameters<typeof edit>[0], says: RegExp][] = [
      [({ figures }) => (figures['reward']!.high = 1e300), /figures\.reward\.high: .*1000000000000000/],
      [({ figures }) => Object.assign(figures['reward']!, { low: 1, high: 0 }), /figures\.reward: an interval whose low end is above/],
      [({ figures }) => (figures['reward']!.n = -3), /figures\.reward\.n: /],
      [(row) => (row.name = 'x'.repeat(201)), /name: /],
      [(row) => (row.matches = -2), /matches: /],
      [(row) => (row.decisions = 2.5), /decisions: /],
    ];
    for (const [change, says] of wrong) {
      edit(change);
      expect(await refusal())
        .to.match(says)
        .and.match(/summary\.json: not as a sweep writes it: tasks\.fighter\.rows\.0\./);
      cpSync(join(sound, 'summary.json'), join(results, 'summary.json'));
    }
    const summary = JSON.parse(readFileSync(join(sound, 'summary.json'), 'utf8')) as SweepSummary;
    const { rows } = summary.tasks['fighter']!;
    const write = (other: object): void => writeFileSync(join(results, 'summary.json'), JSON.stringify({ ...summary, ...other }));
    write({ tasks: { fighter: { ...summary.tasks['fighter'], rows: [rows[0], rows[0]] } } });
    expect(await refusal()).to.match(/tasks\.fighter\.rows: two rows have the same name/);
    write({ command: 'tickbench sweep quick --endpoint http://me:hunter22@host/v1' });
    expect((await page()).html)
      .to.include('--endpoint http://')
      .and.not.include('hunter22');
  });

  it('refuses to write over files of results, and flags of traces', async () => {
    const refused = (flags: Parameters<typeof reportSweep>[1]): Promise<string> => reportSweep([results], flags).then(() => '', (error: Error) => error.message); // prettier-ignore
    expect(await refused({ html: join(results, 'summary.json') })).to.match(/summary\.json: accepted: a file name ending in \.html/);
    expect(await refused({ html: 'x.html', json: true })).to.match(/--json is for traces/);
    expect(await refused({ html: ' ' })).to.match(/--html: an empty name/);
    expect(readFileSync(join(results, 'summary.json'), 'utf8')).to.equal(readFileSync(join(sound, 'summary.json'), 'utf8'));
  });
});
