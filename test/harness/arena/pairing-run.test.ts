/** Pairings in processes of their own: what one agent does to its own match is nothing to another match at the same time. */
import { expect } from 'chai';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { GameOutcome, PairingOrder } from '../../../harness/arena/order.js';
import { PairingRun } from '../../../harness/arena/pairing-run.js';
import { brawler, by, bystander, order, RawFighter } from './agents.js';

describe('pairings in processes of their own', function () {
  this.timeout(120_000);
  let folder: string;
  const sockets: RawFighter[] = [];
  before(() => (folder = mkdtempSync(join(tmpdir(), 'tickbench-pairings-'))));
  afterEach(() => {
    for (const { socket } of sockets.splice(0)) socket.terminate();
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  interface Played {
    outcomes: GameOutcome[];
    fault: string | null;
  }

  /** Plays a pairing to its end. @param come what connects to its server */
  function play(more: Partial<PairingOrder>, come: (url: string) => RawFighter[], begins?: (run: PairingRun) => void): Promise<Played> {
    const outcomes: GameOutcome[] = [];
    return new Promise((resolve) => {
      const run: PairingRun = new PairingRun(order(folder, { waitMs: 20_000, ...more }), {
        listening: ([port]) => sockets.push(...come(`ws://127.0.0.1:${port}`)),
        begins: () => begins?.(run),
        ended: (outcome) => outcomes.push(outcome),
        shown: () => undefined,
        over: (fault) => resolve({ outcomes, fault }),
      });
    });
  }

  const calm = (url: string): RawFighter[] => [
    new RawFighter(url, 'token-one', by(brawler)),
    new RawFighter(url, 'token-other', by(bystander)),
  ];

  it('reach the same digests alone and beside one whose agent floods, answers nonsense and vanishes, which has lost its own', async () => {
    const alone = await play({ id: 'p-alone', games: [1] }, calm);
    expect(alone.fault).to.equal(null);
    expect(alone.outcomes.map(({ status, points }) => [status, points])).to.deep.equal([['played', 1]]);
    const [beside, hostile] = await Promise.all([
      play({ id: 'p-beside', games: [1] }, calm),
      play({ id: 'p-hostile', games: [0], awayMs: 300 }, (url) => [
        new RawFighter(url, 'token-one', by(bystander)),
        new RawFighter(url, 'token-other', (frame, self) => {
          if (frame.type !== 'observation') return;
          // What comes after a flood is dropped with it, so it answers first; on the second observation it goes.
          if (frame.seq === 1) by(brawler)(frame, self);
          for (let i = 0; i < 1000; i++) self.say(i % 2 === 0 ? '{"type":"action",' : { type: 'action', seq: 9999, answer: 'jab' });
          if (frame.seq > 1) setTimeout(() => self.socket.terminate(), 20);
        }),
      ]),
    ]);
    expect(beside.outcomes.map(({ digest }) => digest)).to.deep.equal(alone.outcomes.map(({ digest }) => digest));
    expect(beside.outcomes.map(({ rewards }) => rewards)).to.deep.equal(alone.outcomes.map(({ rewards }) => rewards));
    expect(hostile.outcomes).to.have.length(1);
    expect(hostile.outcomes[0]).to.include({ status: 'forfeited', points: 1 });
    expect(hostile.outcomes[0]!.why).to.match(/^other was gone at the end of the match/);
  });

  it('whose process is killed say so, and have no outcome of the match that was played', async () => {
    const killed = await play({ id: 'p-killed' }, calm, (run) => run.kill());
    expect(killed.outcomes).to.deep.equal([]);
    expect(killed.fault).to.match(/SIGKILL/);
  });
});
