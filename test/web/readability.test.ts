/** The page can be read: contrast in both themes, on paper, on a telephone, and by those who want less motion. */
import { expect } from 'chai';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { startBrowser } from './chromium.js';
import { startPage, stopPages, until, type PageServer } from './page-server.js';
import { fight, fighter, market, matchFrame, sceneFrame } from './scenes.js';
import { ScriptedUpstream } from './upstream.js';

const WITHIN = { timeout: 15_000 };

/**
 * Every visible text of the page with less contrast than WCAG 2.1 AA asks (4.5; 3 for large text), by the formula of its relative
 * luminance. Backgrounds that let others through are blended; of a gradient its first colour counts, wherever the text lies on it.
 */
const UNREADABLE = `(() => {
  const pen = Object.assign(document.createElement('canvas'), { width: 1, height: 1 }).getContext('2d', { willReadFrequently: true });
  const rgba = (color) => {
    pen.clearRect(0, 0, 1, 1);
    pen.fillStyle = color;
    pen.fillRect(0, 0, 1, 1);
    const [r, g, b, a] = pen.getImageData(0, 0, 1, 1).data;
    return [r, g, b, a / 255];
  };
  const over = ([r, g, b, a], under) => [r, g, b].map((part, i) => part * a + under[i] * (1 - a));
  const luminance = (color) => {
    const [r, g, b] = color.map((part) => part / 255).map((part) => (part <= 0.03928 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const found = [];
  let read = 0;
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const text = walker.currentNode.textContent.trim();
    const element = walker.currentNode.parentElement;
    if (text === '' || !element.checkVisibility() || element.closest('script, style, option, [data-paid="no"]')) continue;
    let opacity = 1;
    const chain = [];
    for (let each = element; each; each = each.parentElement) chain.unshift(each);
    let under = [255, 255, 255];
    for (const each of chain) {
      const style = getComputedStyle(each);
      opacity *= Number(style.opacity);
      under = over(rgba(style.backgroundColor), under);
      const drawn = /(?:rgba?|color|oklab)\\([^()]*\\)/.exec(style.backgroundImage);
      if (drawn) under = over(rgba(drawn[0]), under);
    }
    const style = getComputedStyle(element);
    const [r, g, b, a] = rgba(style.color);
    const ink = luminance(over([r, g, b, a * opacity], under));
    const paper = luminance(under);
    const contrast = (Math.max(ink, paper) + 0.05) / (Math.min(ink, paper) + 0.05);
    const size = parseFloat(style.fontSize);
    read++;
    if (contrast < (size >= 24 || (size >= 18.66 && Number(style.fontWeight) >= 700) ? 3 : 4.5))
      found.push(text.slice(0, 30) + ' in ' + element.tagName + '.' + element.className + ': ' + contrast.toFixed(2));
  }
  return { read, found: [...new Set(found)] };
})()`;

describe('the page can be read', function () {
  this.timeout(60_000);
  let browser: Browser | undefined;
  let upstream: ScriptedUpstream;
  let server: PageServer;
  let page: Page;
  let results: string;

  before(async function () {
    browser = await startBrowser('whether the page can be read');
    if (!browser) return this.skip();
    results = await mkdtemp(join(tmpdir(), 'tickbench-readable-'));
    const folder = join(results, 'small');
    await mkdir(folder);
    await writeFile(join(folder, 'frontier-hft.svg'), '<svg xmlns="http://www.w3.org/2000/svg" width="40" height="30"><rect width="40" height="30" fill="#fff"/></svg>'); // prettier-ignore
    await writeFile(join(folder, 'match.jsonl'), '{}\n');
    const figure = { value: 85.6, low: 80, high: 90, n: 6 };
    const rows = ['embedded', 'bot'].map((kind) => ({ name: kind, kind, figures: { latencyP50Ms: figure } }));
    const verdicts = [
      { task: 'hft', answer: 'hft: take small.', details: ['Not told from it by reward: large.', 'On the frontier: small.'] },
      { task: 'fighter', sentence: 'fighter: take large.' },
      { task: 'other' },
      null,
    ];
    await writeFile(join(folder, 'summary.json'), JSON.stringify({ verdicts, finished: false, tasks: { hft: { rewardUnit: '%', rows } } })); // prettier-ignore
    upstream = await ScriptedUpstream.listen();
    server = await startPage(['--match', upstream.url, '--results', results]);
    page = await browser.newPage({ viewport: { width: 1200, height: 900 } });
    await page.goto(`${server.url}#/play?server=ws://127.0.0.1:1&token=none`);
    await page.locator('.keys kbd').first().waitFor(WITHIN);
    await page.locator('.sweep-table td').first().waitFor(WITHIN);
  });

  after(async () => {
    await browser?.close();
    await server?.stop();
    await upstream?.close();
    await stopPages();
    if (results) await rm(results, { recursive: true });
  });

  const thinking = (['act', 'reject', 'miss'] as const).map((lastOutcome, i) => ({ since: i === 0 ? 100_000 : null, lastLatencyUs: 90_000, lastOutcome, lastAnswer: 'answer' })); // prettier-ignore

  async function showFight(): Promise<void> {
    const fighters = [fighter({ meter: 100, plan: 'jab' }), fighter({ x: 500, facing: -1, health: 200, wins: 1 })] as [ReturnType<typeof fighter>, ReturnType<typeof fighter>]; // prettier-ignore
    upstream.send(matchFrame('fighter'));
    upstream.send(sceneFrame('fighter', 1_000_000, fight({ fighters, over: true, winner: 0 }), thinking.slice(0, 2)));
    upstream.send({ type: 'end', id: 'fighter-1', results: { over: true, endedAt: 1_000_000, reward: [2340, -2340], seats: [{ hits: 1 }, { hits: 2 }] }, verdict: { counts: true, reasons: [] } }); // prettier-ignore
    await page.locator('.ending h3').waitFor(WITHIN);
  }

  async function showMarket(seats: number): Promise<void> {
    const scene = market(1_000_000);
    const trades = [-1, 1].map((taker, i) => ({ ...scene.symbols[0]!.trades[0]!, id: i, taker: taker as 1 | -1, buyer: i, seller: -1 }));
    const holdings = Array.from({ length: seats }, () => scene.symbols[0]!.holdings[0]!);
    const accounts = Array.from({ length: seats }, (_, i) => ({ ...scene.seats[0]!, pnlMicros: i * 1e6 - 500_000, pnlPpm: i * 100 - 50 }));
    const record = matchFrame('fighter') as { seats: object[] };
    const id = `hft-${seats}`;
    upstream.send(matchFrame('hft', { id, seats: [...record.seats, ...record.seats].slice(0, seats) } as never));
    const states = Array.from({ length: seats }, (_, seat) => thinking[(seat + 1) % 3]!);
    upstream.send(sceneFrame('hft', 1_000_000, { ...scene, seats: accounts, symbols: [{ ...scene.symbols[0]!, trades, holdings }] }, states, id)); // prettier-ignore
    await until('the accounts are shown', async () => (await page.locator('#seats .figures dd').count()) >= 5 * seats);
  }

  it('by contrast: every text of the pages passes WCAG AA, in the light and in the dark', async () => {
    const unreadable: string[] = [];
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme });
      for (const [name, show] of [
        ['a fight', showFight],
        ['a market of one', () => showMarket(1)],
        ['a market of four', () => showMarket(4)],
      ] as const) {
        await show();
        const { read, found } = await page.evaluate<{ read: number; found: string[] }>(UNREADABLE);
        expect(read, 'texts').to.be.greaterThan(60);
        unreadable.push(...found.map((each) => `${name}, ${colorScheme}: ${each}`));
      }
    }
    expect(unreadable).to.deep.equal([]);
  });

  it('says a sweep’s verdict above its figures, and that it is unfinished', async () => {
    expect(await page.locator('div.verdict > p').allTextContents()).to.deep.equal(['hft: take small.', 'fighter: take large.']);
    expect(await page.locator('.verdict li').allTextContents()).to.deep.equal([
      'Not told from it by reward: large.',
      'On the frontier: small.',
    ]);
    expect(await page.locator('p.verdict').allTextContents()).to.deep.equal([
      'Not every match of this sweep was played, or counts; the same command goes on with those that are left.',
    ]);
    const [verdict, table] = await Promise.all(['.verdict', '.sweep-table'].map((each) => page.locator(each).first().boundingBox()));
    expect(verdict!.y + verdict!.height).to.be.at.most(table!.y);
  });

  /** Mean brightness of an element as it is on the screen, from 0 (black) to 255. */
  async function brightness(selector: string): Promise<number> {
    const shot = (await page.locator(selector).first().screenshot()).toString('base64');
    return page.evaluate(`(async () => {
      const image = new Image();
      image.src = 'data:image/png;base64,${shot}';
      await image.decode();
      const pen = Object.assign(document.createElement('canvas'), { width: image.width, height: image.height }).getContext('2d');
      pen.drawImage(image, 0, 0);
      const data = pen.getImageData(0, 0, image.width, image.height).data;
      return data.filter((_, i) => i % 4 !== 3).reduce((sum, part) => sum + part, 0) / ((data.length / 4) * 3);
    })()`);
  }

  it('has no white picture in the dark, and prints dark ink on white paper, without what only a screen needs', async () => {
    await page.emulateMedia({ colorScheme: 'dark' });
    await showMarket(1);
    expect(await brightness('.frontiers img')).to.be.below(60);
    expect(await brightness('.plot')).to.be.below(60);
    await showFight();
    await page.emulateMedia({ colorScheme: 'dark', media: 'print' });
    expect(await page.evaluate('getComputedStyle(document.body).backgroundColor')).to.equal('rgb(243, 245, 248)');
    await until('the stage is drawn for paper', async () => (await brightness('#stage')) > 150);
    expect(await brightness('.frontiers img')).to.be.above(200);
    for (const selector of ['.toggle', '.take', '.choose'])
      expect(await page.locator(selector).first().isVisible(), selector).to.equal(false);
    expect(await page.locator('.sweep-table').isVisible()).to.equal(true);
    await page.emulateMedia({ colorScheme: 'light', media: 'screen' });
    expect(await brightness('.frontiers img')).to.be.above(200);
  });

  it('shakes and flashes nobody who asked for less motion', async () => {
    const struck = (stop: number): ReturnType<typeof fight> => {
      const hurt = fighter({ x: 500, facing: -1, stun: 12, stop, pose: { ...fighter().pose, phase: 'hit' } });
      return fight({ frame: 60, fighters: [fighter(), hurt] });
    };
    const picture = async (stop: number): Promise<string> => {
      upstream.send(matchFrame('fighter', { id: 'calm' }));
      upstream.send(sceneFrame('fighter', 1_000_000 + stop, struck(stop), [{ since: null, lastLatencyUs: 1000 * (stop + 1), lastOutcome: 'act', lastAnswer: null }, thinking[1]!], 'calm')); // prettier-ignore
      await page
        .locator('.seat[data-seat="0"] .think-last')
        .filter({ hasText: `${stop + 1}.0 ms` })
        .waitFor(WITHIN);
      return page.evaluate(`(() => {
        const stage = document.getElementById('stage');
        const part = Object.assign(document.createElement('canvas'), { width: stage.width, height: Math.floor(stage.height * 0.5) });
        part.getContext('2d').drawImage(stage, 0, part.height - stage.height);
        return part.toDataURL();
      })()`);
    };
    for (const [reducedMotion, still] of [
      ['no-preference', false],
      ['reduce', true],
    ] as const) {
      await page.emulateMedia({ reducedMotion });
      const first = await picture(7);
      expect(
        [await picture(6), await picture(5)].every((each) => each === first),
        reducedMotion,
      ).to.equal(still);
    }
  });

  it('covers nothing when a match ends: the line that says so lies between the world and the accounts', async () => {
    for (const viewport of [
      { width: 1440, height: 900 },
      { width: 390, height: 844 },
    ]) {
      await page.setViewportSize(viewport);
      await showFight();
      await page.locator('#notice').filter({ hasText: 'Over: one' }).waitFor(WITHIN);
      const box = async (selector: string) => (await page.locator(selector).first().boundingBox())!;
      const [world, notice, lanes, seat] = [await box('#world'), await box('#notice'), await box('.lanes'), await box('.seat')];
      expect(notice.y, 'under the world').to.be.at.least(world.y + world.height);
      expect(Math.min(lanes.y, seat.y), 'over the rest').to.be.at.least(notice.y + notice.height);
      upstream.send(matchFrame('fighter', { id: `next-${viewport.width}` }));
      await until('it goes with the next match', async () => !(await page.locator('#notice').isVisible()));
    }
  });

  it('fits a telephone, however much a match says of itself', async () => {
    const long = { patient: true, clock: 'virtual', speed: 12.345, behindUs: 70_000_000 } as const;
    const name = 'Qwen2.5-14B-Instruct-FP8-block-scaled-dynamic_at_two_threads';
    for (const width of [320, 390]) {
      await page.setViewportSize({ width, height: 844 });
      for (const task of ['fighter', 'hft'] as const) {
        const id = `long-${task}-${width}`;
        const record = matchFrame(task) as { seats: { name: string }[] };
        upstream.send(matchFrame(task, { ...long, id, seats: record.seats.map((seat) => ({ ...seat, name })) } as never));
        const scene = task === 'hft' ? market(1_000_000) : fight({});
        upstream.send(sceneFrame(task, 1_000_000, scene as never, thinking.slice(0, record.seats.length), id));
        await until('its seats are shown', async () => (await page.locator('#seats .seat').first().textContent())!.includes(name));
        const [wide, room] = await page.evaluate<[number, number]>(
          '[document.documentElement.scrollWidth, document.documentElement.clientWidth]',
        );
        expect(wide, `${task} on ${width} pixels`).to.be.at.most(room);
      }
    }
  });
});
