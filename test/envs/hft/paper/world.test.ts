import { expect } from 'chai';
import fc from 'fast-check';
import { OptionsError } from '../../../../envs/environment.js';
import { paperBars } from '../../../../envs/hft/paper/bars.js';
import { parseOptions } from '../../../../envs/hft/paper/options.js';
import { paper } from '../../../../envs/hft/paper/task.js';
import { AWAY_US, PaperWorld } from '../../../../envs/hft/paper/world.js';
import { Oracle } from '../../../../scoring/oracle/oracle.js';
import { answers, DATE, file, twoDays, worldOf } from './days.js';
import { played, type Day } from './published.js';

const practice = (seed = 1, seconds = 60) =>
  new PaperWorld(parseOptions({ market: { kind: 'practice', symbols: ['ONE', 'TWO'], seconds } }), seed);

describe('the world of the published rules', () => {
  /** What may happen to it, at rising times. */
  const script = fc.array(
    fc.record({
      what: fc.constantFrom('act', 'act', 'act', 'unanswered', 'leave', 'back'),
      afterUs: fc.integer({ min: 0, max: 4_000_000 }),
      shares: fc.integer({ min: -50, max: 50 }),
    }),
    { maxLength: 25 },
  );
  type Step = { what: string; afterUs: number; shares: number };
  const step = (world: PaperWorld, { what, shares }: Step, at: number): void => {
    if (what === 'act') world.act(0, { plan: { ONE: shares, TWO: -shares } }, at);
    else if (what === 'unanswered') world.unanswered(0, at);
    else if (what === 'leave') world.leave(0, at);
    else world.back(0, at);
  };

  it('is additive, starts again from a snapshot, and looking changes nothing', () => {
    fc.assert(
      fc.property(script, fc.array(fc.integer({ min: 1, max: 3_000_000 }), { maxLength: 5 }), fc.nat(24), (steps, splits, cut) => {
        const whole = practice();
        const split = practice();
        let at = 0;
        let saved: { snapshot: object; digest: string } | undefined;
        steps.forEach((each, i) => {
          const to = at + each.afterUs;
          if (i === cut) saved = { snapshot: split.snapshot(), digest: split.digest() };
          for (const part of splits) split.advance(Math.min(to, at + part));
          split.observe();
          split.scene();
          split.worth();
          at = to;
          step(whole, each, at);
          step(split, each, at);
          expect(split.digest()).to.equal(whole.digest());
        });
        whole.advance(at + 30_000_000);
        split.advance(at + 7);
        split.advance(at + 30_000_000);
        expect(split.digest()).to.equal(whole.digest());
        expect(split.results()).to.deep.equal(whole.results());
        if (!saved) return;
        const end = split.digest();
        split.restore(saved.snapshot);
        expect(split.digest()).to.equal(saved.digest);
        let again = (saved.snapshot as { now: number }).now;
        steps.slice(cut).forEach((each) => step(split, each, (again += each.afterUs)));
        split.advance(again + 30_000_000);
        expect(split.digest()).to.equal(end);
      }),
      { numRuns: 100 },
    );
  });

  it('stays at its second however long the agent thinks, and goes on when a question got no action', () => {
    const world = practice();
    const { time } = world.observe();
    world.advance(3_600_000_000);
    expect(world.observe().time).to.equal(time);
    expect(world.nextChange()).to.equal(Infinity);
    world.unanswered(0, 3_600_000_000);
    expect(world.observe().time).to.not.equal(time);
    expect(world.results().seats[0]).to.include({ unanswered: 1, cash: 10_000 });
  });

  it('waits ten seconds for an agent that is gone, then lets the day go by', () => {
    const world = practice();
    const { time } = world.observe();
    world.leave(0, 5_000_000);
    world.advance(5_000_000 + AWAY_US - 1);
    expect(world.observe().time).to.equal(time);
    const back = practice();
    back.leave(0, 5_000_000);
    back.back(0, 6_000_000);
    back.advance(900_000_000);
    expect(back.observe().time).to.equal(time);
    world.advance(5_000_000 + AWAY_US + 10_000_000);
    expect(world.over).to.equal(true);
    expect(world.act(0, { plan: {} }, 20_000_000)).to.include({ accepted: false, reason: 'the run is over' });
  });

  it('takes the delay from the answer, or from the time since it asked', () => {
    const told = practice();
    const timed = practice();
    told.act(0, { plan: { ONE: 10 } }, 5_000_000, 700_000);
    timed.act(0, { plan: { ONE: 10 } }, 710_000);
    expect(timed.cash).to.equal(told.cash);
    const [zero, one] = [practice(), practice()];
    zero.act(0, { plan: { ONE: 10 } }, 10_000, 0);
    one.act(0, { plan: { ONE: 10 } }, 10_001, 1);
    expect(one.cash).to.equal(zero.cash);
    expect(one.cash).to.equal(10_000 - 10 * practice().observe().symbols[0]!.buy);
  });

  it('has no oracle, and says so where one is asked for', () => {
    expect(() => new Oracle(paper, paper.parseOptions({}), 1)).to.throw(/hft-paper: the published rules have no oracle/);
  });

  it('refuses options by where, what and what is accepted', () => {
    const market = (bars: unknown) => ({ market: { kind: 'ohlc', prices: 'raw', bars } });
    for (const [options, said] of [
      [{ threshold: -1 }, /threshold/],
      [{ durationUs: 5 }, /durationUs/],
      [market([{ symbol: 'a', bars: [[1, 2, 1]] }]), /capital letters/],
      [market([{ symbol: 'A', bars: [[1, 1, 2]] }]), /bars of A, bar 0: high 1 under low 2; accepted/],
      [market([{ symbol: 'A', bars: [[2, 2, 1], [2, 2, 1]] }]), /second 2 after 2; accepted: seconds in rising order/], // prettier-ignore
      [market([{ symbol: 'A', bars: [[1, 2, 1]] }, { symbol: 'A', bars: [[1, 2, 1]] }]), /A twice/], // prettier-ignore
    ] as const)
      expect(() => paper.parseOptions(options)).to.throw(OptionsError, said);
    const apart = parseOptions(market([{ symbol: 'A', bars: [[1, 2, 1]] }, { symbol: 'B', bars: [[2, 2, 1]] }])); // prettier-ignore
    expect(() => new PaperWorld(apart, 1)).to.throw(/no second in which A and B traded/);
  });
});

describe('bars for the published rules', () => {
  const flat = (price: number) => ({ open: price, high: price + 0.0125, low: price - 0.0125, close: price });
  const day: Day = Object.fromEntries(Array.from({ length: 30 }, (_, i) => [`09:30:${String(i + 10)}`, flat(100 + i / 100)]));
  const spoilt: Day = { ...day, '09:30:20': { ...day['09:30:20']!, high: 140 }, '09:30:31': { ...day['09:30:31']!, low: 60.5 } };

  it('stay as published when raw', () => {
    const { bars, report } = paperBars(file(spoilt), { symbol: 'AMZN', prices: 'raw' });
    expect(bars.bars).to.deep.equal(Object.entries(spoilt).map(([time, { high, low }]) => [34_200 + Number(time.slice(6)), high, low]));
    expect(report).to.deep.include({ date: DATE, replaced: [], seconds: 30 });
  });

  it('have only the prices replaced that were not believed, and every one of those reported', () => {
    const { bars, report } = paperBars(file(spoilt), { symbol: 'AMZN', prices: 'cleaned' });
    const raw = paperBars(file(spoilt), { symbol: 'AMZN', prices: 'raw' }).bars;
    expect(report.replaced).to.deep.equal([
      { time: '09:30:20', field: 'high', price: 140, by: 100.1 },
      { time: '09:30:31', field: 'low', price: 60.5, by: 100.21 },
    ]);
    const changed = bars.bars.flatMap((bar, i) =>
      bar.flatMap((price, field) => (price === raw.bars[i]![field] ? [] : [[i, field, price]])),
    );
    expect(changed).to.deep.equal([
      [10, 1, 100.1],
      [21, 2, 100.21],
    ]);
    expect(report.summary).to.equal('AMZN 2024-08-05, 30 seconds with trades, 2 highs and lows replaced');
  });

  it('are played cleaned as the same rules play the cleaned prices', () => {
    fc.assert(
      fc.property(twoDays, answers, (days, list) => {
        const cleaned = Object.fromEntries(
          Object.entries(days).map(([symbol, each]): [string, Day] => {
            const { replaced } = paperBars(file(each), { symbol, prices: 'cleaned' }).report;
            const copy: Day = JSON.parse(JSON.stringify(each)) as Day;
            for (const { time, field, by } of replaced) copy[time]![field] = by;
            return [symbol, copy];
          }),
        );
        const answer = (question: number) => list[question % list.length]!;
        const world = worldOf(days, { prices: 'cleaned' });
        for (let i = 0; !world.over; i++) world.act(0, { plan: answer(i).shares }, (i + 1) * 10_000, answer(i).us);
        expect(world.cash).to.equal(played(cleaned, 0.03, answer).cash);
      }),
      { numRuns: 60 },
    );
  });

  it('refuse what is no day of bars', () => {
    for (const [json, said] of [
      [{ [DATE]: { noon: flat(1) } }, /noon.*accepted: .date: ."HH:MM:SS"/],
      [{ [DATE]: { '09:30:00': { open: 1, high: 1, low: 1 } } }, /close/],
      [{}, /no day/],
      [{ [DATE]: {} }, /no second of 2024-08-05 has trades/],
    ] as const)
      expect(() => paperBars(json, { symbol: 'A', prices: 'raw' })).to.throw(OptionsError, said);
    expect(() => paperBars(file(day), { symbol: 'A', prices: 'raw', date: '2024-01-01' })).to.throw(
      /no day 2024-01-01; accepted: 2024-08-05/,
    );
  });
});
