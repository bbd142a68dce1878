/** The live division in a real browser: ranks with their intervals, latencies with the way and without, and each match to be played again. */
import { expect } from 'chai';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import type { Link } from '../../../harness/agents/link.js';
import type { GameOutcome } from '../../../harness/arena/order.js';
import { PairingPlayer } from '../../../harness/arena/playing.js';
import { makeFolder } from '../../../harness/host/folder.js';
import { MatchServer } from '../../../harness/protocol/server.js';
import { Arena } from '../../../web/server/arena/arena.js';
import { tellAddress } from '../../../web/server/arena/claim.js';
import { Tokens } from '../../../web/server/store/tokens.js';
import { ArenaStore } from '../../../web/server/arena/store.js';
import { arenaFolder, openBoardDatabase, tracesFolder } from '../../../web/server/store/database.js';
import { brawler, by, bystander, fighter, order, RawFighter, shortFight, shortMarket } from '../../harness/arena/agents.js';
import { embeddedFolder } from '../../harness/database/embedded-folder.js';
import { ask } from '../board/board-server.js';
import { startBrowser } from '../chromium.js';
import { startPage, stopPages, until } from '../page-server.js';

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const WITHIN = { timeout: 30_000 };

/** Plays a pairing and keeps it; two more are kept by its figures, in one of which the second agent has won. @returns the digest of its last match */
async function keepPairings(store: ArenaStore, playing: string): Promise<string> {
  // Played at a given latency, so that this machine's load does not void it, and kept as if it had been measured.
  const terms = await store.terms(shortFight({ givenUs: undefined }));
  const [ann, bob] = [await store.player('fighter', 'Ann', 'better <b>'), await store.player('fighter', 'Bob', 'worse')];
  const outcomes: GameOutcome[] = [];
  const server = await MatchServer.listen();
  const player = new PairingPlayer(server, order(playing), { begins: () => undefined, ended: (outcome) => outcomes.push(outcome) });
  const sockets = [new RawFighter(server.url, 'token-one', by(brawler)), new RawFighter(server.url, 'token-other', by(bystander))];
  await player.play();
  for (const { socket } of sockets) socket.terminate();
  await server.close();
  for (const points of [1, 0, 1] as const) {
    const { id } = await store.begin(terms, ann.id, bob.id, 1000, 'information');
    for (const outcome of outcomes) {
      await store.gameBegins(id, outcome.game);
      await store.gameEnds(id, { ...outcome, points, trace: id === (await first(store)) ? outcome.trace : null });
    }
    expect(await store.settle(id)).to.equal(true);
  }
  return outcomes[1]!.digest!;
}

/** The pairing that was kept first. */
async function first({ db }: ArenaStore): Promise<string> {
  return (await db.selectFrom('arena_pairing').select('id').orderBy('made_at').limit(1).executeTakeFirstOrThrow()).id;
}

describe('the live division in a browser', function () {
  this.timeout(120_000);
  let browser: Browser | undefined;
  let page: Page;
  let url: string;
  let root: string;
  let digest: string;
  let folder: string;
  let database: Awaited<ReturnType<typeof openBoardDatabase>>;
  const complaints: string[] = [];

  before(async function () {
    browser = await startBrowser('the live division in a browser');
    if (!browser) return this.skip();
    root = mkdtempSync(join(tmpdir(), 'tickbench-live-page-'));
    folder = join(root, 'board');
    await embeddedFolder(join(folder, 'database'));
    database = await openBoardDatabase(folder, undefined);
    makeFolder(tracesFolder(folder));
    digest = await keepPairings(new ArenaStore(database.query, tracesFolder(folder)), join(root, 'playing'));
    ({ url } = await startPage(['--board', folder]));
    page = await browser.newPage({ viewport: { width: 1200, height: 900 } });
    page.on('console', (message) => message.type() === 'error' && complaints.push(message.text()));
    page.on('pageerror', (error) => complaints.push(error.message));
  });

  after(async () => {
    await browser?.close();
    await stopPages();
    await database?.close();
    if (root) rmSync(root, { recursive: true, force: true });
  });

  it('ranks agents with intervals, shows latency with the way there and without, says what it proves, and plays a match again', async () => {
    await page.goto(`${url}#/board?division=live`);
    const rows = page.locator('table[aria-label="Ratings"] tbody tr');
    await rows.first().waitFor(WITHIN);
    expect(await rows.count()).to.equal(2);
    const cells = await rows.first().locator('td, th').allInnerTexts();
    expect(cells[0]).to.match(/^1( \(1 to 2\))?$/);
    expect(cells[1]).to.equal('better <b>');
    expect(cells[2], 'strength').to.match(/^\d\.\d\d \(−?\d+\.\d\d to \d+\.\d\d\)$/);
    expect(cells[3]).to.equal('6');
    expect(cells[4], 'latency').to.match(/^1[01]\d\.\d \(/);
    expect(Number(cells[5]), 'round trip').to.be.greaterThan(0);
    expect(parseFloat(cells[6]!), 'without it').to.be.lessThan(parseFloat(cells[4]!));
    expect(cells.slice(7)).to.deep.equal(['4, 0, 2', 'Ann']);
    expect(await page.locator('#board .hint').allInnerTexts()).to.satisfy((texts: string[]) => texts.some((text) => text.startsWith('Proven: these agents played these matches against the clock of the board'))); // prettier-ignore
    const matches = page.locator('table[aria-label="Matches"] tbody tr');
    expect(await matches.count()).to.equal(6);
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme });
      await page.evaluate(AXE);
      const { violations } = await page.evaluate<{ violations: { id: string; nodes: { html: string }[] }[] }>('axe.run()');
      expect(violations.map(({ id, nodes }) => `${id}: ${nodes[0]?.html}`), colorScheme).to.deep.equal([]); // prettier-ignore
    }
    await matches.locator('a').first().click();
    await page.locator('.replay-state').filter({ hasText: `digest ${digest}, the recorded one` }).first().waitFor(WITHIN); // prettier-ignore
    expect(complaints).to.deep.equal([]);
  });

  it('shows a table of who played alone apart, with what each earned, and a replay of each world', async () => {
    const store = new ArenaStore(database.query, tracesFolder(folder));
    const terms = await store.terms(shortMarket());
    const [ann, bob] = [await store.player('hft', 'Ann', 'maker'), await store.player('hft', 'Bob', 'taker')];
    const hashes = ['a'.repeat(64), 'b'.repeat(64)] as const;
    for (const rewards of [[2000, 1000], [-1500, 1500], [4000, null], [3000, 500]] as const) {
      const { id } = await store.begin(terms, ann.id, bob.id, 7, 'information');
      await store.gameBegins(id, 0);
      const points = rewards[0] > (rewards[1] ?? 0) ? 1 : 0;
      await store.gameEnds(id, { ...{ game: 0, status: rewards[1] === null ? 'forfeited' : 'played', why: null, points, came: [true, true] }, ...{ rewards, figures: null, digest: null, trace: null } }); // prettier-ignore
      await store.db.updateTable('arena_game').set({ hash: hashes[0], second_hash: hashes[1] }).where('pairing', '=', id).execute();
      expect(await store.settle(id)).to.equal(true);
    } // prettier-ignore
    await page.goto(`${url}#/board?plan=arena-alone`);
    await page.reload();
    const rows = page.locator('table[aria-label="Ratings"] tbody tr');
    await rows.first().waitFor(WITHIN);
    const texts = await Promise.all([0, 1].map((i) => rows.nth(i).locator('td, th').allInnerTexts()));
    const earned = Object.fromEntries(texts.map(([, name, , reward]) => [name, reward]));
    // In per cent: over its four matches, and over the three that the other one played to their end.
    expect(earned.maker).to.match(/^0\.188 \(−?\d\.\d{3} to \d\.\d{3}\)$/);
    expect(earned.taker).to.match(/^0\.100 \(−?\d\.\d{3} to \d\.\d{3}\)$/);
    const newest = page.locator('table[aria-label="Matches"] tbody tr').filter({ hasText: '+0.400 %' });
    expect(await newest.innerText()).to.match(/maker won, forfeited \+0\.400 % to –/);
    expect(await newest.locator('a').evaluateAll((links) => links.map((link) => link.getAttribute('href')))).to.deep.equal(hashes.map((hash) => `#/trace/board:${hash}`)); // prettier-ignore
    await page.evaluate(AXE);
    const { violations } = await page.evaluate<{ violations: { id: string }[] }>('axe.run()');
    expect(violations.map(({ id }) => id)).to.deep.equal([]);
    expect(complaints).to.deep.equal([]);
  });

  it('lists the match that is being played, and shows it late, to its end', async () => {
    const [store, tokens] = [new ArenaStore(database.query, tracesFolder(folder)), new Tokens(database.query)];
    const playing = arenaFolder(folder);
    makeFolder(playing);
    const arena = await Arena.open({
      ...{ store, tokens, terms: [shortFight({ givenUs: undefined })], host: '127.0.0.1', port: 0, matchesAtOnce: 1, everyMs: 3_600_000 },
      ...{ playing: join(playing, 'playing'), watchDelayMs: 1500, say: () => undefined },
    });
    const takeBack = tellAddress(playing, { url: arena.url, watchDelayMs: 1500 });
    const links: Link[] = [];
    try {
      // They fight once somebody watches.
      let go = (): void => undefined;
      const watched = new Promise<void>((resolve) => (go = resolve));
      for (const [holder, name, decide] of [['Ann', 'brawler', brawler], ['Bob', 'worse', bystander]] as const)
        links.push(fighter(arena.url, (await tokens.add(holder, ['play'])).token, name, async (seen) => (await watched, decide(seen)))); // prettier-ignore
      const link = page.getByLabel('watch brawler against worse').or(page.getByLabel('watch worse against brawler'));
      const isPlaying = async (): Promise<boolean> => (await ask(`${url}api/v1/arena/running`)).json.matches.length === 1;
      await until('it is played', isPlaying, WITHIN.timeout);
      await page.goto(`${url}#/board?division=live`);
      await link.waitFor(WITHIN);
      expect(await page.locator('#board .hint').allInnerTexts()).to.include('Matches are shown 1.5 s late, so that nobody helps an agent by watching.'); // prettier-ignore
      await link.click();
      await page.locator('#notice').filter({ hasText: 'late: the first picture is still to come' }).waitFor(WITHIN);
      go();
      await page.locator('#notice').filter({ hasText: 'Over: ' }).filter({ hasText: 'brawler +' }).waitFor(WITHIN);
      expect(await page.locator('.round').textContent()).to.equal('over');
      expect(await page.locator('#match-line').innerText()).to.match(/shown 2 s late[^]*seed told on the board, afterwards/);
      await page.goto(`${url}#/live?match=p-000000000000-1`);
      await page.locator('#notice').filter({ hasText: 'This match is not shown any more' }).waitFor(WITHIN);
      takeBack();
      await page.goto(`${url}#/live?match=p-000000000000-2`);
      await page.locator('#notice').filter({ hasText: 'This match cannot be watched: no arena runs here.' }).waitFor(WITHIN);
      expect(complaints).to.deep.equal([]);
    } finally {
      for (const link of links) link.close();
      takeBack();
      await arena.close();
    }
  });
});
