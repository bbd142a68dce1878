/** The fight as drawn: every character, move and state makes a picture of its own; combos, meter, stale answers and the end are told. */
import { expect } from 'chai';
import type { Browser, Page } from 'playwright-core';
import { CHARACTERS } from '../../envs/fighter/characters.js';
import type { FighterScene, FighterSceneState, HitScene, Pose } from '../../envs/fighter/scene.js';
import { startBrowser } from './chromium.js';
import { startPage, stopPages, until, type PageServer } from './page-server.js';
import { fight, fighter, idle, matchFrame, sceneFrame } from './scenes.js';
import { ScriptedUpstream } from './upstream.js';

const KINDS: HitScene['kind'][] = ['hit', 'counter', 'block', 'throw', 'armour', 'tech', 'clash'];
/** Share of the stage's height that fighters on the floor take, from below. */
const FIGURES = 0.54;
const still: Pose = fighter().pose;

/** The poses of a move: one in each of its phases. */
function phases(move: { name: string; startup: number; active: number; recovery: number; jump?: number }): Pose[] {
  const startup = Math.max(0, move.startup - 1);
  const pose = { ...still, move: move.name, startup, active: move.active, recovery: move.recovery, airborne: move.jump !== undefined };
  const out: Pose[] = [];
  if (startup > 0) out.push({ ...pose, phase: 'startup', frame: Math.ceil(startup * 0.6) });
  if (move.active > 0) out.push({ ...pose, phase: 'active', frame: startup + 1 });
  out.push({ ...pose, phase: 'recovery', frame: startup + move.active + Math.ceil(move.recovery / 3) });
  return out;
}

describe('a fight as the page draws it', function () {
  this.timeout(60_000);
  let browser: Browser | undefined;
  let upstream: ScriptedUpstream;
  let server: PageServer;
  let page: Page;
  let at = 1_000_000;
  const complaints: string[] = [];

  before(async function () {
    browser = await startBrowser('a fight as the page draws it');
    if (!browser) return this.skip();
    upstream = await ScriptedUpstream.listen();
    server = await startPage(['--match', upstream.url]);
    page = await browser.newPage({ viewport: { width: 640, height: 700 } });
    page.on('console', (message) => message.type() === 'error' && complaints.push(message.text()));
    page.on('pageerror', (error) => complaints.push(error.message));
    await page.goto(server.url);
    await page.locator('#notice').filter({ hasText: 'Waiting for a match' }).waitFor();
    upstream.send(matchFrame('fighter', { options: { roundSeconds: 30 } }));
    await show(fight());
  });

  after(async () => {
    await browser?.close();
    await server?.stop();
    await upstream?.close();
    await stopPages();
  });

  afterEach(() => expect(complaints.splice(0), 'console').to.deep.equal([]));

  /** Sends a scene and waits until the page has drawn it. */
  async function show(scene: FighterSceneState, thinking = [idle, idle]): Promise<void> {
    at += 100_000;
    // The count of stale answers on the second card tells which scene is drawn.
    const mark = Math.round(at / 100_000);
    const fighters = [scene.fighters[0], { ...scene.fighters[1], stale: mark }] as FighterSceneState['fighters'];
    upstream.send(sceneFrame('fighter', at, { ...scene, fighters }, thinking));
    await page
      .locator('.seat[data-seat="1"] .figures')
      .filter({ hasText: `stale answers${mark}` })
      .waitFor();
  }
  const picture = (): Promise<string> => page.locator('#stage').evaluate((node) => (node as unknown as { toDataURL(): string }).toDataURL()); // prettier-ignore
  /** The lower part of the stage: fighters without what is written above them. */
  const figures = (): Promise<string> =>
    page.evaluate(`(() => {
      const stage = document.getElementById('stage');
      const part = document.createElement('canvas');
      part.width = stage.width;
      part.height = Math.floor(stage.height * ${FIGURES});
      part.getContext('2d').drawImage(stage, 0, part.height - stage.height);
      return part.toDataURL();
    })()`);

  async function pictures(scenes: [name: string, scene: FighterSceneState][]): Promise<void> {
    const seen = new Map<string, string>();
    for (const [name, scene] of scenes) {
      await show(scene);
      const drawn = await figures();
      expect(seen.get(drawn), `${name} looks like`).to.equal(undefined);
      seen.set(drawn, name);
    }
  }

  const one = (change: Partial<FighterScene>, scene: Partial<FighterSceneState> = {}): FighterSceneState =>
    fight({ fighters: [fighter(change), fighter({ x: 500, facing: -1, hurt: [] })], ...scene });

  it('shows each move of each character in startup, active and recovery frames, all told apart', async () => {
    const scenes = CHARACTERS.flatMap(({ name, moves }) =>
      moves.flatMap((move) =>
        phases(move).map((pose): [string, FighterSceneState] => [`${name} ${move.name} ${pose.phase}`, one({ character: name, pose })]),
      ),
    );
    expect(scenes.length).to.be.greaterThan(100);
    await pictures(scenes);
  });

  it('shows each state that is no move: walking, both guards, both stuns, held, lying, rising, invincible, shaken by hitstop', async () => {
    const states: [string, Partial<FighterScene>][] = [
      ['stand', {}],
      ['walk', { pose: { ...still, move: 'walk_fwd' } }],
      ['high guard', { pose: { ...still, move: 'guard_high', guard: 'high' } }],
      ['low guard', { pose: { ...still, move: 'guard_low', guard: 'low', crouching: true } }],
      ['hit', { stun: 12, pose: { ...still, phase: 'hit' } }],
      ['hit, frozen', { stun: 12, stop: 5, pose: { ...still, phase: 'hit' } }],
      ['block', { stun: 12, pose: { ...still, phase: 'block', guard: 'high' } }],
      ['held', { stun: 5, grabbed: 5, pose: { ...still, phase: 'held' } }],
      ['falling', { stun: 43, pose: { ...still, phase: 'down' } }],
      ['lying', { stun: 25, pose: { ...still, phase: 'down' } }],
      ['rising', { stun: 6, pose: { ...still, phase: 'down' } }],
      ['invincible', { hurt: [] }],
    ];
    const scenes = CHARACTERS.flatMap(({ name }) =>
      states.map(([state, change]): [string, FighterSceneState] => [`${name} ${state}`, one({ character: name, ...change })]),
    );
    await pictures(scenes);
  });

  it('tells two of the same character apart, and marks each kind of contact in its own way', async () => {
    await pictures([
      ['mirror', fight({ fighters: [fighter(), fighter({ x: 500, facing: -1, hurt: [] })] })],
      ['not a mirror', fight({ fighters: [fighter(), fighter({ character: 'kite', x: 500, facing: -1, hurt: [] })] })],
      ...KINDS.map((kind): [string, FighterSceneState] => [
        kind,
        fight({ hits: [{ id: 1, frame: 58, seat: 1, kind, move: 'jab', damage: 30, x: 440, y: 60 }] }),
      ]),
    ]);
  });

  it('tells of the meter, a combo with its damage, and what it cost', async () => {
    const hurt = (frame: number, health: number, combo: number, meter: number): FighterSceneState =>
      fight({ frame, fighters: [fighter({ meter }), fighter({ x: 400, facing: -1, health, combo })] });
    await show(hurt(200, 900, 0, 60));
    expect(await page.getByRole('meter', { name: 'Meter of one' }).getAttribute('aria-valuenow')).to.equal('60');
    expect(await page.locator('.corner[data-seat="0"] .power-full').isVisible()).to.equal(false);
    await show(hurt(201, 870, 1, 100));
    const single = await picture();
    expect(await page.locator('.corner[data-seat="0"] .power-full').isVisible()).to.equal(true);
    await show(hurt(202, 780, 2, 100));
    expect(await picture()).to.not.equal(single);
    const late = await page.locator('.corner[data-seat="1"] .health').evaluate((node) => (node as unknown as { style: { getPropertyValue(name: string): string } }).style.getPropertyValue('--late')); // prettier-ignore
    expect(Number(late), 'health before the combo').to.equal(0.9);
    // Of somebody who has fallen nothing is left to tell of, nor of a round that is over.
    for (const [frame, health, change] of [
      [203, 0, { pause: 100 }],
      [204, 0, { over: true, winner: 0 }],
      [205, 300, { pause: 100 }],
    ] as const) {
      await show({ ...hurt(frame, health, 3, 100), ...change });
      const bar = await page.locator('.corner[data-seat="1"] .health-late').boundingBox();
      const full = await page.locator('.corner[data-seat="1"] .health').boundingBox();
      expect(bar!.width / full!.width, `frame ${frame}`).to.be.closeTo(health / 1000, 0.01);
    }
  });

  it('marks an answer that landed in a changed situation', async () => {
    const asked = { since: at, lastLatencyUs: 200_000, lastOutcome: 'act', lastAnswer: 'jab' } as const;
    await show(one({ stale: 0 }), [asked, idle]);
    await show(one({ stale: 1 }), [{ ...asked, since: at + 100_000, lastLatencyUs: 100_000 }, idle]);
    await page.locator('.seat[data-seat="0"] .think-last').filter({ hasText: '100 ms (6 frames), landed, stale' }).waitFor();
    await show(one({ stale: 1 }), [{ ...asked, since: at + 100_000, lastLatencyUs: 90_000 }, idle]);
    await page
      .locator('.seat[data-seat="0"] .think-last')
      .filter({ hasText: /landed$/ })
      .waitFor();
    expect(await page.locator('.seat[data-seat="0"] .strip i[data-outcome="stale"]').count()).to.equal(1);
  });

  it('ends with who won, or with nobody, and what each did', async () => {
    const ended = (winner: number | null, wins: [number, number]): FighterSceneState =>
      fight({ over: true, winner, fighters: [fighter({ wins: wins[0] }), fighter({ x: 500, facing: -1, health: 0, wins: wins[1] })] });
    const results = { over: true, endedAt: at, reward: [0, 0], seats: [{ roundsWon: 1, combosBest: 4, stale: 7 }, { roundsWon: 1, combosBest: 2, stale: 9 }] }; // prettier-ignore
    const verdict = { counts: true, reasons: [] };
    await show(ended(null, [1, 1]));
    upstream.send({ type: 'end', id: 'fighter-1', results, verdict });
    const ending = page.locator('.ending');
    await ending.filter({ hasText: 'Draw, 1 : 1' }).waitFor();
    expect(await ending.locator('tbody tr').allTextContents()).to.deep.equal(['1rounds1', '4best combo2', '7stale plans9']);
    upstream.send(matchFrame('fighter', { id: 'fighter-2' }));
    at += 100_000;
    upstream.send(sceneFrame('fighter', at, ended(1, [0, 2]), undefined, 'fighter-2'));
    upstream.send({ type: 'end', id: 'fighter-2', results, verdict });
    await ending.filter({ hasText: 'two wins 0 : 2' }).waitFor();
    await until('the winner’s colour', async () => (await ending.getAttribute('data-seat')) === '1');
  });

  it('fits a telephone: nothing wider than the screen, the end below the stage', async () => {
    await page.setViewportSize({ width: 360, height: 780 });
    await page.locator('.ending').waitFor();
    expect(await page.evaluate('document.documentElement.scrollWidth')).to.be.at.most(360);
    const [stage, ending] = await Promise.all(['#stage', '.ending'].map((selector) => page.locator(selector).boundingBox()));
    expect(ending!.y).to.be.at.least(stage!.y + stage!.height);
  });
});
