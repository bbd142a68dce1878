import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import fc from 'fast-check';
import { parseSeat, seatName } from '../../../harness/seating/seats.js';
import { LatencyError, readLatency } from '../../../harness/configuration/latency.js';
import { latencyDraws, NO_LATENCY } from '../../../harness/match/latency.js';
import { playMatch } from '../../../harness/match/match.js';
import type { ServerFrame } from '../../../harness/protocol/frames.js';
import { MatchServer } from '../../../harness/protocol/server.js';
import { registerTask } from '../../../harness/match/tasks.js';
import { readTrace } from '../../../harness/traces/reader.js';
import { replayTrace } from '../../../harness/traces/replay.js';
import { injectedText, type SeatLatency } from '../../../scoring/trace/injected.js';
import type { Trace } from '../../../scoring/trace/trace.js';
import { answering, eventsOf, linkedAgent, rawAgent, RawAgent, seat, toyPlan, until } from './players.js';
import { toy } from './toy-task.js';

registerTask(toy);

const ALL: SeatLatency = {
  feed: { kind: 'constant', us: 7_000 },
  entry: { kind: 'jittered', baseUs: 1_000, jitterUs: 3_000 },
  response: { kind: 'recorded', us: [2_000, 11_000, 500] },
};

/** Entry latencies of ALL in seat 1 of a match of seed 5. */
const GOLDEN = [4861, 5323, 8674, 4564];

/** What happened, without stamps. */
function landings(trace: Trace): unknown[] {
  return trace.events
    .filter((event) => event.kind !== 'ticks')
    .map((event) => {
      if (event.kind === 'observe') return ['observe', event.seat, event.seq, event.at];
      if (event.kind === 'act') return ['act', event.seat, event.seq, event.at, event.latencyUs, event.action, event.landing];
      return [event.kind, event.seat, event.at];
    });
}

describe('injected latency', () => {
  it('is drawn the same for the same seed, seat and observation, and independently of the others', () => {
    const draws = latencyDraws(ALL, 5, 1);
    const first = Array.from({ length: 50 }, (_, i) => draws(i + 1));
    expect(Array.from({ length: 50 }, (_, i) => latencyDraws(ALL, 5, 1)(50 - i)).reverse()).to.deep.equal(first);
    expect(first.map((drawn) => drawn.responseUs).slice(0, 4)).to.deep.equal([2_000, 11_000, 500, 2_000]);
    expect(new Set(first.map((drawn) => drawn.feedUs))).to.deep.equal(new Set([7_000]));
    const entries = (seed: number, index: number): number[] =>
      Array.from({ length: 50 }, (_, i) => latencyDraws(ALL, seed, index)(i + 1).entryUs);
    expect(entries(5, 1)).to.not.deep.equal(entries(5, 2));
    expect(entries(5, 1)).to.not.deep.equal(entries(6, 1));
    expect(entries(5, 1).slice(0, 4)).to.deep.equal(GOLDEN);
  });

  it('is nothing without models', () => {
    expect(latencyDraws(undefined, 1, 0)(1)).to.equal(NO_LATENCY);
    expect(latencyDraws({}, 1, 0)(1)).to.equal(NO_LATENCY);
  });

  it('jitters with the median that was asked for and a tail as long as a lognormal one', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 1e6 }), fc.integer({ min: 0, max: 63 }), (seed, index) => {
        const draws = latencyDraws({ feed: { kind: 'jittered', baseUs: 500, jitterUs: 1000 } }, seed, index);
        const sorted = Array.from({ length: 4000 }, (_, i) => draws(i + 1).feedUs).sort((a, b) => a - b);
        expect(sorted[0]).to.be.at.least(500);
        expect(sorted[2000]).to.be.within(1400, 1600);
        expect(sorted[3960]).to.be.within(8_000, 15_000); // 0.5 ms + 1 ms x exp(2.33)
      }),
      { numRuns: 10 },
    );
  });

  describe('in a match', () => {
    let server: MatchServer;
    beforeEach(async () => (server = await MatchServer.listen()));
    afterEach(() => server.close());

    it('gives the same landings and digest under both clocks and in replay, and is in the trace', async () => {
      const folder = mkdtempSync(join(tmpdir(), 'tickbench-latency-'));
      await linkedAgent(server, 'a');
      await linkedAgent(server, 'b');
      const seats = [
        seat('a', { givenUs: 41_000, latency: ALL }),
        seat('b', { givenUs: 60_000, addedUs: 2_500, latency: { response: { kind: 'constant', us: 25_000 } } }),
      ];
      const plan = { durationUs: 1_200_000, timeoutUs: 1_000_000, seats };
      const wall = await playMatch(server, toyPlan({ ...plan, tracePath: join(folder, 'wall.jsonl.gz') }));
      const virtual = await playMatch(server, toyPlan({ ...plan, clock: 'virtual' }));
      const draws = latencyDraws(ALL, 7, 0);
      for (const act of eventsOf(virtual.events, 'act', 0)) {
        const { feedUs, entryUs, responseUs } = draws(act.seq);
        expect(act.latencyUs).to.equal(feedUs + 41_000 + entryUs);
        const next = eventsOf(virtual.events, 'observe', 0).find((event) => event.seq === act.seq + 1);
        if (next) expect(next.at).to.equal((Math.floor((act.at + responseUs) / 10_000) + 1) * 10_000);
      }
      expect(eventsOf(virtual.events, 'act', 0).length).to.be.greaterThan(10);
      for (const act of eventsOf(virtual.events, 'act', 1)) expect(act.latencyUs).to.equal(62_500);
      // A loaded machine may keep an agent from answering in time: then the recorded latencies, injected parts and all, are played again.
      const recorded = (index: number) => (seq: number) =>
        eventsOf(wall.events, 'act', index).find((act) => act.seq === seq)?.latencyUs ?? 10_000_000;
      const again = await playMatch(
        server,
        toyPlan({ ...plan, clock: 'virtual', seats: seats.map((each, i) => ({ ...each, latencyOf: recorded(i) })) }),
      );
      expect(landings(again)).to.deep.equal(landings(wall));
      const expected = [(seq: number) => 41_000 + draws(seq).feedUs + draws(seq).entryUs, () => 62_500];
      if (eventsOf(wall.events, 'act').every((act) => act.latencyUs === expected[act.seat]!(act.seq))) {
        expect(landings(virtual)).to.deep.equal(landings(wall));
        expect(virtual.footer!.digest).to.equal(wall.footer!.digest);
      }
      for (const trace of [wall, virtual]) expect(replayTrace(trace).same).to.equal(true);
      const read = await readTrace(join(folder, 'wall.jsonl.gz'));
      expect(read.header.seats[0]!.latency).to.deep.equal(ALL);
      expect(replayTrace(read).same).to.equal(true);
      rmSync(folder, { recursive: true });
    });

    it("is charged on top of measured latency, and not to the agent's real time", async () => {
      for (const clock of ['wall', 'virtual'] as const) {
        const token = `m-${clock}`;
        await linkedAgent(server, token, async () => {
          await new Promise((resolve) => setTimeout(resolve, 15));
          return { plan: { steps: 1 } };
        });
        const latency: SeatLatency = { feed: { kind: 'constant', us: 50_000 }, entry: { kind: 'constant', us: 70_000 } };
        const trace = await playMatch(
          server,
          toyPlan({ seats: [seat(token, { latency })], clock, speed: 2, durationUs: 1_500_000, timeoutUs: 1_000_000 }),
        );
        const acts = eventsOf(trace.events, 'act');
        expect(acts.length).to.be.greaterThan(2);
        for (const act of acts) {
          expect(act.realUs).to.be.at.least(14_000);
          expect(Math.abs(act.latencyUs - 120_000 - act.realUs * 2)).to.be.at.most(10);
        }
        expect(replayTrace(trace).same).to.equal(true);
      }
    });

    it('lets nothing be known before the receipt, and shows one unanswered observation at a time', async () => {
      const said: { frame: ServerFrame; us: number }[] = [];
      await rawAgent(server, 'curious', (frame: ServerFrame, self: RawAgent) => {
        said.push({ frame, us: performance.now() * 1000 });
        if (frame.type !== 'observation') return;
        self.answer(frame.seq);
        // Asks again and again whether it has landed; the answer must not change before the receipt.
        if (frame.seq === 2) for (const afterMs of [5, 45, 75]) setTimeout(() => self.answer(2), afterMs);
      });
      const latency: SeatLatency = { entry: { kind: 'constant', us: 20_000 }, response: { kind: 'constant', us: 80_000 } };
      const trace = await playMatch(server, toyPlan({ seats: [seat('curious', { latency })], durationUs: 700_000, timeoutUs: 500_000 }));
      const order = said.map(({ frame }) => frame.type).filter((type) => type === 'observation' || type === 'receipt');
      order.forEach((type, i) => expect(type).to.equal(i % 2 === 0 ? 'observation' : 'receipt'));
      const refusals = said.flatMap(({ frame }) => (frame.type === 'error' ? [frame] : []));
      expect(refusals.length).to.equal(3);
      for (const refusal of refusals) expect(refusal).to.deep.equal(refusals[0]);
      expect(refusals[0]!.code).to.equal('late');
      // The receipt goes out after its latency, though it says when the action landed.
      const sent = said.find(({ frame }) => frame.type === 'observation' && frame.seq === 3)!;
      const told = said.find(({ frame }) => frame.type === 'receipt' && frame.seq === 3)!;
      expect(told.us - sent.us).to.be.greaterThan(99_000);
      expect(eventsOf(trace.events, 'act').length).to.be.within(4, 7);
      expect(replayTrace(trace).same).to.equal(true);
    });

    it('keeps an observation back from who asks for it or comes back too early', async () => {
      let second: RawAgent | undefined;
      const first = await rawAgent(server, 'early', (frame, self) => {
        if (frame.type === 'observation') self.answer(frame.seq);
        if (frame.type !== 'receipt' || second) return;
        self.answer(frame.seq + 1);
        setTimeout(() => (second ??= new RawAgent(server, 'early', answering)), 50);
      });
      const latency: SeatLatency = { feed: { kind: 'constant', us: 200_000 } };
      const trace = await playMatch(server, toyPlan({ seats: [seat('early', { latency })], durationUs: 1_000_000, timeoutUs: 500_000 }));
      expect(first.errors('future')).to.equal(1);
      expect(second!.of('welcome')[0]).to.include({ resumed: true });
      for (const act of eventsOf(trace.events, 'act')) expect(act.latencyUs).to.be.at.least(200_000);
      expect(second!.of('observation').map((frame) => frame.seq)[0]).to.equal(2);
      expect(new Set(second!.of('observation').map((frame) => frame.seq)).size).to.equal(second!.of('observation').length);
      expect(replayTrace(trace).same).to.equal(true);
    });

    it('longer than the time limit makes misses, under both clocks', async () => {
      for (const clock of ['wall', 'virtual'] as const) {
        const token = `late-${clock}`;
        const agent = await rawAgent(server, token, answering);
        const latency: SeatLatency = { feed: { kind: 'constant', us: 60_000 } };
        const trace = await playMatch(server, toyPlan({ seats: [seat(token, { givenUs: 1_000, latency })], clock, timeoutUs: 40_000 }));
        expect(eventsOf(trace.events, 'miss').length).to.equal(9);
        expect(eventsOf(trace.events, 'act')).to.have.length(0);
        await until(() => agent.of('receipt').length === 9);
        expect(replayTrace(trace).same).to.equal(true);
      }
    });

    it('that makes no sense is refused with the plan', async () => {
      await linkedAgent(server, 'a');
      const error: Error = await playMatch(
        server,
        toyPlan({ seats: [seat('a', { latency: { feed: { kind: 'recorded', us: [5, -1] } } })] }),
      ).then(
        () => new Error('it was played'),
        (thrown: Error) => thrown,
      );
      expect(error.message).to.match(/seat a, latency feed: -1 was given/);
    });
  });

  describe('as users write it', () => {
    let folder: string;
    beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'tickbench-latency-'))));
    afterEach(() => rmSync(folder, { recursive: true }));

    it('is read leg by leg, and said again in tables as injected', () => {
      const file = join(folder, 'delays.txt');
      writeFileSync(file, '120, 95\n4000\n');
      const spec = parseSeat(`bot:expert@300ms+20ms,feed=2ms,entry=1ms~3ms,response=${file}`, 1000);
      expect(spec).to.deep.equal({
        kind: 'bot',
        bot: 'expert',
        errorPermille: 0,
        givenUs: 300_000,
        addedUs: 20_000,
        latency: {
          feed: { kind: 'constant', us: 2000 },
          entry: { kind: 'jittered', baseUs: 1000, jitterUs: 3000 },
          response: { kind: 'recorded', us: [120, 95, 4000] },
        },
      });
      expect(seatName(spec)).to.equal(
        'expert @300 ms +20 ms, injected feed 2 ms, entry 1 ms + jitter 3 ms, response 3 recorded, median 0.12 ms',
      );
      expect(parseSeat('stranger:me,response=90us/1.5ms', 1).latency).to.deep.equal({ response: { kind: 'recorded', us: [90, 1500] } });
      expect(parseSeat('model:a,b.yaml,entry=0', 1)).to.deep.equal({ kind: 'model', configuration: 'a,b.yaml', addedUs: 0 });
      expect(injectedText(undefined)).to.equal('');
    });

    it('is refused by what is wrong and what would be accepted', () => {
      expect(() => parseSeat('bot:expert,feed=fast', 1)).to.throw(/latency feed: "fast" is no delay.*accepted: 2ms/);
      expect(() => parseSeat('bot:expert,feed=1ms,feed=2ms', 1)).to.throw(/feed is given twice/);
      expect(() => parseSeat('bot:expert,entry=2h', 1)).to.throw(/"2h" is no delay/);
      expect(() => readLatency({ feed: '99s' }, () => undefined)).to.throw(LatencyError, /at most 60 s/);
      const file = join(folder, 'bad.txt');
      writeFileSync(file, '12 x');
      expect(() => readLatency({ feed: 'bad' }, () => file)).to.throw(LatencyError, /delay 2 is "x"/);
      writeFileSync(file, '\n');
      expect(() => readLatency({ feed: 'bad' }, () => file)).to.throw(LatencyError, /has 0 delays/);
    });
  });
});
