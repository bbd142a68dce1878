/** The match server keeps sixty frames a second in wall time: every frame is a tick, none dropped or merged, and the match counts. */
import { expect } from 'chai';
import { spawnAgent, type AgentHandle } from '../../../harness/agents/spawn.js';
import { fighter } from '../../../envs/fighter/task.js';
import { playMatch } from '../../../harness/match/match.js';
import { tickLateness } from '../../../harness/host/measuring.js';
import { MatchServer } from '../../../harness/protocol/server.js';
import { replayTrace } from '../../../harness/traces/replay.js';
import type { Trace } from '../../../scoring/trace/trace.js';

/** A host that was busy with something else makes a match void by the rule, and void matches are played again. */
const ATTEMPTS = 4;
const SECONDS = 3;

describe('a fight on the server, in wall time', function () {
  this.timeout(90_000);
  let server: MatchServer;
  let agents: AgentHandle[];

  before(async () => {
    server = await MatchServer.listen();
    agents = [await spawnAgent(server, { kind: 'bot', bot: 'expert' }), await spawnAgent(server, { kind: 'bot', bot: 'rush' })];
  });
  after(async () => {
    await Promise.all(agents.map((agent) => agent.stop()));
    await server.close();
  });

  function play(seed: number): Promise<Trace> {
    return playMatch(server, {
      id: `wall-${seed}`,
      task: 'fighter',
      options: { rounds: 1, roundSeconds: SECONDS, health: 5000 },
      seed,
      clock: 'wall',
      speed: 1,
      timeoutUs: 1_000_000,
      seats: agents.map(({ token }) => ({ token, record: { name: token, kind: 'bot', addedUs: 0, givenUs: 100_000 } })),
    });
  }

  it('drops no tick with two bots at the seats', async function () {
    let trace: Trace | undefined;
    for (let attempt = 1; attempt <= ATTEMPTS && !trace?.footer!.verdict.counts; attempt++) {
      trace = await play(attempt);
      const { results, lateness } = trace.footer!;
      expect(results.over).equal(true);
      // However late they were: one tick a frame, the match's beginning not counted.
      expect(lateness.ticks).equal(Math.round((results.endedAt * 60) / 1_000_000));
      expect(lateness.ticks).least(SECONDS * 60);
      expect(replayTrace(trace).same).equal(true);
      for (const seat of [0, 1])
        expect(trace.events.filter((event) => event.kind === 'act' && event.seat === seat).length).greaterThan(SECONDS * 5);
    }
    if (!trace!.footer!.verdict.counts) {
      // A bare timer that fails the same rule says that no server could have kept it here.
      const tickUs = fighter.tick(fighter.parseOptions({})).us;
      const bare = await tickLateness(Math.round(tickUs), SECONDS * 60);
      if (bare.p99Us > tickUs / 2 || bare.maxUs > 2 * tickUs) return this.skip();
    }
    expect(trace!.footer!.verdict).deep.equal({ counts: true, reasons: [] });
    expect(trace!.footer!.lateness.over).equal(0);
  });
});
