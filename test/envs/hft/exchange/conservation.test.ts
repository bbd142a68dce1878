/** Whole matches by chance: every account is what its told executions make it, every queue place is exact, every fill says why. */
import { expect } from 'chai';
import type { Json } from '../../../../envs/environment.js';
import { keyOf, Stream } from '../../../../envs/random.js';
import type { Exchange } from '../../../../envs/hft/exchange/exchange.js';
import { Market } from '../../../../envs/hft/market.js';
import { feeTiers } from '../../../../envs/hft/options.js';
import { BUY, type Execution, type Side, SELL } from '../../../../envs/hft/exchange/order.js';
import { hft } from '../../../../envs/hft/task.js';
import { anyPlan, view } from '../play.js';

const SEATS = 4;
const OPTIONS = hft.parseOptions({
  seats: SEATS,
  durationUs: 6_000_000,
  // Odd amounts, so that nothing comes out even by luck; poor seats, so that some are liquidated.
  symbols: [{ tickMicros: 9_973 }, { tickMicros: 7_001, market: { kind: 'synthetic', preset: 'large-tick' }, lotSize: 2 }],
  correlationPermille: 400,
  cashMicros: 200_000_007,
  initialMarginPermille: 30,
  maintenanceMarginPermille: 25,
  makerFeePpm: -3,
  takerFeePpm: 777,
  feeTiers: [{ fromMicros: 3_000_000_000, makerFeePpm: -9, takerFeePpm: 333 }],
  selfTrade: ['cancel-resting', 'cancel-taking', 'cancel-both', 'decrement'],
  restingLimit: 20,
});

/** What executions may give as their reason. */
const WHY =
  /^(front of the queue at \d+|(stop triggered at \d+, |modified, )?took (the best|\d+ beyond the best) (bid|ask)|settled at the close at \d+)$/;

/** Shares shown ahead of an order at its price, counted in the book order by order; undefined when it does not rest. */
function counted({ book }: Exchange, id: number): number | undefined {
  if (!book.alive(id)) return undefined;
  let ahead = 0;
  for (const each of book.orders(book.sideOf(id))) {
    if (each.id === id) return ahead;
    if (each.price === book.priceOf(id)) ahead += each.size;
  }
  return undefined;
}

describe('hft: whole matches', () => {
  it('every account is the sum of what was told of it, liquidations and the close included; places and reasons are exact', () => {
    const seen = new Set<string>();
    let places = 0;
    let liquidations = 0;
    for (let seed = 1; seed <= 4; seed++) {
      const market = new Market(OPTIONS, seed);
      const { ledger, listings } = market;
      const start = { cash: ledger.cash.slice(), volume: ledger.volume.slice(), fees: ledger.fees.slice(), position: listings.map(({ exchange }) => exchange.accounts.position.slice()) }; // prettier-ignore
      listings.forEach(({ exchange, symbol: { tickMicros } }, i) => {
        exchange.listener = {
          executed: ({ owner, side, size, priceTicks, feeMicros, why, counterparty, maker, aheadAtEntry }: Execution) => {
            const sign = side === BUY ? 1 : -1;
            const notional = size * priceTicks * tickMicros;
            const { makerFeePpm, takerFeePpm } = feeTiers(OPTIONS).findLast(({ fromMicros }) => fromMicros <= start.volume[owner]!)!;
            expect(feeMicros).to.equal(Math.ceil((notional * (maker ? makerFeePpm : takerFeePpm)) / 1e6) + 0);
            start.volume[owner]! += notional;
            start.cash[owner]! -= sign * size * priceTicks * tickMicros + feeMicros;
            start.fees[owner]! += feeMicros;
            start.position[i]![owner]! += sign * size;
            expect(why).to.match(WHY);
            expect(counterparty).to.not.equal('nobody');
            expect(aheadAtEntry).to.be.at.least(0);
            if (owner < SEATS) seen.add(`${maker ? 'made' : 'took'}: ${why.replace(/ ?\d+/g, '')}`);
          },
          ended: (owner, _, why) => owner < SEATS && seen.add(why.replace(/\d+ of \d+ /, '')),
        };
      });
      const check = (): void => {
        expect([...ledger.cash]).to.deep.equal([...start.cash]);
        expect([...ledger.fees]).to.deep.equal([...start.fees]);
        expect([...ledger.volume]).to.deep.equal([...start.volume]);
        listings.forEach(({ exchange }, i) => {
          expect([...exchange.accounts.position]).to.deep.equal([...start.position[i]!]);
          expect([...exchange.accounts.position].reduce((a, b) => a + b)).to.equal(0);
        });
        expect([...ledger.cash, ...ledger.fees].reduce((a, b) => a + b)).to.equal(SEATS * OPTIONS.cashMicros);
      };
      const random = new Stream(keyOf(seed, 21), 1);
      for (let at = random.between(1, 9_000); at < OPTIONS.durationUs - 1; at += random.between(1, 9_000)) {
        const seat = random.below(SEATS);
        market.advance(at);
        const plan = anyPlan(market.observe(seat), random).slice(0, 1);
        const landing = market.act(seat, { plan }, at);
        const [part] = (landing.detail as unknown as { parts: { number?: number; ahead?: number; symbol?: string }[] }).parts;
        for (const { exchange, symbol } of listings)
          for (let each = 0; each < SEATS; each++) expect(Math.abs(exchange.accounts.position[each]!)).to.be.at.most(symbol.positionLimit);
        market.seats[seat]!.desks.forEach((desk, i) => {
          const { exchange } = listings[i]!;
          for (const { id, number } of desk.live()) {
            const ahead = counted(exchange, id);
            if (ahead === undefined) continue;
            expect(exchange.queueAhead(id)).to.equal(ahead);
            if (plan[0]!.do === 'oco' || part?.number !== number) continue;
            // Nothing came between it and its acknowledgement.
            expect(part.ahead, JSON.stringify([plan, landing.detail as Json])).to.equal(ahead);
            places++;
          }
        });
      }
      check();
      // Nobody is left to buy in the first symbol: its longs, and their like in the second, meet an empty book at the close.
      market.advance(OPTIONS.durationUs - 1);
      market.act(0, { plan: [{ do: 'flat' }] }, OPTIONS.durationUs - 1);
      listings.forEach(({ exchange }, i) => {
        const sides: Side[] = [BUY, SELL];
        exchange.settle(0, ledger.owners - 1, sides[(seed + i) % 2]!, exchange.bid(), 100_000, `settled at the close at ${exchange.bid()}`);
      });
      market.advance(OPTIONS.durationUs);
      expect(market.over).to.equal(true);
      check();
      for (let seat = 0; seat < SEATS; seat++) {
        for (const { position } of market.observe(seat).symbols) expect(position).to.equal(0);
        liquidations += market.results().seats[seat]!.liquidations!;
      }
      expect(view(market).fills[0]).to.include({ counterparty: 'exchange' });
    }
    expect(liquidations).to.be.above(0);
    expect(places).to.be.above(300);
    expect([...seen]).to.include.members([
      'made: front of the queue at',
      'took: took the best bid',
      'took: took beyond the best ask',
      'took: stop triggered at, took the best bid',
      'took: modified, took the best ask',
      'took: settled at the close at',
      'it met an order of its own owner',
      'the other order of its pair executed or was triggered',
      'dropped: not all of it could fill at once',
    ]);
  });
});
