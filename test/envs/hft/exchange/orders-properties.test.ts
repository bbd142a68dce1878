/** What holds over any sequence of orders, of whatever kind. */
import { expect } from 'chai';
import fc from 'fast-check';
import { Digest } from '../../../../envs/digest.js';
import type { Exchange } from '../../../../envs/hft/exchange/exchange.js';
import {
  BUY,
  FOK,
  IOC,
  LIMIT,
  MARKET,
  POST_ONLY,
  SELF_TRADE_PREVENTIONS,
  SELL,
  type Kind,
  type OrderRequest,
  type Side,
} from '../../../../envs/hft/exchange/order.js';
import { OWN_ORDER } from '../../../../envs/hft/exchange/clearing.js';
import { LONE_CASH, loneExchange } from './lone-exchange.js';
import { ShownBook } from './shown-book.js';

const OWNERS = 4;

const side = fc.constantFrom<Side>(BUY, SELL);
const kind = fc.constantFrom<Kind>(LIMIT, LIMIT, LIMIT, IOC, POST_ONLY, FOK, MARKET);
const price = fc.integer({ min: 96, max: 104 });
const size = fc.integer({ min: 1, max: 30 });
const rarely = <T>(values: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> => fc.option(values, { nil: undefined, freq: 2 });

/** Any order, also one that is refused: an iceberg that never rests, a display beyond its size, a third of a pair. */
const order: fc.Arbitrary<OrderRequest> = fc.record({
  owner: fc.integer({ min: 0, max: OWNERS - 1 }),
  side,
  kind,
  priceTicks: price,
  size,
  display: rarely(fc.integer({ min: 1, max: 12 })),
  trigger: rarely(price),
  pair: rarely(fc.integer({ min: 0, max: 2 })),
  selfTrade: rarely(fc.constantFrom(...SELF_TRADE_PREVENTIONS)),
});

type Step =
  | { do: 'submit'; order: OrderRequest }
  | { do: 'modify'; nth: number; size: number; price: number }
  | { do: 'cancel'; nth: number }
  | { do: 'cancelAll'; owner: number; side: Side | undefined };

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ do: fc.constant('submit' as const), order }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('modify' as const), nth: fc.nat(99), size, price }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('cancel' as const), nth: fc.nat(99) }) },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constant('cancelAll' as const), owner: fc.integer({ min: 0, max: OWNERS - 1 }), side: rarely(side) }),
  },
);

/** Carries a step out; `ids` grows by what was acknowledged. */
function take(exchange: Exchange, ids: number[], s: Step): void {
  const id = ids.length > 0 && 'nth' in s ? ids[s.nth % ids.length]! : 0;
  if (s.do === 'submit') ids.push(exchange.submit(s.order).id);
  else if (s.do === 'modify') exchange.modify(id, s.size, s.price);
  else if (s.do === 'cancel') exchange.cancel(id);
  else exchange.cancelAll(s.owner, s.side);
}

function digestOf(exchange: Exchange): string {
  const into = new Digest();
  exchange.digest(into);
  return into.hex();
}

const sum = (values: Iterable<number>): number => [...values].reduce((a, b) => a + b, 0);

/** A book with liquidity on both sides, every owner in it, icebergs among it. */
function filled(orders: readonly OrderRequest[]): Exchange {
  const exchange = loneExchange(100, OWNERS);
  for (const o of orders) exchange.submit({ ...o, trigger: undefined, pair: undefined });
  return exchange;
}

describe('hft: what holds of orders', () => {
  it('cash and shares are conserved exactly, and no state is crossed, locked or negative', () => {
    fc.assert(
      fc.property(fc.array(step, { minLength: 20, maxLength: 120 }), (steps) => {
        const exchange = loneExchange(100, OWNERS);
        const { book, accounts } = exchange;
        const ids: number[] = [];
        for (const s of steps) {
          take(exchange, ids, s);
          if (book.bidOrders > 0 && book.askOrders > 0) expect(book.bestBid).to.be.below(book.bestAsk);
          let shown = 0;
          for (const one of [BUY, SELL] as const) {
            for (const o of book.orders(one)) {
              expect(o.size).to.be.above(0);
              expect(o.hidden).to.be.at.least(0);
              shown += o.size;
            }
            for (const [at, total] of book.depth(one, Infinity)) {
              expect(total).to.be.above(0);
              expect(book.sizeAt(at)).to.equal(total);
              shown -= total;
            }
          }
          expect(shown).to.equal(0);
          expect(sum(accounts.position)).to.equal(0);
          expect(sum(accounts.cash) + sum(accounts.fees)).to.equal(OWNERS * LONE_CASH);
        }
      }),
      { numRuns: 150 },
    );
  });

  it('every execution has two sides, and what owners were told adds up to what they hold', () => {
    fc.assert(
      fc.property(fc.array(step, { minLength: 20, maxLength: 120 }), (steps) => {
        const exchange = loneExchange(100, OWNERS);
        const shares = new Array<number>(OWNERS).fill(0);
        const fees = new Array<number>(OWNERS).fill(0);
        const byTrade = new Map<number, number>();
        exchange.listener = {
          executed: (e) => {
            const signed = e.side === BUY ? e.size : -e.size;
            shares[e.owner]! += signed;
            fees[e.owner]! += e.feeMicros;
            byTrade.set(e.tradeId, (byTrade.get(e.tradeId) ?? 0) + signed);
            expect(e.owner).to.not.equal(e.counterpartyOwner);
          },
        };
        const ids: number[] = [];
        for (const s of steps) take(exchange, ids, s);
        expect(shares).to.deep.equal([...exchange.accounts.position]);
        expect(fees).to.deep.equal([...exchange.accounts.fees]);
        expect([...byTrade.values()].every((signed) => signed === 0)).to.equal(true);
      }),
      { numRuns: 100 },
    );
  });

  it('shares ahead are exact: what trades at the price before its first fill, when nobody cancels', () => {
    fc.assert(
      fc.property(fc.array(order, { minLength: 5, maxLength: 40 }), fc.array(size, { minLength: 5, maxLength: 60 }), (before, takes) => {
        const exchange = loneExchange(100, OWNERS + 2);
        // Sellers of whatever kind at one price; nobody trades with himself, so nothing is cancelled.
        for (const o of before)
          exchange.submit({
            ...o,
            side: SELL,
            kind: LIMIT,
            priceTicks: 100,
            trigger: undefined,
            pair: undefined,
            display: o.display && Math.min(o.display, o.size),
          });
        const mine = exchange.submit({ owner: OWNERS, side: SELL, kind: LIMIT, priceTicks: 100, size: 10 });
        expect(exchange.queueAhead(mine.id)).to.equal(mine.aheadShares);
        let traded = 0;
        let first: number | undefined;
        exchange.listener = {
          executed: (e) => {
            if (!e.maker) return;
            if (e.id === mine.id) {
              first ??= traded;
              expect(e.aheadAtEntry).to.equal(mine.aheadShares);
            }
            traded += e.size;
          },
        };
        for (const n of takes) {
          const left = exchange.queueAhead(mine.id);
          if (first === undefined) expect(left).to.equal(mine.aheadShares - traded);
          exchange.take(OWNERS + 1, BUY, n, 0);
        }
        if (first !== undefined) expect(first).to.equal(mine.aheadShares);
        else expect(traded).to.be.at.most(mine.aheadShares);
      }),
      { numRuns: 200 },
    );
  });

  it('fill or kill is all or nothing, and nothing leaves no trace', () => {
    fc.assert(
      fc.property(fc.array(order, { minLength: 5, maxLength: 30 }), order, fc.integer({ min: 1, max: 150 }), (before, last, shares) => {
        const exchange = filled(before);
        const { book } = exchange;
        const depth = (): string => JSON.stringify([BUY, SELL].map((s) => [...book.orders(s as Side)]));
        const was = depth();
        const ack = exchange.submit({ ...last, kind: FOK, size: shares, display: undefined, trigger: undefined, pair: undefined });
        if (ack.filled === 0) expect(depth()).to.equal(was);
        expect([0, shares]).to.include(ack.filled);
        expect(ack.status).to.equal(ack.filled === 0 ? 'cancelled' : 'filled');
      }),
      { numRuns: 300 },
    );
  });

  it('modify keeps the place when only the size falls, and the place is lost otherwise', () => {
    fc.assert(
      fc.property(
        fc.array(size, { minLength: 2, maxLength: 12 }),
        fc.nat(11),
        size,
        fc.integer({ min: 98, max: 100 }),
        (sizes, nth, to, at) => {
          const exchange = loneExchange(100, OWNERS);
          const acks = sizes.map((n, i) => exchange.submit({ owner: i % OWNERS, side: BUY, kind: LIMIT, priceTicks: 99, size: n }));
          const n = nth % sizes.length;
          const { id } = acks[n]!;
          const line = (): number[] => [...exchange.book.orders(BUY)].filter((o) => o.price === 99).map((o) => o.id);
          const was = line();
          const ack = exchange.modify(id, to, at);
          expect(ack).to.include({ id, status: 'resting', resting: to });
          expect(ack.aheadShares).to.equal(exchange.queueAhead(id));
          const others = was.filter((other) => other !== id);
          if (at !== 99) expect(line()).to.deep.equal(others);
          else expect(line()).to.deep.equal(to <= sizes[n]! ? was : [...others, id]);
        },
      ),
      { numRuns: 200 },
    );
  });

  it('never shows a trade through a better price, past an earlier order or of more than was shown', () => {
    let refills = 0;
    fc.assert(
      fc.property(fc.array(step, { minLength: 20, maxLength: 120 }), (steps) => {
        const exchange = loneExchange(100, OWNERS);
        const shown = new ShownBook(exchange);
        exchange.witness = shown;
        const ids: number[] = [];
        for (const s of steps) {
          take(exchange, ids, s);
          expect(shown.faults).to.deep.equal([]);
          expect(shown.agrees()).to.equal(true);
        }
        refills += shown.refills;
      }),
      { numRuns: 300 },
    );
    expect(refills).to.be.above(50);
  });

  it('tells an own order that self-trade prevention takes out before the fill at the price behind it', () => {
    const exchange = loneExchange(100, OWNERS);
    const events: string[] = [];
    exchange.witness = {
      filled: (_, maker, price, shares) => void events.push(`${shares} of ${maker} at ${price}`),
      cancelled: (_, rested) => void events.push(`cancelled ${rested}`),
      sent: (sender) => void events.push(`sent by ${sender}`),
    };
    const bid = (owner: number, priceTicks: number) => exchange.submit({ owner, side: BUY, kind: LIMIT, priceTicks, size: 5 });
    bid(1, 101);
    bid(2, 100);
    bid(3, 99);
    events.length = 0;
    exchange.submit({ owner: 2, side: SELL, kind: IOC, priceTicks: 99, size: 10 });
    expect(events).to.deep.equal(['5 of 1 at 101', 'cancelled true', '5 of 3 at 99', 'sent by 2']);
  });

  it('keeps no order registered as one of a pair that neither rests nor waits', () => {
    fc.assert(
      fc.property(fc.array(step, { minLength: 10, maxLength: 120 }), (steps) => {
        const exchange = loneExchange(100, OWNERS);
        const ids: number[] = [];
        for (const s of steps) {
          take(exchange, ids, s);
          const { legs } = exchange.snapshot().conditionals;
          for (const [id, { other }] of legs) {
            expect(exchange.stateOf(id)).to.not.equal('gone');
            if (other > 0) expect(legs.some(([mate]) => mate === other)).to.equal(true);
          }
        }
      }),
      { numRuns: 300 },
    );
  });

  it('frees the pair of an order that is moved onto one of its own owner and dropped there', () => {
    for (const selfTrade of ['cancel-taking', 'cancel-both', 'decrement'] as const) {
      const exchange = loneExchange(100, OWNERS);
      const rest = (side: Side, priceTicks: number, pair?: number) =>
        exchange.submit({ owner: 0, side, kind: LIMIT, priceTicks, size: 5, pair });
      rest(BUY, 99);
      const first = rest(SELL, 103, 1);
      const second = rest(BUY, 95, 1);
      expect(exchange.modify(first.id, 5, 99, selfTrade)).to.include({ status: 'cancelled', reason: `5 of 5 dropped: ${OWN_ORDER}` });
      expect(exchange.stateOf(second.id)).to.equal('resting');
      expect(exchange.snapshot().conditionals.legs.map(([id]) => id)).to.deep.equal([second.id]);
      expect(rest(SELL, 104, 1).status, selfTrade).to.equal('resting');
    }
  });

  it('counts the next part of an iceberg from its refill: behind whom, and since when', () => {
    const exchange = loneExchange(100, OWNERS);
    const told: [number, number, number][] = [];
    exchange.listener = { executed: (e) => void (e.maker && e.owner === 1 && told.push([e.size, e.restedUs, e.aheadAtEntry])) };
    exchange.now = 10;
    const iceberg = exchange.submit({ owner: 1, side: SELL, kind: LIMIT, priceTicks: 100, size: 12, display: 4 });
    exchange.submit({ owner: 2, side: SELL, kind: LIMIT, priceTicks: 100, size: 7 });
    exchange.now = 25;
    exchange.take(3, BUY, 4, 0);
    expect(exchange.queueAhead(iceberg.id)).to.equal(7);
    exchange.now = 40;
    // The 7 that are ahead now, the next part, and one of the last.
    exchange.take(3, BUY, 12, 0);
    expect(told).to.deep.equal([
      [4, 15, 0],
      [4, 15, 7],
      [1, 0, 0],
    ]);
    // What self-trade prevention takes off an iceberg, and what is taken off from outside, refills it likewise.
    exchange.submit({ owner: 2, side: SELL, kind: LIMIT, priceTicks: 100, size: 6 });
    exchange.now = 50;
    const other = exchange.submit({ owner: 3, side: SELL, kind: LIMIT, priceTicks: 100, size: 9, display: 3 });
    exchange.take(0, BUY, 9, 0);
    exchange.now = 60;
    exchange.submit({ owner: 2, side: SELL, kind: LIMIT, priceTicks: 100, size: 2 });
    exchange.submit({ owner: 3, side: BUY, kind: IOC, priceTicks: 100, size: 3, selfTrade: 'decrement' });
    expect(exchange.queueAhead(other.id)).to.equal(2);
    exchange.now = 70;
    exchange.decrease(other.id, 3);
    exchange.now = 75;
    const ends: [number, number][] = [];
    exchange.listener = { executed: (e) => void (e.maker && e.owner === 3 && ends.push([e.restedUs, e.aheadAtEntry])) };
    exchange.take(0, BUY, 5, 0);
    expect(ends).to.deep.equal([[5, 2]]);
  });

  it('goes on from a copy as it went on before, whatever rests, waits or is paired', () => {
    fc.assert(
      fc.property(fc.array(step, { minLength: 10, maxLength: 60 }), fc.array(step, { minLength: 10, maxLength: 60 }), (before, after) => {
        const exchange = loneExchange(100, OWNERS);
        const ids: number[] = [];
        for (const s of before) take(exchange, ids, s);
        const snapshot = exchange.snapshot();
        const ledger = exchange.accounts.ledger.snapshot();
        const digest = digestOf(exchange);
        const forward = (market: Exchange): string => {
          const own = ids.slice();
          for (const s of after) take(market, own, s);
          return `${own.join()} ${digestOf(market)}`;
        };
        const once = forward(exchange);
        // Into another exchange, so that nothing that was left behind can help.
        const other = loneExchange(300, OWNERS);
        other.restore(snapshot);
        other.accounts.ledger.restore(ledger);
        expect(digestOf(other)).to.equal(digest);
        expect(forward(other)).to.equal(once);
      }),
      { numRuns: 100 },
    );
  });
});
