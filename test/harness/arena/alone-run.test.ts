/** Pairings in which each plays alone against the crowd: one seed, two worlds, two processes, one outcome. */
import { expect } from 'chai';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AloneRun } from '../../../harness/arena/alone-run.js';
import type { GameOutcome, PairingOrder } from '../../../harness/arena/order.js';
import { readTrace } from '../../../harness/traces/reader.js';
import { replayTrace } from '../../../harness/traces/replay.js';
import { by, idler, order, RawFighter, shortMarket, spender } from './agents.js';

/** One with wide keys, as an arena draws them. */
const SEED = 2 ** 52 + 98_765_432_109;

describe('pairings in which each plays alone', function () {
  this.timeout(120_000);
  let folder: string;
  const sockets: RawFighter[] = [];
  before(() => (folder = mkdtempSync(join(tmpdir(), 'tickbench-alone-'))));
  afterEach(() => {
    for (const { socket } of sockets.splice(0)) socket.terminate();
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  interface Played {
    outcomes: GameOutcome[];
    begun: number;
    fault: string | null;
  }

  /** Plays one to its end. @param come what connects to the servers of the first and of the second agent */
  function play(more: Partial<PairingOrder>, come: (one: string, other: string) => RawFighter[], begins?: (run: AloneRun) => void): Promise<Played> {
    const outcomes: GameOutcome[] = [];
    let begun = 0;
    return new Promise((resolve) => {
      const run: AloneRun = new AloneRun(order(folder, { terms: shortMarket(), seed: SEED, games: [0], waitMs: 20_000, ...more }), [0, 0], {
        listening: (ports) => {
          const [one, other] = ports.map((port) => `ws://127.0.0.1:${port}`);
          sockets.push(...come(one!, other!));
        },
        begins: () => (begun++, begins?.(run)),
        ended: (outcome) => outcomes.push(outcome),
        shown: () => undefined,
        over: (fault) => resolve({ outcomes, begun, fault }),
      });
    });
  } // prettier-ignore

  const market = { name: 'raw', task: 'hft' };

  it('play the same secret world in two processes, whoever earned more has won, and nobody is told the seed', async () => {
    const { outcomes, begun, fault } = await play({ id: 'p-both' }, (one, other) => [
      new RawFighter(one, 'token-one', by(spender), market),
      new RawFighter(other, 'token-other', by(idler), market),
    ]);
    expect([begun, fault, outcomes.length]).to.deep.equal([1, null, 1]);
    const { status, points, rewards, figures, trace, otherTrace } = outcomes[0]!;
    expect([status, points]).to.deep.equal(['played', 0]);
    expect(rewards![0]).to.be.lessThan(0);
    expect(rewards![1]).to.equal(0);
    for (const each of figures!) expect(each!.acts).to.be.greaterThan(3);
    const traces = await Promise.all([trace!, otherTrace!].map((path) => readTrace(path)));
    for (const each of traces) {
      expect(each.header).to.include({ seed: SEED }).and.have.property('seats').with.length(1);
      expect(replayTrace(each).same).to.equal(true);
    }
    const seen = sockets.map((each) => each.of('observation'));
    expect(seen[0]![0]!.state, 'one world, until somebody acts in it').to.deep.equal(seen[1]![0]!.state);
    for (const { heard } of sockets) for (const told of [String(SEED), SEED.toString(16)]) expect(heard).to.not.include(told);
  });

  it('are lost by whoever does not come: the other one sees nothing of the world, and is not kept waiting', async () => {
    const { outcomes, begun, fault } = await play({ id: 'p-absent', waitMs: 3000 }, (_one, other) => [
      new RawFighter(other, 'token-other', by(idler), market),
    ]);
    expect([begun, fault]).to.deep.equal([0, null]);
    expect(outcomes).to.have.length(1);
    expect(outcomes[0]).to.deep.include({ status: 'forfeited', points: 0, came: [false, true], rewards: null, trace: null });
    expect(outcomes[0]!.why).to.equal('one did not come to the match within 3 s');
    expect(sockets[0]!.of('observation')).to.deep.equal([]);
  });

  it('are lost by whoever floods and goes; what the other one earned stands', async () => {
    const { outcomes } = await play({ id: 'p-gone', awayMs: 200 }, (one, other) => [
      new RawFighter(one, 'token-one', by(idler), market),
      new RawFighter(
        other,
        'token-other',
        (frame, self) => {
          if (frame.type !== 'observation') return;
          for (let i = 0; i < 500; i++) self.say('{"type":"action",');
          self.socket.terminate();
        },
        market,
      ),
    ]);
    expect(outcomes[0]).to.deep.include({ status: 'forfeited', points: 1, rewards: [0, null] });
    expect(outcomes[0]!.why).to.match(/^other was gone at the end of the match/);
    expect(replayTrace(await readTrace(outcomes[0]!.trace!)).same).to.equal(true);
  });

  it('of which a process is killed have no outcome, and say why', async () => {
    const { outcomes, fault } = await play(
      { id: 'p-killed' },
      (one, other) => [new RawFighter(one, 'token-one', () => undefined, market), new RawFighter(other, 'token-other', () => undefined, market)], // prettier-ignore
      (run) => run.kill(),
    );
    expect(outcomes).to.deep.equal([]);
    expect(fault).to.match(/SIGKILL/);
  });
});
