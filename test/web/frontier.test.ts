/** A sweep's frontier and its configurations in the page: figures as the summary has them, by pointer, keyboard and table; damage is said. */
import { expect } from 'chai';
import { readFileSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import type { Browser, Page } from 'playwright-core';
import { startBrowser } from './chromium.js';
import { startPage, stopPages, type PageServer } from './page-server.js';

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const WITHIN = { timeout: 15_000 };
const HOSTILE = '<img src=x onerror=document.title="taken">';

const estimate = (value: number | null, half = 0.1) => ({
  value,
  low: value === null ? null : value - half,
  high: value === null ? null : value + half,
  n: 12,
});

interface RowFacts {
  name: string;
  status: string;
  latency: number | null;
  play: number | null;
  by?: string[];
  kind?: string;
  group?: string;
  engine?: Record<string, unknown>;
  model?: string;
  host?: string;
  recovery?: object;
}

const row = ({ latency, play, model, kind = 'embedded', by = [], group = '1M', ...rest }: RowFacts) => ({
  ...rest,
  ...(model === undefined ? {} : { model }),
  ...{ kind, by, group, clock: 'virtual', speed: 20, matches: 12, void: 1, playedAgain: 0, decisions: 300 },
  ...(kind === 'bot' ? { injectedDelayMs: latency } : {}),
  figures: {
    latencyMeanMs: estimate(latency, 5),
    patientPlay: estimate(play),
    probeQuality: estimate(play === null ? null : play / 2),
    reward: estimate(play === null ? null : play - 0.5),
    ...(rest.recovery ? { recoveryMs: estimate(2500, 300), rewardLost: estimate(0.25) } : {}),
    ...(model === 'tb-1m' ? { promptTokens: estimate(208, 4), promptReused: estimate(0.75), matchJoules: estimate(120, 20) } : {}),
  },
});

const fp4 = {
  label: 'fp4',
  activations: 'w4a7',
  bitsPerWeight: 4.5,
  gammaByCount: 1,
  gammaByParameters: 1,
  weightBytes: 811_584,
  notes: ['its arithmetic is emulated'],
};
const fp8 = { label: 'fp8', activations: 'w8a8', bitsPerWeight: 8.1, gammaByCount: 0, gammaByParameters: 0 };

const recovery = { injected: 'endpoint killed at 3 s', matches: 8, unrecovered: 0, spared: 0, void: 0 };

const ROWS = [
  row({ name: 'small', status: 'frontier', latency: 100, play: 0.5, engine: fp4, model: 'tb-1m', host: 'lab-1', recovery }),
  row({ name: 'small 8', status: 'dominated', by: ['small'], latency: 180, play: 0.3, engine: fp8, model: 'tb-1m', host: 'lab-2' }),
  row({ name: 'large', status: 'frontier', latency: 400, play: 0.9, group: '4M', engine: fp8, model: 'tb-4m', host: 'lab-1' }),
  row({ name: HOSTILE, status: 'tied', by: ['large'], latency: 450, play: 0.85, group: '4M', kind: 'openai' }),
  row({ name: 'idler', status: 'unmeasured', latency: null, play: null, group: '4M' }),
  row({ name: 'bot @0 ms', status: 'anchor', latency: 0, play: 1, kind: 'bot', group: 'bot' }),
  row({ name: 'bot @200 ms', status: 'anchor', latency: 200, play: 1, kind: 'bot', group: 'bot' }),
];
const VERDICT = {
  task: 'fighter',
  take: 'small',
  tied: [{ name: 'large', difference: { value: -0.4, low: -0.6, high: -0.2, n: 12 } }],
  less: [{ name: 'small 8', difference: { value: 0.2, low: -0.1, high: 0.5, n: 12 } }],
  answer: `fighter: take small ${HOSTILE}`,
  details: ['One more thing.'],
};
/** What `agents` at one endpoint got. */
const shared = (agents: number, share: number) => ({
  ...{ agents, groups: 12 / agents, left: 0 },
  figures: {
    ...{ latencyMeanMs: estimate(40 * agents), latencyP50Ms: estimate(40 * agents), latencyP90Ms: estimate(50 * agents), reward: estimate(0.5) },
    ...{ decisionsPerSecond: estimate(20 / agents), decisionsPerSecondInAll: estimate(20), jain: estimate(agents === 1 ? null : 0.8), jainByWeight: estimate(agents === 1 ? null : 0.99) },
  },
  ...(agents === 1 ? {} : { added: { agents: 1, figures: { latencyMeanMs: estimate(41.5), reward: estimate(-0.25), decisionsPerSecond: estimate(-10) } } }),
  tenants: agents === 1 ? [] : [{ tenant: HOSTILE, weight: 3, owed: 0.75, agents: 1, share: estimate(share), latencyP50Ms: estimate(70) }, { tenant: 'light', weight: 1, owed: 0.25, agents: 1, share: estimate(1 - share), latencyP50Ms: estimate(90) }],
}); // prettier-ignore
const CONTENTION = ['small', 'large'].map((configuration) => ({ configuration, counts: [shared(1, 1), shared(2, configuration === 'small' ? 0.7 : 0.6)] })); // prettier-ignore

const task = { rewardUnit: 'points', contention: CONTENTION, axis: 'patient play', tick: { us: 16_666, name: 'frame' }, rows: ROWS };
const SUMMARY = { tickbench: 'summary.v1', sweep: 'whole', finished: true, verdicts: [VERDICT], host: { cpu: 'A processor', cores: 2 }, tasks: { fighter: task } }; // prettier-ignore

const cell = (configuration: string, seed: number, counts: boolean, trace: string) => ({
  ...{
    task: 'fighter',
    configuration,
    seed,
    clock: 'virtual',
    purpose: 'measure',
    decisions: 25,
    worldMeanMs: 101.25,
    reward: counts ? 0.5 : -0.0001,
  },
  ...{ counts, void: counts ? '' : 'This host was busy', trace },
});
const HEADER = {
  header: {
    ...{ tickbench: 'trace.v1', task: 'fighter', seed: 1, host: {}, startedAt: '2026-01-02T03:04:05.000Z' },
    seats: [
      {
        name: 'small',
        kind: 'model',
        configuration: {
          endpoint: { kind: 'embedded', model: 'tb-1m', precision: { default: 'fp8', units: { 'layers.0.qkv': 'fp4' } }, threads: 1 },
          request: { temperature: 0, extra: { api_key: 'sk-very-secret-0123456789' } },
          prompt: 'reference',
          identity: 'abc',
        },
      },
    ],
  },
};

describe('a sweep’s frontier in the page', function () {
  this.timeout(120_000);
  let browser: Browser | undefined;
  let server: PageServer;
  let page: Page;
  let folder: string;
  const complaints: string[] = [];

  before(async function () {
    browser = await startBrowser('a sweep’s frontier in the page');
    if (!browser) return this.skip();
    folder = await mkdtemp(join(tmpdir(), 'tickbench-frontier-'));
    const write = async (sweep: string, file: string, content: string | Buffer): Promise<void> => {
      await mkdir(join(folder, sweep, 'traces'), { recursive: true });
      await writeFile(join(folder, sweep, file), content);
    };
    await write('whole', 'summary.json', JSON.stringify(SUMMARY));
    const cells = [cell('small', 1, true, 'traces/a.jsonl.gz'), cell('small', 2, false, '../../etc/passwd'), cell('large', 1, true, 'traces/b.jsonl.gz'), { seed: 'x' }]; // prettier-ignore
    await write('whole', 'cells.json', JSON.stringify({ tickbench: 'cells.v1', cells }));
    await write('whole', 'traces/a.jsonl.gz', gzipSync(`${JSON.stringify(HEADER)}\n{"previous":"cut off`));
    const bad = structuredClone(SUMMARY) as unknown as { verdicts: unknown[]; tasks: Record<string, { rows: Record<string, unknown>[] }> };
    Object.assign(bad.tasks.fighter!.rows[0]!.figures as object, { reward: { value: 'much' } });
    bad.tasks.fighter!.rows[1] = { kind: 'embedded' };
    bad.tasks.fighter!.rows[6] = bad.tasks.fighter!.rows[5]!;
    bad.tasks.other = { rows: [] };
    bad.verdicts = [null, 7, { task: 'fighter', sentence: 'fighter: take small, as an old summary says it.' }];
    await write('damaged', 'summary.json', JSON.stringify(bad));
    await write('broken', 'summary.json', '{"tasks": {');
    await write('bare', 'cells.csv', 'id\n');
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

  afterEach(() => expect(complaints.splice(0), 'console').to.deep.equal([]));

  const open = async (hash: string): Promise<void> => {
    await page.goto('about:blank');
    await page.goto(`${server.url}${hash}`);
  };
  const textIs = (selector: string, text: string | RegExp): Promise<void> =>
    page.locator(selector).filter({ hasText: text }).first().waitFor(WITHIN);
  const names = (): Promise<(string | null)[]> =>
    page.locator('.spot-link').evaluateAll((links) => links.map((link) => (link as unknown as { dataset: { name: string } }).dataset.name));
  const centre = async (name: string): Promise<{ x: number; y: number }> => {
    const box = (await page.locator(`.spot-link[data-name="${name}"] .reach`).boundingBox())!;
    return { x: box.x + box.width / 2, y: box.y + box.height / 2 };
  };
  const choose = (label: string, value: string): Promise<unknown> => page.locator(`select[aria-label="${label}"]`).selectOption(value);
  const FIGHT = '#/frontier?sweep=whole&task=fighter';

  it('is led to from the sweep, and draws each measured point at its latency and quality, in the order of latency', async () => {
    await open('#/sweeps');
    await page.locator('.sweep a[href="#/frontier?sweep=whole"]').click(WITHIN);
    await page.locator('.spot-link').first().waitFor(WITHIN);
    const measured = ROWS.filter(({ figures }) => figures.latencyMeanMs.value !== null);
    const byLatency = [...measured].sort((a, b) => a.figures.latencyMeanMs.value! - b.figures.latencyMeanMs.value!);
    expect(await names()).to.deep.equal(byLatency.map(({ name }) => name));
    await textIs('.frontier-says', 'Not measured and therefore not drawn: idler.');
    // On a logarithmic axis equal ratios are equal distances; on the other one equal differences are.
    const [a, b, c] = [await centre('small'), await centre('bot @200 ms'), await centre('large')];
    expect((c.x - b.x) / (b.x - a.x)).to.be.within(0.98, 1.02);
    const d = await centre('small 8');
    expect((a.y - c.y) / (d.y - a.y)).to.be.within(1.96, 2.04);
    expect((await centre('bot @0 ms')).x, 'zero stands left of all').to.be.below(a.x - 10);
    // The three places have three shapes.
    const shape = (name: string): Promise<string> =>
      page.locator(`.spot-link[data-name="${name}"] g`).evaluate((node) =>
        [...(node as unknown as { children: { tagName: string; classList: { value: string } }[] }).children].map(({ tagName, classList }) => `${tagName}.${classList.value}`).join(' ')); // prettier-ignore
    const places = await Promise.all(['small', 'small 8', 'bot @200 ms'].map(shape));
    expect(new Set(places).size).to.equal(3);
  });

  it('says the verdict, and what latency brings in reward: the verdict’s differences with their signs turned', async () => {
    await open(FIGHT);
    await textIs('.verdict', `fighter: take small ${HOSTILE}`);
    await textIs('.exchange', 'beside small at 100 ms: small 8 at 180 ms brings \u22120.20 points (\u22120.50 to 0.10), large at 400 ms brings +0.40 points (0.20 to 0.60); all intervals together at 95 %.'); // prettier-ignore
    expect(await page.locator('.frontier-page img').count(), 'a name made an element').to.equal(0);
    expect(await page.title()).to.include('frontier of whole');
    await textIs('.frontier-page caption', 'Agents that ask one endpoint at once');
    await textIs('.frontier-page tr', 'large, 2 agents');
  });

  it('tells figures by pointer and by keyboard, and opens the matches chosen', async () => {
    await open(FIGHT);
    await page.locator('.spot-link').first().waitFor(WITHIN);
    const { x, y } = await centre('large');
    await page.mouse.move(x, y);
    for (const line of ['large', 'latency 400 ms (95 %: 395 to 405)', 'patient play 0.90 (95 %: 0.80 to 1.00)', '12 matches', 'FRONTIER'])
      await textIs('.frontier-tip', line);
    await page.locator('.spot-link[tabindex="0"]').focus();
    for (const name of ['small', 'small 8']) {
      await page.keyboard.press('ArrowRight');
      await textIs('.frontier-tip strong', name);
    }
    await textIs('.frontier-tip', 'beaten by small');
    expect(await page.evaluate('document.activeElement.getAttribute("aria-label")')).to.include('latency 180 ms (95 %: 175 to 185)');
    await page.keyboard.press('Escape');
    expect(await page.locator('.frontier-tip').isVisible()).to.equal(false);
    await page.keyboard.press('Enter');
    await page.waitForURL(/#\/matches\?sweep=whole&task=fighter&who=small\+8$/, WITHIN);
    await page.goBack();
    await page.locator('.spot-link[data-name="large"]').click(WITHIN);
    await page.waitForURL(/#\/matches\?sweep=whole&task=fighter&who=large$/, WITHIN);
  });

  it('is chosen by size, precision and kind, and drawn against another figure; the address holds it', async () => {
    await open(FIGHT);
    await page.locator('.spot-link').first().waitFor(WITHIN);
    await choose('every size', '1M');
    expect(await names()).to.deep.equal(['small', 'small 8']);
    await choose('every precision', 'w8a8');
    expect(await names()).to.deep.equal(['small 8']);
    await textIs('.frontier-says', '1 of 7 are chosen; places are those among all.');
    await choose('against latency', 'reward');
    expect(await page.locator('.spot-link').getAttribute('aria-label')).to.include('reward \u22120.20 points');
    expect(page.url()).to.match(/&against=reward&size=1M&precision=w8a8$/);
    await open(page.url().replace(/^[^#]*/, ''));
    await textIs('.ground text', 'reward, points');
    expect(await names()).to.deep.equal(['small 8']);
    await choose('every size', '4M');
    await textIs('.frontier-says', '1 of 7 are chosen');
    expect(await names()).to.deep.equal(['large']);
  });

  it('is chosen by model and by host, too', async () => {
    await open(FIGHT);
    await page.locator('.spot-link').first().waitFor(WITHIN);
    await choose('every host', 'lab-1');
    expect(await names()).to.deep.equal(['small', 'large']);
    await choose('every model', 'tb-4m');
    expect(await names()).to.deep.equal(['large']);
    expect(page.url()).to.match(/&model=tb-4m&host=lab-1$/);
  });

  it('has the same figures as a table', async () => {
    await open(FIGHT);
    await page.locator('.frontier-table').first().locator('tbody tr').first().waitFor(WITHIN);
    const cells = await page
      .locator('.frontier-table')
      .first()
      .locator('tbody tr')
      .evaluateAll((rows) =>
        rows.map((each) => [...(each as unknown as { cells: { innerText: string }[] }).cells].map(({ innerText }) => innerText.trim())),
      );
    expect(cells.length).to.equal(ROWS.length);
    expect(cells[1]).to.deep.equal(['small 8', 'beaten by small', '180\n175 to 185', '0.30\n0.20 to 0.40', '\u22120.20\n\u22120.30 to \u22120.10', '0.15\n0.050 to 0.25', '12']); // prettier-ignore
    expect(cells[4]!.slice(2, 6), 'what was not measured is no figure').to.deep.equal(['\u2013', '\u2013', '\u2013', '\u2013']);
    expect(cells[3]![0]).to.equal(HOSTILE);
    expect(cells[0]![0], 'what is emulated or injected says so').to.equal('small\nengine: its arithmetic is emulated');
    expect(cells[6]![0]).to.equal('bot @200 ms\ninjected delay 200 ms');
  });

  it('leads to a configuration: what a match recorded of it, without keys, its figures and its matches', async () => {
    await open(FIGHT);
    await page.locator('.frontier-table a', { hasText: /^small$/ }).click(WITHIN);
    await page.waitForURL(/#\/configuration\?sweep=whole&task=fighter&name=small$/, WITHIN);
    await textIs('.configuration-page pre', 'model: tb-1m');
    const yaml = (await page.locator('.configuration-page pre').textContent())!;
    expect(yaml).to.include('layers.0.qkv: fp4').and.include('prompt: reference').and.not.include('sk-very-secret');
    await textIs('.frontier-dl', '811,584');
    await textIs('.configuration-page tr', 'layers.0.qkv');
    await textIs('.configuration-page dd', 'endpoint killed at 3 s: 8 matches');
    await textIs('.configuration-page tr', /recovery, ms.*injected outage.*2500.*2200 to 2800/);
    await textIs('.configuration-page tr', /reward lost, points.*0\.25/);
    // What it gets beside others at one endpoint, and nothing of what another configuration got.
    const section = page.locator('section[aria-label="Contention"]');
    for (const text of ['small, 2 agents', '41.5', `${HOSTILE} (1 of them)`, '75.0']) expect(await section.innerText()).to.include(text);
    expect(await section.innerText()).not.to.include('large');
    const workload = page.locator('section[aria-label="Workload"]');
    expect((await workload.locator('tbody tr').allInnerTexts()).map((each) => each.replace(/\s+/g, ' ').trim())).to.deep.equal([
      'prompt, tokens mean over calls that came back and whose tokens the server counted 208 204 to 212 12',
      'of it cached, % prompt tokens that the server says it had 75.0 65.0 to 85.0 12',
      'energy, J a match the same, over a whole match 120 100 to 140 12',
    ]);
    expect(await workload.locator('p').innerText()).to.include('a server on another host is not in it');
    const matches = page.locator('[aria-label="Its matches"] tbody tr');
    expect(await matches.count()).to.equal(2);
    expect(await matches.nth(0).locator('a').getAttribute('href')).to.equal('#/trace/whole/traces/a.jsonl.gz');
    expect(await matches.nth(1).locator('a').count(), 'a path that leads elsewhere').to.equal(0);
    expect(await matches.nth(1).innerText())
      .to.include('void: This host was busy')
      .and.not.include('0.5');
    await textIs('.frontier-says', '1 of the sweep’s cells cannot be read');
    await open('#/configuration?sweep=whole&task=fighter&name=nobody');
    await textIs('.frontier-says', 'whole has no nobody on fighter; it has small, small 8, large');
  });

  it('of a damaged summary shows what can be read, and says what is left out and where', async () => {
    await open('#/frontier?sweep=damaged&task=fighter');
    await page.locator('.spot-link').first().waitFor(WITHIN);
    expect(await names()).to.deep.equal(['bot @0 ms', 'small', 'large', HOSTILE]);
    for (const fault of ['fighter, row 1: figures.reward: value', 'fighter, row 2: name', 'fighter, row 7: a second bot @0 ms', 'other: rewardUnit', 'verdict 2'])
      await textIs('.verdict li', fault); // prettier-ignore
    await textIs('.verdict', 'as an old summary says it');
    for (const [sweep, says] of [
      ['broken', 'summary.json cannot be read'],
      ['bare', 'bare has no summary.json'],
      ['gone', 'There is no sweep gone'],
    ] as const) {
      await open(`#/frontier?sweep=${sweep}`);
      await textIs('.frontier-says', says);
      expect(await page.locator('.spot-link').count(), sweep).to.equal(0);
    }
  });

  it('fits a phone, where the first touch tells and the second leads on', async () => {
    const phone = await browser!.newPage({ viewport: { width: 390, height: 800 }, hasTouch: true });
    try {
      for (const hash of ['#/configuration?sweep=whole&task=fighter&name=small', FIGHT]) {
        await phone.goto('about:blank');
        await phone.goto(`${server.url}${hash}`);
        await phone.locator('.frontier-table').first().waitFor(WITHIN);
        expect(await phone.evaluate('document.documentElement.scrollWidth'), hash).to.be.at.most(390);
        // What rounds to nothing has no sign.
        expect(await phone.locator('.frontier-page').innerText()).to.not.match(/\u22120\.0+(?!\d)/);
      }
      // A long name is cut beside its mark, and whole where it is told.
      const labels = phone.locator('.names text');
      const frame = (await phone.locator('svg:has(.names)').boundingBox())!;
      for (const label of await labels.all()) {
        const box = (await label.boundingBox())!;
        expect(box.x, (await label.textContent()) ?? '').to.be.at.least(frame.x);
        expect(box.x + box.width, (await label.textContent()) ?? '').to.be.at.most(frame.x + frame.width);
      }
      expect((await labels.allTextContents()).filter((text) => text.startsWith('<img'))[0]).to.match(/^<img src=x.*\u2026$/);
      const spot = phone.locator('.spot-link[data-name="large"] .reach');
      await spot.tap(WITHIN);
      await phone.locator('.frontier-tip', { hasText: 'latency 400 ms' }).waitFor(WITHIN);
      expect(phone.url()).to.include(FIGHT);
      await spot.tap();
      await phone.waitForURL(/#\/matches\?.*who=large$/, WITHIN);
    } finally {
      await phone.close();
    }
  });

  it('breaks no rule of axe, in light and dark', async () => {
    for (const hash of ['#/configuration?sweep=whole&task=fighter&name=small', FIGHT]) {
      await open(hash);
      await page.locator('.frontier-table').first().waitFor(WITHIN);
      await page.evaluate(AXE);
      // What has colours of its own in both.
      for (const colorScheme of hash === FIGHT ? (['light', 'dark'] as const) : (['dark'] as const)) {
        await page.emulateMedia({ colorScheme });
        const { violations, passes } = await page.evaluate<{ violations: { id: string; nodes: { html: string }[] }[]; passes: unknown[] }>('axe.run()'); // prettier-ignore
        expect(passes.length, hash).to.be.greaterThan(8);
        expect(violations.map(({ id, nodes }) => `${id}: ${nodes[0]?.html}`), `${hash}, ${colorScheme}`).to.deep.equal([]); // prettier-ignore
      }
    }
    await page.emulateMedia({ colorScheme: null });
  });
});
