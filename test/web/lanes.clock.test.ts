/** The lanes of the agents' thinking, pixel by pixel in a real browser: what was told while the page watched, and what was told before. */
import { expect } from 'chai';
import type { Browser, Page } from 'playwright-core';
import type { Thinking } from '../../harness/protocol/watching.js';
import { startBrowser } from './chromium.js';
import { startPage, stopPages, until, type PageServer } from './page-server.js';
import { fight, idle, market, matchFrame, sceneFrame } from './scenes.js';
import { ScriptedUpstream } from './upstream.js';

const WITHIN = { timeout: 15_000 };
/** World time that the lanes show before and after now, at life speed, and the height of one. */
const [BEHIND_US, AFTER_US, LANE] = [3_000_000, 180_000, 22];

describe('the thinking lanes in a browser', function () {
  this.timeout(60_000);
  let browser: Browser | undefined;
  let upstream: ScriptedUpstream;
  let server: PageServer;
  const pages: Page[] = [];
  const complaints: string[] = [];

  before(async function () {
    browser = await startBrowser('the thinking lanes in a browser');
    if (!browser) return this.skip();
  });
  beforeEach(async () => {
    upstream = await ScriptedUpstream.listen();
    server = await startPage(['--match', upstream.url]);
    await until('the page’s server watches', () => upstream.connections === 1);
  });
  afterEach(async () => {
    await Promise.all(pages.splice(0).map((page) => page.close()));
    await stopPages();
    await upstream.close();
    expect(complaints.splice(0), 'console').to.deep.equal([]);
  });
  after(() => browser?.close());

  async function open(): Promise<Page> {
    const page = await browser!.newPage({ viewport: { width: 1200, height: 900 } });
    pages.push(page);
    page.on('console', (message) => message.type() === 'error' && complaints.push(message.text()));
    page.on('pageerror', (error) => complaints.push(error.message));
    const { watchers } = await server.counts();
    await page.goto(server.url);
    await until('the browser watches', async () => (await server.counts()).watchers === watchers + 1);
    return page;
  }

  const picture = (page: Page): Promise<string> =>
    page.locator('#lanes-canvas').evaluate((node) => (node as unknown as { toDataURL(): string }).toDataURL());

  /** The colour of a seat's lane at a moment, once the page shows `now`. */
  const colourAt = (page: Page, now: number, at: number, seat = 0): Promise<string> =>
    page.locator('#lanes-canvas').evaluate(
      (node, [share, y]) => {
        const canvas = node as unknown as { width: number; getContext(kind: '2d'): { getImageData(x: number, y: number, w: 1, h: 1): { data: ArrayLike<number> } } }; // prettier-ignore
        return Array.from(canvas.getContext('2d').getImageData(Math.floor(share! * canvas.width), y!, 1, 1).data).join(' ');
      },
      [(at - (now - BEHIND_US)) / (BEHIND_US + AFTER_US), seat * LANE + 13],
    );

  const said = (
    since: number | null,
    lastLatencyUs: number,
    lastOutcome: Thinking['lastOutcome'],
    lastAnswer: string | null,
  ): Thinking => ({
    since,
    lastLatencyUs,
    lastOutcome,
    lastAnswer,
  });
  /** Three decisions of the first seat: 5.0 to 5.5 s landed, 5.6 to 6.4 s rejected, 7.0 to 7.7 s missed; and one from 7.9 s on. */
  const COURSE: [number, Thinking][] = [
    [5_000_000, { ...idle, since: 5_000_000 }],
    [5_400_000, { ...idle, since: 5_000_000 }],
    [5_600_000, said(5_600_000, 500_000, 'act', 'jab')],
    [6_300_000, said(5_600_000, 500_000, 'act', 'jab')],
    [6_500_000, said(null, 800_000, 'reject', 'well')],
    [7_000_000, said(7_000_000, 800_000, 'reject', 'well')],
    [7_800_000, said(null, 700_000, 'miss', null)],
    [7_900_000, said(7_900_000, 700_000, 'miss', null)],
    [8_000_000, said(7_900_000, 700_000, 'miss', null)],
  ];
  const NOW = 8_000_000;
  const fought = (at: number, thinking: Thinking): void =>
    upstream.send(sceneFrame('fighter', at, fight({ frame: Math.round(at / 16_667) }), [thinking, idle]));

  it('show each decision from its asking to its end by how it ended, the open one up to now, and nothing else', async () => {
    const page = await open();
    upstream.send(matchFrame('fighter'));
    for (const [at, thinking] of COURSE) fought(at, thinking);
    await page.locator('.think-state').filter({ hasText: 'thinking for 100 ms' }).waitFor(WITHIN);
    const nothing = await colourAt(page, NOW, 6_750_000);
    const kinds = await Promise.all([5_380_000, 6_250_000, 7_550_000, 7_970_000].map((at) => colourAt(page, NOW, at)));
    expect(new Set([nothing, ...kinds]).size, `nothing ${nothing}; ${kinds.join('; ')}`).to.equal(5);
    // A bar reaches from its asking, where its length is written on it, to its end, and no further.
    for (const [at, kind] of [
      [5_250_000, 0],
      [5_800_000, 1],
      [6_350_000, 1],
      [7_250_000, 2],
      [7_650_000, 2],
    ] as const)
      expect(await colourAt(page, NOW, at), String(at)).to.equal(kinds[kind]);
    for (const at of [5_550_000, 6_450_000, 6_950_000, 7_760_000, 8_100_000])
      expect(await colourAt(page, NOW, at), String(at)).to.equal(nothing);
    for (const at of [5_380_000, 6_250_000, 7_550_000, 7_970_000])
      expect(await colourAt(page, NOW, at, 1), `seat 2 at ${at}`).to.equal(nothing);
    expect(await page.locator('.lanes .legend').innerText()).to.include('stale: what either fighter did had changed');
  });

  it('of a page opened in the middle are those of one that watched from the beginning, and so are its answers', async () => {
    const first = await open();
    upstream.send(matchFrame('fighter'));
    for (const [at, thinking] of COURSE.slice(0, -1)) fought(at, thinking);
    await first.locator('.think-state').filter({ hasText: 'thinking for 0.0 ms' }).waitFor(WITHIN);
    const late = await open();
    fought(...COURSE.at(-1)!);
    for (const page of [first, late]) await page.locator('.think-state').filter({ hasText: 'thinking for 100 ms' }).waitFor(WITHIN);
    await until('the lanes are the same', async () => (await picture(first)) === (await picture(late)));
    for (const page of [first, late]) {
      const strip = page.locator('.seat').first().locator('.strip i');
      expect(await strip.evaluateAll((bars) => bars.map((bar) => (bar as unknown as { dataset: { outcome: string } }).dataset.outcome))).to.deep.equal(['act', 'reject', 'miss']); // prettier-ignore
    }
  });

  it('begin with what the match server told of the time before anybody watched; another match begins empty', async () => {
    upstream.send(matchFrame('hft'));
    const asked = { from: 6_000_000, at: 6_500_000, outcome: 'act' } as const;
    upstream.send({ type: 'past', id: 'hft-1', decisions: [[asked]] });
    upstream.send({ type: 'past', id: 'another', decisions: [[{ ...asked, from: 5_300_000 }]] });
    upstream.send(sceneFrame('hft', NOW, market(NOW), [{ ...idle, lastLatencyUs: 500_000, lastOutcome: 'act', lastAnswer: 'hold' }]));
    const page = await open();
    await page.locator('.think-state').filter({ hasText: 'idle' }).waitFor(WITHIN);
    const bare = await colourAt(page, NOW, 7_000_000);
    expect(await colourAt(page, NOW, 6_450_000)).to.not.equal(bare);
    for (const at of [5_900_000, 6_550_000, 5_400_000]) expect(await colourAt(page, NOW, at), String(at)).to.equal(bare);
    expect(await page.locator('.lanes .legend').isVisible(), 'a market has no stale answers').to.equal(false);
    upstream.send(matchFrame('hft', { id: 'hft-2' }));
    upstream.send(sceneFrame('hft', NOW, market(NOW), [idle], 'hft-2'));
    await until('the next match’s lanes are empty', async () => (await colourAt(page, NOW, 6_450_000)) === bare);
    expect(await page.locator('.strip i').count()).to.equal(0);
  });
});
