/** A summary beside its traces: one that was edited, or whose traces are not all there, is never shown as if it had been measured. */
import { expect } from 'chai';
import { copyFileSync, cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { reportSweep } from '../../../../harness/cli/report-sweep.js';
import { readResults, type SweepResults } from '../../../../harness/report/sweep/folder.js';
import type { SweepSummary } from '../../../../harness/report/sweep/summary.js';
import { HOSTILE, resultsFolder } from './results-folder.js';

describe('a summary held against its traces', function () {
  this.timeout(60_000);
  const above = mkdtempSync(join(tmpdir(), 'tickbench-agreement-'));
  /** Results that agree with each other, which each test copies. */
  let sound: string;
  let results: string;

  before(async () => {
    const { folder, traces } = await resultsFolder(false);
    sound = join(above, 'sound');
    cpSync(folder, sound, { recursive: true });
    rmSync(dirname(folder), { recursive: true });
    const { summary } = await readResults(sound);
    const cells = traces.map(({ header }) => ({ id: header.id, configuration: HOSTILE, kind: 'bot', purpose: 'measure', seat: 0 }));
    writeFileSync(join(sound, 'summary.json'), JSON.stringify({ ...summary, finished: true }));
    writeFileSync(join(sound, 'cells.json'), JSON.stringify({ cells }));
  });
  after(() => rmSync(above, { recursive: true }));
  beforeEach(() => {
    results = join(above, 'results');
    rmSync(results, { recursive: true, force: true });
    cpSync(sound, results, { recursive: true });
  });

  function edit(change: (row: SweepSummary['tasks'][string]['rows'][number]) => void): void {
    const path = join(results, 'summary.json');
    const summary = JSON.parse(readFileSync(path, 'utf8')) as SweepSummary;
    change(summary.tasks['fighter']!.rows[0]!);
    writeFileSync(path, JSON.stringify(summary));
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
    return { html: readFileSync(file, 'utf8'), lines, isContradicted, read: await readResults(results) };
  }

  it('is said to agree when it does', async () => {
    const { html, lines, isContradicted, read } = await page();
    expect(read.agreement).to.deep.equal({ checked: 2, rows: 2, disagreements: [], missing: [] });
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
    expect((await readResults(results)).summary.tasks['fighter']!.rows[0]!.matches).to.equal(2);
  });

  it('tells a terminal nothing that it would obey, and lets no name of a page turn the direction of writing', async () => {
    edit((row) => (row.name = 'red \u001b[31m\u202e'));
    const { lines, html } = await page();
    expect(lines.join('')).to.include('red \\u001b[31m\\u202e');
    for (const character of ['\u001b', '\u202e']) expect(html).to.not.include(character);
  });

  it('is refused with figures that none can be and with two rows of one name; its command is told without keys, whoever wrote it', async () => {
    const refusal = (): Promise<string> => readResults(results).then(() => '', (error: Error) => error.message); // prettier-ignore
    edit(({ figures }) => (figures['reward']!.high = 1e300));
    expect(await refusal()).to.match(
      /summary\.json: not as a sweep writes it: tasks\.fighter\.rows\.0\.figures\.reward\.high: .*1000000000000000/,
    );
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
