/** A sweep's report: what it says, that it is complete in itself and escaped, and what is refused. */
import { expect } from 'chai';
import fc from 'fast-check';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { escaped, markup, textOf } from '../../../../harness/report/html/markup.js';
import { writeSite } from '../../../../harness/report/html/site.js';
import { writeReportPage } from '../../../../harness/report/html/write.js';
import { commandText } from '../../../../harness/report/sweep/command.js';
import { figuresCsv } from '../../../../harness/report/sweep/csv.js';
import { ResultsError } from '../../../../harness/evidence/matches.js';
import { sweepResults } from '../../../../harness/report/sweep/folder.js';
import { HOSTILE, resultsFolder, type ResultsFolder } from '../sweep/results-folder.js';

describe('a sweep’s report', function () {
  this.timeout(60_000);
  let whole: ResultsFolder;
  let page: string;
  let above: string;

  before(async () => {
    whole = await resultsFolder(true);
    above = dirname(whole.folder);
    await writeReportPage(whole.folder, join(above, 'report.html'));
    page = readFileSync(join(above, 'report.html'), 'utf8');
  });
  after(() => rmSync(above, { recursive: true }));

  it('escapes every text, whatever it is, so that it comes out as itself', () => {
    const read = (text: string): string =>
      text.replace(/&(amp|lt|gt|quot|#39);/g, (_, name: string) => ({ amp: '&', lt: '<', gt: '>', quot: '"', '#39': "'" })[name]!);
    fc.assert(
      fc.property(fc.string({ unit: 'binary-ascii' }), (text) => {
        const out = textOf(markup`<b title="${text}">${[text]}</b>`);
        expect(out.slice(3, -4)).to.not.match(/[<']|"[^>]*"[^>]*"/);
        expect(read(escaped(text))).to.equal([...text].map((c) => (/[\t\n\r -~]/.test(c) ? c : '\ufffd')).join('')); // prettier-ignore
      }),
    );
  });

  it('is one file that loads nothing, runs only its own script, and holds no text of others as markup', () => {
    const parts = (name: string): string[] => [...page.matchAll(new RegExp(`<${name}>([^]*?)</${name}>`, 'g'))].map(([, text]) => text!);
    const policy = /Content-Security-Policy" content="([^"]*)"/.exec(page)![1]!.replaceAll('&#39;', "'");
    for (const name of ['style', 'script']) {
      const [text, ...more] = parts(name);
      expect(more, name).to.deep.equal([]);
      expect(policy).to.include(`${name}-src 'sha256-${createHash('sha256').update(text!).digest('base64')}'`);
    }
    expect(policy)
      .to.match(/^default-src 'none';/)
      .and.not.include('unsafe');
    expect(page).to.not.match(/\s(?:src|href|srcset)="(?!data:image\/svg|#)/);
    expect(page).to.not.match(/\sstyle="|\son[a-z]+="/);
    expect(page.replace(/<(?:style|script)>[^]*?<\/(?:style|script)>/g, '')).to.not.include('<img src=x');
    for (const [, drawn] of page.matchAll(/data:image\/svg\+xml;base64,([A-Za-z0-9+/=]+)/g))
      expect(Buffer.from(drawn!, 'base64').toString()).to.not.include('<img src=x');
  });

  it('says verdicts, figures with intervals, lost play, what is injected, emulated and unfinished, the host and the commands', () => {
    for (const said of [
      'fighter: take ', 'Tied: big.', '0.50 to 0.75', 'tied', 'is unfinished', '1 not played, 1 void', 'injected delay 200 ms',
      'its arithmetic is emulated', 'Tickbench 0.0.1', 'tickbench replay', 'which takes 1000 of them', '100 ms given',
    ]) expect(page, said).to.include(said); // prettier-ignore
    // Who has won is known of fights, and of no market.
    expect(page.match(/<h3>Ratings<\/h3>/g)).to.have.length(1);
    expect(page).to.match(/By Bradley and Terry, from \d+ measured matches on \d+ seeds/);
  });

  it('says how well each kind of situation was answered, and of how many states', () => {
    const [, part] = /<h3>Quality by situation<\/h3>([^]*?)<h3>/.exec(page)!;
    const [head, ...rows] = part!.split('<tr').slice(1);
    expect(head)
      .to.include('numbers<small>17 states</small>')
      .and.include(`${escaped(HOSTILE)}<small>2 states</small>`);
    // Who was asked nothing has no row.
    expect(rows.map((row) => /<th scope="row">([^<]*)/.exec(row)![1])).to.deep.equal(['big']);
    expect(rows[0]).to.match(/0\.44<small>0\.41 to 0\.47/);
  });

  it('is the same for the same results', async () => {
    await writeReportPage(whole.folder, join(above, 'again.html'));
    expect(readFileSync(join(above, 'again.html'), 'utf8') === page).to.equal(true);
  });

  it('says of a sweep that was broken off what its matches tell so far, and that there is no verdict', async () => {
    for (const name of ['summary.json', 'cells.json']) rmSync(join(whole.folder, name));
    const { summary, cautions, matches } = await sweepResults(whole.folder);
    expect(cautions.join()).to.include('has not come to its end');
    expect(summary.verdicts).to.deep.equal([]);
    for (const task of ['fighter', 'hft']) {
      const [row, ...others] = summary.tasks[task]!.rows;
      expect(others).to.deep.equal([]);
      expect(row).to.include({ name: HOSTILE, matches: 2, kind: 'bot' });
      const rewards = matches.filter((match) => match.task === task).map(({ reward }) => reward!);
      expect(row!.figures['reward']!.value).to.be.closeTo((rewards[0]! + rewards[1]!) / 2, 1e-9);
    }
    const [head, ...lines] = figuresCsv(summary).trim().split('\n');
    expect(lines).to.have.length(2);
    expect(head!.split(',')).to.include.members(['configuration', 'reward', 'rewardLow', 'rewardHigh', 'rewardN']);
    const site = join(above, 'broken-off');
    expect((await writeSite(whole.folder, site)).watched).to.equal(4);
    expect(readFileSync(join(site, 'index.html'), 'utf8'))
      .to.include('has not come to its end')
      .and.not.include(above);
    await refused(writeSite(whole.folder, site), /broken-off: is not empty; accepted:/);
    await refused(writeSite(whole.folder, join(whole.folder, 'site')), /lies in the results/);
  });

  it('refuses what is no sweep’s folder, and says what is wrong with a file of one', async () => {
    const empty = join(above, 'empty');
    mkdirSync(empty);
    await refused(sweepResults(empty), /neither summary.json nor a finished trace/);
    await refused(sweepResults(join(above, 'nowhere')), /no such folder; accepted:/);
    writeFileSync(join(empty, 'summary.json'), '{');
    await refused(sweepResults(empty), /summary.json: no JSON/);
    writeFileSync(
      join(empty, 'summary.json'),
      '{"tickbench":"summary.v1","sweep":"x","tasks":{"hft":{"rewardUnit":"%","rows":[{"name":1}]}}}',
    );
    await refused(sweepResults(empty), /tasks\.hft\.rows\.0\.name/);
    await refused(writeReportPage(whole.folder, above), /is a folder; a file such as/);
    expect(readdirSync(above).filter((name) => name.endsWith('.partial'))).to.deep.equal([]);
    expect(existsSync(join(empty, 'report.html'))).to.equal(false);
  });

  it('tells the command without keys and without where files lie', () => {
    expect(commandText(['sweep', '/home/me/my plan.yaml', '--endpoint', 'http://me:hunter22@host/v1', '--extra', '{"api_key":"abcdefgh1"}'])).to.satisfy(
      (text: string) => !/home|hunter22|abcdefgh1/.test(text) && text.startsWith("tickbench sweep 'my plan.yaml' --endpoint"),
    ); // prettier-ignore
  });

  async function refused(work: Promise<unknown>, says: RegExp): Promise<void> {
    const error: unknown = await work.then(
      () => undefined,
      (each: unknown) => each,
    );
    expect(error).to.be.instanceOf(ResultsError);
    expect((error as Error).message).to.match(says);
  }
});
