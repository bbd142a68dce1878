/** The background's tables against their formulas, and each agent in a situation made by hand. */
import { expect } from 'chai';
import type { BackgroundAgent } from '../../../../envs/hft/background/agent.js';
import { ForcedTrader } from '../../../../envs/hft/background/cascade.js';
import { crowd, PRESETS } from '../../../../envs/hft/background/crowd.js';
import { decayed, decaySteps } from '../../../../envs/hft/background/decay.js';
import { HawkesTaker, type HawkesSettings } from '../../../../envs/hft/background/hawkes.js';
import { InformedTrader } from '../../../../envs/hft/background/informed.js';
import { MarketMaker, type MakerSettings } from '../../../../envs/hft/background/market-maker.js';
import { MetaorderTrader, type Parent } from '../../../../envs/hft/background/metaorder.js';
import { MomentumTrader } from '../../../../envs/hft/background/momentum.js';
import { CUBIC, powerLaw, THREE_HALVES } from '../../../../envs/hft/background/power-law.js';
import { PRESET_SETTINGS } from '../../../../envs/hft/background/presets.js';
import { FundamentalValue } from '../../../../envs/hft/background/value.js';
import { startVolatility, stepVolatility } from '../../../../envs/hft/background/volatility.js';
import { BUY, SELL } from '../../../../envs/hft/exchange/book.js';
import type { Exchange } from '../../../../envs/hft/exchange/exchange.js';
import { Market } from '../../../../envs/hft/market.js';
import { hft } from '../../../../envs/hft/task.js';
import { keyOf, Stream } from '../../../../envs/random.js';
import { loneExchange } from '../exchange/lone-exchange.js';

const stream = (id: number): Stream => new Stream(keyOf(7, 7), id);
const START = 10_000;
const [MAKER, OTHER, AGENT] = [1, 2, 3];

/** An exchange with a quote of 50 shares a tick either side of the start, and an index at it. */
function quoted(): Exchange {
  const exchange = loneExchange(START, 5);
  exchange.limit(OTHER, BUY, START - 1, 50);
  exchange.limit(OTHER, SELL, START + 1, 50);
  exchange.history.add(START, exchange.mid2());
  return exchange;
}

/** Lets an agent act at its own times until `untilUs`, as the schedule does. */
function live(agent: BackgroundAgent, exchange: Exchange, untilUs: number, fromUs = 0): void {
  let at = fromUs + agent.wait();
  while (at <= untilUs) {
    exchange.now = at;
    agent.wake(exchange);
    at += agent.wait();
  }
}

const maker: MakerSettings = {
  meanWaitUs: 20_000,
  lagSteps: 0,
  collarTicks: 2,
  noticePer10k: [0],
  alarmPermille: 0,
  alarmTicks: 1000,
  filledPermille: 0,
  halfSpread2: 2,
  dither2: 0,
  step: 1,
  sizes: [10],
  refillPermille: 1000,
  hedgePermille: 0,
  leanShares: 10,
  maxLean: 2,
  widerPermille: 0,
  maxWider2: 0,
};

describe('hft: tables of the background', () => {
  it('has power laws as their formula says, with the tail they are named for', () => {
    for (const [law, exponent] of [
      [THREE_HALVES, 1.5],
      [CUBIC, 3],
    ] as const) {
      const q = 2 ** -exponent;
      expect(law.doubling).to.equal(Math.round(65536 * q));
      expect([...law.inside]).to.deep.equal(
        Array.from({ length: 64 }, (_, i) => Math.round(1024 * (1 - ((i + 0.5) / 64) * (1 - q)) ** (-1 / exponent))),
      );
      const draws = Array.from(
        { length: 40_000 },
        (
          (s) => () =>
            powerLaw(s, law, 10 * 1024, 1_000_000)
        )(stream(1)),
      );
      for (const times of [2, 4]) {
        const share = draws.filter((x) => x >= 10 * times).length / draws.length;
        expect(share / times ** -exponent).to.be.within(0.85, 1.15);
      }
      expect(
        Math.max(
          ...Array.from(
            { length: 2000 },
            (
              (s) => () =>
                powerLaw(s, law, 1024, 7)
            )(stream(2)),
          ),
        ),
      ).to.equal(7);
    }
  });

  it('halves in a half-life, and all but in two', () => {
    for (let i = 0; i < 64; i++) expect(decayed(65536, i)).to.equal(Math.round(65536 * 2 ** (-i / 64)));
    expect(decayed(1_000_000, 64)).to.equal(500_000);
    expect(decayed(1_000_000, 128)).to.equal(250_000);
    expect(decayed(1_000_000, 64 * 40)).to.equal(0);
    expect(decaySteps(250_000, 500_000)).to.equal(32);
  });

  it('has a volatility of mean one that remembers for as long as its slowest switch', () => {
    const switches = [
      { meanSteps: 20, high: 1500 },
      { meanSteps: 2000, high: 1600 },
    ];
    const memory = new Float64Array(2);
    const s = stream(3);
    let permille = startVolatility(s, switches, memory, 0);
    const seen: number[] = [];
    for (let i = 0; i < 400_000; i++) seen.push((permille = stepVolatility(s, switches, memory, 0, permille)));
    const mean = seen.reduce((a, b) => a + b, 0) / seen.length;
    expect(mean).to.be.within(930, 1070);
    expect(new Set(seen)).to.deep.equal(new Set([2400, 800, 600, 200]));
    const correlation = (lag: number): number => {
      let sum = 0;
      let square = 0;
      for (let i = lag; i < seen.length; i++) sum += (seen[i]! - mean) * (seen[i - lag]! - mean);
      for (const x of seen) square += (x - mean) ** 2;
      return sum / square;
    };
    expect(correlation(10)).to.be.above(correlation(200));
    expect(correlation(200)).to.be.within(0.3, 0.7);
  });

  it('brings news as often as it says, as large as it says', () => {
    const { news } = PRESET_SETTINGS['news-shock'].value;
    const value = new FundamentalValue(stream(4), START, 'news-shock');
    let large = 0;
    let before = START;
    for (let i = 0; i < 100_000; i++) {
      const now = value.step();
      if (Math.abs(now - before) >= news!.least) large++;
      expect(Math.abs(now - before)).to.be.at.most(news!.most);
      before = now;
    }
    expect(large).to.be.within(news!.per100k * 0.8, news!.per100k * 1.5);
  });
});

describe('hft: background agents', () => {
  it('maker: follows a small move at once, a jump only when it believes it', () => {
    const exchange = loneExchange(START, 5);
    exchange.history.add(START, 2 * START);
    const doubting = new MarketMaker(stream(10), MAKER!, maker);
    doubting.wake(exchange);
    expect([exchange.bid(), exchange.ask()]).to.deep.equal([START - 1, START + 1]);
    exchange.history.add(START + 2, exchange.mid2());
    doubting.wake(exchange);
    expect([exchange.bid(), exchange.ask()]).to.deep.equal([START + 1, START + 3]);
    exchange.history.add(START + 12, exchange.mid2());
    for (let i = 0; i < 50; i++) doubting.wake(exchange);
    expect([exchange.bid(), exchange.ask()]).to.deep.equal([START + 1, START + 3]);
    // What it does not believe, it carries along: the next small move shifts its quotes, not its doubt.
    exchange.history.add(START + 11, exchange.mid2());
    doubting.wake(exchange);
    expect(exchange.bid()).to.equal(START);
    const quick = new MarketMaker(stream(11), OTHER!, { ...maker, noticePer10k: [10_000] });
    quick.wake(exchange);
    // It bids through the doubting one's ask, and so takes it.
    expect(exchange.tape.get(0)).to.include({ priceTicks: START + 2, size: 10, makerOwner: MAKER!, takerOwner: OTHER! });
    expect(exchange.ask()).to.equal(START + 12);
  });

  it('maker: leans against what hits it, puts quotes back, and rests only where it must', () => {
    const exchange = loneExchange(START, 5);
    exchange.history.add(START, 2 * START);
    const one = new MarketMaker(stream(12), MAKER!, maker);
    one.wake(exchange);
    exchange.take(AGENT!, BUY, 10, 0);
    one.wake(exchange);
    expect([exchange.bid(), exchange.ask()]).to.deep.equal([START, START + 2]);
    const passive = new MarketMaker(stream(13), OTHER!, { ...maker, passive: true });
    exchange.history.add(START + 20, exchange.mid2());
    const trades = exchange.tape.count;
    passive.wake(exchange);
    expect(exchange.tape.count).to.equal(trades);
    expect(exchange.bid()).to.equal(START + 1);
  });

  it('maker: quotes wider while the index moves, steps back from a price it does not understand', () => {
    const wide = (settings: Partial<MakerSettings>, moves: number): number => {
      const exchange = loneExchange(START, 5);
      const one = new MarketMaker(stream(14), MAKER!, { ...maker, widerPermille: 1000, maxWider2: 6, ...settings });
      for (let i = 0; i < 40; i++) {
        exchange.history.add(START + (i % 2) * moves, exchange.mid2());
        one.wake(exchange);
      }
      return exchange.ask() - exchange.bid();
    };
    expect(wide({}, 0)).to.equal(2);
    expect(wide({}, 2)).to.be.above(5);
    const exchange = quoted();
    const shy = new MarketMaker(stream(15), MAKER!, { ...maker, halfSpread2: 20, retreat: { fromTicks: 5, returnPermille: 0 } });
    shy.wake(exchange);
    expect(exchange.book.sizeAt(START - 10)).to.equal(10);
    exchange.take(AGENT!, SELL, 50, 0);
    exchange.limit(OTHER!, SELL, START - 9, 50);
    shy.wake(exchange);
    expect(exchange.book.bidOrders).to.equal(0);
  });

  it('informed: takes what the index has left behind, nothing else; of two, one comes too late', () => {
    const settings = { lagSteps: 0, lookUs: 100, orderUs: 150, noticePermille: [0, 0, 1000], sizeLeast1024: 50 * 1024, sizeMost: 50 };
    const exchange = quoted();
    const first = new InformedTrader(stream(20), AGENT!, settings);
    const second = new InformedTrader(stream(21), AGENT! + 1, settings);
    exchange.now = 100_000;
    exchange.history.add(START + 2, exchange.mid2());
    first.wake(exchange);
    first.wake(exchange);
    expect(exchange.tape.count).to.equal(0);
    exchange.history.add(START + 3, exchange.mid2());
    first.wake(exchange);
    second.wake(exchange);
    expect(first.wait(), 'its order is on its way').to.be.below(2000);
    expect(exchange.tape.count).to.equal(0);
    first.wake(exchange);
    second.wake(exchange);
    expect(exchange.tape.count).to.equal(1);
    expect(exchange.tape.get(0)!).to.include({ priceTicks: START + 1, size: 50, takerOwner: AGENT! });
    // It looks again shortly after the index's next step.
    exchange.now = 120_000;
    exchange.history.add(START, exchange.mid2());
    first.wake(exchange);
    expect(first.wait()).to.be.within(30_000, 31_000);
  });

  it('hawkes: its orders come in clusters, at the rate its branching gives', () => {
    const settings: HawkesSettings = {
      base: 500_000,
      kernels: [{ halfLifeUs: 500_000, jump: 693_147 }],
      perTick: 0,
      sizeLeast1024: 1024,
      sizeMost: 1,
      reach: 0,
      runLeast1024: 4 * 1024,
      runMost: 100,
    };
    const count = (one: HawkesSettings): number[] => {
      const exchange = loneExchange(START, 5);
      exchange.limit(OTHER!, BUY, START - 1, 1_000_000);
      exchange.limit(OTHER!, SELL, START + 1, 1_000_000);
      const agent = new HawkesTaker(stream(30), AGENT!, one);
      const windows: number[] = [];
      let at = agent.wait();
      for (let end = 20_000_000; end <= 8_000_000_000; end += 20_000_000) {
        const before = exchange.tape.count;
        while (at <= end) {
          exchange.now = at;
          agent.wake(exchange);
          at += agent.wait();
        }
        windows.push(exchange.tape.count - before);
      }
      return windows;
    };
    const figures = (windows: number[]): [number, number] => {
      const mean = windows.reduce((a, b) => a + b, 0) / windows.length;
      return [mean, windows.reduce((a, b) => a + (b - mean) ** 2, 0) / windows.length / mean];
    };
    const [plain, poisson] = figures(count({ ...settings, kernels: [{ halfLifeUs: 500_000, jump: 0 }] }));
    const [excited, fano] = figures(count(settings));
    // Half a second of half-life and ln 2 events a second: each order has half an offspring, so there are twice as many.
    expect(plain).to.be.within(9.3, 10.7);
    expect(poisson).to.be.within(0.8, 1.25);
    expect(excited).to.be.within(17.5, 22.5);
    expect(fano).to.be.within(2.5, 5);
  });

  it('momentum: goes with the move, stays out without one', () => {
    const exchange = quoted();
    const one = new MomentumTrader(stream(40), AGENT!, {
      meanWaitUs: 1,
      lookBackSteps: 5,
      fromTicks: 3,
      actPermille: 1000,
      sizeMost: 4,
      reach: 0,
    });
    for (let i = 0; i < 10; i++) exchange.history.add(START, 2 * START);
    one.wake(exchange);
    expect(exchange.tape.count).to.equal(0);
    for (let i = 0; i < 10; i++) exchange.history.add(START, 2 * START - 6);
    one.wake(exchange);
    expect(exchange.tape.get(0)!.taker).to.equal(1);
  });

  it('metaorder: works every parent to its end, in orders of one sign, and tells of it', () => {
    const exchange = loneExchange(START, 5);
    exchange.history.add(START, 2 * START);
    exchange.limit(OTHER!, BUY, START - 1, 1_000_000);
    exchange.limit(OTHER!, SELL, START + 1, 1_000_000);
    const base = { arrivalUs: 5_000_000, childUs: 200_000, places: 3, sizeLeast1024: 20 * 1024, sizeMost: 500, childMost: 5, reach: 0 };
    const one = new MetaorderTrader(stream(50), AGENT!, base);
    const done: Parent[] = [];
    one.record = done;
    live(one, exchange, 600_000_000);
    expect(done.length).to.be.above(40);
    for (const parent of done) {
      expect(parent.size).to.be.within(20, 500);
      expect(parent.end).to.be.above(parent.start);
    }
    expect(new Set(done.map((parent) => parent.id)).size).to.equal(done.length);
    const wanted = (side: string): number => done.filter((p) => p.side === side).reduce((a, p) => a + p.size, 0);
    const position = exchange.accounts.position[AGENT!]!;
    expect(Math.abs(position - (wanted('buy') - wanted('sell')))).to.be.at.most(3 * 500);
    // Of the informed kind: only towards the index, and the more the further it is away.
    const knowing = new MetaorderTrader(stream(51), AGENT!, { ...base, informed: { fromTicks: 4, shares1024: 1024 } });
    const known: Parent[] = [];
    knowing.record = known;
    live(knowing, exchange, 660_000_000, 600_000_000);
    expect(known).to.deep.equal([]);
    exchange.history.add(START + 10, exchange.mid2());
    live(knowing, exchange, 780_000_000, 660_000_000);
    expect(known.length).to.be.above(3);
    for (const parent of known) expect(parent).to.include({ side: 'buy', size: 100 });
  });

  it('forced seller: sells without looking until it is done or far from the index', () => {
    const exchange = loneExchange(START, 5);
    exchange.history.add(START, 2 * START);
    for (let i = 1; i <= 100; i++) exchange.limit(OTHER!, BUY, START - i, 10);
    exchange.limit(OTHER!, SELL, START + 1, 10);
    const one = new ForcedTrader(stream(60), AGENT!, {
      quietUs: 1_000_000,
      orderUs: 50_000,
      endPermille: 0,
      buyPermille: 0,
      sizeLeast: 10,
      sizeMost: 10,
      reach: 3,
      farTicks: 20,
    });
    live(one, exchange, 30_000_000);
    expect(exchange.mid2() / 2).to.be.within(START - 21, START - 18);
    expect(exchange.accounts.position[AGENT!]!).to.be.below(-300);
  });

  it('never waits less than a microsecond, remembers in whole numbers, and is at most 16 a preset', () => {
    for (const preset of PRESETS) {
      const agents = crowd(preset, 1, 16, 1);
      expect(agents.length).to.be.within(5, 16);
      const market = new Market(hft.parseOptions({ durationUs: 20_000_000, market: { kind: 'synthetic', preset } }), 3);
      market.advance(19_000_000);
      for (const agent of market.listings[0]!.agents) {
        expect([...agent.memory].every(Number.isSafeInteger), agent.kind).to.equal(true);
        expect(agent.wait()).to.be.at.least(1);
      }
      expect(new Set(agents.map((agent) => agent.stream.id)).size).to.equal(agents.length);
    }
  });
});

describe('hft: presets', () => {
  for (const preset of PRESETS) {
    it(`${preset}: the same future from a snapshot, another from another seed, quotes on both sides`, () => {
      const options = hft.parseOptions({ durationUs: 40_000_000, market: { kind: 'synthetic', preset } });
      const market = hft.create(options, 5);
      market.advance(15_003_000);
      const snapshot = market.snapshot();
      const run = (seed?: number): string => {
        market.restore(snapshot);
        if (seed !== undefined) market.reseed(seed);
        let both = 0;
        for (let at = 16_000_000; at <= 30_000_000; at += 500_000) {
          market.advance(at);
          const { symbols } = market.observe(0);
          if (symbols[0]!.bids.length > 0 && symbols[0]!.asks.length > 0) both++;
        }
        expect(both).to.be.above(20);
        return market.digest();
      };
      const own = run();
      expect(run()).to.equal(own);
      expect(run(1)).to.not.equal(own);
      expect(run(1)).to.equal(run(1));
      expect(run(2)).to.not.equal(run(1));
    });
  }
});
