/** A pairing: one world twice, sides swapped; whoever is not there loses its match, and nobody learns the seed. */
import { expect } from 'chai';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { WebSocket } from 'ws';
import type { GameOutcome, PairingOrder } from '../../../harness/arena/order.js';
import { arenaTerms } from '../../../harness/arena/terms.js';
import { PairingPlayer } from '../../../harness/arena/playing.js';
import { MatchServer } from '../../../harness/protocol/server.js';
import { readTrace } from '../../../harness/traces/reader.js';
import { replayTrace } from '../../../harness/traces/replay.js';
import { brawler, by, bystander, idler, order, RawFighter, shortFight, spender } from './agents.js';

describe('a pairing', () => {
  let server: MatchServer;
  let folder: string;
  const sockets: RawFighter[] = [];
  beforeEach(async () => {
    server = await MatchServer.listen();
    folder = mkdtempSync(join(tmpdir(), 'tickbench-pairing-'));
  });
  afterEach(async () => {
    for (const { socket } of sockets.splice(0)) socket.terminate();
    await server.close();
    rmSync(folder, { recursive: true, force: true });
  });

  /** Plays it. @param come what connects once it waits */
  async function played(more: Partial<PairingOrder>, come: (url: string) => RawFighter[]): Promise<GameOutcome[]> {
    const outcomes: GameOutcome[] = [];
    const player = new PairingPlayer(server, order(folder, more), { begins: () => undefined, ended: (outcome) => outcomes.push(outcome) });
    sockets.push(...come(server.url));
    await player.play();
    return outcomes;
  }

  it('is one world played twice, sides swapped; each is told who won, what was earned, how late both were and how long the way is', async () => {
    const outcomes = await played({}, (url) => [
      new RawFighter(url, 'token-one', by(brawler)),
      new RawFighter(url, 'token-other', by(bystander)),
    ]);
    expect(outcomes.map(({ game, status, why, points }) => ({ game, status, why, points }))).to.deep.equal([
      { game: 0, status: 'played', why: null, points: 1 },
      { game: 1, status: 'played', why: null, points: 1 },
    ]);
    const traces = await Promise.all(outcomes.map(({ trace }) => readTrace(trace!)));
    expect(traces.map(({ header }) => header.seats.map(({ name }) => name))).to.deep.equal([
      ['one', 'other'],
      ['other', 'one'],
    ]);
    for (const [i, trace] of traces.entries()) {
      expect(trace.header.seed).to.equal(123_456_789_012);
      expect(trace.footer!.verdict.counts).to.equal(true);
      expect(replayTrace(trace).same).to.equal(true);
      const { rewards, figures, digest } = outcomes[i]!;
      expect(digest).to.equal(trace.footer!.digest);
      expect(rewards).to.deep.equal(i === 0 ? trace.footer!.results.reward : [...trace.footer!.results.reward].reverse());
      for (const each of figures!.map((one) => one!)) {
        expect(each.acts).to.be.greaterThan(10);
        expect(each.waitedUs / each.acts).to.be.closeTo(100_000, 20_000);
        expect(each.roundTrip!.count).to.be.at.least(1);
        expect(each.roundTrip!.leastUs).to.be.within(1, each.roundTrip!.medianUs);
      }
    }
  });

  it('is told nobody by its seed: no frame of either agent has it, nor does its name follow from it, and spectators are shown nothing', async () => {
    const seed = 98_765_432_109_876;
    const agents: RawFighter[] = [];
    const watcher = new WebSocket(`${server.url}/watch`);
    let watched = '';
    watcher.on('message', (data: Buffer) => (watched += data.toString('utf8')));
    await once(watcher, 'open');
    const outcomes = await played({ seed, id: 'p-0011aabb' }, (url) => {
      agents.push(new RawFighter(url, 'token-one', by(brawler)), new RawFighter(url, 'token-other', by(brawler)));
      return agents;
    });
    watcher.terminate();
    expect(outcomes.map(({ status }) => status)).to.deep.equal(['played', 'played']);
    expect(watched).to.not.match(/"type":"(match|scene|end)"/);
    for (const { heard } of agents) {
      expect(heard.length).to.be.greaterThan(1000);
      for (const told of [String(seed), seed.toString(16), seed.toString(36)]) expect(heard).to.not.include(told);
    }
    // The seeds that agents are given for their own chance are of their seats, and none follows from the world's by itself.
    const given = agents.flatMap((agent) => agent.of('welcome').map((frame) => frame.seed));
    expect(new Set(given).size).to.equal(2);
  });

  it('shares one order book in the market: whoever earned more has won, in either seat', async () => {
    const terms = arenaTerms('hft', { seats: 2, durationUs: 2_000_000 }, { clock: 'virtual', givenUs: 100_000 });
    const outcomes = await played({ terms }, (url) => [
      new RawFighter(url, 'token-one', by(spender), { name: 'spender', task: 'hft' }),
      new RawFighter(url, 'token-other', by(idler), { name: 'saver', task: 'hft' }),
    ]); // prettier-ignore
    expect(outcomes.map(({ status, points }) => [status, points])).to.deep.equal([['played', 0], ['played', 0]]); // prettier-ignore
    for (const { rewards } of outcomes) {
      expect(rewards![0]).to.be.lessThan(0);
      expect(rewards![1]).to.equal(0);
    }
  });

  it('is lost by whoever does not come, match by match; when nobody comes it is void', async () => {
    const started = performance.now();
    const outcomes = await played({ waitMs: 200 }, (url) => [new RawFighter(url, 'token-other', by(bystander))]);
    expect(outcomes.map(({ status, points, came, trace }) => ({ status, points, came, trace }))).to.deep.equal([
      { status: 'forfeited', points: 0, came: [false, true], trace: null },
      { status: 'forfeited', points: 0, came: [false, true], trace: null },
    ]);
    expect(outcomes[0]!.why).to.equal('one did not come to the match within 0.2 s');
    expect(performance.now() - started).to.be.at.least(390);
  });

  it('is void when neither comes, and is played no further', async () => {
    const outcomes = await played({ waitMs: 100 }, () => []);
    expect(outcomes.map(({ status, points }) => ({ status, points }))).to.deep.equal([{ status: 'void', points: null }]);
  });

  it('is lost by whoever goes and does not come back, though the world was going its way; the other one plays no longer than it has to', async () => {
    const outcomes = await played({ terms: shortFight({ clock: 'wall', givenUs: undefined, speed: 0.1 }), games: [0] }, (url) => {
      let answers = 0;
      const leaver = new RawFighter(url, 'token-one', (frame, self) => {
        by(brawler)(frame, self);
        if (frame.type === 'observation' && ++answers === 3) self.socket.terminate();
      });
      return [leaver, new RawFighter(url, 'token-other', by(bystander))];
    });
    expect(outcomes).to.have.length(1);
    expect(outcomes[0]).to.include({ status: 'forfeited', points: 0 });
    expect(outcomes[0]!.why).to.match(/^one was gone at the end of the match/);
    const { footer } = await readTrace(outcomes[0]!.trace!);
    expect(footer!.results.over).to.equal(false);
    expect(footer!.verdict.reasons.join(' ')).to.match(/one was away for 0.3 s/);
  });

  it('is gone on with by whoever comes back in time', async () => {
    const outcomes = await played({ games: [1], awayMs: 3000 }, (url) => {
      let answers = 0;
      const leaver = new RawFighter(url, 'token-one', (frame, self) => {
        by(brawler)(frame, self);
        if (frame.type === 'observation' && ++answers === 3) {
          self.socket.terminate();
          sockets.push(new RawFighter(url, 'token-one', by(brawler)));
        }
      });
      return [leaver, new RawFighter(url, 'token-other', by(bystander))];
    });
    expect(outcomes.map(({ game, status, points }) => ({ game, status, points }))).to.deep.equal([
      { game: 1, status: 'played', points: 1 },
    ]);
  });

  it('is lost on its merits by one that stalls, and by one that answers nonsense', async () => {
    for (const hostile of [
      () => undefined,
      (frame: { type: string; seq?: number }, self: RawFighter) => {
        if (frame.type !== 'observation') return;
        self.say('{"type":"action"');
        self.say({ type: 'action', seq: frame.seq, plan: 'nonsense' });
      },
    ]) {
      const terms = shortFight({ timeoutUs: 300_000 });
      const outcomes = await played({ terms, games: [0], id: `p-${Math.floor(performance.now())}` }, (url) => [
        new RawFighter(url, 'token-one', by(brawler)),
        new RawFighter(url, 'token-other', hostile as never),
      ]);
      expect(outcomes[0]).to.include({ status: 'played', points: 1 });
      const [, figures] = outcomes[0]!.figures!;
      expect(figures!.acts).to.equal(0);
      expect(figures!.missed + figures!.rejected).to.be.greaterThan(3);
      for (const { socket } of sockets.splice(0)) socket.terminate();
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  });
});
