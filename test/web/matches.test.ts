/** The list of recorded matches on the page: chosen by what they are, opened, shown two in step. */
import { expect } from 'chai';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { Page } from 'playwright-core';
import { Playback } from '../../harness/traces/playback.js';
import { FIGHT, RecordedPage, WITHIN } from './recorded-page.js';

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

describe('the list of recorded matches in a browser', function () {
  this.timeout(120_000);
  const recorded = new RecordedPage('the list of recorded matches in a browser');
  const { traces, complaints, textIs, attribute, text, drawn, open } = recorded;
  let page: Page;
  before(() => void ({ page } = recorded));

  /** Asks for the matches that the page finds by a query among those listed, by the names of their files. */
  async function among(listed: readonly unknown[], check: (found: (query: string) => Promise<string[]>) => Promise<void>): Promise<void> {
    await page.route('**/api/traces', (route) => route.fulfill({ json: listed }));
    try {
      await check(async (query) => {
        await open(`#/matches?${query}`);
        await textIs('#traces .hint', `of ${listed.length}`);
        const links = await page.locator('.traces a').evaluateAll((all) => all.map((each) => String(each.getAttribute('title'))));
        return links.map((path) => /([a-z]+)\.jsonl/.exec(path)![1]!).sort();
      });
    } finally {
      await page.unroute('**/api/traces');
    }
  }

  it('are chosen by what they are: the address holds the choice, and the list says who played, how it ended and whether it counts', async () => {
    await open('#/matches?task=fighter&who=player+1');
    await textIs('#traces .hint', '1 of 2');
    const rewards = traces.fighter.footer!.results.reward.map((amount) => (amount / 1000).toFixed(2).replace('-', '\u2212'));
    const row = await text('.traces li');
    for (const words of ['player 1', 'player 2', ...rewards, 'seed 9', 'virtual', 'counts']) expect(row).to.include(words);
    await page.locator('.match-choice select[aria-label="all tasks"]').selectOption('hft');
    await page.waitForURL(/#\/matches\?task=hft&who=player\+1$/, WITHIN);
    expect(await attribute('.traces a', 'title')).to.equal('matches/hft 9.jsonl.gz');
    await page.locator('.match-choice input').fill('SEED 10');
    await textIs('#traces .hint', '0 of 2');
    await page.locator('.match-choice input').fill('seed 9 player');
    await textIs('#traces .hint', '1 of 2');
    await page.locator('.traces a').click();
    await textIs('.replay-state', `digest ${traces.hft.footer!.digest}, the recorded one`);
  });

  it('are found by who plays and against whom on whichever side, also by a name behind which stands what was injected', async () => {
    const match = (id: string, ...names: string[]) => ({
      path: `quick/traces/${id}.jsonl.gz`,
      bytes: 1,
      modified: '2026-11-01T00:00:00.000Z',
      match: { id, task: 'fighter', seed: 1, clock: 'wall', speed: 1, startedAt: '2026-11-01T00:00:00.000Z', counts: true, reasons: [], seats: names.map((name) => ({ name, kind: 'model', reward: 0, outcome: null })) },
    }); // prettier-ignore
    const listed = [
      match('left', 'small', 'rush'),
      match('right', 'rush', 'small'),
      match('late', 'rush', 'small +100 ms'),
      match('jitter', 'small, jitter 20 ms', 'rush'),
      match('other', 'smaller', 'rush'),
      match('itself', 'small', 'small'),
      match('alone', 'small'),
    ];
    await among(listed, async (found) => {
      expect(await found('who=small')).to.deep.equal(['alone', 'itself', 'jitter', 'late', 'left', 'right']);
      expect(await found('against=small')).to.deep.equal(['itself', 'jitter', 'late', 'left', 'right']);
      expect(await found('who=small&against=rush')).to.deep.equal(['jitter', 'late', 'left', 'right']);
      expect(await found('who=rush&against=small')).to.deep.equal(['jitter', 'late', 'left', 'right']);
      expect(await found('who=small&against=small')).to.deep.equal(['itself']);
      expect(await found('who=small+%2B100+ms')).to.deep.equal(['late']);
    });
  });

  it('are found by their result: of whoever is chosen where two played, by the reward where one did', async () => {
    const seat = (name: string, reward: number, outcome: 0 | 0.5 | 1 | null) => ({ name, kind: 'model', reward, outcome });
    const match = (id: string, seats: object[], counts = true) => ({
      path: `quick/traces/${id}.jsonl.gz`,
      bytes: 1,
      modified: '2026-11-01T00:00:00.000Z',
      match: { id, task: 'fighter', seed: 1, clock: 'wall', speed: 1, startedAt: '2026-11-01T00:00:00.000Z', counts, reasons: [], seats },
    }); // prettier-ignore
    const listed = [
      match('won', [seat('rush', -5, 0), seat('small', 5, 1)]),
      match('lost', [seat('small', 5, 0), seat('rush', -5, 1)]),
      match('drawn', [seat('small', 5, 0.5), seat('rush', -5, 0.5)]),
      match('void', [seat('small', 5, 1), seat('rush', -5, 0)], false),
      match('earned', [seat('small', 5, null)]),
      match('paid', [seat('small', -5, null)]),
    ];
    await among(listed, async (found) => {
      expect(await found('who=small&result=won')).to.deep.equal(['won']);
      expect(await found('who=small&against=rush&result=lost')).to.deep.equal(['lost']);
      expect(await found('result=won')).to.deep.equal(['lost', 'won']);
      expect(await found('result=drawn')).to.deep.equal(['drawn']);
      expect(await found('result=reward+above+0')).to.deep.equal(['earned']);
      const offered = await page.locator('select[aria-label="every result"] option').allTextContents();
      expect(offered).to.deep.equal(['every result', 'drawn', 'lost', 'reward above 0', 'reward below 0', 'won']);
    });
  });

  it('chosen low in a list are shown at the top of the page, and on a telephone with their controls on the same screen', async () => {
    for (const [file, world] of [
      ['hft%209', '.plot'],
      ['fighter%209', '#stage'],
    ] as const) {
      await page.setViewportSize({ width: 390, height: 844 });
      await open('');
      await page.locator(`.traces a[href*="${file}"]`).waitFor(WITHIN);
      await page.evaluate("document.querySelector('main').style.paddingTop = '2000px'");
      await page.locator(`.traces a[href*="${file}"]`).click(WITHIN);
      await textIs('.replay-state', 'the recorded one');
      expect(await page.evaluate('scrollY'), file).to.equal(0);
      await page.evaluate("document.querySelector('main').style.paddingTop = ''");
      await drawn();
      const [shown, controls] = await Promise.all([world, '.transport'].map((each) => page.locator(each).boundingBox()));
      expect(controls!.y, `${file}: under the world`).to.be.at.least(shown!.y + shown!.height - 1);
      expect(controls!.y + controls!.height, `${file}: on the screen`).to.be.at.most(844.5);
      const place = (await page.locator('.place').boundingBox())!;
      const speed = (await page.locator('#speed').boundingBox())!;
      expect(place.x + place.width, 'nothing overlaps').to.be.at.most(speed.x + 1);
    }
    await page.setViewportSize({ width: 1200, height: 1000 });
  });

  it('are shown two in step: both at the same world time, whatever is scrubbed, stepped or played', async () => {
    await open('#/matches?task=fighter');
    await page.locator('li:has(a[href*="fighter%209.jsonl.gz"]) .beside').click();
    await page.locator('.match-choice select[aria-label="all tasks"]').selectOption('');
    await page.locator('li:has(a[href*="hft%209.jsonl.gz"]) .beside').filter({ hasText: 'beside it' }).click();
    await page.waitForURL(/#\/compare\?a=matches%2Ffighter\+9\.jsonl\.gz&b=matches%2Fhft\+9\.jsonl\.gz$/, WITHIN);
    await textIs('.compare-name >> nth=0', 'player 1 v player 2, seed 9');
    await textIs('.compare-name >> nth=1', 'player 1 v player 2, seed 9');
    const fight = new Playback(traces.fighter);
    const inside = (i: number) => page.frameLocator('iframe').nth(i);
    const both = async (us: number): Promise<void> => {
      await textIs('.compare .place', `0:${(Math.floor(us / 100_000) / 10).toFixed(1).padStart(4, '0')} of`);
      await inside(0).locator('.place').filter({ hasText: `frame ${fight.frameAt(us)} of` }).waitFor({ ...WITHIN, state: 'attached' }); // prettier-ignore
      await inside(1).locator('.place').filter({ hasText: `frame ${Math.floor(us / traces.hft.header.tickUs)} of` }).waitFor({ ...WITHIN, state: 'attached' }); // prettier-ignore
    };
    const scrub = (us: number) =>
      page.locator('#compare-scrub').evaluate((node, at) => {
        (node as unknown as { value: string }).value = String(at);
        node.dispatchEvent(new Event('input'));
      }, us);
    await scrub(2_000_000);
    await both(2_000_000);
    await page.keyboard.press('Shift+ArrowRight');
    await both(2_000_000 + 60 * 16_667);
    await page.locator('.compare select').selectOption('4');
    await page.locator('.compare .play').click();
    await textIs('.compare .play', 'Play');
    const end = Math.max(fight.times.at(-1)!, new Playback(traces.hft).times.at(-1)!);
    await textIs('.compare .place', `${(end / 1e6).toFixed(1)} of`);
    await open('#/compare?a=matches/none.jsonl.gz&b=matches/hft 9.jsonl.gz');
    await textIs('.compare-name >> nth=0', 'there is no matches/none.jsonl.gz');
    complaints.splice(0); // the browser itself tells of a 404
  });

  it('break no rule of axe, listed and open, in light and dark', async () => {
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme });
      // Everything in one of the two themes, what has colours of its own in both.
      const market = '#/trace/matches/hft%209.jsonl.gz?frame=300';
      for (const hash of colorScheme === 'light' ? ['#/matches?task=fighter', `${FIGHT}?frame=200`] : ['', market]) {
        await open(hash);
        if (hash.includes('trace')) {
          await textIs('.replay-state', 'the recorded one');
          await page.locator('.decision-rows button').first().click();
          await textIs('.decision-detail', 'asked at');
        } else await page.locator('.traces a').first().waitFor(WITHIN);
        await page.evaluate(AXE);
        const { violations, passes } = await page.evaluate<{ violations: { id: string; nodes: { html: string }[] }[]; passes: unknown[] }>('axe.run()'); // prettier-ignore
        expect(passes.length, hash).to.be.greaterThan(8);
        expect(violations.map(({ id, nodes }) => `${id}: ${nodes[0]?.html}`), `${hash}, ${colorScheme}`).to.deep.equal([]); // prettier-ignore
      }
    }
    await page.emulateMedia({ colorScheme: null });
  });

  it('that are not there say so, and nothing outside the results folder is served', async () => {
    for (const path of ['..%2F..%2Fpackage.json', 'matches/..%2F..%2Fetc%2Fpasswd', 'matches/none.jsonl.gz'])
      expect((await fetch(new URL(`/traces/${path}`, recorded.server.url))).status, path).to.equal(404);
    await page.goto('about:blank');
    await page.goto(`${recorded.server.url}#/trace/matches/none.jsonl.gz`);
    await textIs('#notice', 'there is no matches/none.jsonl.gz under the results folder');
    complaints.splice(0); // the browser itself tells of a 404
  });
});
