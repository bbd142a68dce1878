/**
 * Pairings on the wall clock, as an arena plays them: measured, counting, and the same when they are played again. A host that was busy makes them
 * void by the rule, and says so; then they are played anew.
 */
import { expect } from 'chai';
import { mkdtempSync, rmSync } from 'node:fs';
import { availableParallelism, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { AloneRun } from '../../../harness/arena/alone-run.js';
import { gamesOf, type GameOutcome } from '../../../harness/arena/order.js';
import { PairingRun, type RunHooks } from '../../../harness/arena/pairing-run.js';
import type { ArenaTerms } from '../../../harness/arena/terms.js';
import { taskNamed } from '../../../harness/match/tasks.js';
import { tickLateness } from '../../../harness/host/measuring.js';
import { readTrace } from '../../../harness/traces/reader.js';
import { replayTrace } from '../../../harness/traces/replay.js';
import { brawler, by, bystander, idler, order, RawFighter, shortFight, shortMarket, spender } from './agents.js';

const ATTEMPTS = 3;
type Deciding = Parameters<typeof by>[0];
const MEASURED = { clock: 'wall', givenUs: undefined } as const;

describe('pairings on the wall clock', function () {
  this.timeout(120_000);
  let folder: string;
  const sockets: RawFighter[] = [];
  before(() => (folder = mkdtempSync(join(tmpdir(), 'tickbench-wall-pairings-'))));
  afterEach(() => {
    for (const { socket } of sockets.splice(0)) socket.terminate();
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  /** Plays a pairing to its end. @param deciding what the first and the second agent do */
  function play(terms: ArenaTerms, id: string, deciding: readonly [Deciding, Deciding]): Promise<GameOutcome[]> {
    const outcomes: GameOutcome[] = [];
    const whole = order(folder, { id, terms, games: gamesOf(terms), waitMs: 20_000, awayMs: 5000 });
    return new Promise((resolve, reject) => {
      const hooks: RunHooks = {
        listening: (ports) => {
          for (const [i, token] of (['token-one', 'token-other'] as const).entries())
            sockets.push(new RawFighter(`ws://127.0.0.1:${ports[i]}`, token, by(deciding[i]!), { name: token, task: terms.task }));
        },
        begins: () => undefined,
        ended: (outcome) => outcomes.push(outcome),
        shown: () => undefined,
        over: (fault) => (fault === null ? resolve(outcomes) : reject(new Error(fault))),
      };
      if (terms.alone) new AloneRun(whole, [0, 0], hooks);
      else new PairingRun(whole, hooks);
    });
  }

  /** Plays pairings until one counts. @returns its matches; undefined, and why it says, where none did and nothing could have kept this task's time here */
  async function counting(terms: ArenaTerms, deciding: readonly [Deciding, Deciding]): Promise<GameOutcome[] | undefined> {
    const task = taskNamed(terms.task);
    const tickUs = task.tick(task.parseOptions(terms.options)).us;
    const reasons: string[] = [];
    let hostWasBusy = false;
    for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
      const outcomes = await play(terms, `p-${terms.task}-${attempt}`, deciding);
      for (const { status, why, points } of outcomes) {
        if (status === 'played') continue;
        // Nobody floods or goes: it was this host, and it is said of it.
        expect([status, points]).to.deep.equal(['void', null]);
        expect(why)
          .to.be.a('string')
          .and.match(/late|clock/);
        reasons.push(why!);
      }
      if (outcomes.length === gamesOf(terms).length && outcomes.every(({ status }) => status === 'played')) return outcomes;
      // A bare timer that fails the same rule, or more to do than there are cores, says that no server could have kept it here.
      const bare = await tickLateness(Math.round(tickUs), Math.round(2_000_000 / tickUs));
      hostWasBusy ||= bare.p99Us > tickUs / 2 || bare.maxUs > 2 * tickUs || loadavg()[0]! > 1.5 * availableParallelism();
    }
    if (!hostWasBusy) expect.fail(`this host was not busy, and no pairing counted: ${reasons.join('; ')}`);
    console.log(`      This host was busy, and every pairing void: ${reasons.at(-1)}`);
    return undefined;
  }

  async function expectMeasured(outcomes: readonly GameOutcome[]): Promise<void> {
    for (const { figures, trace, otherTrace } of outcomes) {
      for (const each of figures!) {
        expect(each!.acts).to.be.greaterThan(5);
        expect(each!.waitedUs / each!.acts).to.be.greaterThan(0);
        expect(each!.roundTrip!.count).to.be.at.least(2);
      }
      for (const path of [trace!, ...(otherTrace ? [otherTrace] : [])]) {
        const read = await readTrace(path);
        expect(read.header.clock).to.equal('wall');
        expect(read.footer!.verdict.counts).to.equal(true);
        expect(replayTrace(read).same).to.equal(true);
      }
    }
  }

  it('count where two fight in one world, in either seat', async function () {
    const outcomes = await counting(shortFight(MEASURED), [brawler, bystander]);
    if (!outcomes) return this.skip();
    expect(outcomes.map(({ points }) => points)).to.deep.equal([1, 1]);
    await expectMeasured(outcomes);
  });

  it('count where each plays the market alone, two worlds at a time', async function () {
    // Published every 100 ms: of so short a match at 10 ms the first ticks, of code that is not compiled yet, are more than one in a hundred.
    const outcomes = await counting(shortMarket(MEASURED, { gridUs: 100_000, durationUs: 3_000_000 }), [spender, idler]);
    if (!outcomes) return this.skip();
    expect(outcomes.map(({ points }) => points)).to.deep.equal([0]);
    await expectMeasured(outcomes);
  });
});
