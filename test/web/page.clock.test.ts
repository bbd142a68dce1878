/** The page in a real browser, fed by a scripted match server through the real web server. */
import { expect } from 'chai';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { startBrowser } from './chromium.js';
import { startPage, stopPages, until, type PageServer } from './page-server.js';
import { fight, fighter, idle, market, matchFrame, sceneFrame } from './scenes.js';
import { ScriptedUpstream } from './upstream.js';

const WITHIN = { timeout: 15_000 };

describe('the watching page in a browser', function () {
  this.timeout(60_000);
  let browser: Browser | undefined;
  let upstream: ScriptedUpstream;
  let server: PageServer;
  let page: Page;
  let results: string;
  const complaints: string[] = [];

  before(async function () {
    browser = await startBrowser('the page in a browser');
    if (!browser) return this.skip();
    results = await mkdtemp(join(tmpdir(), 'tickbench-page-'));
    upstream = await ScriptedUpstream.listen();
    server = await startPage(['--match', upstream.url, '--results', results]);
    page = await browser.newPage({ viewport: { width: 1200, height: 900 } });
    page.on('console', (message) => {
      if (message.type() === 'error' || message.type() === 'warning') complaints.push(message.text());
    });
    page.on('pageerror', (error) => complaints.push(error.message));
    await page.goto(server.url);
  });

  after(async () => {
    await browser?.close();
    await server?.stop();
    await upstream?.close();
    await stopPages();
    if (results) await rm(results, { recursive: true });
  });

  afterEach(() => expect(complaints.splice(0), 'console').to.deep.equal([]));

  const textIs = (selector: string, text: string): Promise<void> =>
    page.locator(selector).filter({ hasText: text }).first().waitFor(WITHIN);
  const texts = (selector: string): Promise<string[]> => page.locator(selector).allTextContents();
  const pixels = (selector = '#stage'): Promise<string> => page.locator(selector).evaluate((node) => (node as unknown as { toDataURL(): string }).toDataURL()); // prettier-ignore

  const chart = (shown: Page): Promise<string> =>
    shown.locator('.plot canvas').first().evaluate((node) => (node as unknown as { toDataURL(): string }).toDataURL()); // prettier-ignore

  it('waits for a match, then shows how far the sweep is', async () => {
    await textIs('#notice', 'Waiting for a match');
    expect(await page.locator('#match').isVisible()).to.equal(false);
    upstream.send({ type: 'progress', label: 'fighter 1M w8a8 seed 3', done: 12, total: 60, perMinute: 31, leftS: 93 });
    await textIs('#sweep-progress', '12/60');
    await textIs('#sweep-progress', 'fighter 1M w8a8 seed 3');
    await textIs('#sweep-progress', '31/min · 1 min 33 s left');
    expect(await page.locator('#sweep-progress progress').evaluate((bar) => (bar as unknown as { position: number }).position)).to.equal(
      0.2,
    );
  });

  it('draws a fight: health, timer, plan, thinking, and a canvas that follows the scenes', async () => {
    upstream.send(matchFrame('fighter'));
    upstream.send(sceneFrame('fighter', 1_000_000, fight()));
    await textIs('.task', 'Fighting game');
    await textIs('.chip.clock', 'wall clock');
    await textIs('.timer', '29');
    const still = await pixels();
    const jab = { move: 'jab', phase: 'active', frame: 6, startup: 4, active: 3, recovery: 8, guard: 'none', crouching: false, airborne: false } as const; // prettier-ignore
    const scene = fight({
      frame: 66,
      timer: 1500,
      fighters: [
        fighter({ x: 400, pose: jab, hit: [{ x: 418, y: 50, w: 44, h: 24 }], plan: 'walk_fwd 5, throw', planLeft: 31 }),
        fighter({ x: 450, facing: -1, health: 640, wins: 1, stun: 9 }),
      ],
      hits: [{ id: 1, frame: 64, seat: 1, kind: 'hit', move: 'jab', damage: 30, x: 440, y: 60 }],
    });
    upstream.send(sceneFrame('fighter', 1_100_000, scene, [{ since: 690_000, lastLatencyUs: 333_340, lastOutcome: 'reject', lastAnswer: 'hm' }, idle])); // prettier-ignore
    await textIs('.timer', '25');
    const fought = await pixels();
    expect(fought).to.not.equal(still);
    expect(await page.getByRole('meter', { name: 'Health of two' }).getAttribute('aria-valuenow')).to.equal('640');
    expect(await page.getByRole('img', { name: 'two: 1 of 2 rounds' }).count()).to.equal(1);
    await textIs('[data-seat="0"] .figures', 'walk_fwd 5, throw (31 frames left)');
    await textIs('[data-seat="0"] .think-state', 'thinking for 410 ms (25 frames)');
    await textIs('[data-seat="0"] .think-last', '333 ms (20 frames), rejected');
    await textIs('.seat[data-seat="1"] .injected', '+ 200 ms (injected)');
    await textIs('.seat[data-seat="1"] .seat-about', 'model · tick-1m · 8.13 bits · a16 · embedded endpoint');
    // Boxes are drawn over the same scene (looked at again: the cards below may have changed the page's width).
    const settled = await pixels();
    await page.getByLabel('Show boxes').check();
    expect(await pixels()).to.not.equal(settled);
    await page.getByLabel('Show boxes').uncheck();
    expect((await pixels()) === settled).to.equal(true);
  });

  it('says how a match ended and whether it counts', async () => {
    upstream.send({ type: 'end', id: 'fighter-1', results: { over: true, endedAt: 1_200_000, reward: [2340, -2340], seats: [{}, {}] }, verdict: { counts: false, reasons: ['The ticks were late.'] } }); // prettier-ignore
    await textIs('#notice', 'one +2.34 points, two −2.34 points. Void: The ticks were late.');
  });

  it('draws a market: the ladder’s rows are the numbers sent, own orders marked, accounts in the market’s currency', async () => {
    upstream.send(matchFrame('hft', { clock: 'virtual', speed: 4 }));
    for (let at = 100_000; at <= 2_000_000; at += 100_000) upstream.send(sceneFrame('hft', at, market(at)));
    await textIs('.chip.clock', 'virtual: the world waits while the agent thinks');
    await textIs('#match-line', 'speed × 4');
    await textIs('.market-left', '0:58 left');
    const rows = (side: string, cell: string): Promise<string[]> => texts(`#ladder tr[data-side="${side}"] .${cell}`);
    expect(await rows('bid', 'price')).to.deep.equal(Array.from({ length: 10 }, (_, i) => (99.99 - i / 100).toFixed(2)));
    expect(await rows('bid', 'size')).to.deep.equal(Array.from({ length: 10 }, (_, i) => String(201 + i)));
    expect(await rows('ask', 'price')).to.deep.equal(Array.from({ length: 10 }, (_, i) => (100.1 - i / 100).toFixed(2)));
    expect(await rows('ask', 'size')).to.deep.equal(Array.from({ length: 10 }, (_, i) => String(110 - i)));
    expect(await rows('ask', 'own')).to.deep.equal(['', '', '', '', '', '', '', '12', '', '']);
    await textIs('.spread', 'spread 2 ticks');
    await textIs('.figures', '−37 shares');
    await textIs('.figures', '10,003.21');
    await textIs('.figures', '−1.25');
    await textIs('.figures', '−0.013 %');
    await textIs('.figures', 'ask 12 @ 100.03');
    await textIs('.legend', 'index 100.03');
    expect((await texts('.tape li'))[0]).to.equal('0:02.0100.01▲ 5');
  });

  it('draws the price chart, and starts a page opened in the middle with the whole of it', async () => {
    const before = await chart(page);
    for (let at = 2_100_000; at <= 4_000_000; at += 100_000)
      upstream.send(sceneFrame('hft', at, market(at, { mid2Ticks: 20_000 + Math.floor(at / 1e5) })));
    await textIs('.market-left', '0:56 left');
    await until('the chart is drawn anew', async () => (await chart(page)) !== before);
    const late = await browser!.newPage({ viewport: { width: 1200, height: 900 } });
    await late.goto(server.url);
    await late.locator('.market-left').filter({ hasText: '0:56 left' }).waitFor(WITHIN);
    // The same scenes, whether seen one by one or told at once, make the same picture.
    await until('both charts are the same', async () => (await chart(late)) === (await chart(page)));
    await late.close();
  });

  it('offers the symbols of a match to choose from, each with its own ladder, chart and holdings', async () => {
    expect(await page.getByLabel('Symbol').isVisible()).to.equal(false);
    const both = (at: number) => {
      const scene = market(at);
      const other = market(at, { symbol: 'OTHER', mid2Ticks: 6_000 + Math.floor(at / 1e5), lastTicks: 3_001, indexTicks: 3_002, bids: [[2_999, 7]], asks: [[3_001, 8]], holdings: [{ position: 55, orders: [] }] }); // prettier-ignore
      return { ...scene, symbols: [...scene.symbols, ...other.symbols] };
    };
    for (let at = 4_100_000; at <= 4_500_000; at += 100_000) upstream.send(sceneFrame('hft', at, both(at)));
    await page.getByLabel('Symbol').selectOption('OTHER');
    await textIs('.market-label', 'OTHER');
    await textIs('.figures', '+55 shares');
    await textIs('.legend', 'index 30.02');
    expect((await texts('#ladder tr[data-side="bid"] .size'))[0]).to.equal('7');
    await page.getByLabel('Symbol').selectOption('SYN');
    await textIs('.figures', '−37 shares');
  });

  it('lets go of the newest price when the chart is dragged, and follows again when asked', async () => {
    const follow = page.getByRole('button', { name: 'Follow the match' });
    expect(await follow.isVisible()).to.equal(false);
    const box = (await page.locator('.plot').boundingBox())!;
    const before = await chart(page);
    await page.mouse.move(box.x + 200, box.y + 150);
    await page.mouse.down();
    await page.mouse.move(box.x + 320, box.y + 150, { steps: 4 });
    await page.mouse.up();
    await until('the chart has moved', async () => (await chart(page)) !== before);
    await follow.click(WITHIN);
    expect(await follow.isVisible()).to.equal(false);
  });

  it('is usable on a telephone and in the dark: nothing wider than the screen, other colours', async () => {
    const color = (): Promise<string> => page.evaluate('getComputedStyle(document.body).backgroundColor');
    const light = await color();
    await page.emulateMedia({ colorScheme: 'dark' });
    expect(await color()).to.not.equal(light);
    await page.setViewportSize({ width: 390, height: 800 });
    expect(await page.evaluate('document.documentElement.scrollWidth')).to.be.at.most(390);
    await page.setViewportSize({ width: 1200, height: 900 });
    await page.emulateMedia({ colorScheme: 'light' });
  });

  it('shows finished sweeps with their frontiers', async () => {
    await mkdir(join(results, 'quick'));
    await writeFile(join(results, 'quick', 'frontier-hft.svg'), '<svg xmlns="http://www.w3.org/2000/svg" width="40" height="30"><rect width="40" height="30"/></svg>'); // prettier-ignore
    await writeFile(join(results, 'quick', 'cells.csv'), 'cell\n');
    const share = (value: number) => ({ value, low: 0, high: 1, n: 6 });
    const rows = [
      {
        name: 'small',
        kind: 'embedded',
        status: 'tied',
        by: ['large'],
        figures: { latencyMeanMs: share(85.6), invalid: share(0.031), stale: share(0.25), idle: share(0.4) },
      },
      {
        name: 'expert',
        kind: 'bot',
        status: 'anchor',
        figures: { latencyMeanMs: share(200), invalid: share(0), stale: share(0.1), idle: { ...share(0), value: null } },
      },
    ];
    await writeFile(join(results, 'quick', 'summary.json'), JSON.stringify({ tasks: { fighter: { rewardUnit: 'points', rows } } }));
    await page.reload();
    const table = page.locator('.sweep-table');
    await until('the rates are shown', async () => (await table.locator('tbody tr').count()) === 2);
    expect(await table.locator('thead th').allTextContents()).to.deep.equal(['Fighting game', 'latency, ms', 'invalid, %', 'stale, %', 'idle, %', 'frontier']); // prettier-ignore
    expect(await table.locator('tbody tr').first().locator('td').allTextContents()).to.deep.equal(['85.6', '3.1', '25.0', '40.0', 'tied']);
    expect(await table.locator('tbody tr').nth(1).locator('td').allTextContents()).to.deep.equal(['200.0', '0.0', '10.0', '\u2013', 'bot']);
    const image = page.getByRole('img', { name: 'Market: frontier of latency and quality, sweep quick' });
    await image.scrollIntoViewIfNeeded(WITHIN);
    await until('the frontier is loaded', () => image.evaluate((node) => (node as unknown as { naturalWidth: number }).naturalWidth === 40)); // prettier-ignore
    const href = await page.getByRole('link', { name: 'cells.csv' }).getAttribute('href');
    expect(await (await fetch(new URL(href!, server.url))).text()).to.equal('cell\n');
  });

  it('tells when the match server is gone and goes on when it is back', async () => {
    const port = Number(new URL(upstream.url).port);
    await upstream.close();
    await textIs('#notice', 'The match server is gone');
    upstream = await ScriptedUpstream.listen(port);
    await until('the notice goes', async () => !(await page.locator('#notice').isVisible()));
    upstream.send(matchFrame('fighter', { id: 'fighter-2' }));
    upstream.send(sceneFrame('fighter', 1_000_000, fight({ timer: 600 }), undefined, 'fighter-2'));
    await textIs('.timer', '10');
  });
});
