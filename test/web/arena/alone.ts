/** An arena in which each plays alone, and who watches it: part of arena.test.ts, whose board it shares. */
import { expect } from 'chai';
import { WebSocket } from 'ws';
import type { z } from 'zod';
import type { Answering, Link } from '../../../harness/agents/link.js';
import type { ArenaTerms } from '../../../harness/arena/terms.js';
import type { ObservationFrame } from '../../../harness/protocol/frames.js';
import type { WatchFrame } from '../../../harness/protocol/watching.js';
import type { Arena, ArenaSettings } from '../../../web/server/arena/arena.js';
import { tellAddress } from '../../../web/server/arena/claim.js';
import { ArenaStore } from '../../../web/server/arena/store.js';
import type { arenaMatch, runningForm } from '../../../web/server/board/live-forms.js';
import { arenaFolder, tracesFolder } from '../../../web/server/store/database.js';
import { fighter, idler, shortMarket, spender } from '../../harness/arena/agents.js';
import { MovedClock } from '../../harness/arena/moved-clock.js';
import { until } from '../../harness/match/players.js';
import { ask, type BoardServer } from '../board/board-server.js';

const WITHIN_MS = 90_000;

type Match = z.infer<typeof arenaMatch>;

/** What these tests share with the others. */
interface Shared {
  board: BoardServer;
  folder: string;
  /** Agents, and what else ends with a test. */
  links: Link[];
  ends: (() => Promise<unknown>)[];
  open(terms: ArenaTerms, how?: Partial<ArenaSettings>): Promise<Arena>;
  token(holder: string): Promise<{ id: string; token: string }>;
}

export function aloneTests(shared: () => Shared): void {
  it('has one match in a pairing in which each plays alone; one that is void or cut off is not played again', async () => {
    const { board, folder } = shared();
    const store = new ArenaStore(board.board.store.db, tracesFolder(folder));
    const terms = await store.terms(shortMarket({ speed: 3 }));
    const [one, other] = [await store.player('hft', 'Ann', 'x'), await store.player('hft', 'Bob', 'y')];
    const bare = { game: 0, why: null, came: [true, true], rewards: [1, null], figures: null, digest: null, trace: null } as const;
    const begin = async (): Promise<string> => {
      const { id } = await store.begin(terms, one.id, other.id, 7, 'floor');
      await store.gameBegins(id, 0);
      return id;
    };
    const [counts, spoilt, cut] = [await begin(), await begin(), await begin()];
    await store.gameEnds(counts, { ...bare, status: 'forfeited', points: 1 });
    await store.gameEnds(spoilt, { ...bare, status: 'void', points: null });
    expect([await store.settle(counts), await store.settle(spoilt)]).to.deep.equal([true, false]);
    expect(await store.recover()).to.equal(1);
    expect(await store.open(terms)).to.deep.equal([]);
    expect((await store.rated(terms)).map(({ pairing, points }) => [pairing, points])).to.deep.equal([[counts, 1]]);
    expect((await store.gamesOf(cut)).map(({ status }) => status)).to.deep.equal(['void']);
  });

  it('has two play alone on one secret seed, shows both worlds late and without it, and rates by who earned more, with what each earned', async () => {
    const { board, folder, links, ends, open, token } = shared();
    const [ann, bob] = [await token('Ann'), await token('Bob')];
    const clock = new MovedClock();
    const arena = await open(shortMarket(), { watchDelayMs: 30_000, galleryClock: clock });
    ends.push(async () => takeBack());
    const takeBack = tellAddress(arenaFolder(folder), { url: arena.url, watchDelayMs: 30_000 });
    // Nobody acts before both worlds are watched.
    let go = (): void => undefined;
    const watched = new Promise<void>((resolve) => (go = resolve));
    const after = (decide: (seen: ObservationFrame) => Answering) => async (seen: ObservationFrame) => (await watched, decide(seen));
    links.push(fighter(arena.url, ann.token, 'saver', after(idler), undefined, 'hft'), fighter(arena.url, bob.token, 'spender', after(spender), undefined, 'hft')); // prettier-ignore
    let running: z.infer<typeof runningForm> = { isOpen: false, watchDelayS: null, matches: [] };
    for (const end = Date.now() + WITHIN_MS; running.matches.length === 0 && Date.now() < end;) {
      running = (await ask(`${board.url}/api/v1/arena/running`)).json;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    expect(running).to.include({ isOpen: true, watchDelayS: 30 });
    const [{ pairing, mode, watch }] = running.matches as [(typeof running.matches)[0]];
    expect([mode, watch.map(({ match }) => match)]).to.deep.equal(['alone', [`${pairing}-1`, `${pairing}-2`]]);
    const watchers = watch.map(({ match }) => {
      const socket = new WebSocket(`${arena.url}/watch?match=${match}`);
      const frames: string[] = [];
      let isOpen = false;
      socket.on('open', () => (isOpen = true)).on('message', (data: Buffer) => frames.push(data.toString('utf8')));
      ends.push(async () => socket.terminate());
      return { frames, isOpen: () => isOpen };
    });
    await until(() => watchers.every(({ isOpen }) => isOpen()), WITHIN_MS);
    go();
    const ended = async (): Promise<Match | undefined> =>
      ((await ask(`${board.url}/api/v1/arena/matches?limit=200`)).json.matches as Match[]).find((row) => row.pairing === pairing && row.seed !== null); // prettier-ignore
    let row: Match | undefined;
    for (const end = Date.now() + WITHIN_MS; !row && Date.now() < end; row = await ended())
      await new Promise((resolve) => setTimeout(resolve, 200));
    expect(row).to.include({ status: 'played', mode: 'alone', match: 1 });
    expect(row!.rewards![row!.first.name === 'saver' ? 0 : 1]).to.equal(0);
    // The whole match is over, and nothing of it was shown: its time has not come.
    clock.move(29_000);
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(watchers.map(({ frames }) => frames.length)).to.deep.equal([0, 0]);
    clock.move(1000);
    await until(() => watchers.every(({ frames }) => frames.at(-1)?.includes('"end"')), WITHIN_MS);
    for (const { frames } of watchers) {
      const read = frames.map((text) => JSON.parse(text) as WatchFrame);
      expect(read[0]).to.include({ type: 'match', behindUs: 30_000_000 }).and.have.property('seats').with.length(1);
      expect(read.filter(({ type }) => type === 'scene').length).to.be.at.least(2);
      for (const told of [String(row!.seed), row!.seed!.toString(16)]) expect(frames.join('\n')).to.not.include(told); // prettier-ignore
    }
    for (const hash of [row!.trace, row!.otherTrace]) {
      const { json } = await ask(`${board.url}/api/v1/traces/${hash}`);
      expect(json.matches.map((each: Match) => each.pairing)).to.deep.equal([pairing]);
      expect((await fetch(`${board.url}/api/v1/traces/${hash}/file`)).status).to.equal(200);
    }
    await arena.close();
    takeBack();
    expect((await ask(`${board.url}/api/v1/arena/running`)).json).to.deep.equal({ isOpen: false, watchDelayS: null, matches: [] });
    // What was played stands in a table of its own, with what each earned a match that it played to its end.
    const { terms } = row!;
    const store = new ArenaStore(board.board.store.db, tracesFolder(folder));
    for (const [points, rewards] of [[1, [300, 100]], [0, [null, 500]], [1, [600, 200]]] as const) {
      const { id } = await store.begin(terms, row!.first.id, row!.second.id, 9, 'floor');
      await store.gameBegins(id, 0);
      await store.gameEnds(id, { ...{ game: 0, status: rewards[0] === null ? 'forfeited' : 'played', why: null, points, came: [true, true] }, ...{ rewards, figures: null, digest: null, trace: null } }); // prettier-ignore
      expect(await store.settle(id)).to.equal(true);
    } // prettier-ignore
    const { json } = await ask(`${board.url}/api/v1/ratings?task=hft&terms=${terms}`);
    expect(json.played.alone).to.equal(true);
    expect(json.rewardUnit).to.equal('%');
    const players = json.components.flatMap(({ players: of }: { players: { id: string; matches: number; reward: { value: number; n: number } }[] }) => of); // prettier-ignore
    const first = players.find(({ id }: { id: string }) => id === row!.first.id);
    expect([first.matches, first.reward.n]).to.deep.equal([4, 3]);
    expect(first.reward.value).to.be.closeTo((row!.rewards![0]! + 300 + 600) / 3 / 10_000, 1e-9);
    expect(first.reward.low).to.be.lessThan(first.reward.value);
    expect((await ask(`${board.url}/api/v1/tables`)).json.tables).to.deep.include({
      ...{ task: 'hft', rules: json.rules, plan: 'arena-alone', terms, division: 'live', host: null, entries: 2 },
    }); // prettier-ignore
  });
}
