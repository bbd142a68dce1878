/** Two seats that want to pass each other money through the book, and what is left of it with each guard that a match may ask for. */
import { expect } from 'chai';
import type { Landing } from '../../../../envs/environment.js';
import { BUY, IOC, LIMIT, MARKET, SELL, type Execution } from '../../../../envs/hft/exchange/order.js';
import { Market } from '../../../../envs/hft/market.js';
import { parseOptions } from '../../../../envs/hft/options.js';
import type { HftPlan } from '../../../../envs/hft/state.js';

const GIVER = 0;
const TAKER = 1;
const FAR_TICKS = 40;
const DURATION_US = 20_000_000;

interface Passed {
  /** Shares that the two traded with each other, and by how many ticks the furthest of those trades was off the index. */
  shares: number;
  furthest: number;
  /** Yields in ppm of the starting cash. */
  giver: number;
  taker: number;
}

/**
 * A wash trade at a far price, five times a second, neither of them late: the taker offers far above the market, the giver takes everything
 * up to there; then each trades its position away.
 */
function collude(guard: object, farTicks = FAR_TICKS): Passed {
  const options = parseOptions({
    durationUs: DURATION_US,
    seats: 2,
    orderLimit: 1000,
    positionLimit: 2000,
    initialMarginPermille: 20,
    maintenanceMarginPermille: 0,
    ...guard,
  });
  const market = new Market(options, 5);
  const passed: Passed = { shares: 0, furthest: 0, giver: 0, taker: 0 };
  market.exchange.listener = {
    executed: (e) => {
      if (e.maker || e.owner > TAKER || e.counterpartyOwner > TAKER) return;
      passed.shares += e.size;
      passed.furthest = Math.max(passed.furthest, Math.abs(e.priceTicks - market.listings[0]!.index));
    },
  };
  const act = (seat: number, plan: HftPlan, at: number): Landing => market.act(seat, { plan }, at);
  for (let at = 100_000; at < DURATION_US - 200_000; at += 200_000) {
    act(TAKER, [{ do: 'ask', size: 200, at: farTicks }], at);
    act(GIVER, [{ do: 'buy', size: 1000, type: 'market' }], at);
    act(TAKER, [{ do: 'cancel' }, { do: 'flat' }], at + 100_000);
    act(GIVER, [{ do: 'flat' }], at + 100_000);
  }
  market.advance(DURATION_US);
  [passed.giver, passed.taker] = market.results().reward as [number, number];
  return passed;
}

describe('hft: two seats that pass each other money', () => {
  const open = collude({});

  it('can, in a match without a guard', () => {
    expect(open.shares).to.be.above(500);
    expect(open.furthest).to.be.above(FAR_TICKS / 2);
    expect(open.taker).to.be.above(10_000);
    expect(open.giver).to.be.below(-open.taker);
  });

  it('cannot trade with each other at all as seats of one owner, under any prevention', () => {
    for (const selfTrade of ['cancel-resting', 'cancel-taking', 'cancel-both', 'decrement']) {
      const grouped = collude({ selfTradeGroups: [7, 7], selfTrade });
      expect(grouped.shares, selfTrade).to.equal(0);
      expect(grouped.taker, selfTrade).to.be.below(open.taker / 20);
    }
    // Groups of their own are what they have without being told.
    expect(collude({ selfTradeGroups: [0, 1] })).to.deep.equal(open);
  });

  it('trade no further off the index than the price band, and pass the less for it', () => {
    for (const priceBandTicks of [5, 10]) {
      const far = collude({ priceBandTicks });
      expect(far.furthest).to.be.at.most(priceBandTicks);
      // As far as the band lets them.
      const near = collude({ priceBandTicks }, priceBandTicks - 3);
      expect(near.furthest).to.be.at.most(priceBandTicks);
      for (const { taker } of [far, near]) expect(taker).to.be.below((open.taker * priceBandTicks) / FAR_TICKS);
    }
  });
});

/** Inside the spread, by the default limits: the taker offers a tick under the best ask, the giver takes it, and back at the bid. */
function colludeInside(guard: object): Pick<Passed, 'shares' | 'giver' | 'taker'> {
  const market = new Market(parseOptions({ durationUs: DURATION_US, seats: 2, ...guard }), 5);
  let shares = 0;
  market.exchange.listener = {
    executed: (e) => {
      if (!e.maker && e.owner <= TAKER && e.counterpartyOwner <= TAKER) shares += e.size;
    },
  };
  const act = (seat: number, plan: HftPlan, at: number): Landing => market.act(seat, { plan }, at);
  for (let at = 100_000; at < DURATION_US - 1_000_000; at += 200_000) {
    act(TAKER, [{ do: 'ask', size: 30, at: -1 }], at);
    act(GIVER, [{ do: 'buy', size: 30 }], at);
    act(TAKER, [{ do: 'cancel' }, { do: 'bid', size: 30, at: 1 }], at);
    act(GIVER, [{ do: 'sell', size: 30 }], at);
    act(TAKER, [{ do: 'cancel' }], at);
  }
  market.advance(DURATION_US);
  const [giver, taker] = market.results().reward as [number, number];
  return { shares, giver, taker };
}

describe('hft: two seats that pass each other money inside the spread', () => {
  it('can under any price band, and by the default limits', () => {
    for (const guard of [{}, { priceBandTicks: 20 }]) {
      const { shares, giver, taker } = colludeInside(guard);
      expect(shares).to.be.above(2000);
      expect(taker).to.be.above(2000);
      expect(giver).to.be.below(-2000);
    }
  });

  it('cannot where all seats are of one group', () => {
    const { shares, taker } = colludeInside({ selfTradeGroups: [1, 1] });
    expect(shares).to.equal(0);
    expect(taker).to.be.at.most(0);
  });
});

describe('hft: the price band', () => {
  const BAND = 6;
  /** A market with one seat, its index, and the first part of what a plan of the seat leads to. */
  function banded(): { market: Market; act: (order: HftPlan[number]) => { reason?: string; fills: Execution[] } } {
    const market = new Market(parseOptions({ priceBandTicks: BAND, orderLimit: 1000, positionLimit: 1000, cashMicros: 1e12 }), 3);
    market.advance(3_000_000);
    const act = (order: HftPlan[number]) => {
      const fills: Execution[] = [];
      market.exchange.listener = { executed: (e) => void (e.owner === 0 && fills.push(e)) };
      const { reason } = market.act(0, { plan: [order] }, market.now);
      return { reason, fills };
    };
    return { market, act };
  }

  it('cuts what takes, and says so', () => {
    for (const side of ['buy', 'sell'] as const) {
      const { market, act } = banded();
      const { index } = market.listings[0]!;
      const { reason, fills } = act({ do: side, size: 1000, type: 'market' });
      expect(fills.length).to.be.above(1);
      for (const { priceTicks } of fills) expect((priceTicks - index) * (side === 'buy' ? 1 : -1)).to.be.at.most(BAND);
      expect(reason).to.match(/^(buy|sell): \d+ of 1000 filled: no more within the price band$/);
    }
  });

  it('refuses what would rest beyond it, and leaves prices free on the other side', () => {
    const { market, act } = banded();
    const { exchange, listings } = market;
    const limit = listings[0]!.index + BAND;
    const reason = `bid: price ${limit + 1} is outside the price band; accepted: buys up to ${limit}, ${BAND} ticks from the index`;
    expect(act({ do: 'bid', size: 1, at: limit + 1 - exchange.bid(), type: 'limit' }).reason).to.equal(reason);
    expect(act({ do: 'bid', size: 1, at: limit - exchange.bid(), type: 'limit' }).reason).to.equal(undefined);
    expect(act({ do: 'ask', size: 1, at: 500 }).reason).to.equal(undefined);
    expect(act({ do: 'bid', size: 1, at: -500 }).reason).to.equal(undefined);
    const [resting] = market.observe(0).symbols[0]!.orders;
    expect(act({ do: 'move', order: resting!.number, size: 1, at: 100 }).reason).to.match(/^move: price \d+ is outside the price band/);
    // The background is bound by none.
    expect(exchange.submit({ owner: 5, side: BUY, kind: LIMIT, priceTicks: limit + 50, size: 1 }).status).to.not.equal('refused');
  });

  it('leaves an order that rests where it is when the index moves away, at the price at which it went in', () => {
    const { exchange } = banded().market;
    const priceTicks = exchange.bid() + 1;
    let reference = priceTicks;
    exchange.band = { ticks: BAND, reference: () => reference };
    const fills: Execution[] = [];
    exchange.listener = { executed: (e) => void (e.owner === 0 && fills.push(e)) };
    const { id } = exchange.submit({ owner: 0, side: BUY, kind: LIMIT, priceTicks, size: 4 });
    reference -= 4 * BAND;
    expect(exchange.stateOf(id)).to.equal('resting');
    expect(exchange.submit({ owner: 0, side: BUY, kind: LIMIT, priceTicks, size: 4 }).status).to.equal('refused');
    exchange.submit({ owner: 5, side: SELL, kind: IOC, priceTicks, size: 4 });
    expect(fills).to.have.length(1);
    expect(fills[0]).to.include({ priceTicks, size: 4 });
  });

  it('holds for a stop when it is triggered', () => {
    const { market } = banded();
    const { exchange } = market;
    const { index } = market.listings[0]!;
    const fills: Execution[] = [];
    exchange.listener = { executed: (e) => void (e.owner === 0 && fills.push(e)) };
    const stop = exchange.submit({ owner: 0, side: BUY, kind: MARKET, priceTicks: 1, size: 900, trigger: exchange.ask() + 1 });
    const limit = exchange.submit({ owner: 0, side: BUY, kind: LIMIT, priceTicks: index + 90, size: 9, trigger: exchange.ask() + 1 });
    expect([stop.status, limit.status]).to.deep.equal(['waiting', 'waiting']);
    exchange.submit({ owner: 5, side: BUY, kind: IOC, priceTicks: exchange.ask() + 1, size: 1000 });
    expect(exchange.stateOf(stop.id)).to.equal('gone');
    for (const { priceTicks } of fills) expect(priceTicks).to.be.at.most(index + BAND);
    // What is left of the stop-limit rests where the band ends.
    expect(exchange.stateOf(limit.id)).to.equal('resting');
    expect(exchange.book.priceOf(limit.id)).to.equal(index + BAND);
    expect(exchange.book.sideOf(limit.id)).to.not.equal(SELL);
  });
});
