import { expect } from 'chai';
import fc from 'fast-check';
import { ClockWatch, monotonicUs, Pacing, sleepUntil } from '../../../harness/host/clock.js';
import { IdleCollector } from '../../../harness/host/idle-collector.js';
import { PublishGrid, strideOf } from '../../../harness/match/grid.js';
import { publicOptions, rehearsalOptions } from '../../../harness/match/public.js';
import { taskNamed } from '../../../harness/match/tasks.js';
import type { TraceEvent } from '../../../scoring/trace.js';
import { judge, LatenessLog, nearestRank } from '../../../harness/match/verdict.js';

describe('clocks', () => {
  it('never wake before their deadline', async () => {
    for (const waitUs of [-5, 0, 300, 1500, 2900, 3100, 9000]) {
      const deadline = monotonicUs() + waitUs;
      await sleepUntil(deadline);
      expect(monotonicUs()).to.be.at.least(deadline);
    }
  });

  it('have garbage collected in pauses that are long enough, and not too often', () => {
    let nowUs = 0;
    let collected = 0;
    let takesUs = 600;
    const idle = new IdleCollector(
      () => {
        collected++;
        nowUs += takesUs;
      },
      () => nowUs,
    );
    /** A tick every `gridUs`, for a second; how many collections there were in it. */
    const play = (gridUs: number): number => {
      const before = collected;
      for (const endUs = nowUs + 1_000_000; nowUs < endUs; nowUs += gridUs) idle.use(nowUs + gridUs);
      return collected - before;
    };
    expect(play(10_000)).to.be.within(8, 10);
    expect(play(1_000)).to.be.within(8, 10);
    expect(play(200), 'hardly any pause is long enough').to.be.at.most(5);
    takesUs = 20_000;
    play(10_000);
    takesUs = 600;
    for (let second = 0; second < 4; second++) play(1_000);
    expect(play(1_000), 'one that was held up is forgotten').to.be.within(8, 10);
  });

  it('map world time to real time and back without losing a microsecond', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 10 ** 10 }),
        fc.double({ min: 0.01, max: 100, noNaN: true }),
        fc.integer({ min: 0, max: 10 ** 12 }),
        (world, speed, start) => {
          const pacing = new Pacing(start, speed);
          expect(Math.abs(pacing.worldAt(pacing.realAt(world)) - world)).to.be.at.most(Math.max(1, Math.ceil(speed * 0.001)));
        },
      ),
    );
  });

  it('notice a date that was stepped, and no ordinary drift', () => {
    let date = 1_000_000;
    let monotonic = 5000;
    const watch = new ClockWatch(() => ({ dateMs: date, monotonicMs: monotonic }));
    for (let i = 0; i < 100; i++) {
      date += 1000.5; // half a millisecond a second: the most that a clock is slewed by
      monotonic += 1000;
      watch.check();
    }
    expect(watch.jumpsMs).to.deep.equal([]);
    date += 4000;
    watch.check();
    watch.check();
    expect(watch.jumpsMs).to.deep.equal([4000]);
  });
});

describe('publishing moments', () => {
  it("are the world's own, in order, thinned to a real millisecond apart, for both tasks", () => {
    for (const name of ['hft', 'fighter']) {
      const task = taskNamed(name);
      const options: unknown = task.parseOptions({});
      const tickUs = task.tick(options).us;
      for (const speed of [0.5, 1, 10, 40, 100]) {
        const grid = new PublishGrid(task.create(options, 1), strideOf(tickUs, speed));
        const own = new PublishGrid(task.create(options, 1), 1);
        let before = 0;
        for (let i = 0; i < 50; i++) {
          while (own.next < grid.next) own.take();
          expect(own.next).to.equal(grid.next);
          if (before > 0) expect((grid.next - before) / speed).to.be.at.least(999);
          before = grid.next;
          grid.take();
        }
      }
    }
  });
});

describe('what others may know of the options', () => {
  it('are never the bars of a market that is still to be played', () => {
    const options = { durationUs: 5, market: { kind: 'ohlc', symbol: 'X', from: 'y', bars: [[1, 1, 1, 1]] } };
    expect(publicOptions(options)).to.deep.equal({ durationUs: 5, market: { kind: 'ohlc', symbol: 'X', from: 'y' } });
    expect(rehearsalOptions(options)).to.deep.equal({ durationUs: 5 });
    const synthetic = { durationUs: 5, market: { kind: 'synthetic' } };
    expect(publicOptions(synthetic)).to.deep.equal(synthetic);
    expect(rehearsalOptions(synthetic)).to.deep.equal(synthetic);
  });
});

describe('verdicts', () => {
  const lateness = (samples: number[], tickRealUs = 1000) => {
    const log = new LatenessLog();
    for (const late of samples) log.add(late);
    return log.summary(tickRealUs);
  };
  const calm = { tickRealUs: 1000, events: [], clockJumpsMs: [] };

  it('count a match whose ticks were in time', () => {
    const samples = Array.from({ length: 10_000 }, (_, i) => (i % 200 === 0 ? 1900 : i % 100));
    expect(judge({ ...calm, lateness: lateness(samples) })).to.deep.equal({ counts: true, reasons: [] });
  });

  it('void one whose p99 was over half a tick, and one with a tick over two late', () => {
    const often = Array.from({ length: 1000 }, (_, i) => (i % 50 === 0 ? 501 : 0));
    expect(judge({ ...calm, lateness: lateness(often) }).reasons).to.have.length(1);
    expect(judge({ ...calm, lateness: lateness(often.map((late) => Math.min(late, 500))) }).counts).to.equal(true);
    const once = [...Array<number>(999).fill(0), 2001];
    expect(judge({ ...calm, lateness: lateness(once) }).reasons.join()).to.match(/^1 tick was over two ticks \(2\.00 ms\) late/);
    expect(judge({ ...calm, lateness: lateness([...Array<number>(999).fill(0), 2000]) }).counts).to.equal(true);
  });

  it('void one with a jump, a contended request, an incomplete trace or an early stop, and say each', () => {
    const act = (cpuPermille: number): TraceEvent => ({
      kind: 'reject',
      seat: 0,
      seq: 1,
      at: 1,
      latencyUs: 1,
      realUs: 1,
      reason: 'x',
      telemetry: { cpuPermille },
    });
    expect(judge({ ...calm, lateness: lateness([]), events: [act(900)] }).counts).to.equal(true);
    const verdict = judge({
      ...calm,
      lateness: lateness([]),
      events: [act(899), act(700)],
      clockJumpsMs: [60],
      traceFault: 'ENOSPC',
      stopped: 'interrupted',
    });
    expect(verdict.reasons).to.have.length(4);
    expect(verdict.reasons.join(' '))
      .to.match(/jumped by 60 ms/)
      .and.match(/2 requests were contended.*70 %/)
      .and.match(/ENOSPC/)
      .and.match(/interrupted/);
  });

  it('bear one contended request in ten, which moves no median, and no more', () => {
    const request = (cpuPermille: number): TraceEvent => ({ kind: 'reject', seat: 0, seq: 1, at: 1, latencyUs: 1, realUs: 1, reason: 'x', telemetry: { cpuPermille } }); // prettier-ignore
    const played = (contended: number): TraceEvent[] => Array.from({ length: 40 }, (_, i) => request(i < contended ? 500 : 1000));
    expect(judge({ ...calm, lateness: lateness([]), events: played(4) }).counts).to.equal(true);
    expect(judge({ ...calm, lateness: lateness([]), events: played(5) }).reasons.join()).to.match(/5 requests were contended, of 40/);
  });

  it('use nearest ranks over raw samples', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 1000 }), { minLength: 1, maxLength: 300 }), (samples) => {
        const summary = lateness(samples, 100);
        const sorted = [...samples].sort((a, b) => a - b);
        expect(summary.maxUs).to.equal(sorted.at(-1));
        const atMost = samples.filter((late) => late <= summary.p99Us).length;
        expect(atMost / samples.length).to.be.at.least(0.99);
        expect(samples.filter((late) => late < summary.p99Us).length / samples.length).to.be.lessThan(0.99);
        expect(summary.over).to.equal(samples.filter((late) => late > 200).length);
      }),
    );
    expect(nearestRank([], 0.5)).to.equal(0);
  });
});
