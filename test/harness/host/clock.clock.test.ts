import { expect } from 'chai';
import fc from 'fast-check';
import { ClockWatch, monotonicUs, Pacing, sleepUntil } from '../../../harness/host/clock.js';
import { IdleCollector } from '../../../harness/host/idle-collector.js';
import { PublishGrid, strideOf } from '../../../harness/match/grid.js';
import { publicOptions, rehearsalOptions } from '../../../envs/hft/public.js';
import { taskNamed } from '../../../harness/match/tasks.js';

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
    const before = collected;
    nowUs += 200_000;
    for (let answer = 0; answer < 5; answer++) idle.use(Infinity);
    expect(collected - before, 'once while answers are waited for').to.equal(1);
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
