/** The rules of the exchange as a seat meets them: every kind of order through a plan, limits, margin, fees, several symbols and seats. */
import { expect } from 'chai';
import { OptionsError } from '../../../../envs/environment.js';
import { keyOf, Stream } from '../../../../envs/random.js';
import { Market } from '../../../../envs/hft/market.js';
import { sceneOf } from '../../../../envs/hft/scene.js';
import type { HftPlan, OwnOrder } from '../../../../envs/hft/state.js';
import { hft } from '../../../../envs/hft/task.js';
import { BUY, LIMIT, SELL } from '../../../../envs/hft/exchange/order.js';
import { anyPlan, play, view } from '../play.js';

interface Part {
  accepted: boolean;
  filled: number;
  rests: number;
  cancelled: number;
  number?: number;
  ahead?: number;
  reason?: string;
  executions?: { size: number; priceTicks: number; maker: boolean; why: string; feeMicros: number; counterparty: string }[];
}

/** A market whose background only placed its first quotes: nothing moves on while a test acts at one moment. */
function still(raw: unknown = {}, seed = 8): Market {
  const market = new Market(hft.parseOptions(raw), seed);
  market.advance(1_000_000);
  return market;
}

/** Lands a plan now. @returns its parts, the reason beside them */
function land(market: Market, plan: HftPlan, seat = 0): { parts: Part[]; reason: string } {
  const landing = market.act(seat, { plan }, market.now);
  return { parts: (landing.detail as unknown as { parts: Part[] }).parts, reason: landing.reason ?? '' };
}

const orders = (market: Market, seat = 0): OwnOrder[] => view(market, seat).orders;
const sum = (values: Iterable<number>): number => [...values].reduce((a, b) => a + b, 0);

describe('hft: orders of a seat', () => {
  it('takes now: what is within reach, all or nothing, or at any price, and says why each execution happened', () => {
    const market = still({ orderLimit: 1000, positionLimit: 100_000, cashMicros: 1e15 });
    const { book } = market.exchange;
    const within = sum(book.depth(SELL, 99).filter(([price]) => price <= book.bestAsk + 3).map(([, size]) => size)); // prettier-ignore
    const all = sum(book.depth(SELL, Infinity).map(([, size]) => size));
    expect(land(market, [{ do: 'buy', size: within + 1, type: 'fok' }]).parts[0]).to.deep.include({ accepted: true, filled: 0 });
    const best = book.bestAsk;
    const { parts, reason } = land(market, [{ do: 'buy', size: within + 1 }]);
    expect(parts[0]!.filled).to.equal(within);
    expect(reason).to.contain(`${within} of ${within + 1} filled`);
    expect(parts[0]!.executions![0]).to.deep.include({ priceTicks: best, maker: false, why: 'took the best ask' });
    expect(parts[0]!.executions!.map(({ counterparty }) => counterparty)).to.not.include('seat');
    expect(sum(parts[0]!.executions!.map(({ feeMicros }) => feeMicros))).to.equal(market.ledger.fees[0]);
    expect(land(market, [{ do: 'buy', size: all - within + 5, type: 'market' }]).parts[0]!.filled).to.equal(all - within);
    expect(book.askOrders).to.equal(0);
    expect(land(market, [{ do: 'buy', size: 1 }]).reason).to.contain('nobody offers');
  });

  it('rests: in line behind what is there, with a number of its own; an iceberg shows a part', () => {
    const market = still({ restingLimit: 6 });
    const { bidTicks, bids } = view(market);
    const deep = market.exchange.book.sizeAt(bidTicks - 30);
    const { parts } = land(market, [
      { do: 'bid', size: 4, at: 0 },
      { do: 'bid', size: 20, at: -30, show: 5 },
    ]);
    expect(parts[0]).to.deep.include({ rests: 4, number: 1, ahead: bids[0]![1] });
    expect(parts[1]).to.deep.include({ rests: 20, number: 2, ahead: deep });
    const [first, iceberg] = orders(market);
    expect(first).to.deep.include({ number: 1, kind: 'limit', priceTicks: bidTicks, aheadShares: bids[0]![1], size: 4 });
    expect(iceberg).to.deep.include({ number: 2, size: 20, hiddenShares: 15 });
    expect(market.exchange.book.sizeAt(bidTicks - 30)).to.equal(deep + 5);
    expect(hft.text(market.observe(0))).to.contain(`own bid #1 0:4/${bids[0]![1]} #2 -30:5+15/${deep} ask none keep`);
    // Somebody ahead goes: it moves up.
    market.exchange.cancel([...market.exchange.book.orders(BUY)][0]!.id);
    expect(orders(market)[0]!.aheadShares).to.be.below(bids[0]![1]);
  });

  it('takes and rests the remainder with limit, where post-only is refused', () => {
    const market = still({ orderLimit: 1000, positionLimit: 1000, cashMicros: 1e12 });
    const { askTicks, bidTicks, asks } = view(market);
    const plan = (type?: 'limit'): HftPlan => [{ do: 'bid', size: asks[0]![1] + 3, at: askTicks - bidTicks, ...(type ? { type } : {}) }];
    expect(land(market, plan()).reason).to.contain('would take');
    const [part] = land(market, plan('limit')).parts;
    expect(part).to.deep.include({ filled: asks[0]![1], rests: 3, ahead: 0 });
    expect(orders(market)[0]).to.deep.include({ priceTicks: askTicks, size: 3 });
  });

  it('moves an order, which keeps its place only if its size falls', () => {
    const market = still();
    land(market, [{ do: 'bid', size: 10, at: 0 }]);
    const price = view(market).bidTicks;
    market.exchange.submit({ owner: market.seats.length, side: BUY, kind: LIMIT, priceTicks: price, size: 7 });
    const ahead = orders(market)[0]!.aheadShares;
    expect(land(market, [{ do: 'move', order: 1, size: 6, at: 0 }]).parts[0]).to.deep.include({ rests: 6, number: 1, ahead });
    expect(land(market, [{ do: 'move', order: 1, size: 8, at: 0 }]).parts[0]).to.deep.include({ rests: 8, ahead: ahead + 7 });
    expect(land(market, [{ do: 'move', order: 1, size: 8, at: -25 }]).parts[0]).to.deep.include({ rests: 8, ahead: 0 });
    expect(land(market, [{ do: 'move', order: 3, size: 8, at: 0 }]).reason).to.contain('no order #3; live: #1');
  });

  it('cancels by number, by side, or all, and gives numbers out again', () => {
    const market = still();
    land(market, [{ do: 'bid', size: 1, at: -20 }, { do: 'ask', size: 1, at: 20 }, { do: 'bid', size: 1, at: -21 }]); // prettier-ignore
    expect(land(market, [{ do: 'cancel', order: 2 }]).parts[0]!.cancelled).to.equal(1);
    expect(land(market, [{ do: 'ask', size: 1, at: 22 }]).parts[0]!.number).to.equal(2);
    expect(land(market, [{ do: 'cancel', side: 'bid' }]).parts[0]!.cancelled).to.equal(2);
    expect(orders(market).map(({ side }) => side)).to.deep.equal(['ask']);
    expect(land(market, [{ do: 'cancel' }]).parts[0]!.cancelled).to.equal(1);
  });

  it('waits with a stop, enters when a trade reaches it, and rests at the limit of a stop-limit', () => {
    const market = still();
    land(market, [{ do: 'buy', size: 10 }]);
    const { bidTicks } = view(market);
    const { parts } = land(market, [
      { do: 'stop', side: 'sell', size: 5, at: -3 },
      { do: 'stop', side: 'sell', size: 4, at: -3, limit: 1 },
    ]);
    expect(parts.map(({ rests, number }) => [rests, number])).to.deep.equal([[5, 1], [4, 2]]); // prettier-ignore
    expect(orders(market).map(({ kind, priceTicks }) => [kind, priceTicks])).to.deep.equal([['stop', bidTicks - 3], ['stop-limit', bidTicks - 3]]); // prettier-ignore
    expect(hft.text(market.observe(0))).to.contain('#1 stop sell 5 at -3 #2 stop sell 4 at -3 limit +1');
    const position = view(market).position;
    // Somebody sells down to the trigger.
    market.exchange.take(market.seats.length, SELL, 100_000, 3);
    const after = view(market);
    expect(after.position).to.be.below(position);
    expect(after.orders.map(({ number, kind, priceTicks }) => [number, kind, priceTicks])).to.deep.equal([[2, 'limit', bidTicks + 1]]);
    expect(after.fills.some(({ size }) => size === -5 || size < 0)).to.equal(true);
  });

  it('cancels one when the other of a pair trades, and counts the pair once', () => {
    const market = still({ positionLimit: 10 });
    land(market, [{ do: 'oco', side: 'sell', size: 10, at: 0, stop: -6 }]);
    expect(orders(market).map(({ kind }) => kind)).to.deep.equal(['limit', 'stop']);
    expect(land(market, [{ do: 'ask', size: 1, at: 5 }]).reason).to.contain('position limit of 10 leaves 0');
    market.exchange.take(market.seats.length, BUY, 100_000, 0);
    expect(view(market).position).to.equal(-10);
    expect(orders(market)).to.deep.equal([]);
  });

  it('counts a pair by its larger order once one was made smaller', () => {
    const market = still();
    land(market, [{ do: 'oco', side: 'sell', size: 10, at: 2, stop: -6 }]);
    expect(land(market, [{ do: 'move', order: 1, size: 1, at: 2 }]).parts[0]!.rests).to.equal(1);
    land(market, [{ do: 'ask', size: 30, at: 5 }]);
    expect(land(market, [{ do: 'ask', size: 30, at: 6 }]).reason).to.contain('cut to 20: the position limit of 60 leaves 20');
  });

  it('are all cancelled when it leaves: what rests and what waits, in every symbol', () => {
    const market = still({ symbols: [{}, {}], seats: 2 });
    for (const seat of [0, 1])
      land(
        market,
        [
          { do: 'bid', size: 3, at: -9, show: 1 },
          { do: 'stop', side: 'buy', size: 1, at: 9, limit: 10, symbol: 'SYN2' },
          { do: 'oco', side: 'sell', size: 1, at: 5, stop: -9, symbol: 'SYN2' },
        ],
        seat,
      );
    market.leave(0, market.now);
    const live = [0, 1].map((seat) => market.observe(seat).symbols.map((symbol) => symbol.orders.length));
    expect(live).to.deep.equal([[0, 0], [1, 3]]); // prettier-ignore
  });
});

describe('hft: limits', () => {
  it('trades in whole lots, but lets an odd position out', () => {
    const market = still({ lotSize: 5, orderLimit: 60 });
    expect(land(market, [{ do: 'bid', size: 12, at: -9 }]).reason).to.contain('cut to 10: sizes are whole multiples of 5');
    expect(land(market, [{ do: 'bid', size: 4, at: -9 }]).reason).to.contain('whole multiples of 5');
    market.exchange.accounts.settle(0, 1, BUY, 10_000, 3);
    expect(land(market, [{ do: 'flat' }]).parts[0]!.filled).to.equal(-3);
  });

  it('keeps the value of all positions under the notional limit and the initial margin, other symbols and orders included', () => {
    const notional = still({ symbols: [{}, {}], notionalLimitMicros: 3_000_000_000 });
    expect(land(notional, [{ do: 'buy', size: 20 }]).parts[0]!.filled).to.be.above(0);
    land(notional, [{ do: 'bid', size: 30, at: -5 }]);
    expect(land(notional, [{ do: 'bid', size: 30, at: -5, symbol: 'SYN2' }]).reason).to.contain('notional leaves');
    const margin = still({ cashMicros: 1_000_000_000, initialMarginPermille: 500 });
    land(margin, [{ do: 'bid', size: 30, at: -5 }]);
    expect(land(margin, [{ do: 'bid', size: 30, at: -5 }]).reason).to.contain('margin leaves 0');
    expect(view(margin).orders[0]!.size).to.be.within(18, 20);
  });

  it('liquidates at the next step a seat whose margin is gone: orders cancelled, positions traded away, told to all', () => {
    const market = still({ cashMicros: 100_000_000, takerFeePpm: 1000, initialMarginPermille: 20, maintenanceMarginPermille: 20 });
    // Bought at the initial margin, the fee and the spread alone leave too little.
    land(market, [{ do: 'buy', size: 30 }, { do: 'buy', size: 20 }, { do: 'bid', size: 1, at: -9 }]); // prettier-ignore
    const held = view(market).position;
    expect(held).to.be.above(20);
    market.advance(market.now + 50_000);
    const state = view(market);
    expect(state.position).to.equal(0);
    expect(state.orders).to.deep.equal([]);
    expect(state.liquidatedShares).to.equal(held);
    expect(market.results().seats[0]).to.deep.include({ liquidations: 1, liquidatedShares: held });
    expect(market.scene().seats[0]!.liquidations).to.equal(1);
    expect(market.act(0, { plan: [] }, market.now).detail).to.deep.include({ liquidatedShares: held });
    expect(hft.text(market.observe(0))).to.contain(`liquidated ${held}`);
  });

  it('charges by tier of what a seat has traded so far', () => {
    const market = still({ takerFeePpm: 100, feeTiers: [{ fromMicros: 100_000_000, makerFeePpm: -10, takerFeePpm: 50 }] });
    const fees = [1, 1].map((size) => {
      const [part] = land(market, [{ do: 'buy', size }]).parts;
      const { priceTicks, feeMicros } = part!.executions![0]!;
      return feeMicros / (priceTicks * 10_000);
    });
    expect(fees[0]).to.be.closeTo(100e-6, 1e-6);
    // The second comes after one share at about 100 dollars was traded.
    expect(fees[1]).to.be.closeTo(50e-6, 1e-6);
  });

  it('prevents a seat from trading with itself, in the mode it asked for', () => {
    // An own offer of 5 alone at the best ask; then a bid of 4 at its price.
    for (const [mode, left] of [
      ['cancel-resting', [['bid', 4]]],
      ['cancel-taking', [['ask', 5]]],
      ['cancel-both', []],
      ['decrement', [['ask', 1]]],
    ] as const) {
      const market = still({ selfTrade: mode });
      const own = market.exchange.bid() + 1;
      market.exchange.take(market.seats.length, BUY, market.exchange.book.sizeAt(own), 0);
      land(market, [{ do: 'ask', size: 5, at: own - market.exchange.ask() }]);
      expect(market.exchange.ask()).to.equal(own);
      land(market, [{ do: 'bid', size: 4, at: own - market.exchange.bid(), type: 'limit' }]);
      expect(orders(market).map(({ side, size }) => [side, size]), mode).to.deep.equal(left); // prettier-ignore
      expect(view(market).position).to.equal(0);
    }
  });

  it('says that an own order stopped a taking one, and not that nobody offered more', () => {
    const market = still({ selfTrade: 'cancel-taking' });
    const own = market.exchange.bid() + 1;
    market.exchange.take(market.seats.length, BUY, market.exchange.book.sizeAt(own), 0);
    land(market, [{ do: 'ask', size: 5, at: own - market.exchange.ask() }]);
    expect(land(market, [{ do: 'buy', size: 4 }]).reason).to.equal('buy: 0 of 4 filled: the rest met an order of your own');
  });

  it('refuses options that make no sense, saying where and what is accepted', () => {
    for (const [raw, told] of [
      [{ symbols: [{}, {}], market: { kind: 'synthetic' } }, 'beside symbols'],
      [{ symbols: [{ symbol: 'A' }, { symbol: 'A' }] }, 'symbols.1.symbol'],
      [{ symbols: [] }, 'symbols'],
      [{ seats: 65 }, 'seats'],
      [{ seats: 2, selfTrade: ['decrement'] }, 'selfTrade: 1 entries'],
      [{ initialMarginPermille: 100 }, 'maintenanceMarginPermille: 250; accepted: up to'],
      [
        {
          feeTiers: [
            { fromMicros: 5, makerFeePpm: 0, takerFeePpm: 0 },
            { fromMicros: 5, makerFeePpm: 0, takerFeePpm: 0 },
          ],
        },
        'feeTiers.1',
      ],
      [{ symbols: [{ lotSize: 0 }] }, 'symbols.0.lotSize'],
      [{ symbols: [{}, { lotSize: 31 }] }, 'symbols.1.lotSize: 31, over orderLimit'],
      [{ seats: 2, selfTradeGroups: [1] }, 'selfTradeGroups: 1 entries; accepted: one number for each of 2 seats'],
      [{ priceBandTicks: 0 }, 'priceBandTicks'],
      [{ selfTrade: 'never' }, 'selfTrade: accepted: cancel-resting'],
      [{ preset: 'calm' }, 'accepted: durationUs, gridUs'],
      [{ symbols: [{}, { tickMicros: 1_000_000, market: { kind: 'synthetic', startTicks: 1_000_000 } }] }, 'symbols.1.tickMicros'],
      [
        { tickMicros: 1_000_000, positionLimit: 100_000, market: { kind: 'synthetic', startTicks: 100_000 } },
        'positionLimit: 100000 shares',
      ],
    ] as const)
      expect(() => hft.parseOptions(raw), told).to.throw(OptionsError, told);
    const several = hft.parseOptions({ symbols: [{}, { positionLimit: 7 }], lotSize: 2 });
    expect(several.symbols.map(({ symbol, lotSize, positionLimit }) => [symbol, lotSize, positionLimit])).to.deep.equal([['SYN', 2, 60], ['SYN2', 2, 7]]); // prettier-ignore
    expect(hft.parseOptions(several)).to.deep.equal(several);
  });
});

describe('hft: several symbols and seats', () => {
  it('has one cash account and a position a symbol; orders name theirs, cancel and flat mean all', () => {
    const market = still({ symbols: [{}, {}] });
    const { parts, reason } = land(market, [{ do: 'buy', size: 3 }, { do: 'sell', size: 2, symbol: 'SYN2' }, { do: 'bid', size: 1, at: -9, symbol: 'SYN2' }, { do: 'buy', size: 1, symbol: 'X' }]); // prettier-ignore
    expect(parts.map(({ filled }) => filled)).to.deep.equal([3, -2, 0, 0]);
    expect(reason).to.contain('no symbol X; accepted: SYN, SYN2');
    expect(market.observe(0).symbols.map(({ position }) => position)).to.deep.equal([3, -2]);
    const text = hft.text(market.observe(0)).split('\n');
    expect(text.filter((line) => ['SYN', 'SYN2'].includes(line))).to.deep.equal(['SYN', 'SYN2']);
    expect(text).to.have.length(1 + 2 * 11);
    expect(sceneOf(market.scene(), 1).seats[0]!.position).to.equal(-2);
    land(market, [{ do: 'flat' }]);
    expect(market.observe(0).symbols.map(({ position, orders: own }) => [position, own.length])).to.deep.equal([[0, 0], [0, 0]]); // prettier-ignore
  });

  it('lets every bot play every symbol, in plans that are read back', () => {
    const options = hft.parseOptions({ symbols: [{}, {}, {}], durationUs: 60_000_000 });
    for (const bot of hft.bots) {
      const named = new Set<string | undefined>();
      play(bot.name, 250_000, 3, options, (state) => {
        const action = bot.create({ seed: 1 }).decide(state);
        expect(hft.parseAction(action), bot.name).to.deep.equal(action);
        expect(hft.parse(hft.write(action), false)).to.deep.equal({ kind: 'action', action });
        for (const { symbol } of action.plan) named.add(symbol);
      });
      if (bot.name !== 'hold') expect([...named], bot.name).to.include.members(['SYN', 'SYN2', 'SYN3']);
    }
  });

  it('moves fundamentals together as much as it is told', () => {
    /** Of the first symbol's moves, the share that the second makes too. */
    const shared = (permille: number): number => {
      const market = new Market(hft.parseOptions({ symbols: [{}, { market: { kind: 'synthetic', startTicks: 10_000 } }], correlationPermille: permille, durationUs: 200_000_000 }), 3); // prettier-ignore
      const values = market.listings.map(() => [] as number[]);
      for (let at = 0; at < 200_000_000; at += 50_000) {
        market.advance(at);
        market.listings.forEach((listing, i) => values[i]!.push(listing.value));
      }
      const [a, b] = values.map((path) => path.slice(1).map((value, i) => value - path[i]!)) as [number[], number[]];
      const moves = a.map((move, i) => [move, b[i]!]).filter(([move]) => move !== 0);
      expect(moves.length).to.be.above(100);
      return moves.filter(([own, theirs]) => own === theirs).length / moves.length;
    };
    expect(shared(0)).to.be.below(0.2);
    // The factor and the symbols have quiet and busy times of their own, so shares of moves are not exactly shares of steps.
    expect(shared(300)).to.be.within(0.1, 0.7);
    expect(shared(700)).to.be.within(0.5, 0.95);
    expect(shared(1000)).to.equal(1);
  });

  it('gives a stale quote to the faster of two seats', () => {
    for (const [fast, slow] of [
      [0, 1],
      [1, 0],
    ] as const) {
      const market = still({ seats: 2, takerFeePpm: 0 });
      const { askTicks } = view(market);
      market.exchange.take(market.ledger.owners - 1, BUY, 100_000, 0);
      market.exchange.limit(market.seats.length, SELL, askTicks, 5);
      const both: HftPlan = [{ do: 'bid', size: 5, at: askTicks - view(market).bidTicks, type: 'limit' }];
      const decided = market.now;
      market.act(fast, { plan: both }, decided + 1, 1);
      market.act(slow, { plan: both }, decided + 2, 2);
      expect(view(market, fast).position).to.equal(5);
      expect(view(market, fast).fills[0]).to.deep.include({ priceTicks: askTicks, size: 5 });
      expect(view(market, slow).fills.every(({ priceTicks }) => priceTicks > askTicks) || view(market, slow).position === 0).to.equal(true);
      expect([market.observe(fast).latencyUs, market.observe(slow).latencyUs]).to.deep.equal([1, 2]);
    }
  });

  it('conserves cash and shares exactly with 64 seats, two symbols and every kind of order', () => {
    const options = hft.parseOptions({ seats: 64, durationUs: 4_000_000, symbols: [{}, { lotSize: 3 }], makerFeePpm: -2, takerFeePpm: 2000, correlationPermille: 300, initialMarginPermille: 50, maintenanceMarginPermille: 50, cashMicros: 100_000_000 }); // prettier-ignore
    const market = new Market(options, 5);
    const random = new Stream(keyOf(5, 12), 1);
    const check = (): void => {
      expect(sum(market.ledger.cash) + sum(market.ledger.fees)).to.equal(64 * options.cashMicros);
      for (const { exchange } of market.listings) {
        expect(sum(exchange.accounts.position)).to.equal(0);
        const { book } = exchange;
        if (book.bidOrders > 0 && book.askOrders > 0) expect(book.bestBid).to.be.below(book.bestAsk);
      }
    };
    for (let at = 0; at < 4_000_000; at += random.between(1, 6_000)) {
      const seat = random.below(64);
      market.advance(at);
      if (market.over) break;
      market.act(seat, { plan: anyPlan(market.observe(seat), random) }, at);
      if (random.below(20) === 0) check();
    }
    market.advance(4_000_000);
    check();
    for (const { exchange } of market.listings) for (let seat = 0; seat < 64; seat++) expect(exchange.accounts.position[seat]).to.equal(0);
    const totals = market.results().seats.reduce((all, seat) => all + seat.liquidations!, 0);
    expect(totals).to.be.above(0);
  });
});
