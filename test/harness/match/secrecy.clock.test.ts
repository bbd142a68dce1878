/** What is told of a match while it runs, and what can be computed from it. */
import { expect } from 'chai';
import { once } from 'node:events';
import { WebSocket } from 'ws';
import { hft } from '../../../envs/hft/task.js';
import { playMatch } from '../../../harness/match/match.js';
import { agentSeed } from '../../../harness/match/welcome.js';
import { MatchServer } from '../../../harness/protocol/server.js';
import type { WatchFrame } from '../../../harness/protocol/watching.js';
import type { SeatRecord } from '../../../scoring/trace/trace.js';
import { RawAgent, until } from './players.js';

/** A seed whose digits are in nothing else. */
const SEED = 918273645546;

describe('a match that runs', () => {
  let server: MatchServer;
  beforeEach(async () => (server = await MatchServer.listen()));
  afterEach(() => server.close());

  /** Plays a second of the market, watched. */
  async function watched(kind: SeatRecord['kind']): Promise<{ before: string[]; end: WatchFrame; agent: RawAgent }> {
    const line = server.admit('x', 'x');
    const agent = new RawAgent(
      server,
      'x',
      (frame, self) => frame.type === 'observation' && self.say({ type: 'action', seq: frame.seq, plan: [] }),
    );
    await line.connected(30_000);
    const eye = new WebSocket(`${server.url}/watch`);
    const texts: string[] = [];
    eye.on('message', (data: Buffer) => texts.push(data.toString('utf8')));
    await once(eye, 'open');
    await until(() => server.watchers.count === 1);
    await playMatch(server, {
      id: `market-${SEED}`,
      task: 'hft',
      options: { durationUs: 1_000_000, market: { kind: 'synthetic', preset: 'large-tick' } },
      seed: SEED,
      clock: 'wall',
      speed: 1,
      timeoutUs: 500_000,
      seats: [{ token: 'x', record: { name: 'x', kind, addedUs: 0 } }],
    });
    await until(() => texts.some((text) => text.startsWith('{"type":"end"')));
    await until(() => agent.of('end').length === 1);
    const ended = texts.findIndex((text) => text.startsWith('{"type":"end"'));
    return { before: texts.slice(0, ended), end: JSON.parse(texts[ended]!) as WatchFrame, agent };
  }

  it('tells spectators neither its seed nor what its market is made of before its end', async () => {
    const { before, end } = await watched('bot');
    const scenes = before.filter((text) => text.startsWith('{"type":"scene"'));
    expect(scenes.length).to.be.greaterThan(5);
    for (const text of before) expect(text).to.not.include(String(SEED));
    const match = JSON.parse(before.find((text) => text.startsWith('{"type":"match"'))!) as WatchFrame & { type: 'match' };
    expect(match).to.not.have.property('seed');
    for (const value of Object.values(match.options as object)) expect(value).to.not.be.an('object');
    expect(JSON.stringify(match)).to.not.match(/large-tick|preset|startTicks/);
    expect(end).to.include({ seed: SEED, id: match.id });
  });

  it('with a stranger in it is shown when its agent can learn nothing from it any more', async () => {
    const { before } = await watched('stranger');
    const scenes = before.filter((text) => text.startsWith('{"type":"scene"'));
    expect(scenes).to.have.length(1); // the last one, with the end
    expect(JSON.parse(before.find((text) => text.startsWith('{"type":"match"'))!)).to.include({ behindUs: 10_500_000 });
  });

  it('gives a stranger a seed from which the world’s, small as it may be, does not follow', async () => {
    const { agent } = await watched('stranger');
    const [welcome] = agent.of('welcome');
    expect(
      agent.frames.some((frame) => frame.type === 'welcome' && JSON.stringify({ ...frame, match: '' }).includes(String(SEED))),
    ).to.equal(false);
    for (let seed = 0; seed < 2000; seed++) expect(agentSeed('bot', seed, 0)).to.not.equal(welcome!.seed);
    expect(agentSeed('bot', 5, 0)).to.equal(agentSeed('model', 5, 0));
  });

  it('can be foretold by trying seeds when its seed is a small one, so that one must be drawn', () => {
    const options = hft.parseOptions({ durationUs: 5_000_000 });
    /** What the book shows in the first moments. */
    const seen = (seed: number): string => {
      const world = hft.create(options, seed);
      world.advance(300_000);
      const { bids, asks, bidTicks } = world.scene().symbols[0]!;
      return JSON.stringify([bidTicks, bids, asks]);
    };
    /** The first of a few seeds that shows the same, if any does. */
    const found = (target: string): number => Array.from({ length: 40 }, (_, seed) => seed).findIndex((seed) => seen(seed) === target);
    expect(found(seen(23))).to.equal(23);
    expect(found(seen(SEED))).to.equal(-1);
  });
});
