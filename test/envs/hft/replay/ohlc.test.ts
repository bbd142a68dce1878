/** Published bars: bad prints found and kept from being traded at, gaps filled, refusals that say what is accepted. */
import { expect } from 'chai';
import { OptionsError } from '../../../../envs/environment.js';
import { BarPath } from '../../../../envs/hft/background/bar-path.js';
import { barsFromDay } from '../../../../envs/hft/replay/ohlc.js';
import { sceneOf } from '../../../../envs/hft/scene.js';
import { hft } from '../../../../envs/hft/task.js';
import { Stream } from '../../../../envs/random.js';
import { view } from '../play.js';

type Bar = { open: number; high: number; low: number; close: number };

/** Two minutes of a quiet day around 100 dollars, every second traded. */
function quietDay(): Record<string, Bar> {
  const day: Record<string, Bar> = {};
  for (let i = 0; i < 120; i++) {
    const time = `10:0${Math.floor(i / 60)}:${String(i % 60).padStart(2, '0')}`;
    const open = 100 + (i % 7) / 100;
    day[time] = { open, high: open + 0.03, low: open - 0.02, close: open + 0.01 };
  }
  return day;
}

const selection = { symbol: 'TEST', from: '10:00', minutes: 2 };

describe('hft: published bars', () => {
  it('turns clean bars into ticks unchanged', () => {
    const { market, report } = barsFromDay({ '2020-01-02': quietDay() }, selection);
    expect(report.badPrints).to.deep.equal([]);
    expect(report.withoutTrades).to.equal(0);
    expect(market.bars).to.have.length(120);
    expect(market.bars[3]).to.deep.equal([10003, 10006, 10001, 10004]);
  });

  it('finds every bad print, reports it and leaves none to trade at', () => {
    const day = quietDay();
    day['10:00:10']!.close = 95;
    day['10:00:10']!.low = 95;
    day['10:00:20']!.high = 112.5;
    day['10:00:30']!.low = 88;
    day['10:01:00']!.open = 107;
    day['10:01:00']!.high = 107;
    const { market, report } = barsFromDay({ '2020-01-02': day }, selection);
    expect(report.counts).to.deep.equal({ open: 1, high: 2, low: 2, close: 1 });
    expect(report.badPrints.map((p) => `${p.time} ${p.field} ${p.price}`)).to.have.members([
      '10:00:10 close 95', '10:00:10 low 95', '10:00:20 high 112.5', '10:00:30 low 88', '10:01:00 open 107', '10:01:00 high 107',
    ]); // prettier-ignore
    const prices = market.bars.flat();
    expect(Math.min(...prices)).to.be.at.least(9990);
    expect(Math.max(...prices)).to.be.at.most(10020);
    for (const [open, high, low, close] of market.bars) {
      expect(high).to.be.at.least(Math.max(open, close));
      expect(low).to.be.at.most(Math.min(open, close));
    }
    expect(report.summary).to.contain('6 bad prints');
  });

  it('believes a move that stays', () => {
    const day = quietDay();
    for (const [time, bar] of Object.entries(day))
      if (time >= '10:01:00') for (const field of ['open', 'high', 'low', 'close'] as const) bar[field] += 2;
    expect(barsFromDay({ d: day }, selection).report.counts.close).to.equal(0);
  });

  it('stands still where nothing traded, and counts it', () => {
    const day = quietDay();
    delete day['10:00:05'];
    delete day['10:00:06'];
    const { market, report } = barsFromDay({ d: day }, selection);
    expect(report.withoutTrades).to.equal(2);
    const close = market.bars[4]![3];
    expect(market.bars[5]).to.deep.equal([close, close, close, close]);
    expect(market.bars).to.have.length(120);
  });

  it('ends with the last bar of the day, and plays less than a minute', () => {
    expect(barsFromDay({ d: quietDay() }, { ...selection, minutes: 600 }).market.bars).to.have.length(120);
    expect(barsFromDay({ d: quietDay() }, { ...selection, minutes: 0.05 }).market.bars).to.have.length(3);
  });

  it('passes other fields over, and takes bars without prices for gaps', () => {
    const plain = barsFromDay({ d: quietDay() }, selection);
    const day = Object.fromEntries(Object.entries(quietDay()).map(([time, bar]) => [time, { ...bar, volume: 7, trades: null }]));
    expect(barsFromDay({ d: day }, selection)).to.deep.equal(plain);
    const { market, report } = barsFromDay({ d: { ...day, '10:00:05': null } }, selection);
    const close = market.bars[4]![3];
    expect([market.bars[5], report.withoutTrades]).to.deep.equal([[close, close, close, close], 1]);
  });

  /** The quiet day with every price changed. */
  const priced = (change: (price: number) => number): Record<string, Bar> =>
    Object.fromEntries(
      Object.entries(quietDay()).map(([time, bar]) => [
        time,
        { open: change(bar.open), high: change(bar.high), low: change(bar.low), close: change(bar.close) },
      ]),
    );

  it('gives prices the finer tick that they need, and says so', () => {
    for (const [change, tickMicros, first] of [
      // Ten times finer than a cent; a share of less than a dollar; an exchange rate of five decimals; the noise of 32-bit floats.
      [(price: number) => Number((price / 10).toFixed(3)), 1_000, 10_000],
      [(price: number) => Number((price / 200).toFixed(5)), 50, 10_000],
      [(price: number) => Number((1 + (price - 100) / 1000).toFixed(5)), 10, 100_000],
      [(price: number) => Math.fround(price), undefined, 10_000],
    ] as const) {
      const { market, report, ...more } = barsFromDay({ d: priced(change) }, selection);
      expect([more.tickMicros, market.bars[0]![0]]).to.deep.equal([tickMicros, first]);
      expect(new Set(market.bars.map(([open]) => open)).size).to.equal(7);
      expect(report.rounded).to.equal(0);
      if (tickMicros !== undefined) expect(report.summary).to.contain(`in ticks of ${report.tick}`);
    }
    const { report } = barsFromDay(
      { d: { ...quietDay(), '10:00:03': { open: 100.033, high: 100.06, low: 100.01, close: 100.04 } } },
      selection,
    );
    expect([report.rounded, report.tick]).to.deep.equal([1, '0.01']);
    expect(report.summary).to.contain('1 prices rounded to 0.01');
  });

  it('refuses a tick that would flatten the prices', () => {
    const cheap = { d: priced((price) => price / 200) };
    expect(() => barsFromDay(cheap, { ...selection, tickMicros: 10_000 })).to.throw(
      OptionsError,
      /a price of 0.49\d* is under 100 ticks of 0.01; accepted: "tickMicros" up to 4999/,
    );
    expect(() => barsFromDay({ d: priced((price) => price / 1e6) }, selection)).to.throw(
      OptionsError,
      'accepted: prices of 0.001 and more',
    );
    expect(() => barsFromDay({ d: priced((price) => 100 + (price - 100) / 100) }, { ...selection, tickMicros: 100_000 })).to.throw(
      OptionsError,
      /all prices of TEST from .* are the same in ticks of 0.1; accepted: a finer tick/,
    );
  });

  it('plays longer bars through their time, touching every price of each', () => {
    const minutes = Object.fromEntries(Object.values(quietDay()).slice(0, 30).map((bar, i) => [`10:${String(i).padStart(2, '0')}:00`, bar])); // prettier-ignore
    const { market, report } = barsFromDay({ d: minutes }, { ...selection, from: '10:05:30', minutes: 3, barSeconds: 60 });
    expect([market.barSeconds, market.bars.length, report.seconds, report.from]).to.deep.equal([60, 3, 180, '10:05:00']);
    expect(market.bars[0]).to.deep.equal(barsFromDay({ d: quietDay() }, selection).market.bars[5]);
    const path = new BarPath(new Stream(5, 1), market.bars, 0, 60);
    for (const [open, high, low, close] of market.bars) {
      const steps = Array.from({ length: 1200 }, () => path.step());
      expect([Math.max(open, ...steps), Math.min(open, ...steps), steps.at(-1)]).to.deep.equal([high, low, close]);
    }
    const options = { market, durationUs: 180_000_000 };
    expect(sceneOf(hft.create(hft.parseOptions(options), 1).scene(), 0).label).to.contain('60-second bars; the book');
    expect(() => hft.parseOptions({ ...options, durationUs: 181_000_000 })).to.throw(
      'longer than the 3 60-second bars; accepted: up to 180000000',
    );
  });

  it('refuses what it cannot play, saying what it can', () => {
    const file = { '2020-01-02': quietDay() };
    for (const [json, change, told] of [
      [{ d: { noon: {} } }, {}, 'HH:MM:SS'],
      [[1, 2], {}, 'accepted'],
      [file, { date: '2020-01-03' }, '2020-01-02'],
      [file, { from: 'ten' }, 'HH:MM'],
      [file, { from: '15:00' }, '10:00:00 to 10:01:59'],
      [file, { minutes: 0 }, 'two seconds'],
      [{ d: {} }, {}, 'at least one'],
      [{}, {}, 'no day in the file'],
    ] as const) {
      expect(() => barsFromDay(json, { ...selection, ...change }), told).to.throw(OptionsError, told);
    }
  });

  it('walks every bar inside its range, touching open, high, low and close', () => {
    const bars = barsFromDay({ d: quietDay() }, selection).market.bars;
    const path = new BarPath(new Stream(5, 1), bars, 0);
    for (const [open, high, low, close] of bars) {
      const seconds = Array.from({ length: 20 }, () => path.step());
      expect(Math.max(open, ...seconds)).to.equal(high);
      expect(Math.min(open, ...seconds)).to.equal(low);
      expect(seconds.at(-1)).to.equal(close);
    }
  });

  it('plays as a market whose label owns up to the synthetic book, and whose index follows the bars', () => {
    const { market } = barsFromDay({ '2020-01-02': quietDay() }, selection);
    const env = hft.create(hft.parseOptions({ market, durationUs: 20_000_000 }), 1);
    expect(sceneOf(env.scene(), 0).label).to.equal('TEST 2020-01-02 10:00: one-second bars; the book around them is synthetic');
    for (let second = 1; second <= 19; second++) {
      env.advance(second * 1_000_000 - 1);
      const [, high, low] = market.bars[second - 1]!;
      expect(view(env).indexTicks).to.be.within(low - 1, high + 1);
    }
  });
});

describe('hft: options', () => {
  it('fills defaults, and parses what it made', () => {
    const options = hft.parseOptions(undefined);
    expect(hft.parseOptions(options)).to.deep.equal(options);
    expect(hft.seats(options)).to.equal(1);
    expect(hft.tick(options)).to.deep.equal({ us: 10_000, name: '10 ms of market time' });
  });

  it('refuses with the path and what is accepted', () => {
    for (const [raw, told] of [
      [{ durationUs: 1.5 }, 'durationUs'],
      [{ durationUs: 10_000_001 }, 'no multiple of gridUs'],
      [{ speed: 2 }, 'speed'],
      [{ market: { kind: 'synthetic', preset: 'wild' } }, 'market.preset'],
      [
        {
          market: {
            kind: 'ohlc',
            symbol: 'X',
            bars: [
              [5, 4, 3, 5],
              [5, 6, 4, 5],
            ],
          },
          durationUs: 2_000_000,
        },
        'market.bars.0',
      ],
      [
        {
          market: {
            kind: 'ohlc',
            symbol: 'X',
            bars: [
              [5, 6, 3, 5],
              [5, 6, 4, 5],
            ],
          },
        },
        'longer than the 2',
      ],
    ] as const) {
      expect(() => hft.parseOptions(raw), told).to.throw(OptionsError, told);
    }
  });
});
