/** Two recorded matches, a page that lists and plays them, and what tests look at it with. */
import { expect } from 'chai';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { spawnAgent, type AgentHandle } from '../../harness/agents/spawn.js';
import { playMatch } from '../../harness/match/match.js';
import { MatchServer } from '../../harness/protocol/server.js';
import type { Trace } from '../../scoring/trace/trace.js';
import { startBrowser } from './chromium.js';
import { startPage, stopPages, type PageServer } from './page-server.js';

export const WITHIN = { timeout: 15_000 };
/** The address of the recorded fight. */
export const FIGHT = '#/trace/matches/fighter%209.jsonl.gz';
const OPTIONS = { fighter: { rounds: 1, roundSeconds: 6 }, hft: { durationUs: 6_000_000, seats: 2 } } as const;

/** Ready within the tests of the describe block that made it. */
export class RecordedPage {
  server!: PageServer;
  page!: Page;
  /** The results folder: its matches are in `matches`. */
  folder!: string;
  readonly traces = {} as Record<'fighter' | 'hft', Trace>;
  /** What the page's console complained of; each test has to end without. */
  readonly complaints: string[] = [];
  private browser?: Browser;

  /** Call it in a describe block. @param name of it: what is said where there is no browser */
  constructor(name: string) {
    const made = this; // eslint-disable-line @typescript-eslint/no-this-alias -- mocha's hooks have a `this` of their own
    before(async function () {
      made.browser = await startBrowser(name);
      if (!made.browser) return this.skip();
      await made.start(made.browser);
    });
    after(async () => {
      await this.browser?.close();
      await stopPages();
      if (this.folder) await rm(this.folder, { recursive: true });
    });
    afterEach(() => expect(this.complaints.splice(0), 'console').to.deep.equal([]));
  }

  readonly textIs = (selector: string, text: string): Promise<void> =>
    this.page.locator(selector).filter({ hasText: text }).first().waitFor(WITHIN);

  readonly attribute = (selector: string, name: string): Promise<string | null> => this.page.locator(selector).getAttribute(name);

  readonly text = async (selector: string): Promise<string> => (await this.page.locator(selector).textContent()) ?? '';

  /** The page draws at its next frame. */
  readonly drawn = (): Promise<void> =>
    this.page.evaluate('new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => done())))');

  /** Opens the page anew. */
  readonly open = async (hash: string): Promise<void> => {
    await this.page.goto('about:blank');
    await this.page.goto(`${this.server.url}${hash}`);
  };

  private async start(browser: Browser): Promise<void> {
    this.folder = await mkdtemp(join(tmpdir(), 'tickbench-replay-'));
    const matches = await MatchServer.listen();
    const agents: AgentHandle[] = [];
    for (const bot of ['expert', 'random'])
      agents.push(await spawnAgent(matches, { kind: 'bot', bot, ...(bot === 'random' ? { errorPermille: 1000 } : {}) }));
    for (const task of ['fighter', 'hft'] as const)
      this.traces[task] = await playMatch(matches, {
        id: `${task}-9`,
        task,
        options: OPTIONS[task],
        seed: 9,
        clock: 'virtual',
        speed: 1,
        timeoutUs: 1_000_000,
        tracePath: join(this.folder, 'matches', `${task} 9.jsonl.gz`),
        seats: agents.map((agent, i) => ({
          token: agent.token,
          record: { name: `player ${i + 1}`, kind: 'bot' as const, addedUs: 0, givenUs: 100_000 + 150_000 * i },
        })),
      });
    await Promise.all(agents.map((agent) => agent.stop()));
    await matches.close();
    this.server = await startPage(['--results', this.folder]);
    this.page = await browser.newPage({ viewport: { width: 1200, height: 1000 } });
    this.page.on('console', (message) => message.type() === 'error' && this.complaints.push(message.text()));
    this.page.on('pageerror', (error) => this.complaints.push(error.message));
  }
}
