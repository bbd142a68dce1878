/** An arena from its agents' sockets to the ratings that the board tells, and what is left of it when it is killed. */
import { expect } from 'chai';
import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import Papa from 'papaparse';
import type { z } from 'zod';
import type { AgentFigures } from '../../../harness/arena/order.js';
import type { Link } from '../../../harness/agents/link.js';
import { readTrace } from '../../../harness/traces/reader.js';
import { replayTrace } from '../../../harness/traces/replay.js';
import { Arena, type ArenaSettings } from '../../../web/server/arena/arena.js';
import type { arenaMatch } from '../../../web/server/board/live-forms.js';
import type { ObservationFrame } from '../../../harness/protocol/frames.js';
import { ArenaStore } from '../../../web/server/arena/store.js';
import { backup } from '../../../web/server/store/backup.js';
import { tracesFolder } from '../../../web/server/store/database.js';
import { brawler, bystander, fighter, RawFighter, shortFight } from '../../harness/arena/agents.js';
import { embeddedFolder } from '../../harness/database/embedded-folder.js';
import { until } from '../../harness/match/players.js';
import { ask, serveBoard, type BoardServer } from '../board/board-server.js';
import { aloneTests } from './alone.js';

const WITHIN_MS = 90_000;

type Match = z.infer<typeof arenaMatch>;

describe('an arena', function () {
  this.timeout(180_000);
  let root: string;
  let folder: string;
  let board: BoardServer;
  const links: Link[] = [];
  const ends: (() => Promise<unknown>)[] = [];
  const said: string[] = [];

  before(async () => {
    root = mkdtempSync(join(tmpdir(), 'tickbench-arena-'));
    folder = join(root, 'board');
    await embeddedFolder(join(folder, 'database'));
    board = await serveBoard({ folder });
  });
  after(async () => {
    await board?.stop();
    rmSync(root, { recursive: true, force: true });
  });
  afterEach(async () => {
    for (const link of links.splice(0)) link.close();
    for (const end of ends.splice(0).reverse()) await end();
    said.length = 0;
  });

  async function open(terms = shortFight(), how: Partial<ArenaSettings> = {}): Promise<Arena> {
    const arena = await Arena.open({
      ...{ store: new ArenaStore(board.board.store.db, tracesFolder(folder)), tokens: board.board.tokens, terms: [terms] },
      ...{ host: '127.0.0.1', port: 0, matchesAtOnce: 1, explorationSeed: 1, playing: join(folder, 'playing') },
      ...{ say: (line) => said.push(line), ...how },
    });
    ends.push(() => arena.close());
    return arena;
  }

  const token = async (holder: string): Promise<{ id: string; token: string }> => board.board.tokens.add(holder, ['play']);
  const matches = async (): Promise<Match[]> => {
    const { json } = await ask(`${board.url}/api/v1/arena/matches?limit=200`);
    return (json.matches as Match[]).filter(({ first, second }) => [first, second].some(({ name }) => name === 'better'));
  };

  /** Waits until so many pairings were played to their end. */
  async function complete(pairings: number, look: (rows: Match[]) => void = () => undefined): Promise<void> {
    const untilMs = Date.now() + WITHIN_MS;
    for (;;) {
      const rows = await matches();
      look(rows);
      if (rows.filter(({ match, trace }) => match === 2 && trace !== null).length >= pairings) return;
      if (Date.now() > untilMs) expect.fail(`no ${pairings} pairings: ${JSON.stringify(rows)}`);
      await new Promise((resolve) => setTimeout(resolve, 400));
    }
  }

  /** Starts an arena in a process of its own. */
  async function start(port: string): Promise<{ child: ChildProcess; url: string; told: () => string }> {
    let told = '';
    const program = fileURLToPath(new URL('./killed-arena.js', import.meta.url));
    const child = spawn(process.execPath, [program, folder, port], { stdio: ['ignore', 'pipe', 'inherit'] });
    ends.push(async () => child.kill('SIGKILL'));
    child.stdout.setEncoding('utf8').on('data', (text: string) => (told += text));
    await until(() => /ws:\/\/\S+\n/.test(told), WITHIN_MS);
    return { child, url: /ws:\/\/\S+/.exec(told)![0], told: () => told };
  }

  it('listens for others only once somebody has a token for playing, and says so', async () => {
    const program = fileURLToPath(new URL('../../../web/server/arena/main.js', import.meta.url));
    await board.board.tokens.add('Sue', ['submit']);
    const child = spawn(process.execPath, [program, '--data', folder, '--host', '0.0.0.0', '--port', '0', '--task', 'fighter'], { stdio: ['ignore', 'ignore', 'pipe'] }); // prettier-ignore
    ends.push(async () => child.kill('SIGKILL'));
    let told = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => (told += text));
    const code = await new Promise((resolve) => child.once('close', resolve));
    expect(code).to.equal(1);
    expect(told).to.match(/lets holders of tokens play, and nobody has a token with the scope play .*token add NAME --scope play/);
  });

  it('keeps a pairing until both its matches ended: a second one that is void is played again three times, a first one is not', async () => {
    const store = new ArenaStore(board.board.store.db, tracesFolder(folder));
    const terms = await store.terms(shortFight({ speed: 3 }));
    const [one, other] = [await store.player('fighter', 'Ann', 'x'), await store.player('fighter', 'Bob', 'y')];
    const bare = { why: 'because', came: [true, true], rewards: null, figures: null, digest: null, trace: null } as const;
    const [played, spoilt] = [{ ...bare, status: 'played', points: 1 } as const, { ...bare, status: 'void', points: null } as const];
    const begin = async (): Promise<string> => (await store.begin(terms, one.id, other.id, 7, 'floor')).id;
    const play = async (id: string, game: 0 | 1, outcome: typeof played | typeof spoilt): Promise<boolean | undefined> => {
      await store.gameBegins(id, game);
      await store.gameEnds(id, { ...outcome, game });
      return await store.settle(id);
    };
    const statusOf = async (id: string): Promise<string> =>
      (await board.board.store.db.selectFrom('arena_pairing').select('status').where('id', '=', id).executeTakeFirstOrThrow()).status;

    expect(await play(await begin(), 0, spoilt), 'a first match that is void').to.equal(false);
    const again = await begin();
    expect(await play(again, 0, played)).to.equal(undefined);
    for (const last of [undefined, undefined, false]) expect(await play(again, 1, spoilt)).to.equal(last);
    expect(await statusOf(again)).to.equal('void');
    const lucky = await begin();
    for (const [game, outcome, done] of [
      [0, played, undefined],
      [1, spoilt, undefined],
      [1, played, true],
    ] as const)
      // prettier-ignore
      expect(await play(lucky, game, outcome)).to.equal(done);
    const unbegun = await begin();
    const cut = await begin();
    await play(cut, 0, played);
    await store.gameBegins(cut, 1);
    expect((await store.open(terms)).map(({ id }) => id)).to.have.members([unbegun, cut]);
    expect(await store.recover()).to.equal(1);
    expect(await statusOf(unbegun)).to.equal('void');
    expect(await store.open(terms), 'its second match is still to be played').to.satisfy((open: { id: string }[]) => open.length === 1 && open[0]!.id === cut); // prettier-ignore
    expect((await store.rated(terms)).map(({ pairing, points }) => [pairing, points])).to.deep.equal([[lucky, 1], [lucky, 1]]); // prettier-ignore
    await store.settle(cut);
  });

  it('makes a match void whose result could not be kept: its players have seen its world', async () => {
    const [ann, bob] = [await token('Ann'), await token('Bob')];
    const store = new ArenaStore(board.board.store.db, tracesFolder(folder));
    store.gameEnds = () => Promise.reject(new Error('the disk is full'));
    const arena = await open(shortFight({ speed: 5 }), { store, matchesAtOnce: 1, everyMs: 3_600_000 });
    links.push(fighter(arena.url, ann.token, 'unkept one', brawler), fighter(arena.url, bob.token, 'unkept other', bystander));
    await until(() => said.some((line) => /it could not be kept: the disk is full/.test(line)) && arena.playing === 0, WITHIN_MS);
    const rows = ((await ask(`${board.url}/api/v1/arena/matches?limit=200`)).json.matches as Match[]).filter(({ first }) => first.name.startsWith('unkept')); // prettier-ignore
    // Both of the pairing's matches were played in its process; of neither anything is kept, and nobody is rated by them.
    expect(rows.length).to.be.at.least(1);
    for (const row of rows) expect(row).to.include({ status: 'void', points: null, trace: null, why: 'its result could not be kept' });
    expect(await store.rated(rows[0]!.terms)).to.deep.equal([]);
    expect(await store.open(rows[0]!.terms)).to.deep.equal([]);
  });

  it('tells latencies with the way there and without, over matches, and who forfeited; players whom nothing joins are apart', async () => {
    const store = new ArenaStore(board.board.store.db, tracesFolder(folder));
    const terms = await store.terms(shortFight({ clock: 'wall', givenUs: undefined, speed: 2 }));
    const [one, other] = [await store.player('fighter', 'Ann', 'quick'), await store.player('fighter', 'Bob', 'far away')];
    const figures = (waitedUs: number, medianUs: number | null): AgentFigures => ({
      ...{ decisions: 12, acts: 9, rejected: 1, missed: 2, waitedUs, p50Us: 1, p90Us: 1 },
      roundTrip: medianUs === null ? null : { medianUs, leastUs: 1, count: 3 },
    });
    const { id } = await store.begin(terms, one.id, other.id, 5, 'floor');
    for (const game of [0, 1] as const) {
      await store.gameBegins(id, game);
      const of: [AgentFigures, AgentFigures] = [figures(900_000, 1000), figures(1_800_000, game === 0 ? 60_000 : null)];
      await store.gameEnds(id, { ...{ game, status: game === 0 ? 'played' : 'forfeited', why: null, points: 1, came: [true, true] }, ...{ rewards: [1, -1], figures: of, digest: 'x', trace: null } }); // prettier-ignore
    }
    expect(await store.settle(id)).to.equal(true);
    const { json } = await ask(`${board.url}/api/v1/ratings?task=fighter&terms=${terms}`);
    expect([json.components.length, json.across, json.played.speed]).to.deep.equal([2, 2, 2]);
    const [quick, far] = ['quick', 'far away'].map((name) =>
      json.components
        .flatMap(({ players }: { players: { name: string }[] }) => players)
        .find((each: { name: string }) => each.name === name),
    );
    expect(quick).to.include({ matches: 2, won: 2, lost: 0, forfeited: 0, roundTripMs: 1 });
    expect(far).to.include({ matches: 2, won: 0, lost: 2, forfeited: 1, roundTripMs: 60 });
    // 100 ms waited for each action; ten answers at twice life's speed had a millisecond's way each.
    expect(quick.latencyMs.value).to.equal(100);
    expect(quick.latencyLessRoundTripMs.value).to.be.closeTo((900 - 10 * 2) / 9, 1e-9);
    expect([far.latencyMs.value, far.latencyMs.n]).to.deep.equal([200, 2]);
    expect(far.latencyLessRoundTripMs.value).to.be.closeTo((1800 - 10 * 2 * 60) / 9, 1e-9);
    expect(far.latencyLessRoundTripMs.n).to.equal(1);
    expect((await ask(`${board.url}/api/v1/ratings?task=hft`)).status).to.equal(404);
    // As CSV the same players and matches.
    const rowsOf = async (path: string): Promise<Record<string, string>[]> =>
      Papa.parse<Record<string, string>>((await ask(`${board.url}/api/v1/${path}`)).text, { header: true, skipEmptyLines: true }).data;
    const rated = (json.components as { players: { id: string; latencyMs: { n: number } }[] }[]).flatMap(({ players }) => players);
    expect((await rowsOf(`ratings.csv?task=fighter&terms=${terms}`)).map(({ id, latencyMsN }) => [id, Number(latencyMsN)])).to.deep.equal(rated.map(({ id, latencyMs }) => [id, latencyMs.n])); // prettier-ignore
    const { matches } = (await ask(`${board.url}/api/v1/arena/matches?limit=200`)).json;
    expect((await rowsOf('arena/matches.csv?limit=200')).map(({ pairing, match, firstName }) => [pairing, Number(match), firstName])).to.deep.equal((matches as { pairing: string; match: number; first: { name: string } }[]).map(({ pairing, match, first }) => [pairing, match, first.name])); // prettier-ignore
    expect((await ask(`${board.url}/api/v1/ratings?task=fighter&division=reported`)).json.error.message).to.match(/accepted: live/);
  });

  it('lets in tokens for playing that are good, pairs no holder with itself, and sends a revoked one away', async () => {
    const [ann, annToo, bob] = [await token('Ann'), await token('Ann'), await token('Bob')];
    const submits = await board.board.tokens.add('Carl', ['submit']);
    await board.board.tokens.revoke(bob.id);
    const late = await board.board.tokens.add('Dan', ['play'], Date.UTC(2020, 0, 1));
    const arena = await open();
    const refused = [submits.token, bob.token, late.token, `${ann.token.slice(0, -1)}_`, 'x'].map(
      (each) => new RawFighter(arena.url, each),
    );
    await until(() => refused.every(({ closed }) => closed !== null), 20_000);
    expect(refused.map((each) => each.of('error')[0]!.detail)).to.deep.equal([
      'this token is not for playing; the operator issues others: --scope play',
      'this token was revoked; the operator issues others',
      'this token expired at 2020-01-01T00:00:00.000Z; the operator issues others',
      'this token is none of this board; the operator issues them',
      'this token is none of this board; the operator issues them',
    ]);
    const own = [ann, annToo].map((each) => new RawFighter(arena.url, each.token));
    await until(() => said.filter((line) => line.includes('is here')).length === 2, 20_000);
    arena.wake();
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect([arena.playing, ...own.map((each) => each.frames.length)]).to.deep.equal([0, 0, 0]);
    await board.board.tokens.revoke(annToo.id);
    arena.wake();
    await until(() => own[1]!.closed !== null, 20_000);
    expect([own[0]!.closed, own[1]!.closed]).to.deep.equal([null, 4403]);
    // One that expires while its agent waits opens nothing from then on, either.
    await board.board.store.db
      .updateTable('token')
      .set({ expires_at: Date.now() - 1 })
      .where('id', '=', ann.id)
      .execute();
    arena.wake();
    await until(() => own[0]!.closed !== null, 20_000);
    expect(own[0]!.closed).to.equal(4403);
    expect(own[0]!.closedWhy).to.match(/^the token expired at /);
  });

  aloneTests(() => ({ board, folder, links, ends, open, token }));

  it('plays mirrored pairs on seeds told to nobody before, loses nothing when it is killed, goes on, and rates the better one higher', async () => {
    const [ann, bob] = [await token('Ann'), await token('Bob')];
    const first = await start('0');
    // The better one loses one match, the second of the first pairing: who always won could not be rated.
    let lost: string | undefined;
    const slowly = (strong: boolean) => async (seen: ObservationFrame) => {
      await new Promise((resolve) => setTimeout(resolve, 10));
      lost ??= seen.match.replace(/-\d$/, '-2');
      return strong === (seen.match !== lost) ? brawler(seen) : bystander();
    };
    links.push(fighter(first.url, ann.token, 'better', slowly(true)), fighter(first.url, bob.token, 'worse', slowly(false)));
    const told = (rows: Match[]): void => {
      // Nothing of what a pairing is played on, while it is.
      for (const { seed, trace, pairing } of rows)
        if (rows.filter((row) => row.pairing === pairing).length < 2) expect([seed, trace]).to.deep.equal([null, null]);
    };
    await complete(1, told);
    await until(() => (first.told().match(/^p-\w+: /gm) ?? []).length >= 2, WITHIN_MS); // the next one is being played
    first.child.kill('SIGKILL');
    const kept = (await matches()).filter(({ status }) => status === 'played');
    expect(kept.length).to.be.at.least(2);

    const second = await start(new URL(first.url).port);
    await complete(3);
    second.child.kill('SIGKILL');
    for (const link of links.splice(0)) link.close();
    const all = await matches();
    for (const row of kept) {
      const now = all.find(({ pairing, match }) => pairing === row.pairing && match === row.match)!;
      // What is told of it may be more by now: its seed, once its pairing is over.
      expect({ ...now, seed: null, trace: null }).to.deep.equal({ ...row, seed: null, trace: null });
    }
    const cut = all.filter(({ why }) => /the arena ended while it was played/.test(why ?? ''));
    expect(cut.every(({ status, points }) => status === 'void' && points === null)).to.equal(true);

    const rows = all.filter(({ pairing, seed }) => seed !== null && all.filter((row) => row.pairing === pairing).length === 2);
    expect(new Set(rows.map(({ seed }) => seed)).size, 'a seed for each pairing').to.equal(rows.length / 2);
    const traces = await Promise.all(
      rows.slice(0, 2).map(async ({ trace }) => {
        const file = join(root, `${trace}.jsonl.gz`);
        writeFileSync(file, Buffer.from(await (await fetch(`${board.url}/api/v1/traces/${trace}/file`)).arrayBuffer()));
        return await readTrace(file);
      }),
    );
    for (const trace of traces) expect(replayTrace(trace).same).to.equal(true);
    expect(traces[0]!.header.seats.map(({ name }) => name)).to.deep.equal([...traces[1]!.header.seats].reverse().map(({ name }) => name));
    expect(traces[0]!.header.seed).to.equal(traces[1]!.header.seed);

    const { json } = await ask(`${board.url}/api/v1/ratings?task=fighter&division=live`);
    expect(json).to.include({ division: 'live', task: 'fighter', across: 0 });
    const [{ players }] = json.components;
    expect(players.map(({ name, holder, rank }: Record<string, unknown>) => ({ name, holder, rank }))).to.deep.equal([
      { name: 'better', holder: 'Ann', rank: 1 },
      { name: 'worse', holder: 'Bob', rank: 2 },
    ]);
    for (const player of players) {
      expect(player.matches).to.be.at.least(6);
      expect(player.won + player.lost + player.drawn).to.equal(player.matches);
      expect(player.low).to.be.lessThan(player.strength);
      expect(player.high).to.be.greaterThan(player.strength);
      expect(player.latencyMs.value).to.be.closeTo(100, 20);
      expect(player.roundTripMs).to.be.greaterThan(0);
      // Everybody was charged the same: no way is in it that could be taken off.
      expect(player.latencyLessRoundTripMs.value).to.equal(null);
    }
    expect([players[0].lost, players[1].won]).to.deep.equal([1, 1]);
    expect((await ask(`${board.url}/api/v1/tables`)).json.tables).to.deep.include({
      ...{ task: 'fighter', rules: json.rules, plan: 'arena', terms: json.terms, division: 'live', host: null, entries: 2 },
    }); // prettier-ignore
    // A backup holds their traces, too.
    const counts = await backup(board.board.store.db, tracesFolder(folder), join(root, 'backup.tar'));
    expect(counts.traces).to.be.at.least(new Set(all.flatMap(({ trace }) => trace ?? [])).size);
  });
});
