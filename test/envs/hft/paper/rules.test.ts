import { expect } from 'chai';
import fc from 'fast-check';
import { paper } from '../../../../envs/hft/paper/task.js';
import type { PaperWorld } from '../../../../envs/hft/paper/world.js';
import { answers, day, twoDays, worldOf } from './days.js';
import { historyAt, played, type Answer, type Asked, type Day } from './published.js';

/** Lets the world be asked and answered as a match would, each delay as the measured latency; its own log of the same form. */
function through(world: PaperWorld, symbols: readonly string[], answer: (question: number) => Answer & { us: number }): Asked[] {
  const log: Asked[] = [];
  let at = 0;
  while (!world.over) {
    const asked = world.nextPublish(at);
    world.advance(asked);
    const { time } = world.observe();
    const { shares, us } = answer(log.length);
    const known = Object.fromEntries(Object.entries(shares).filter(([symbol]) => symbols.includes(symbol)));
    at = asked + us;
    world.act(0, { plan: known }, at, us);
    const { holdings } = world.snapshot() as { holdings: { shares: number; cost: number }[] };
    const by = (key: 'shares' | 'cost') => Object.fromEntries(symbols.map((symbol, i) => [symbol, holdings[i]![key]]));
    log.push({ time, cash: world.cash, held: by('shares'), cost: by('cost') });
  }
  return log;
}

function same(days: Record<string, Day>, threshold: number, list: readonly (Answer & { us: number })[]): void {
  const answer = (question: number) => list[question % list.length]!;
  const expected = played(days, threshold, answer);
  const world = worldOf(days, { threshold });
  expect(through(world, Object.keys(days), answer)).to.deep.equal(expected.log);
  expect(world.results().seats[0]!.cash).to.equal(expected.cash);
  expect(world.results().reward[0]).to.equal(Math.floor((expected.worth / 10000 - 1) * 1_000_000 + 0.5));
}

const bars = (high: number, low: number) => ({ open: low, high, low, close: high });

describe('the published rules', () => {
  it('give the same cash to the last bit as their plain telling, one symbol', () => {
    fc.assert(
      fc.property(day, fc.constantFrom(0.03, 2, 0, 0.5), answers, (one, threshold, list) => same({ AMZN: one }, threshold, list)),
      { numRuns: 300 },
    );
  });

  it('give the same cash to the last bit with two symbols, whose seconds are the shared ones', () => {
    fc.assert(
      fc.property(twoDays, fc.constantFrom(0.03, 2), answers, (days, threshold, list) => same(days, threshold, list)),
      { numRuns: 300 },
    );
  });

  /** Mean high 103.625 and mean low 101.25: the average is 102.4375. */
  const made: Day = {
    '09:30:00': bars(101, 100),
    '09:30:01': bars(103, 101),
    '09:30:03': bars(100.5, 99),
    '15:30:01': bars(110, 105),
    '15:31:00': bars(103.625, 101.25),
  };

  it('come out as computed by hand', () => {
    const world = worldOf({ AMZN: made }, { threshold: 2 });
    world.advance(10_000);
    expect(world.observe()).to.deep.equal({
      time: '09:30:00',
      cash: 10_000,
      symbols: [{ symbol: 'AMZN', buy: 100, sell: 101, shares: 0, cost: 0, maxBuyable: 100, history: [] }],
    });
    // 0.75 s: half of 100 and half of 102.4375 is 101.21875, ten times.
    const bought = world.act(0, { plan: { AMZN: 10 } }, 760_000, 750_000);
    expect(bought.detail).to.deep.equal({
      time: '09:30:00',
      delayS: 0.75,
      trades: [{ symbol: 'AMZN', shares: 10, price: 101.21875 }],
      cash: 8987.8125,
    });
    // At 09:30:01 the furthest price is 1.76 % off the cost: not asked. At 09:30:03 it is 2.19 %.
    expect(world.observe().time).to.equal('09:30:03');
    expect(world.observe().symbols[0]).to.deep.include({ shares: 10, cost: 101.21875, maxBuyable: 90 });
    // No delay: four at the high of 100.5.
    world.act(0, { plan: { AMZN: -4 } }, 770_001, 1);
    expect(world.cash).to.equal(9389.8125);
    expect(world.observe().time).to.equal('15:30:01');
    // Three seconds: the average alone, for the six that are left of the hundred.
    const sold = world.act(0, { plan: { '*': -100 } }, 3_800_000, 3_000_000);
    expect(sold.reason).to.equal('sell 100 of AMZN: 6, all that were held, are sold');
    expect(world.cash).to.equal(10_004.4375);
    expect(world.over).to.equal(true);
    expect(world.results()).to.deep.equal({
      over: true,
      endedAt: 3_800_000,
      reward: [444],
      seats: [{ cash: 10_004.4375, cashCents: 1_000_444, sharesAMZN: 0, asked: 3, buys: 1, sells: 2, ignored: 0, unanswered: 0 }],
    });
  });

  it('take the delay from the prices only: 0, 0.75, 1.5 and 3 s see the same seconds', () => {
    const cash = [0, 750_000, 1_500_000, 3_000_000].map((us) => {
      const world = worldOf({ AMZN: made }, { threshold: 2 });
      const log = through(world, ['AMZN'], () => ({ shares: { AMZN: 10 }, delay: us / 1_000_000, us }));
      expect(log.map(({ time }) => time)).to.include.members(['09:30:00', '15:30:01']);
      return log[0]!.cash;
    });
    expect(cash).to.deep.equal([9000, 8987.8125, 8975.625, 8975.625]);
  });

  it('ignore a buy that the cash does not pay for, whole, and say so', () => {
    const world = worldOf({ AMZN: made });
    const landing = world.act(0, { plan: { AMZN: 101 } }, 10_000, 1);
    expect(landing).to.deep.include({ accepted: false });
    expect(landing.reason).to.match(/buy 101 of AMZN at 100.0000: more than the cash pays for; 100 would/);
    expect(world.cash).to.equal(10_000);
    expect(world.observe().time).to.equal('09:30:01');
    expect(world.act(0, { plan: { AMZN: 1, TSLA: 5 } }, 20_000, 1)).to.deep.include({
      accepted: true,
      reason: 'ignored: no symbol TSLA; there are AMZN',
    });
  });

  it('take the last cent for a buy', () => {
    const world = worldOf({ AMZN: made });
    expect(world.act(0, { plan: { AMZN: 100 } }, 10_000, 1)).to.deep.include({ accepted: true });
    expect(world.cash).to.equal(0);
  });

  it('do not end after 15:30:00 at a second at which nothing was asked', () => {
    const quiet: Day = { '15:29:59': bars(100, 100), '15:30:01': bars(100.5, 100), '15:30:02': bars(103, 100), '15:30:03': bars(99, 98) };
    const world = worldOf({ AMZN: quiet }, { threshold: 2 });
    world.act(0, { plan: { AMZN: 1 } }, 10_000, 1);
    expect(world.observe().time).to.equal('15:30:02');
    world.act(0, { plan: {} }, 20_000, 1);
    expect(world.over).to.equal(true);
    expect(world.results().reward[0]).to.equal(300); // one share at 100, marked at the last second's high of 103
  });

  it('show up to twenty earlier prices, the newest of the last trade before, then a minute or more apart', () => {
    const long: Day = Object.fromEntries(
      Array.from({ length: 50 }, (_, i) => [`10:${String(i).padStart(2, '0')}:00`, bars(100 + i, 98 + i)]).concat([
        ['10:49:30', bars(1000, 900)],
      ] as never),
    ) as Day;
    const world = worldOf({ AMZN: long });
    for (let i = 0; i < 50; i++) world.act(0, { plan: {} }, 10_000 * (i + 1), 1);
    const { history } = world.observe().symbols[0]!;
    expect(world.observe().time).to.equal('10:49:30');
    expect(history).to.have.length(20);
    expect(history[0]).to.deep.equal({ time: '10:49:00', price: 148 });
    expect(history[1]).to.deep.equal({ time: '10:48:00', price: 147 });
    expect(history[19]).to.deep.equal({ time: '10:30:00', price: 129 });
  });

  it('show the earlier prices of the seconds in which the symbol itself traded, shared or not', () => {
    const days = {
      AMZN: { '10:00:00': bars(11, 9), '10:02:00': bars(21, 19), '10:02:10': bars(31, 29) },
      NVDA: { '10:00:00': bars(5, 5), '10:00:50': bars(6, 6), '10:01:40': bars(7, 7), '10:02:09': bars(8, 8), '10:02:10': bars(9, 9) },
    };
    const world = worldOf(days);
    world.act(0, { plan: {} }, 10_000, 1);
    expect(world.observe().time).to.equal('10:02:10');
    expect(world.observe().symbols.map(({ history }) => history)).to.deep.equal([
      [{ time: '10:02:00', price: 20 }, { time: '10:00:00', price: 10 }],
      [{ time: '10:02:09', price: 8 }, { time: '10:00:50', price: 6 }],
    ]); // prettier-ignore
  });

  it('show the earlier prices that their plain telling shows, on any days', () => {
    fc.assert(
      fc.property(twoDays, (days) => {
        const world = worldOf(days);
        for (let i = 1; !world.over; i++) {
          const { time, symbols } = world.observe();
          for (const { symbol, history } of symbols) expect(history).to.deep.equal(historyAt(days[symbol]!, time));
          world.act(0, { plan: {} }, i * 10_000, 1);
        }
      }),
      { numRuns: 100 },
    );
  });
});

describe('the paper bots', () => {
  it('play any day to its end, with answers their world takes', () => {
    fc.assert(
      fc.property(twoDays, fc.constantFrom(...paper.bots.map(({ name }) => name)), fc.integer({ min: 0, max: 99 }), (days, name, seed) => {
        const policy = paper.bots.find((bot) => bot.name === name)!.create({ seed, errorPermille: seed * 10 });
        const world = worldOf(days);
        for (let i = 1; !world.over; i++) {
          const action = policy.decide(world.observe());
          expect(paper.parse(paper.write(action), true)).to.deep.equal({ kind: 'action', action });
          world.act(0, action, i * 10_000, 700_000);
          expect(world.cash).to.be.at.least(0);
        }
      }),
      { numRuns: 60 },
    );
  });
});
