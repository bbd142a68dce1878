/** The board's pages in a real browser: from a bundle that is sent to a match of it that plays again. */
import { expect } from 'chai';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { PassThrough } from 'node:stream';
import type { Browser, Page } from 'playwright-core';
import { measure } from '../../../web/server/submissions/measure.js';
import { openBoardDatabase } from '../../../web/server/store/database.js';
import { Store } from '../../../web/server/store/store.js';
import { answeredSweep } from '../../harness/answers/answered.js';
import { tinyBundle, tinySweep, type Tiny } from '../../harness/submission/tiny.js';
import { startBrowser } from '../chromium.js';
import { startPage, stopPages } from '../page-server.js';
import { sendBundle, settled, type BoardServer } from './board-server.js';

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const WITHIN = { timeout: 15_000 };

describe('the board’s pages in a browser', function () {
  this.timeout(120_000);
  let browser: Browser | undefined;
  let page: Page;
  let url: string;
  let tiny: Tiny;
  let root: string;
  const complaints: string[] = [];

  before(async function () {
    browser = await startBrowser('the board’s pages in a browser');
    if (!browser) return this.skip();
    root = await mkdtemp(join(tmpdir(), 'tickbench-board-page-'));
    tiny = await tinySweep();
    ({ url } = await startPage(['--board', join(root, 'board'), '--plans', tiny.plans]));
    page = await browser.newPage({ viewport: { width: 1200, height: 900 } });
    page.on('console', (message) => message.type() === 'error' && complaints.push(message.text()));
    page.on('pageerror', (error) => complaints.push(error.message));
  });

  after(async () => {
    await browser?.close();
    await stopPages();
    if (tiny) await rm(dirname(tiny.folder), { recursive: true, force: true });
    // The database's process ends a moment after its server.
    if (root) await rm(root, { recursive: true, force: true, maxRetries: 20 });
  });

  afterEach(() => expect(complaints.splice(0), 'console').to.deep.equal([]));

  const textIs = (selector: string, text: string): Promise<void> =>
    page.locator(selector).filter({ hasText: text }).first().waitFor(WITHIN);

  it('say that nothing was accepted yet, then show who was, what an entry proves and claims, and play its matches again', async () => {
    await page.goto(`${url}#/board`);
    await textIs('#board .hint', 'No entry was accepted yet');
    const board = { url: url.replace(/\/$/, '') } as BoardServer;
    const sent = await sendBundle(board, await tinyBundle(tiny));
    expect(sent.status, sent.text).to.equal(202);
    expect((await settled(board, sent.json.id as string)).entries[0].status).to.equal('accepted');
    await page.goto('about:blank');
    await page.goto(url);
    await page.locator('#to-board').click(WITHIN);
    await textIs('#board tbody tr', 'alpha');
    const rewards = tiny.traces.map(({ footer }) => footer!.results.reward[0]! / 10_000);
    const mean = rewards.reduce((sum, each) => sum + each, 0) / rewards.length;
    expect(await page.locator('#board tbody tr').innerText()).to.include(mean.toFixed(3).replace('-', '−'));
    expect(await page.locator('#board .hint').first().innerText()).to.match(/^Reported: .* are claims\.$/);
    await page.locator('#board tbody a').click();
    await textIs('#board p', 'Proven: these actions');
    await textIs('#board p', 'Claimed: that this model gave these answers');
    expect(await page.locator('#board .traces li').count()).to.equal(5);
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme });
      await page.evaluate(AXE);
      const { violations } = await page.evaluate<{ violations: { id: string; nodes: { html: string }[] }[] }>('axe.run()');
      expect(violations.map(({ id, nodes }) => `${id}: ${nodes[0]?.html}`), colorScheme).to.deep.equal([]); // prettier-ignore
    }
    await page.locator('#board .traces a').first().click();
    await textIs('.replay-state', `digest ${tiny.traces[0]!.footer!.digest}, the recorded one`);
  });

  it('show beside it what the board measured itself: on which host, with which hashes, and that every answer came again', async () => {
    const [board, folder] = [join(root, 'board'), join(root, 'answered')];
    await answeredSweep(tiny.published, folder);
    const progress = new PassThrough().resume() as unknown as NodeJS.WriteStream;
    const settings = { plan: 'answered', board, plans: tiny.plans, folder, say: () => undefined, signal: new AbortController().signal, progress }; // prettier-ignore
    const [kept] = await measure(settings, async (work) => {
      const database = await openBoardDatabase(board, undefined);
      return await work(new Store(database.query)).finally(() => database.close());
    });
    expect(kept!.why).to.equal(null);
    const { compared } = kept!.answers!;
    // What another process put in is told after a second.
    await page.waitForTimeout(1100);
    await page.goto('about:blank');
    await page.goto(`${url}#/board?division=reference`);
    await textIs('#board tbody tr', '1m-fp4');
    expect(await page.locator('#board nav a[aria-current]').innerText()).to.match(/ · answered · reference on host-[0-9a-f]{8}$/);
    expect(await page.locator('#board tbody tr').innerText()).to.include(`${compared} of ${compared} equal`);
    await textIs('#board .hint', 'Measured on host-');
    await page.locator('#board tbody a').click();
    await textIs('#board p', 'Proven: the board itself played these matches');
    await textIs('#board dl', 'answers recomputed by the board');
    expect(await page.locator('#board dl').innerText()).to.not.include('claimed');
    await page.evaluate(AXE);
    const { violations } = await page.evaluate<{ violations: { id: string }[] }>('axe.run()');
    expect(violations.map(({ id }) => id)).to.deep.equal([]);
  });

  it('list the newest entries whatever became of them, what was refused with why, and tell tables of one name apart by their terms', async () => {
    const board = { url: url.replace(/\/$/, '') } as BoardServer;
    const sent = await sendBundle(board, await tinyBundle(tiny, { name: 'Zoe', change: ({ manifest }) => manifest.entries[0]!.traces.pop() })); // prettier-ignore
    const { entries } = await settled(board, sent.json.id as string);
    expect(entries[0].status).to.equal('refused');
    await page.route('**/api/v1/tables', async (route) => {
      const { tables } = (await (await route.fetch()).json()) as { tables: { terms: string }[] };
      await route.fulfill({ json: { tables: [...tables, { ...tables[0]!, terms: 'abcdef0123456789' }] } });
    });
    await page.goto('about:blank');
    await page.goto(`${url}#/board`);
    await textIs('#board .newest li', "1 of the plan's 5 matches are missing");
    expect(await page.locator('#board .newest .match-verdict').allTextContents()).to.deep.equal(['refused', 'accepted', 'accepted']);
    const links = await page.locator('#board nav a').allTextContents();
    expect(links.filter((text) => text.includes('terms abcdef'))).to.have.length(1);
    expect(new Set(links).size).to.equal(links.length);
    await page.unroute('**/api/v1/tables');
    // However long a reason is, nothing is wider than the screen: here, and on the entry's own page.
    const isWithin = async (width: number): Promise<void> => {
      await page.setViewportSize({ width, height: 800 });
      expect(await page.evaluate<number>('document.documentElement.scrollWidth'), `${width}`).to.be.at.most(width);
    };
    for (const width of [390, 1024, 1440]) await isWithin(width);
    await page.evaluate(AXE);
    const { violations } = await page.evaluate<{ violations: { id: string }[] }>('axe.run()');
    expect(violations.map(({ id }) => id)).to.deep.equal([]);
    await page.locator('#board .newest a').first().click();
    await textIs('#board dl', 'refused: ');
    for (const width of [390, 1024, 1440]) await isWithin(width);
    await page.setViewportSize({ width: 1200, height: 900 });
  });

  it('say in words what the board does not have', async () => {
    await page.goto('about:blank');
    await page.goto(`${url}#/entry?id=0000000000000000`);
    await textIs('#board .hint', 'This cannot be shown: ');
    complaints.splice(0); // the browser itself tells of a 404
    // A table that is not there is not another one.
    await page.goto('about:blank');
    await page.goto(`${url}#/board?task=hft&plan=none`);
    await textIs('#board .hint', 'There is no table of task hft, plan none: no entry of it is accepted.');
    expect(await page.locator('#board tbody tr').count()).to.equal(0);
    await page.locator('#board nav a', { hasText: 'tiny' }).click();
    await textIs('#board tbody tr', 'alpha');
  });
});
