/** An arena from its agents' sockets to the ratings that the board tells, and what is left of it when it is killed. */
import { expect } from 'chai';
import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Link } from '../../../harness/agents/link.js';
import { readTrace } from '../../../harness/traces/reader.js';
import { replayTrace } from '../../../harness/traces/replay.js';
import { Arena, type ArenaSettings } from '../../../web/server/arena/arena.js';
import { ArenaStore } from '../../../web/server/arena/store.js';
import { backup } from '../../../web/server/store/backup.js';
import { tracesFolder } from '../../../web/server/store/database.js';
import { brawler, bystander, fighter, RawFighter, shortFight } from '../../harness/arena/agents.js';
import { embeddedFolder } from '../../harness/database/embedded-folder.js';
import { until } from '../../harness/match/players.js';
import { ask, serveBoard, type BoardServer } from '../board/board-server.js';

const WITHIN_MS = 90_000;

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

  async function open(more: Partial<ArenaSettings> = {}): Promise<Arena> {
    const arena = await Arena.open({
      ...{ store: new ArenaStore(board.board.store.db, tracesFolder(folder)), tokens: board.board.tokens, terms: [shortFight()] },
      ...{ host: '127.0.0.1', port: 0, matchesAtOnce: 1, explorationSeed: 1, playing: join(folder, 'playing') },
      ...{ say: (line) => said.push(line) },
      ...more,
    });
    ends.push(() => arena.close());
    return arena;
  }

  const token = async (holder: string): Promise<{ id: string; token: string }> => board.board.tokens.add(holder, ['play']);
  /** Matches of the agents of this name, the newest first. */
  const matches = async (name: string): Promise<Record<string, unknown>[]> => {
    const { json } = await ask(`${board.url}/api/v1/arena/matches?limit=200`);
    return (json.matches as Record<string, unknown>[]).filter(({ first, second }) => [first, second].some((each) => (each as { name: string }).name === name)); // prettier-ignore
  };

  /** Waits until so many pairings were played to their end. */
  async function complete(
    name: string,
    pairings: number,
    look: (rows: Record<string, unknown>[]) => void = () => undefined,
  ): Promise<void> {
    const untilMs = Date.now() + WITHIN_MS;
    for (;;) {
      const rows = await matches(name);
      look(rows);
      if (rows.filter(({ match, seed }) => match === 2 && seed !== null).length >= pairings) return;
      if (Date.now() > untilMs) expect.fail(`no ${pairings} pairings: ${said.join('\n')}`);
      await new Promise((resolve) => setTimeout(resolve, 400));
    }
  }

  it('plays mirrored pairs on seeds told to nobody before, rates the better one higher, and has every match in the board to be played again', async () => {
    const [ann, bob] = [await token('Ann'), await token('Bob')];
    // Of three matches the better one wins two: who always won could not be rated.
    let [played, last] = [0, ''];
    const strong = (match: string): void => void (last !== match && ((last = match), played++));
    const isOff = (): boolean => played % 3 === 0;
    const arena = await open();
    links.push(
      fighter(arena.url, ann.token, 'better', (seen) => (isOff() ? bystander() : brawler(seen)), strong),
      fighter(arena.url, bob.token, 'worse', (seen) => (isOff() ? brawler(seen) : bystander())),
    );
    await complete('better', 3, (rows) => {
      for (const { seed, trace, pairing } of rows) {
        const isOpen = rows.filter((row) => row['pairing'] === pairing).length < 2;
        if (isOpen) expect([seed, trace]).to.deep.equal([null, null]);
      }
    });
    for (const link of links.splice(0)) link.close();
    await until(() => arena.playing === 0, WITHIN_MS);

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
      expect(player.latencyLessRoundTripMs.value).to.be.lessThan(player.latencyMs.value);
    }
    expect(players[0].won).to.be.greaterThan(players[1].won);

    const all = await matches('better');
    const rows = all.filter(({ pairing }) => all.filter((row) => row['pairing'] === pairing).length === 2);
    expect(new Set(rows.map(({ seed }) => seed)).size).to.equal(rows.length / 2);
    for (const { seed, pairing } of rows)
      expect(rows.find((row) => row['pairing'] !== pairing && row['seed'] === seed)).to.equal(undefined);
    const traces = await Promise.all(
      rows.slice(0, 2).map(async ({ trace }) => {
        const file = join(root, `${String(trace)}.jsonl.gz`);
        writeFileSync(file, Buffer.from(await (await fetch(`${board.url}/api/v1/traces/${String(trace)}/file`)).arrayBuffer()));
        return await readTrace(file);
      }),
    );
    for (const trace of traces) expect(replayTrace(trace).same).to.equal(true);
    expect(traces[0]!.header.seats.map(({ name }) => name)).to.deep.equal([...traces[1]!.header.seats].reverse().map(({ name }) => name));
    expect((await ask(`${board.url}/api/v1/tables`)).json.tables).to.deep.include({
      ...{ task: 'fighter', rules: json.rules, plan: 'arena', terms: json.terms, division: 'live', entries: 2 },
    }); // prettier-ignore

    // A backup holds their traces, too.
    const counts = await backup(board.board.store.db, tracesFolder(folder), join(root, 'backup.tar'));
    expect(counts.traces).to.equal(new Set(all.flatMap(({ trace }) => trace ?? [])).size);
  });

  it('lets in tokens for playing that are good, pairs no holder with itself, and sends a revoked one away', async () => {
    const [ann, annToo, bob] = [await token('Ann'), await token('Ann'), await token('Bob')];
    const submits = await board.board.tokens.add('Carl', ['submit']);
    await board.board.tokens.revoke(bob.id);
    const arena = await open();
    const refused = [submits.token, bob.token, `${ann.token.slice(0, -1)}_`, 'x'].map((each) => new RawFighter(arena.url, each));
    await until(() => refused.every(({ closed }) => closed !== null), 20_000);
    expect(refused.map((each) => each.of('error')[0]!.detail)).to.deep.equal([
      'this token is not for playing; the operator issues others: --scope play',
      'this token was revoked; the operator issues others',
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
    own[0]!.socket.terminate();
  });

  it('that is killed loses nothing that was recorded, and goes on when it is started again', async () => {
    const [ann, bob] = [await token('Ann'), await token('Bob')];
    const program = fileURLToPath(new URL('./killed-arena.js', import.meta.url));
    const start = async (port: string): Promise<{ child: ChildProcess; url: string; told: () => string }> => {
      let told = '';
      const child = spawn(process.execPath, [program, folder, port], { stdio: ['ignore', 'pipe', 'inherit'] });
      child.stdout.setEncoding('utf8').on('data', (text: string) => (told += text));
      await until(() => /ws:\/\/\S+\n/.test(told), WITHIN_MS);
      return { child, url: /ws:\/\/\S+/.exec(told)![0], told: () => told };
    };
    const first = await start('0');
    ends.push(async () => first.child.kill('SIGKILL'));
    const slowly = (decide: typeof brawler) => async (seen: Parameters<typeof brawler>[0]) => {
      await new Promise((resolve) => setTimeout(resolve, 10));
      return decide(seen);
    };
    links.push(
      fighter(first.url, ann.token, 'a', slowly(brawler)),
      fighter(first.url, bob.token, 'b', slowly(bystander as typeof brawler)),
    );
    await complete('a', 1);
    await until(() => (first.told().match(/^p-\w+: /gm) ?? []).length >= 2, WITHIN_MS); // the next one is being played
    first.child.kill('SIGKILL');
    const kept = (await matches('a')).filter(({ status }) => status === 'played');
    expect(kept.length).to.be.at.least(2);

    const second = await start(new URL(first.url).port);
    ends.push(async () => second.child.kill('SIGKILL'));
    await complete('a', 2);
    const rows = await matches('a');
    for (const row of kept) {
      const now = rows.find(({ pairing, match }) => pairing === row['pairing'] && match === row['match'])!;
      // What is told of it may be more by now: its seed, once its pairing is over.
      expect({ ...now, seed: null, trace: null }).to.deep.equal({ ...row, seed: null, trace: null });
      expect((await ask(`${board.url}/api/v1/traces/${String(now['trace'])}`)).status).to.equal(now['trace'] === null ? 400 : 200);
    }
    const cut = rows.filter(({ why }) => /the arena ended while it was played/.test(String(why)));
    expect(cut.every(({ status, points }) => status === 'void' && points === null)).to.equal(true);
    for (const { child } of [first, second]) child.kill('SIGKILL');
  });
});
