import { expect } from 'chai';
import { Stream, keyOf } from '../../../envs/random.js';
import { playMatch } from '../../../harness/match/match.js';
import { MatchServer } from '../../../harness/protocol/server.js';
import { registerTask } from '../../../harness/match/tasks.js';
import { replayTrace } from '../../../harness/traces/replay.js';
import type { Trace } from '../../../scoring/trace/trace.js';
import { RawAgent, rawAgent, seat, toyPlan } from './players.js';
import { toy } from './toy-task.js';

registerTask(toy);

/** An agent that does anything at all: answers, answers twice, late, ahead, in nonsense, hangs up and comes back. */
function chaotic(server: MatchServer, token: string, random: Stream): (frame: { type: string; seq?: number }, agent: RawAgent) => void {
  const react = (frame: { type: string; seq?: number }, agent: RawAgent): void => {
    if (frame.type !== 'observation') return;
    const seq = frame.seq!;
    const frames: unknown[] = [
      { type: 'action', seq, plan: { steps: random.between(-9, 9) } },
      { type: 'action', seq: seq + random.between(-3, 3), plan: { steps: 1 } },
      { type: 'action', seq, plan: { steps: 'x' } },
      { type: 'action', seq, rejected: 'no' },
      { type: 'action', seq, answer: 'go 3;' },
      '{{{',
      Buffer.from([random.below(256)]),
      { type: 'ping', id: 1 },
      { type: 'ready', id: 9, done: 1 },
    ];
    for (let n = random.between(0, 3); n >= 0; n--) {
      const chosen = frames[random.below(frames.length)];
      const send = (): void => {
        if (agent.socket.readyState === agent.socket.OPEN) agent.say(chosen);
      };
      if (random.chance(1, 3)) setTimeout(send, random.below(40));
      else send();
    }
    if (random.chance(1, 25)) {
      agent.socket.terminate();
      setTimeout(() => new RawAgent(server, token, react), random.below(30));
    }
  };
  return react;
}

/** What must hold of a trace whatever the agents did. */
function check(trace: Trace): void {
  let at = 0;
  const open = new Map<number, number>();
  const last = new Map<number, number>();
  for (const event of trace.events) {
    expect(Number.isSafeInteger(event.at)).to.equal(true);
    expect(event.at).to.be.at.least(at);
    at = event.at;
    if (event.kind === 'observe') {
      expect(open.has(event.seat), 'one unanswered observation').to.equal(false);
      expect(event.seq).to.equal((last.get(event.seat) ?? 0) + 1);
      open.set(event.seat, event.at);
      last.set(event.seat, event.seq);
    } else if (event.kind === 'act' || event.kind === 'reject' || event.kind === 'miss') {
      expect(event.seq).to.equal(last.get(event.seat));
      expect(event.latencyUs).to.equal(event.at - open.get(event.seat)!);
      expect(event.latencyUs).to.be.within(1, trace.header.timeoutUs);
      open.delete(event.seat);
    }
  }
  expect(trace.footer!.results.over).to.equal(true);
  expect(replayTrace(trace).faults).to.deep.equal([]);
  expect(replayTrace(trace)).to.include({ same: true });
}

describe('whatever agents do', () => {
  for (const clock of ['wall', 'virtual'] as const) {
    it(`a match ends, is recorded in order, and plays again (${clock})`, async () => {
      const server = await MatchServer.listen();
      for (let seed = 1; seed <= 2; seed++) {
        const tokens = ['x', 'y', 'z'].map((name) => `${name}${seed}`);
        const random = new Stream(keyOf(seed, 99), 0);
        for (const token of tokens) await rawAgent(server, token, chaotic(server, token, random));
        const seats = [seat(tokens[0]!), seat(tokens[1]!, { addedUs: 7_000 }), seat(tokens[2]!, { givenUs: 30_000 })];
        const trace = await playMatch(server, toyPlan({ seats, clock, durationUs: 1_200_000, timeoutUs: 60_000, speed: 1.3, seed }));
        check(trace);
        expect(trace.events.filter((event) => event.kind === 'error').length).to.be.greaterThan(3);
        for (const token of tokens) server.dismiss(token);
      }
      await server.close();
    });
  }
});
