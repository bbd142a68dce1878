/** An agent that comes back while the clock runs: it is welcomed before anything else, and asked once. */
import { expect } from 'chai';
import { playMatch } from '../../../harness/match/match.js';
import { registerTask } from '../../../harness/match/tasks.js';
import type { ServerFrame } from '../../../harness/protocol/frames.js';
import { MatchServer } from '../../../harness/protocol/server.js';
import { verifyTrace } from '../../../harness/traces/bots.js';
import { RawAgent, seat, toyPlan } from './players.js';
import { toy } from './toy-task.js';

registerTask(toy);

describe('an agent that comes back while the clock runs', () => {
  let server: MatchServer;
  before(async () => (server = await MatchServer.listen()));
  after(async () => await server.close());

  for (const how of ['takes over its own connection', 'breaks off first'] as const)
    it(`and ${how} is welcomed first, and sent what it was asked once`, async () => {
      const line = server.admit(how, how);
      const connections: RawAgent[] = [];
      let playing = true;
      const connect = (): void => {
        const agent = new RawAgent(server, how, react);
        connections.push(agent);
      };
      const react = (frame: ServerFrame, agent: RawAgent): void => {
        if (frame.type !== 'observation') return;
        agent.answer(frame.seq);
        if (frame.seq % 3 !== 0 || !playing || agent !== connections.at(-1)) return;
        if (how === 'breaks off first') agent.socket.terminate();
        connect();
        // The server is busy: moments come due between a hello and what is made of it.
        setTimeout(() => {
          const until = performance.now() + 14;
          while (performance.now() < until);
        }, 1);
      };
      connect();
      await line.connected(30_000);
      const trace = await playMatch(
        server,
        toyPlan({
          seats: [seat(how, { kind: 'stranger', latency: { response: { kind: 'constant', us: 4000 } } })],
          durationUs: 1_500_000,
          timeoutUs: 60_000,
        }),
      );
      playing = false;
      expect(connections.length).to.be.greaterThan(2);
      for (const { frames } of connections) {
        const [first] = frames.filter(({ type }) => type !== 'error');
        if (first) expect(first.type).to.equal('welcome');
        const asked = frames.flatMap((frame) => (frame.type === 'observation' ? [frame.seq] : []));
        expect(asked).to.deep.equal([...new Set(asked)]);
      }
      expect(verifyTrace(trace).faults).to.deep.equal([]);
    });
});
