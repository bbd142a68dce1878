import { expect } from 'chai';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { spawnAgent, type AgentHandle } from '../../../harness/agents/spawn.js';
import { playMatch, type MatchSheet } from '../../../harness/match/match.js';
import { MatchServer } from '../../../harness/protocol/server.js';
import { taskNamed } from '../../../harness/match/tasks.js';
import { readTrace } from '../../../harness/traces/reader.js';
import { replayTrace } from '../../../harness/traces/replay.js';
import type { Trace } from '../../../scoring/trace/trace.js';
import { eventsOf } from './players.js';

/** Both real worlds, played by bots in processes of their own. */
const CASES = [
  { task: 'hft', options: { durationUs: 12_000_000 }, bots: ['expert'], givenUs: [420_000] },
  { task: 'fighter', options: { rounds: 1, roundSeconds: 12 }, bots: ['expert', 'rush'], givenUs: [416_650, 733_000] },
] as const;

for (const { task, options, bots, givenUs } of CASES) {
  describe(`matches of ${task}`, () => {
    let server: MatchServer;
    let folder: string;
    let agents: AgentHandle[];
    before(async () => {
      server = await MatchServer.listen();
      folder = mkdtempSync(join(tmpdir(), 'tickbench-test-'));
      agents = await Promise.all(bots.map((bot) => spawnAgent(server, { kind: 'bot', bot, errorPermille: 50 })));
    });
    after(async () => {
      await Promise.all(agents.map((agent) => agent.stop()));
      await server.close();
      rmSync(folder, { recursive: true, force: true });
    });

    const plan = (more: Partial<MatchSheet>, given: boolean, recorded?: Trace): MatchSheet => ({
      id: 'x',
      task,
      options,
      seed: 11,
      clock: 'wall',
      speed: 8,
      timeoutUs: 4_000_000,
      seats: agents.map((agent, index) => ({
        token: agent.token,
        record: { name: bots[index]!, kind: 'bot', addedUs: 0, ...(given ? { givenUs: givenUs[index]! } : {}) },
        ...(recorded ? { latencyOf: (seq: number) => recordedLatency(recorded, index, seq) } : {}),
      })),
      ...more,
    });

    function recordedLatency(trace: Trace, seat: number, seq: number): number {
      const act = eventsOf(trace.events, 'act', seat).find((event) => event.seq === seq);
      return act?.latencyUs ?? 100_000_000;
    }

    it('recorded in wall-clock time play again from their file to the same digest, and under the virtual clock too', async () => {
      const tracePath = join(folder, 'wall.jsonl.gz');
      const wall = await playMatch(server, plan({ tracePath }, true));
      for (const index of agents.keys()) expect(eventsOf(wall.events, 'act', index).length).to.be.greaterThan(8);
      const replay = replayTrace(await readTrace(tracePath));
      expect(replay).to.deep.equal({
        same: true,
        digest: wall.footer!.digest,
        expected: wall.footer!.digest,
        faults: [],
        played: wall.events.length,
      });
      const virtual = await playMatch(server, plan({ clock: 'virtual' }, false, wall));
      expect(virtual.footer!.digest).to.equal(wall.footer!.digest);
      expect(virtual.footer!.results).to.deep.equal(wall.footer!.results);
    });

    it('with measured latencies give the same digest under the virtual clock for the latencies that were measured', async () => {
      const wall = await playMatch(server, plan({ speed: 4 }, false));
      expect(new Set(eventsOf(wall.events, 'act').map((event) => event.latencyUs)).size).to.be.greaterThan(5);
      const virtual = await playMatch(server, plan({ speed: 4, clock: 'virtual' }, false, wall));
      expect(virtual.footer!.digest).to.equal(wall.footer!.digest);
      expect(replayTrace(wall).same).to.equal(true);
    });

    it('under the virtual clock with given latencies are the same every time, and other seeds differ', async () => {
      const digests: string[] = [];
      for (const seed of [11, 11, 12]) digests.push((await playMatch(server, plan({ clock: 'virtual', seed }, true))).footer!.digest);
      expect(digests[0]).to.equal(digests[1]);
      expect(digests[2]).to.not.equal(digests[0]);
    });

    it('rederive what was observed: a fresh world led through the landings shows the same states', async () => {
      const trace = await playMatch(server, plan({ clock: 'virtual' }, true));
      const world = taskNamed(task);
      const env = world.create(world.parseOptions(trace.header.options), trace.header.seed);
      const bot = world.bots.find((candidate) => candidate.name === bots[0])!;
      expect(bot).to.not.equal(undefined);
      let observed = 0;
      for (const event of trace.events) {
        if (event.kind === 'observe') {
          env.advance(event.at);
          expect(env.now).to.equal(event.at);
          expect(world.text(env.observe(event.seat))).to.have.length.greaterThan(10);
          observed++;
        } else if (event.kind === 'act') {
          const landing = env.act(event.seat, event.action, event.at, event.latencyUs);
          expect(JSON.parse(JSON.stringify(landing))).to.deep.equal(JSON.parse(JSON.stringify(event.landing)));
        }
      }
      expect(observed).to.be.greaterThan(10);
    });
  });
}
