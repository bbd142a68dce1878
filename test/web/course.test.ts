/** A sweep as it runs, in the page: what its file says, as it changes; and what is said of one that ended in whatever way. */
import { expect } from 'chai';
import { readFileSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import type { SweepCourse } from '../../harness/sweep/course-form.js';
import { startBrowser } from './chromium.js';
import { startPage, stopPages, until, type PageServer } from './page-server.js';

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const HOSTILE = '<img src=x onerror=document.title="taken">';

const estimate = (value: number, half: number | null, n: number) =>
  ({ value, low: half === null ? null : value - half, high: half === null ? null : value + half, n }); // prettier-ignore
const step = (matches: number, half: number | null) => ({ matches, latencyMeanMs: estimate(120, half, matches), reward: estimate(0.5, half && half / 10, matches) }); // prettier-ignore

const COURSE: SweepCourse = {
  ...{ tickbench: 'course.v1', sweep: 'now', begunAt: '2026-01-02T03:04:05.000Z', at: '2026-01-02T03:06:05.000Z', ended: null },
  ...{ label: 'fighter small', done: 3, total: 8, perMinute: 12, leftS: 25 },
  tasks: [
    {
      ...{ name: 'fighter', rewardUnit: 'points', seeds: [1, 2, 3] },
      entrants: [
        { name: 'small', kind: 'embedded', matches: '++.', patient: '.', recovery: '+v', contention: '' },
        { name: HOSTILE, kind: 'external', matches: 'vx.', patient: '', recovery: '', contention: '' },
      ],
      rows: [{ name: 'small', entrant: 'small', kind: 'embedded', group: '1M', steps: [step(1, null), step(2, 8)] }],
    },
  ],
};

describe('a sweep as it runs, in the page', function () {
  this.timeout(120_000);
  let browser: Browser | undefined;
  let server: PageServer;
  let page: Page;
  let folder: string;
  const complaints: string[] = [];
  const tell = (sweep: string, course: SweepCourse): Promise<void> => writeFile(join(folder, sweep, 'course.json'), JSON.stringify(course));
  const says = (): Promise<string | null> => page.locator('.course-says').textContent();
  const open = async (sweep: string): Promise<void> => void (await page.goto(`${server.url}#/sweep?sweep=${sweep}`));

  before(async function () {
    browser = await startBrowser('a sweep as it runs, in the page');
    if (!browser) return this.skip();
    folder = await mkdtemp(join(tmpdir(), 'tickbench-course-'));
    for (const sweep of ['now', 'gone', 'torn']) await mkdir(join(folder, sweep));
    await tell('now', COURSE);
    await tell('gone', COURSE);
    await writeFile(join(folder, 'torn', 'course.json'), '{"tickbench":');
    // This process plays into it.
    await writeFile(join(folder, 'now', 'lock'), JSON.stringify({ pid: process.pid, host: hostname(), startedAt: COURSE.begunAt, born: null })); // prettier-ignore
    server = await startPage(['--results', folder]);
    page = await browser.newPage({ viewport: { width: 1200, height: 1000 } });
    page.on('console', (message) => message.type() === 'error' && complaints.push(message.text()));
    page.on('pageerror', (error) => complaints.push(error.message));
  });

  after(async () => {
    await browser?.close();
    await stopPages();
    if (folder) await rm(folder, { recursive: true });
  });

  it('is listed first, as one that runs, and leads to how far it is', async () => {
    await page.goto(`${server.url}#/sweeps`);
    const first = page.locator('#sweeps .sweep').first();
    await first.getByRole('link', { name: 'runs now: how far it is' }).click();
    await page.locator('.course-says').filter({ hasText: 'Runs: 3 of 8 matches are through, about 25 s left: fighter small.' }).waitFor();
    expect(
      await page.locator('progress.course-bar').evaluate((bar) => [bar.getAttribute('max'), (bar as unknown as { value: number }).value]),
    ).to.deep.equal(['8', 3]);
  });

  it('shows a mark for each match, figures with their intervals, and takes up what comes without being asked', async () => {
    const [small, hostile] = [page.locator('.course-table tbody tr').first(), page.locator('.course-table tbody tr').nth(1)];
    expect(await small.locator('.course-marks').first().getAttribute('aria-label')).to.equal('1 to be played, 2 counts');
    expect(await hostile.locator('.course-marks').first().getAttribute('aria-label')).to.equal('1 to be played, 1 void, 1 given up');
    expect(await hostile.locator('th').textContent()).to.equal(HOSTILE);
    const heads = await page.locator('.course-table thead th').allTextContents();
    expect(heads.slice(0, 4)).to.deep.equal(['configuration', 'matches', 'patient', 'with an outage']);
    expect(heads, 'what nobody plays has no column').not.to.include('at one endpoint');
    expect(await small.locator('.course-marks').nth(2).getAttribute('aria-label')).to.equal('1 counts, 1 void');
    expect(await small.locator('td').nth(3).textContent()).to.equal('120 (95 %: 112 to 128)');
    expect(await page.locator('.spot-link').count()).to.equal(1);
    const next = structuredClone(COURSE);
    Object.assign(next, { done: 4, leftS: 20 });
    next.tasks[0]!.entrants[0]!.matches = '+++';
    next.tasks[0]!.rows[0]!.steps.push(step(3, 4));
    await tell('now', next);
    await until('the third match is shown', async () => (await small.locator('td').nth(3).textContent()) === '120 (95 %: 116 to 124)');
    expect(await says()).to.match(/^Runs: 4 of 8/);
    expect(await small.locator('.ribbon').getAttribute('d')).to.match(/^M\d/);
    expect(await page.title()).to.equal('Sweep now · Tickbench');
  });

  it('breaks no rule of axe, in light and dark, and is no wider than a phone', async () => {
    await page.evaluate(AXE);
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme });
      const { violations, passes } = await page.evaluate<{ violations: { id: string; nodes: { html: string }[] }[]; passes: unknown[] }>('axe.run()'); // prettier-ignore
      expect(violations.map(({ id, nodes }) => `${id}: ${nodes[0]!.html}`)).to.deep.equal([]);
      expect(passes.length).to.be.above(10);
    }
    await page.setViewportSize({ width: 390, height: 800 });
    expect(await page.evaluate('document.documentElement.scrollWidth')).to.be.at.most(390);
    await page.setViewportSize({ width: 1200, height: 1000 });
  });

  it('says how one ended: through, stopped, in an error, or without a word, and what cannot be read', async () => {
    await tell('now', { ...COURSE, ended: 'finished', done: 8 });
    await rm(join(folder, 'now', 'lock'));
    await page.locator('.course-says').filter({ hasText: /^Finished .*: 8 of 8 matches are through\.$/ }).waitFor(); // prettier-ignore
    expect(await page.getByRole('link', { name: 'its frontier, with the verdict' }).getAttribute('href')).to.equal('#/frontier?sweep=now');
    const told: [SweepCourse['ended'], RegExp][] = [['stopped', /^It was stopped at .*goes on/], ['failed', /^It ended in an error at/], [null, /^It ended without a word after/]]; // prettier-ignore
    for (const [ended, sentence] of told) {
      await tell('gone', { ...COURSE, ended });
      await open('now');
      await open('gone');
      await page.locator('.course-says').filter({ hasText: sentence }).waitFor();
    }
    await open('torn');
    await page.locator('.course-says').filter({ hasText: 'course.json of torn cannot be read.' }).waitFor();
    expect(complaints.splice(0)).to.deep.equal([]);
    await open('nobody');
    await page.locator('.course-says').filter({ hasText: 'There is no sweep nobody that says how far it is.' }).waitFor();
    // The browser itself tells of an answer 404.
    expect(complaints.every((each) => each.includes('404'))).to.equal(true);
    await page.goto(`${server.url}#/sweeps`);
    await page.locator('#sweeps .sweep', { hasText: 'gone' }).getByText('it ended before its end').waitFor();
  });
});
