/** The figures of a market report: on hand-made records whose numbers are known, and against obvious ways of computing them. */
import { expect } from 'chai';
import fc from 'fast-check';
import { adverseSelection } from '../../../../scoring/hft/market/adverse-selection.js';
import { drawdown } from '../../../../scoring/hft/market/drawdown.js';
import { inventory } from '../../../../scoring/hft/market/inventory.js';
import { HORIZONS_US, markouts } from '../../../../scoring/hft/market/markouts.js';
import { symbolProfit } from '../../../../scoring/hft/market/profit.js';
import { queueAhead } from '../../../../scoring/hft/market/queue.js';
import { RACE_WINDOW_US, races } from '../../../../scoring/hft/market/races.js';
import { executionsOf, mid2At, type AccountPath } from '../../../../scoring/hft/market/record.js';
import { normalised, orderCounts, partsOf } from '../../../../scoring/hft/market/rejections.js';
import { sharpe } from '../../../../scoring/hft/market/returns.js';
import { staleMaking, staleTaking } from '../../../../scoring/hft/market/stale.js';
import type { Trace, TraceEvent } from '../../../../scoring/trace/trace.js';
import { BUY, RecordBuilder, SELL } from './market-record.js';

const account = (equityMicros: number[], everyUs = 1_000_000): AccountPath => ({
  at: equityMicros.map((_, i) => i * everyUs),
  equityMicros,
  position: [],
});

describe('market figures', () => {
  it('Sharpe: mean over deviation of one-second changes, scaled to the match and no further', () => {
    // Changes 1, 2, -1: mean 2/3, sample variance 7/3.
    const figures = sharpe(account([100, 101, 103, 102]));
    expect(figures.seconds).to.equal(3);
    expect(figures.perSecond).to.be.closeTo(2 / 3 / Math.sqrt(7 / 3), 1e-12);
    expect(figures.perMatch).to.be.closeTo((2 / 3 / Math.sqrt(7 / 3)) * Math.sqrt(3), 1e-12);
    // Samples between the seconds change nothing; the last part of a second is left out.
    const finer = sharpe(account([100, 90, 101, 120, 103, 80, 102, 999], 500_000));
    expect(finer.perSecond).to.equal(figures.perSecond);
    expect(sharpe(account([5, 5, 5, 5])).perSecond).to.equal(null);
    expect(sharpe(account([5, 6]))).to.include({ perSecond: null, seconds: 1 });
  });

  it('drawdown: the deepest fall, when it was, and the longest time under a peak', () => {
    expect(drawdown(account([100, 110, 99, 105, 110, 112, 111, 100]))).to.deep.equal({
      micros: 12,
      ppm: Math.round(12e6 / 112),
      peakAt: 5_000_000,
      troughAt: 7_000_000,
      underUs: 3_000_000,
    });
    expect(drawdown(account([1, 1, 2, 3]))).to.deep.equal({ micros: 0, ppm: 0, peakAt: null, troughAt: null, underUs: 0 });
    const obvious = (equity: number[]): number => Math.max(0, ...equity.flatMap((peak, i) => equity.slice(i).map((later) => peak - later)));
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 1000 }), { minLength: 1, maxLength: 40 }), (equity) => {
        expect(drawdown(account(equity)).micros).to.equal(obvious(equity));
      }),
    );
  });

  it('profit of a symbol: cash flows and the position left at the mid', () => {
    const { record } = new RecordBuilder()
      .trade({ ms: 1, side: BUY, price: 100, size: 10, taker: 0, maker: 5, fees: [300, 0] })
      .trade({ ms: 2, side: BUY, price: 103, size: 4, taker: 6, maker: 0, fees: [0, -50] });
    // -1000 + 412 ticks, and 6 shares at 102.5 ticks; a tick is 10,000 micro-units.
    expect(symbolProfit(executionsOf(record, 0), 205, 10_000)).to.deep.equal({ grossMicros: 270_000, feesMicros: 250, position: 6 });
  });

  it('property: profits of the symbols less fees are the change of equity, to the micro-unit', () => {
    const trade = fc.record({
      ms: fc.integer({ min: 0, max: 1000 }),
      side: fc.constantFrom(BUY, SELL),
      price: fc.integer({ min: 1, max: 100_000 }),
      size: fc.integer({ min: 1, max: 500 }),
      taker: fc.integer({ min: 0, max: 2 }),
      maker: fc.integer({ min: 3, max: 4 }),
      symbol: fc.integer({ min: 0, max: 1 }),
      fees: fc.tuple(fc.integer({ min: 0, max: 999 }), fc.integer({ min: -999, max: 999 })),
    });
    const ends = fc.tuple(fc.integer({ min: 1, max: 200_000 }), fc.integer({ min: 1, max: 200_000 }));
    fc.assert(
      fc.property(fc.array(trade, { maxLength: 60 }), ends, (trades, mid2) => {
        const tickMicros = [9_999, 7];
        const builder = new RecordBuilder({ seats: 4, tickMicros });
        // The obvious ledger: one cash account a seat, a position a symbol.
        const cash = [0, 0, 0, 0, 0];
        const position = [0, 0, 0, 0, 0].map(() => [0, 0]);
        for (const each of trades) {
          builder.trade(each);
          const { taker, maker, symbol, size, fees } = each;
          const sign = each.side === BUY ? 1 : -1;
          const value = each.price * size * tickMicros[symbol]!;
          cash[taker]! -= sign * value + fees[0];
          cash[maker]! += sign * value - fees[1];
          position[taker]![symbol]! += sign * size;
          position[maker]![symbol]! -= sign * size;
        }
        for (let seat = 0; seat < 4; seat++) {
          const own = executionsOf(builder.record, seat);
          const equity =
            cash[seat]! + [0, 1].reduce((sum, s) => sum + Math.floor((position[seat]![s]! * mid2[s]! * tickMicros[s]!) / 2), 0);
          const parts = [0, 1].map((s) => symbolProfit(own.filter(({ symbol }) => symbol === s), mid2[s]!, tickMicros[s]!)); // prettier-ignore
          expect(parts.reduce((sum, { grossMicros, feesMicros }) => sum + grossMicros - feesMicros, 0)).to.equal(equity);
        }
      }),
    );
  });

  it('markouts: the move of the mid and the profit at the mid, in favour of the seat; fills near the end left out', () => {
    const { record } = new RecordBuilder({ endMs: 12_000 })
      .mids([[0, 100], [1_050, 101], [1_100, 102], [2_000, 105], [11_000, 95]])
      // Bought by resting at 99 while the mid was 100; sold by taking at 104.
      .trade({ ms: 1_000, side: SELL, price: 99, size: 3, taker: 7, maker: 0, mid2: 200 })
      .trade({ ms: 2_000, side: SELL, price: 104, size: 3, taker: 0, maker: 7, mid2: 210 }); // prettier-ignore
    const own = executionsOf(record, 0);
    const making = markouts(record, own.filter(({ maker }) => maker)); // prettier-ignore
    expect(making.map((each) => [each.moveTicks.value, each.markoutTicks.value, each.fills, each.leftOut])).to.deep.equal([
      [2, 3, 1, 0],
      [5, 6, 1, 0],
      [-5, -4, 1, 0],
    ]);
    expect(making[1]!.markoutPpm.value).to.be.closeTo((6e6 / 99), 1e-6); // prettier-ignore
    const taking = markouts(record, own.filter(({ maker }) => !maker)); // prettier-ignore
    // After 10 s the match is over: at 12 s sharp there is no such mid any more.
    expect(taking.map((each) => [each.moveTicks.value, each.markoutTicks.value, each.fills, each.leftOut])).to.deep.equal([
      [0, -1, 1, 0],
      [0, -1, 1, 0],
      [null, null, 0, 1],
    ]);
  });

  it('property: markouts as computed the obvious way on random paths', () => {
    const path = fc.array(fc.tuple(fc.integer({ min: 1, max: 15_000 }), fc.integer({ min: 1, max: 3000 })), { maxLength: 40 });
    const fills = fc.array(
      fc.record({ ms: fc.integer({ min: 0, max: 15_000 }), side: fc.constantFrom(BUY, SELL), price: fc.integer({ min: 1, max: 3000 }), size: fc.integer({ min: 1, max: 9 }), mid2: fc.integer({ min: 2, max: 6000 }) }),
      { maxLength: 20 },
    ); // prettier-ignore
    fc.assert(
      fc.property(path, fills, (points, specs) => {
        const sorted = [[0, 500] as [number, number], ...points].sort((a, b) => a[0] - b[0]);
        const builder = new RecordBuilder({ endMs: 15_000 }).mids(sorted);
        for (const spec of specs) builder.trade({ ...spec, taker: 0, maker: 9 });
        const { record } = builder;
        markouts(record, executionsOf(record, 0)).forEach((figures, h) => {
          const marked: { move: number; markout: number }[] = [];
          for (const { ms, side, price, mid2 } of specs) {
            const at = ms + HORIZONS_US[h]! / 1000;
            if (at >= 15_000) continue;
            let mid = 500;
            for (const [since, value] of sorted) if (since <= at) mid = value;
            const sign = side === BUY ? 1 : -1;
            marked.push({ move: sign * (mid - mid2 / 2), markout: sign * (mid - price) });
          }
          expect(figures.fills).to.equal(marked.length);
          expect(figures.fills + figures.leftOut).to.equal(specs.length);
          if (marked.length === 0) return expect(figures.moveTicks.value).to.equal(null);
          const mean = (of: (each: (typeof marked)[number]) => number): number => marked.reduce((sum, each) => sum + of(each), 0) / marked.length;
          expect(figures.moveTicks.value).to.be.closeTo(mean(({ move }) => move), 1e-9);
          expect(figures.markoutTicks.value).to.be.closeTo(mean(({ markout }) => markout), 1e-9);
        }); // prettier-ignore
      }),
    );
  });

  it('the mid at a time is the last one known then', () => {
    const path = { at: [0, 10, 10, 20], mid2: [1, 2, 3, 4] };
    expect([-1, 0, 9, 10, 19, 20, 99].map((at) => mid2At(path, at))).to.deep.equal([undefined, 1, 1, 3, 3, 4, 4]);
  });

  it('adverse selection counts moves against the seat, and those past the half spread', () => {
    const sold = (ms: number, later: number, builder: RecordBuilder): RecordBuilder =>
      builder.mids([[ms, 100], [ms + 1_000, later]]).trade({ ms, side: BUY, price: 101, size: 1, taker: 9, maker: 0, mid2: 200 }); // prettier-ignore
    const builder = new RecordBuilder();
    // After a sale at 101 the mid falls, stays, rises by half a tick, rises by two; the last one is too near the end.
    sold(1_000, 99, builder);
    sold(3_000, 100, builder);
    sold(5_000, 100.5, builder);
    sold(7_000, 102, builder);
    sold(59_000, 102, builder);
    expect(adverseSelection(builder.record, executionsOf(builder.record, 0))).to.deep.equal({
      fills: 4,
      against: 2,
      losing: 1,
      moveTicks: (1 + 0 - 0.5 - 2) / 4,
      markoutTicks: (2 + 1 + 0.5 - 1) / 4,
    });
  });

  it('stale taking: the best price met is not the best price seen', () => {
    const builder = new RecordBuilder();
    const buy = (ms: number, ...prices: number[]) => () => prices.forEach((price) => builder.trade({ ms, side: BUY, price, size: 1, taker: 0, maker: 9 })); // prettier-ignore
    builder
      .plan(0, 0, 300, [99, 101], BUY, buy(300, 101, 102))
      .plan(0, 400, 700, [99, 101], BUY, buy(700, 103, 104))
      .plan(0, 800, 900, [99, 101], BUY, buy(900, 100))
      .plan(0, 950, 990, [99, null], BUY, buy(990, 100));
    // A stop, or the close: no answer's landing.
    buy(60_000, 100)();
    expect(staleTaking(builder.record, 0)).to.deep.equal({ fills: 5, stale: 3, behindTicks: (2 + 2 - 1) / 3, unjudged: 2 });
    expect(staleTaking(builder.record, 0, 0).stale).to.equal(3);
  });

  it('stale making: the index was already beyond the price', () => {
    const { record } = new RecordBuilder()
      .trade({ ms: 1, side: BUY, price: 101, size: 1, taker: 9, maker: 0, index: 101 })
      .trade({ ms: 2, side: BUY, price: 101, size: 1, taker: 9, maker: 0, index: 104 })
      .trade({ ms: 3, side: SELL, price: 99, size: 1, taker: 9, maker: 0, index: 98 })
      .trade({ ms: 4, side: SELL, price: 99, size: 1, taker: 9, maker: 0, index: 105 })
      .trade({ ms: 5, side: SELL, price: 99, size: 1, taker: 0, maker: 9, index: 90 });
    expect(staleMaking(executionsOf(record, 0))).to.deep.equal({ fills: 4, stale: 2, behindTicks: 2, unjudged: 0 });
  });

  it('races: won, shared, lost, uncontested, withdrawn', () => {
    const builder = new RecordBuilder({ seats: 2 });
    const take = (ms: number, taker: number, price: number) => () => builder.trade({ ms, side: BUY, price, size: 1, taker, maker: 9 });
    const window = RACE_WINDOW_US / 1000;
    // Nobody else: one filled, one whose quote had gone (it paid more).
    builder.plan(0, 0, 200, [99, 101], BUY, take(200, 0, 101)).plan(0, 1_000, 1_200, [99, 101], BUY, take(1_200, 0, 103));
    expect(races(builder.record, 0)).to.deep.equal({ tries: 2, won: 0, shared: 0, lost: 0, uncontested: 1, withdrawn: 1 });
    // A background agent came first, and nothing was left; then first again, and something was left.
    take(2_100, 9, 101)();
    builder.plan(0, 2_000, 2_200, [99, 101], BUY);
    take(3_100, 9, 101)();
    builder.plan(0, 3_000, 3_200, [99, 101], BUY, take(3_200, 0, 101));
    // It came just inside the window after the seat, then just outside; it took the other side; it had taken before the seat saw.
    builder.plan(0, 4_000, 4_200, [99, 101], BUY, take(4_200, 0, 101));
    take(4_200 + window, 9, 101)();
    builder.plan(0, 5_000, 5_200, [99, 101], BUY, take(5_200, 0, 101));
    take(5_201 + window, 9, 101)();
    builder.trade({ ms: 6_100, side: SELL, price: 99, size: 1, taker: 9, maker: 8 });
    builder.plan(0, 6_000, 6_200, [99, 101], BUY, take(6_200, 0, 101));
    take(7_000, 9, 101)();
    builder.plan(0, 7_000, 7_200, [99, 101], BUY, take(7_200, 0, 101));
    expect(races(builder.record, 0)).to.deep.equal({ tries: 8, won: 1, shared: 1, lost: 1, uncontested: 4, withdrawn: 1 });
    // Two seats for one quote: the faster one has it, the slower one finds nothing.
    const duel = new RecordBuilder({ seats: 2 });
    duel.plan(1, 0, 100, [99, 101], BUY, () => duel.trade({ ms: 100, side: BUY, price: 101, size: 5, taker: 1, maker: 9 }));
    duel.plan(0, 0, 150, [99, 101], BUY);
    expect(races(duel.record, 0)).to.include({ tries: 1, lost: 1 });
    expect(races(duel.record, 1)).to.include({ tries: 1, won: 1 });
    // A side that was empty when observed is no quote to try for.
    expect(races(new RecordBuilder().plan(0, 0, 1, [99, null], BUY).record, 0).tries).to.equal(0);
  });

  it('queue ahead at entry, and what the filling order took before it', () => {
    const { record } = new RecordBuilder()
      // One order of 9 walks 100 (3 and 2 before the seat's 4), then another order finds the seat at the front.
      .trade({ ms: 5, side: BUY, price: 100, size: 3, taker: 9, maker: 8, order: 1 })
      .trade({ ms: 5, side: BUY, price: 100, size: 2, taker: 9, maker: 7, order: 1 })
      .trade({ ms: 5, side: BUY, price: 100, size: 4, taker: 9, maker: 0, order: 1, ahead: 20, restedMs: 40 })
      .trade({ ms: 5, side: BUY, price: 100, size: 1, taker: 6, maker: 0, order: 2, ahead: 20, restedMs: 40 })
      // Better prices taken before are not ahead in the queue.
      .trade({ ms: 9, side: BUY, price: 100, size: 7, taker: 9, maker: 8, order: 3 })
      .trade({ ms: 9, side: BUY, price: 101, size: 1, taker: 9, maker: 0, order: 3, ahead: 2, restedMs: 10 });
    expect(queueAhead(record, 0)).to.deep.equal({
      fills: 3,
      entryMedian: 20,
      entryMean: 14,
      fillMedian: 0,
      fillMean: 5 / 3,
      restedMedianUs: 40_000,
    });
    expect(queueAhead(record, 9)).to.deep.include({ fills: 0, entryMedian: null });
  });

  it('inventory: extremes, means over time, turns', () => {
    const { record } = new RecordBuilder({ endMs: 10 })
      .trade({ ms: 2, side: BUY, price: 1, size: 4, taker: 0, maker: 9 })
      .trade({ ms: 4, side: SELL, price: 1, size: 4, taker: 0, maker: 9 })
      .trade({ ms: 5, side: SELL, price: 1, size: 6, taker: 0, maker: 9 })
      .trade({ ms: 10, side: BUY, price: 1, size: 6, taker: 0, maker: 9 });
    // Flat for 2 ms, +4 for 2, flat for 1, -6 for 5.
    expect(inventory(executionsOf(record, 0), 10_000)).to.deep.equal({
      longest: 4,
      shortest: -6,
      mean: -2.2,
      meanSize: 3.8,
      flatShare: 0.3,
      turns: 1,
      traded: 20,
      beforeClose: -6,
    });
    expect(inventory([], 10_000)).to.include({ flatShare: 1, mean: 0, traded: 0 });
  });
});

describe('market rejections', () => {
  const act = (seat: number, plan: { do: string }[], reason?: string, accepted = true): TraceEvent => ({
    kind: 'act',
    seat,
    seq: 1,
    at: 0,
    latencyUs: 0,
    realUs: 0,
    action: { plan },
    landing: { at: 0, accepted, ...(reason === undefined ? {} : { reason }) },
  });

  it('are counted by their reason in general words, part by part', () => {
    const events: TraceEvent[] = [
      act(0, [{ do: 'buy' }, { do: 'bid' }], 'buy: cut to 3: the position limit of 60 leaves 3; bid: 6 orders rest already, the limit; cancel first'),
      act(0, [{ do: 'buy' }], 'buy: the position limit of 60 leaves 0', false),
      act(0, [{ do: 'sell' }], 'sell: 4 of 9 filled: no more within 3 ticks of the best price'),
      act(0, [{ do: 'sell' }], 'sell: 0 of 9 filled: no more within 3 ticks of the best price'),
      act(0, [{ do: 'ask' }], 'ask of NVDA: at -2 would take from the other side; a smaller step towards it rests', false),
      act(0, []),
      act(1, [{ do: 'buy' }], 'buy: something else with 12 in it'),
      { kind: 'reject', seat: 0, seq: 2, at: 0, latencyUs: 0, realUs: 0, reason: '"dance" is no action; accepted: buy N' },
      { kind: 'miss', seat: 0, seq: 3, at: 0, latencyUs: 0 },
      { kind: 'error', seat: 0, at: 0, code: 'too-frequent', detail: '' },
    ]; // prettier-ignore
    const trace = { events } as unknown as Trace;
    expect(orderCounts(trace, 0)).to.deep.equal({
      plans: 6,
      refusedPlans: 2,
      orders: { buy: 2, bid: 1, sell: 2, ask: 1 },
      unread: 1,
      missed: 1,
      frames: { 'too-frequent': 1 },
      rejections: [
        { kind: 'unread', reason: '"..." is no action', count: 1 },
        { kind: 'refused', reason: 'limit of resting orders', count: 1 },
        { kind: 'cut', reason: 'not enough within reach of the best price', count: 1 },
        { kind: 'refused', reason: 'not enough within reach of the best price', count: 1 },
        { kind: 'cut', reason: 'position limit', count: 1 },
        { kind: 'refused', reason: 'position limit', count: 1 },
        { kind: 'refused', reason: 'post-only order would take', count: 1 },
      ],
    });
    expect(orderCounts(trace, 1).rejections).to.deep.equal([{ kind: 'refused', reason: 'something else with N in it', count: 1 }]);
  });

  it('are taken apart at orders, not at the semicolons of a sentence', () => {
    expect(partsOf('bid: 6 orders rest already, the limit; cancel first; buy of A: margin leaves 0')).to.deep.equal([
      'bid: 6 orders rest already, the limit; cancel first',
      'buy of A: margin leaves 0',
    ]);
    expect(partsOf('move: no order #3; live: #1, #2')).to.have.length(1);
    expect(normalised('no order #3; live: #1, #2')).to.equal('no such order or symbol');
    expect(normalised('price -3 is under one tick')).to.equal('price under one tick');
    expect(normalised('plan.0: Unknown "a"; plan.1: Unknown "b"; accepted: x; y')).to.equal('plan.N: Unknown "..."');
  });
});
