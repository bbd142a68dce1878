/** A sweep's report in a real browser: the file from disk, and the site from a server that knows nothing of ours. */
import { expect } from 'chai';
import express from 'express';
import { once } from 'node:events';
import { cpSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import type { Server } from 'node:http';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { writeSite } from '../../harness/report/html/site.js';
import { writeReportPage } from '../../harness/report/html/write.js';
import { resultsFolder, type ResultsFolder } from '../harness/report/sweep/results-folder.js';
import { startBrowser } from './chromium.js';
import { startPage } from './page-server.js';

const WITHIN = { timeout: 60_000 };
const SIZES = [
  { width: 1440, height: 900 },
  { width: 390, height: 844 },
];
const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

describe('a sweep’s report in a browser', function () {
  this.timeout(600_000);
  let browser: Browser | undefined;
  let results: ResultsFolder;
  let file: string;
  let server: Server | undefined;
  let site: string;
  const complaints: string[] = [];

  before(async function () {
    browser = await startBrowser('reports of sweeps in a browser');
    if (!browser) return this.skip();
    results = await resultsFolder(true);
    const above = dirname(results.folder);
    file = pathToFileURL(join(above, 'report.html')).href;
    await writeReportPage(results.folder, join(above, 'report.html'));
    await writeSite(results.folder, join(above, 'site'));
    // Below a folder of somebody's site, so that an absolute address would miss it.
    server = express().use('/some/where', express.static(join(above, 'site'))).listen(0, '127.0.0.1'); // prettier-ignore
    await once(server, 'listening');
    site = `http://127.0.0.1:${(server.address() as AddressInfo).port}/some/where/`;
  });
  after(async () => {
    await browser?.close();
    server?.close();
    server?.closeAllConnections();
    if (results) rmSync(dirname(results.folder), { recursive: true });
  });
  afterEach(() => expect(complaints.splice(0), 'console, and requests that lead elsewhere').to.deep.equal([]));

  /** A page that reports every complaint, and every request that leads away from where it came from. */
  async function open(address: string, options: BrowserContextOptions = {}): Promise<Page> {
    const page = await browser!.newPage({ bypassCSP: false, ...options });
    page.on('console', (message) => ['error', 'warning'].includes(message.type()) && complaints.push(message.text()));
    page.on('pageerror', (error) => complaints.push(error.message));
    page.on('request', (request) => {
      const url = request.url();
      if (!url.startsWith('data:') && !(address.endsWith('.html') ? url === address : url.startsWith(site))) complaints.push(url);
    });
    await page.goto(address);
    return page;
  }
  const fits = (page: Page): Promise<boolean> => page.evaluate('document.documentElement.scrollWidth <= innerWidth');

  it('opens from disk, wide and on a phone; who points at a mark is told its interval', async () => {
    for (const viewport of SIZES) {
      const page = await open(file, { viewport });
      expect(await fits(page), `${viewport.width} pixels`).to.equal(true);
      const spot = page.locator('.chart .spot').nth(1);
      const tip = spot.locator('.tip');
      expect(await tip.isVisible()).to.equal(false);
      await spot.hover();
      expect(await tip.innerText()).to.match(
        /big\nlatency 500 ms \(95 %: 491 to 509\)\npatient play 0\.75 \(95 %: 0\.63 to 0\.88\)\n2 matches\ntied with/,
      );
      const box = (await tip.boundingBox())!;
      expect(box.x >= 0 && box.x + box.width <= viewport.width, 'the tip is on the page').to.equal(true);
      await page.keyboard.press('Escape');
      expect(await tip.isVisible()).to.equal(false);
      await page.locator('.chart .spot').first().focus();
      await page.keyboard.press('ArrowRight');
      expect(await page.evaluate('document.activeElement.getAttribute("aria-label")')).to.match(/^big: /);
      await page.close();
    }
  });

  it('fits the screen whatever its configurations are called', async () => {
    const long = join(dirname(results.folder), 'long');
    cpSync(results.folder, long, { recursive: true });
    const summary = readFileSync(join(long, 'summary.json'), 'utf8');
    writeFileSync(join(long, 'summary.json'), summary.replaceAll('"big"', `"${'x'.repeat(200)}"`).replace('Tied: big.', 'y'.repeat(900)));
    await writeReportPage(long, join(long, 'long.html'));
    for (const viewport of SIZES) {
      const page = await open(pathToFileURL(join(long, 'long.html')).href, { viewport });
      expect(await fits(page), `${viewport.width} pixels`).to.equal(true);
      const name = (await page.locator('.sweep-table tbody th').nth(1).boundingBox())!;
      expect(name.width, 'the name leaves room for its figures').to.be.below(viewport.width / 2);
      await page.close();
    }
  });

  it('breaks no rule of axe in light and dark', async () => {
    for (const colorScheme of ['light', 'dark'] as const) {
      // The policy of the page would keep the checker out.
      const page = await open(file, { viewport: SIZES[0], colorScheme, bypassCSP: true });
      for (const details of await page.locator('details > summary').all()) await details.click();
      await page.evaluate(AXE);
      const { violations, passes } = await page.evaluate<{ violations: { id: string; nodes: { html: string }[] }[]; passes: unknown[] }>('axe.run()'); // prettier-ignore
      expect(passes.length).to.be.above(20);
      expect(violations.map(({ id, nodes }) => `${id}: ${nodes[0]!.html}`)).to.deep.equal([]);
      await page.close();
    }
  });

  it('sorts its tables and searches its matches; without scripts figures and pictures are there all the same', async () => {
    const page = await open(file, { viewport: SIZES[0] });
    const table = page.locator('.sweep-table').first();
    const names = async (): Promise<string[]> => (await table.locator('tbody th').allInnerTexts()).map((text) => text.split('\n')[0]!); // prettier-ignore
    await table.getByRole('button', { name: 'latency, ms' }).click();
    await table.getByRole('button', { name: 'latency, ms' }).click();
    expect((await names())[0]).to.equal('big');
    await page.locator('details.matches > summary').first().click();
    await page.locator('input.search').first().fill('-12-');
    expect(await page.locator('details.matches').first().locator('tbody tr:visible').count()).to.equal(1);
    await page.close();
    const plain = await open(file, { viewport: SIZES[1], javaScriptEnabled: false });
    expect(await plain.locator('.sweep-table tbody tr').first().isVisible()).to.equal(true);
    expect((await plain.locator('.plot img').first().boundingBox())!.height).to.be.above(200);
    await plain.locator('.spot').nth(1).hover();
    expect(await plain.locator('.spot').nth(1).locator('.tip').isVisible()).to.equal(true);
    await plain.close();
  });

  it('prints dark on white, every figure within the paper', async () => {
    const page = await open(file, { viewport: { width: 720, height: 1000 }, colorScheme: 'dark' });
    await page.emulateMedia({ media: 'print', colorScheme: 'dark' });
    expect(await page.evaluate('getComputedStyle(document.body).backgroundColor')).to.equal('rgb(243, 245, 248)');
    expect(await fits(page)).to.equal(true);
    for (const selector of ['nav', '.spots', '#matches'])
      expect(await page.locator(selector).first().isVisible(), selector).to.equal(false);
    expect(await page.locator('.plot img').first().isVisible()).to.equal(true);
    await page.close();
  });

  it('shows on a phone, before anything is scrolled, which configuration is best and what it earned', async () => {
    const page = await open(file, { viewport: SIZES[1] });
    const table = page.locator('.sweep-table').first();
    const heads = await table.locator('thead th').allInnerTexts();
    expect(heads.slice(0, 3).map((text) => text.trim().split(/[ ,]/)[0])).to.deep.equal(['configuration', 'frontier', 'reward']);
    for (const row of await table.locator('tbody tr').all())
      for (const cell of (await row.locator('> *').all()).slice(0, 3)) {
        const box = (await cell.boundingBox())!;
        expect(box.x + box.width, await cell.innerText()).to.be.at.most(SIZES[1]!.width);
      }
    await page.close();
  });

  it('works as the watching page serves it, under that server’s policy: its own script sorts, and nothing complains', async () => {
    const own = await startPage(['--results', dirname(results.folder)]);
    try {
      cpSync(join(dirname(results.folder), 'report.html'), join(results.folder, 'report.html'));
      const page = await open(new URL('results/made%20up/report.html', own.url).href, { viewport: SIZES[0] });
      expect((await page.locator('.plot img').first().boundingBox())!.height).to.be.above(200);
      const table = page.locator('.sweep-table').first();
      await table.getByRole('button', { name: 'latency, ms' }).click();
      expect(await table.locator('[aria-sort]').getAttribute('aria-sort')).to.equal('ascending');
      expect(await table.locator('tbody th').first().innerText()).to.match(/^<img src=x/);
      await page.close();
    } finally {
      await own.stop();
    }
  });

  it('is a site on any server: from its index to a match that plays to its recorded digest', async () => {
    for (const viewport of SIZES) {
      const page = await open(site, { viewport });
      expect(await fits(page), `${viewport.width} pixels`).to.equal(true);
      await page.locator('details.matches > summary').first().click();
      await page.locator('details.matches a').first().click();
      await page.locator('.replay-state').filter({ hasText: `digest ${results.traces[0]!.footer!.digest}, the recorded one` }).waitFor(WITHIN); // prettier-ignore
      expect(await page.locator('.replay-state').getAttribute('data-tone')).to.equal('good');
      expect(await fits(page), `the match at ${viewport.width} pixels`).to.equal(true);
      const place = async (): Promise<string> => (await page.locator('.place').textContent()) ?? '';
      const before = await place();
      await page.locator('#play').click();
      await page.waitForFunction((from) => (globalThis as unknown as { document: { querySelector(of: string): { textContent: string } } }).document.querySelector('.place').textContent !== from, before, WITHIN); // prettier-ignore
      await page.locator('.chip.recorded').click();
      await page.locator('#matches').waitFor(WITHIN);
      const summary = await fetch(new URL(await page.locator('.links a').filter({ hasText: 'figures.csv' }).getAttribute('href').then(String), site)); // prettier-ignore
      expect(await summary.text()).to.match(/^sweep,task,configuration/);
      await page.close();
    }
  });

  it('offers on a site without a server of ours each frontier to be pointed at, and each configuration', async () => {
    const page = await open(`${site}watch.html#/frontier`, { viewport: SIZES[0] });
    const spots = page.locator('.spot-link');
    await spots.first().waitFor(WITHIN);
    const told = await spots.evaluateAll((links) => links.map((link) => String(link.getAttribute('aria-label'))));
    expect(told.find((each) => each.startsWith('big: '))).to.include('latency 500 ms (95 %: 491 to 509)');
    await page.locator('.frontier-table a', { hasText: 'big' }).click();
    await page.locator('.configuration-page dd', { hasText: 'tied with' }).waitFor(WITHIN);
    await page.close();
  });
});
