/** A human's seat, taken in a real browser with real keys against a bot, by the command that people use. */
import { expect } from 'chai';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { keyboard } from '../../envs/fighter/keyboard/keys.js';
import { packageRoot } from '../../harness/host/root.js';
import { readTrace } from '../../harness/traces/reader.js';
import { replayTrace } from '../../harness/traces/replay.js';
import { startBrowser } from './chromium.js';
import { until } from './page-server.js';

describe('a human’s seat', function () {
  this.timeout(60_000);
  let browser: Browser | undefined;
  let folder: string;

  before(async function () {
    browser = await startBrowser('a human’s seat');
    if (!browser) return this.skip();
    folder = await mkdtemp(join(tmpdir(), 'tickbench-human-'));
  });
  after(async () => {
    await browser?.close();
    if (folder) await rm(folder, { recursive: true });
  });

  it('is taken on the page: keys land, reactions are measured, a left window lets the standing order go on', async () => {
    const trace = join(folder, 'human.jsonl.gz');
    const main = join(packageRoot(), 'dist', 'harness', 'cli', 'main.js');
    const options = JSON.stringify({ rounds: 1, roundSeconds: 14 });
    const run = spawn(process.execPath, [main, 'run', 'fighter', '--seat', 'human:Ada', '--opponent', 'bot:jab-not', '--watch', '0'], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let refused = '';
    run.stderr.setEncoding('utf8').on('data', (text: string) => (refused += text));
    await once(run, 'exit');
    expect(refused).to.include('no bot "jab-not"');

    const args = ['run', 'fighter', '--seat', 'human:Ada', '--opponent', 'bot:rush@200ms', '--watch', '0', '--options', options, '--trace', trace, '--json']; // prettier-ignore
    const match = spawn(process.execPath, [main, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
    let [said, printed] = ['', ''];
    match.stderr.setEncoding('utf8').on('data', (text: string) => (said += text));
    match.stdout.setEncoding('utf8').on('data', (text: string) => (printed += text));
    const exited = once(match, 'exit');
    try {
      await until('the seat is offered', () => /take the seat of Ada: \S+/.test(said));
      const [, url] = /take the seat of Ada: (\S+)/.exec(said)!;
      let page = await browser!.newPage({ viewport: { width: 1200, height: 1000 } });
      const complaints: string[] = [];
      const listen = (tab: Page): void => {
        tab.on('console', (message) => message.type() === 'error' && complaints.push(message.text()));
        tab.on('pageerror', (error) => complaints.push(error.message));
      };
      listen(page);
      await page.goto(url!);
      await page.locator('.keys kbd').filter({ hasText: 'J' }).waitFor();
      await page.locator('#take-seat').click();
      const state = (text: string): Promise<void> => page.locator('.play-state').filter({ hasText: text }).waitFor({ timeout: 15_000 });
      await state('Fight!');
      // Keys that scroll a page do not while a fight is on, whether the seat has a use for them or not.
      await page.setViewportSize({ width: 1200, height: 420 });
      for (const key of ['Space', 'PageDown', 'End', 'ArrowDown']) await page.keyboard.press(key);
      await page.waitForTimeout(150);
      expect(await page.evaluate('[scrollY, document.documentElement.scrollHeight > innerHeight]')).to.deep.equal([0, true]);
      await page.setViewportSize({ width: 1200, height: 1000 });
      await page.keyboard.down('ArrowRight');
      await page.locator('.keys kbd[data-down="yes"]').filter({ hasText: '→' }).waitFor();
      await page.waitForTimeout(600);
      await page.keyboard.up('ArrowRight');
      await page.keyboard.down('ArrowDown');
      await page.waitForTimeout(300);
      // A reaction needs a move of the opponent's before a key: keys are pressed until there was one.
      const reacted = page.locator('.reaction').filter({ hasText: /Reaction to .*ms/ });
      for (let press = 0; press < 3 || (press < 20 && !(await reacted.isVisible())); press++) {
        await page.keyboard.press(press % 2 === 0 ? 'KeyJ' : 'KeyK');
        await page.waitForTimeout(350);
      }
      // The window is left with a key down.
      await page.evaluate(() => void (globalThis as unknown as { dispatchEvent(event: Event): void }).dispatchEvent(new Event('blur')));
      await state('standing order goes on');
      expect(await page.locator('.keys kbd[data-down="yes"]').count()).to.equal(0);
      await reacted.waitFor();
      // The tab is closed: the seat's standing order goes on, and whoever has the link takes the seat again.
      await page.close();
      page = await browser!.newPage();
      listen(page);
      await page.goto(url!);
      await page.locator('#take-seat').click();
      await state('You are seat 1');
      await page.keyboard.press('KeyU');
      await state('over');
      expect(await page.locator('.seat[data-seat="0"] .seat-about').textContent()).to.equal('human');
      expect(await page.locator('.seat[data-seat="0"] .think-last').textContent()).to.equal('human division');
      // The page's server goes with the match.
      expect(complaints.filter((line) => !line.includes('ERR_CONNECTION_REFUSED'))).to.deep.equal([]);
      await exited;
    } finally {
      match.kill('SIGTERM');
    }
    const report = JSON.parse(printed) as {
      seats: { name: string; kind: string; worldP50Us: number | null; reaction?: { count: number; guesses: number } }[];
    };
    expect(report.seats[0]).to.include({ name: 'Ada (human)', kind: 'human', worldP50Us: null });
    const { count, guesses } = report.seats[0]!.reaction!;
    expect(count + guesses, 'reactions').to.be.at.least(1);
    expect(report.seats[1]).to.not.have.property('reaction');
    const read = await readTrace(trace);
    expect(read.header.seats[0]).to.deep.include({
      kind: 'human',
      configuration: { division: 'human', sees: 'a continuous stream of scenes', input: 'keyboard' },
    });
    const answers = read.events.flatMap((event) => (event.kind === 'act' && event.seat === 0 ? [event] : []));
    const saying = (text: string): unknown => answers.find(({ telemetry }) => telemetry?.answer?.includes(text))?.action.plan;
    const action = (code: string): string => keyboard().find((key) => key.code === code)!.action;
    expect(saying('pressed →')).to.deep.equal([{ action: action('ArrowRight'), frames: 18 }]);
    expect(saying('pressed J')).to.deep.equal([{ action: action('KeyJ') }, { action: action('ArrowDown'), frames: 18 }]);
    expect(saying('left the window')).to.deep.equal([]);
    expect(read.events.some((event) => event.kind === 'miss' && event.seat === 0)).to.equal(false);
    expect(read.events.filter((event) => event.kind === 'leave' || event.kind === 'return').map(({ kind }) => kind)).to.deep.equal([
      'leave',
      'return',
    ]);
    expect(answers.at(-1)!.at, 'the seat was taken again').to.be.greaterThan(read.events.find((event) => event.kind === 'return')!.at);
    expect(replayTrace(read).same).to.equal(true);
  });
});
