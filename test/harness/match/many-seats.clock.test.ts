import { expect } from 'chai';
import { playMatch } from '../../../harness/match/match.js';
import { LIMITS } from '../../../harness/protocol/frames.js';
import { MatchServer } from '../../../harness/protocol/server.js';
import { registerTask, taskNamed } from '../../../harness/match/tasks.js';
import { replayTrace } from '../../../harness/traces/replay.js';
import type { HftState } from '../../../envs/hft/state.js';
import type { SeatLatency } from '../../../scoring/trace/injected.js';
import type { Trace, TraceEvent } from '../../../scoring/trace/trace.js';
import { answering, eventsOf, linkedAgent, rawAgent, RawAgent, seat, toyPlan, until, walk } from './players.js';
import { toy } from './toy-task.js';

registerTask(toy);

const constant = (us: number) => ({ kind: 'constant', us }) as const;
const names = (count: number, prefix = 's'): string[] => Array.from({ length: count }, (_, i) => `${prefix}${i}`);

describe('a match with many seats', () => {
  let server: MatchServer;
  beforeEach(async () => (server = await MatchServer.listen()));
  afterEach(() => server.close());

  it('lets 64 agents play over sockets of their own, and lands their answers in the order of their latencies', async () => {
    const tokens = names(64);
    for (const token of tokens) await rawAgent(server, token, answering);
    const seats = tokens.map((token, i) =>
      seat(token, { givenUs: 5_000 + ((i * 37) % 64) * 500, latency: { entry: constant((i % 5) * 100) } }),
    );
    const plan = { seats, timeoutUs: 1_000_000, durationUs: 600_000 };
    const virtual = await playMatch(server, toyPlan({ ...plan, clock: 'virtual' }));
    for (const { kind, seat: index, ...event } of virtual.events as (TraceEvent & { latencyUs: number })[])
      if (kind === 'act') expect(event.latencyUs).to.equal(5_000 + ((index * 37) % 64) * 500 + (index % 5) * 100);
    const first = virtual.events.filter((event) => event.kind === 'act').slice(0, 64);
    expect(first.map((event) => event.at)).to.deep.equal(first.map((event) => event.at).sort((a, b) => a - b));
    expect(eventsOf(virtual.events, 'act').length).to.be.greaterThan(64 * 10);
    const wall = await playMatch(server, toyPlan(plan));
    expect(eventsOf(wall.events, 'act').length).to.be.greaterThan(64 * 3);
    for (const trace of [virtual, wall]) expect(replayTrace(trace).same).to.equal(true);
  });

  for (const [what, misbehave] of [
    ['malformed', (agent: RawAgent) => agent.say('{"type":')],
    ['oversized', (agent: RawAgent) => agent.say({ type: 'action', seq: 1, answer: 'x'.repeat(LIMITS.maxFrameBytes) })],
    ['of no type', (agent: RawAgent) => agent.say({ type: 'buy everything' })],
    ['too large to be read', (agent: RawAgent) => agent.say('x'.repeat(LIMITS.closeFrameBytes + 1))],
  ] as const)
    it(`is the same for the others when one sends frames that are ${what}`, async () => {
      const others = async (prefix: string, bad: boolean): Promise<unknown[]> => {
        const tokens = names(8, prefix);
        for (const token of tokens.slice(1)) await linkedAgent(server, token, walk);
        await rawAgent(server, tokens[0]!, (frame, self) => {
          if (frame.type !== 'observation') return;
          if (bad) for (let i = 0; i < 3; i++) misbehave(self);
          else self.answer(frame.seq);
        });
        const seats = tokens.map((token, i) => seat(token, { givenUs: 20_000 + i * 1_000 }));
        const trace = await playMatch(server, toyPlan({ seats, clock: 'virtual', durationUs: 400_000, timeoutUs: 300_000 }));
        expect(replayTrace(trace).same).to.equal(true);
        for (const token of tokens) server.dismiss(token);
        const errors = eventsOf(trace.events, 'error');
        if (bad) expect(errors.length + eventsOf(trace.events, 'leave', 0).length).to.be.greaterThan(0);
        return trace.events.flatMap((event) =>
          event.seat === 0 || event.kind === 'error' ? [] : [JSON.stringify({ ...event, realUs: 0 })],
        );
      };
      const undisturbed = await others('good', false);
      expect(undisturbed.length).to.be.greaterThan(7 * 10);
      expect(await others('bad', true)).to.deep.equal(undisturbed);
    });

  it('lets go of an agent that does not read, tells it why, and plays on with the others', async () => {
    const tokens = names(4);
    let blind: NodeJS.Timeout | undefined;
    const slow = await rawAgent(server, tokens[0]!, (frame, self) => {
      if (frame.type !== 'observation' || blind) return;
      // It stops reading, and answers on blindly whatever it may have been sent by now.
      self.socket.pause();
      let { seq } = frame;
      blind = setInterval(() => {
        for (let back = 3; back >= 0; back--) self.answer(seq - back);
        seq++;
      }, 25);
    });
    for (const token of tokens.slice(1)) await rawAgent(server, token, answering);
    const resumed = until(() => !server.line(tokens[0]!).isConnected).then(() => slow.socket.resume());
    const trace = await playMatch(
      server,
      toyPlan({
        seats: tokens.map((token) => seat(token)),
        options: { durationUs: 3_000_000, seats: 4, fillerBytes: 300_000 },
        timeoutUs: 1_000_000,
      }),
    );
    clearInterval(blind);
    const [left] = eventsOf(trace.events, 'leave', 0);
    expect(left!.reason).to.match(/frames were not read: \d+ bytes wait unread; at most 1048576/);
    expect(eventsOf(trace.events, 'error', 0).filter((event) => event.code === 'too-slow')).to.have.length(1);
    for (const index of [1, 2, 3]) {
      expect(eventsOf(trace.events, 'leave', index)).to.have.length(0);
      expect(eventsOf(trace.events, 'act', index).at(-1)!.at).to.be.greaterThan(2_500_000);
    }
    expect(replayTrace(trace).same).to.equal(true);
    await resumed;
    await until(() => slow.socket.readyState === slow.socket.CLOSED);
    expect(slow.errors('too-slow')).to.equal(1);
  });
});

describe('several agents in one market', () => {
  let server: MatchServer;
  beforeEach(async () => (server = await MatchServer.listen()));
  afterEach(() => server.close());

  /** What a seat sees after some events of a trace, from the trace alone. */
  function stateAfter(trace: Trace, event: TraceEvent, index: number): HftState {
    const task = taskNamed('hft');
    const env = task.create(task.parseOptions(trace.header.options), trace.header.seed);
    for (const each of trace.events) {
      if (each.kind === 'act') env.act(each.seat, each.action, each.at, each.latencyUs);
      else if (each.kind === 'leave') env.leave(each.seat, each.at);
      if (each === event) break;
    }
    return env.observe(index) as HftState;
  }
  const ordersOf = (state: HftState): number => state.symbols.reduce((sum, { orders }) => sum + orders.length, 0);
  const hft = (seats: ReturnType<typeof seat>[], more: object = {}) => ({
    ...toyPlan({ seats }),
    task: 'hft',
    options: { durationUs: 3_000_000, seats: seats.length },
    timeoutUs: 1_000_000,
    ...more,
  });

  it('cancels the resting orders of one that is disconnected, at once and no others, and it may come back', async () => {
    let second: RawAgent | undefined;
    const bid = (self: RawAgent, seq: number): void =>
      self.say({ type: 'action', seq, plan: seq === 1 ? [{ do: 'bid', size: 1, at: -40 }] : [] });
    await rawAgent(server, 'goes', (frame, self) => {
      if (frame.type === 'observation' && frame.seq < 4) bid(self, frame.seq);
      if (frame.type !== 'observation' || frame.seq !== 4) return;
      self.socket.terminate();
      setTimeout(() => (second = new RawAgent(server, 'goes', (again, back) => again.type === 'observation' && bid(back, again.seq))), 400);
    });
    for (const token of ['stays', 'stays too'])
      await rawAgent(server, token, (frame, self) => frame.type === 'observation' && bid(self, frame.seq));
    const seats = [seat('stays'), seat('goes'), seat('stays too')];
    const trace = await playMatch(server, hft(seats));
    const leave = trace.events.find((event) => event.kind === 'leave')!;
    const before = trace.events[trace.events.indexOf(leave) - 1]!;
    expect(leave.seat).to.equal(1);
    expect([0, 1, 2].map((index) => ordersOf(stateAfter(trace, before, index)))).to.deep.equal([1, 1, 1]);
    expect([0, 1, 2].map((index) => ordersOf(stateAfter(trace, leave, index)))).to.deep.equal([1, 0, 1]);
    expect(eventsOf(trace.events, 'return', 1)).to.have.length(1);
    // Asked again what it was asked; then what is new, in which its order is gone.
    const states = second!.of('observation').map((frame) => [frame.seq, ordersOf(frame.state as HftState)]);
    expect(states[0]).to.deep.equal([4, 1]);
    expect(states[1]).to.deep.equal([5, 0]);
    expect(replayTrace(trace).same).to.equal(true);
  });

  it('fills the faster of two that want the same shares', async () => {
    // Both see the same book and want all that is offered at its best price; who is faster has changed places in the second match.
    const grab = async (latencies: SeatLatency[], prefix: string): Promise<number[]> => {
      const tokens = names(2, prefix);
      for (const token of tokens)
        await linkedAgent(server, token, ({ seq, state }) => {
          const [offered] = (state as HftState).symbols[0]!.asks;
          return { plan: seq === 1 && offered ? [{ do: 'buy', size: Math.min(30, offered[1]) }] : [] };
        });
      const seats = tokens.map((token, i) => seat(token, { givenUs: 1_000, latency: latencies[i]! }));
      const trace = await playMatch(server, hft(seats, { clock: 'virtual' }));
      const [one, other] = [eventsOf(trace.events, 'act', 0)[0]!, eventsOf(trace.events, 'act', 1)[0]!];
      const prices = [0, 1].map((index) => {
        const { cashMicros, symbols } = stateAfter(trace, one.at > other.at ? one : other, index);
        return (10_000_000_000 - cashMicros) / Math.max(1, symbols[0]!.position);
      });
      return prices;
    };
    const [first, second] = await grab([{ entry: constant(100) }, { entry: constant(200) }], 'x');
    expect(first).to.be.lessThan(second!);
    expect(await grab([{ entry: constant(200) }, { entry: constant(100) }], 'y')).to.deep.equal([second, first]);
  });
});
