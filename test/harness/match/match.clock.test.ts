import { expect } from 'chai';
import { playMatch } from '../../../harness/match/match.js';
import { MatchServer } from '../../../harness/protocol/server.js';
import { registerTask } from '../../../harness/match/tasks.js';
import { replayTrace } from '../../../harness/traces/replay.js';
import type { Trace, TraceEvent } from '../../../scoring/trace/trace.js';
import { eventsOf, linkedAgent, rawAgent, seat, toyPlan, until } from './players.js';
import { toy } from './toy-task.js';

registerTask(toy);

/** What happened in the world, without stamps: landings must be the same whoever measured. */
function landings(trace: Trace): unknown[] {
  return trace.events
    .filter((event) => event.kind !== 'error' && event.kind !== 'ticks')
    .map((event: TraceEvent) => {
      if (event.kind === 'observe') return ['observe', event.seat, event.seq, event.at];
      if (event.kind === 'act') return ['act', event.seat, event.seq, event.at, event.action, event.landing];
      return [event.kind, event.seat, event.at];
    });
}

/** The latencies a trace recorded, for playing it again. What was unanswered at the end stays so. */
function latencies(trace: Trace, seatIndex: number): (seq: number) => number {
  const bySeq = new Map<number, number>();
  for (const event of trace.events)
    if ((event.kind === 'act' || event.kind === 'reject') && event.seat === seatIndex) bySeq.set(event.seq, event.latencyUs);
  return (seq) => bySeq.get(seq) ?? 10_000_000;
}

/** Never more than one observation is open in a seat, and the next is pushed at the first publishing moment after the last was settled. */
function checkTurns(trace: Trace, stepUs: number): void {
  for (const [index] of trace.header.seats.entries()) {
    let open: number | null = null;
    let settledAt = 0;
    for (const event of trace.events) {
      if (event.seat !== index || event.kind === 'error' || event.kind === 'leave' || event.kind === 'return') continue;
      if (event.kind === 'trips' || event.kind === 'outage') continue;
      if (event.kind === 'observe') {
        expect(open, `seat ${index}, seq ${event.seq}`).to.equal(null);
        expect(event.at).to.equal((Math.floor(settledAt / stepUs) + 1) * stepUs);
        open = event.seq;
      } else {
        expect(event.seq).to.equal(open);
        settledAt = event.at;
        open = null;
      }
    }
  }
}

describe('a match', () => {
  let server: MatchServer;
  beforeEach(async () => (server = await MatchServer.listen()));
  afterEach(() => server.close());

  it('plays in wall time at the latencies given, and ends with the same digest under the virtual clock and in replay', async () => {
    await linkedAgent(server, 'a');
    await linkedAgent(server, 'b');
    const plan = { durationUs: 1_500_000, timeoutUs: 1_000_000 };
    const seats = [seat('a', { givenUs: 53_000 }), seat('b', { givenUs: 91_500, addedUs: 1_500 })];
    const wall = await playMatch(server, toyPlan({ seats, ...plan }));
    const virtual = await playMatch(server, toyPlan({ seats, ...plan, clock: 'virtual' }));
    expect(eventsOf(wall.events, 'act', 0).length).to.be.greaterThan(8);
    for (const act of eventsOf(virtual.events, 'act', 1)) expect(act.latencyUs).to.equal(93_000);
    for (const act of eventsOf(wall.events, 'act', 1)) expect(act.latencyUs).to.be.at.least(93_000);
    // An agent that a loaded machine kept from answering in time lands when it really came; then the clocks agree about what was recorded.
    const asRecorded = [seat('a', {}, latencies(wall, 0)), seat('b', {}, latencies(wall, 1))];
    const again = await playMatch(server, toyPlan({ seats: asRecorded, ...plan, clock: 'virtual' }));
    expect(landings(again)).to.deep.equal(landings(wall));
    expect(again.footer!.digest).to.equal(wall.footer!.digest);
    const inTime = wall.events.every((event) => event.kind !== 'act' || event.latencyUs === [53_000, 93_000][event.seat]);
    if (inTime) expect(virtual.footer!.digest).to.equal(wall.footer!.digest);
    expect(replayTrace(wall)).to.include({ same: true, digest: wall.footer!.digest, expected: wall.footer!.digest });
    expect(replayTrace(wall).faults).to.deep.equal([]);
    expect(replayTrace(virtual).same).to.equal(true);
    checkTurns(wall, 10_000);
  });

  it('gives the digest of a match with measured latencies again under the virtual clock, answers, rejections and misses alike', async () => {
    const slow = (ms: number, reject: boolean) => {
      let turn = 0;
      return async (observation: { seq: number; state: unknown }) => {
        turn++;
        await new Promise((resolve) => setTimeout(resolve, (turn * 7) % ms));
        if (turn % 5 === 0) return reject ? { rejected: 'nothing usable' } : { answer: 'nonsense' };
        if (turn % 7 === 0) await new Promise((resolve) => setTimeout(resolve, 60));
        return { plan: { steps: ((observation.state as { me: number }).me + turn) % 9 } };
      };
    };
    await linkedAgent(server, 'a', slow(13, true));
    await linkedAgent(server, 'b', slow(29, false));
    const wall = await playMatch(
      server,
      toyPlan({ seats: [seat('a'), seat('b', { addedUs: 4_321 })], timeoutUs: 50_000, durationUs: 900_000, speed: 1.5 }),
    );
    expect(eventsOf(wall.events, 'miss').length).to.be.greaterThan(0);
    expect(eventsOf(wall.events, 'reject').length).to.be.greaterThan(0);
    checkTurns(wall, 10_000);
    for (const token of ['a', 'b']) server.dismiss(token);
    // The same decisions again, seq by seq, from the trace: only the clock differs.
    const again = (index: number) => (observation: { seq: number }) => {
      const event = wall.events.find(
        (event) => (event.kind === 'act' || event.kind === 'reject') && event.seat === index && event.seq === observation.seq,
      );
      if (event?.kind === 'act') return event.action;
      if (event?.kind === 'reject') return { rejected: event.reason };
      return new Promise<never>(() => undefined);
    };
    await linkedAgent(server, 'c', again(0));
    await linkedAgent(server, 'd', again(1));
    const seats = [seat('c', {}, latencies(wall, 0)), seat('d', {}, latencies(wall, 1))];
    const virtual = await playMatch(server, toyPlan({ seats, clock: 'virtual', timeoutUs: 50_000, durationUs: 900_000, speed: 1.5 }));
    expect(landings(virtual)).to.deep.equal(landings(wall));
    expect(virtual.footer!.digest).to.equal(wall.footer!.digest);
  });

  it('charges real thinking time, times the speed, on the virtual clock, while the world waits', async () => {
    await linkedAgent(server, 'a', async () => {
      await new Promise((resolve) => setTimeout(resolve, 30));
      return { plan: { steps: 1 } };
    });
    const trace = await playMatch(
      server,
      toyPlan({ seats: [seat('a')], clock: 'virtual', speed: 10, timeoutUs: 2_000_000, durationUs: 2_000_000 }),
    );
    const acts = eventsOf(trace.events, 'act');
    expect(acts.length).to.be.within(1, 7);
    for (const act of acts) {
      expect(act.realUs).to.be.greaterThan(28_000);
      expect(Math.abs(act.latencyUs - act.realUs * 10)).to.be.at.most(10);
    }
    expect(trace.footer!.lateness.ticks).to.equal(0);
  });

  it('thins publishing moments that would come less than a millisecond apart, the same under both clocks and in replay', async () => {
    await linkedAgent(server, 'a');
    const seats = [seat('a', { givenUs: 95_000 })];
    const plan = { seats, speed: 35, durationUs: 3_000_000, timeoutUs: 1_000_000 };
    const virtual = await playMatch(server, toyPlan({ ...plan, clock: 'virtual' }));
    // A loaded machine may be slower than the latency given, or leave ticks out; then the wall match says so, differs, and is played again.
    const isInTime = ({ events, footer }: Trace): boolean =>
      footer!.lateness.over === 0 && eventsOf(events, 'act').every((act) => act.latencyUs === 95_000);
    let wall = await playMatch(server, toyPlan(plan));
    for (let attempt = 1; attempt < 5 && !isInTime(wall); attempt++) wall = await playMatch(server, toyPlan(plan));
    for (const event of eventsOf(wall.events, 'observe')) expect(event.at % 40_000).to.equal(0);
    if (isInTime(wall)) expect(virtual.footer!.digest).to.equal(wall.footer!.digest);
    expect(replayTrace(wall).same).to.equal(true);
    expect(replayTrace(virtual).same).to.equal(true);
  });

  it('gives an agent that never answers misses to the end, and it is told', async () => {
    const silent = await rawAgent(server, 'silent');
    await linkedAgent(server, 'b');
    for (const clock of ['wall', 'virtual'] as const) {
      const trace = await playMatch(server, toyPlan({ seats: [seat('silent'), seat('b', { givenUs: 20_000 })], clock, timeoutUs: 40_000 }));
      const misses = eventsOf(trace.events, 'miss', 0);
      expect(misses.length).to.equal(9);
      for (const miss of misses) expect(miss.latencyUs).to.equal(40_000);
      expect(eventsOf(trace.events, 'act', 1).length).to.be.greaterThan(3);
      expect(trace.footer!.results.over).to.equal(true);
    }
    await until(() => silent.of('end').length === 2);
    expect(silent.of('receipt').filter((receipt) => receipt.outcome === 'miss').length).to.equal(18);
  });

  it('is void when it is stopped, and by nothing that an agent says of itself', async () => {
    await linkedAgent(server, 'a', () => ({ plan: { steps: 1 }, telemetry: { cpuPermille: 1 } }));
    const stop = new AbortController();
    setTimeout(() => stop.abort('interrupted by the user'), 100);
    const trace = await playMatch(server, toyPlan({ seats: [seat('a')], durationUs: 10_000_000, signal: stop.signal }));
    expect(trace.footer!.results.over).to.equal(false);
    expect(trace.footer!.verdict.counts).to.equal(false);
    const said = trace.footer!.verdict.reasons.filter((reason) => !/^The ticks|late|busy/.test(reason));
    expect(said).to.deep.equal(['The match was stopped before its end: interrupted by the user.']);
  });

  it('refuses a plan it cannot play, by what is wrong with it', async () => {
    await linkedAgent(server, 'a');
    const refused = async (plan: Parameters<typeof toyPlan>[0], say: RegExp): Promise<void> => {
      const error: Error = await playMatch(server, toyPlan(plan)).then(
        () => new Error('it was played'),
        (thrown: Error) => thrown,
      );
      expect(error.message).to.match(say);
    };
    await refused({ seats: [seat('a')], options: { seats: 2 } }, /has 2 seats, 1 were given/);
    await refused({ seats: [seat('a')], options: { seats: 1, durationUs: 'long' } }, /durationUs/);
    await refused({ seats: [seat('a')], speed: 0 }, /speed: 0 was given/);
    await refused({ seats: [seat('a', { addedUs: 1.5 })] }, /addedUs: 1.5 was given/);
    await refused({ seats: [seat('a'), seat('a')] }, /same token/);
    server.admit('nobody', 'nobody');
    await refused({ seats: [seat('nobody')] }, /nobody is not connected/);
  });
});
