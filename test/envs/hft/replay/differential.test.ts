/** The feed against the rules told plainly, on made-up recordings and made-up seats: the same queues, fills and cash after every message. */
import { expect } from 'chai';
import fc from 'fast-check';
import { BUY, IOC, POST_ONLY, SELL, type Side } from '../../../../envs/hft/exchange/book.js';
import type { Market } from '../../../../envs/hft/market.js';
import type { ReplayFeed } from '../../../../envs/hft/replay/feed.js';
import { Ladder } from '../../../../envs/hft/replay/ladder.js';
import { hft } from '../../../../envs/hft/task.js';
import { NaiveReplay } from './naive-replay.js';
import { Script } from './script.js';

const STEP_US = 10_000;

type Recorded =
  | { do: 'add'; side: Side; price: number; size: number }
  | { do: 'cancel' | 'execute'; order: number; size: number; side: Side; price: number };
type Seat = { do: 'rest' | 'take'; side: Side; price: number; size: number } | { do: 'withdraw'; which: number } | undefined;

const draws = fc.array(fc.tuple(fc.nat(99), fc.nat(1_000_000), fc.nat(1_000_000), fc.nat(1_000_000)), { minLength: 20, maxLength: 120 });

/** A legal recording from draws: nothing crosses, nothing takes more than there is; executions may be out of line. */
function recording(from: [number, number, number, number][]): Recorded[] {
  const ladder = new Ladder();
  const orders: { side: Side; price: number; left: number }[] = [];
  return from.map(([what, a, b, c]): Recorded => {
    const live = orders.map((_, i) => i).filter((i) => orders[i]!.left > 0);
    if (what < 50 || live.length === 0) {
      const side: Side = a % 2 === 0 ? BUY : SELL;
      let price = 100 + (b % 7) * (side === BUY ? -1 : 1) + (c % 2);
      while (ladder.crosses(side, price)) price += side === BUY ? -1 : 1;
      const size = 1 + (c % 20);
      ladder.change(side, price, size);
      orders.push({ side, price, left: size });
      return { do: 'add', side, price, size };
    }
    const best = what < 90 ? live.filter((i) => orders[i]!.price === ladder.best(orders[i]!.side)) : live;
    const order = best[a % best.length]!;
    const { side, price, left } = orders[order]!;
    const size = 1 + (b % left);
    orders[order]!.left -= size;
    ladder.change(side, price, -size);
    return { do: what < 75 ? 'execute' : 'cancel', order, size, side, price };
  });
}

function seat([what, a, b, c]: [number, number, number, number]): Seat {
  const side: Side = a % 2 === 0 ? BUY : SELL;
  const price = 100 + (b % 9) - 4;
  if (what < 40) return undefined;
  if (what < 75) return { do: 'rest', side, price, size: 1 + (c % 12) };
  if (what < 90) return { do: 'take', side, price, size: 1 + (c % 12) };
  return { do: 'withdraw', which: a };
}

/** The queue of a side as [recorded or the seat's, price, size]. */
function queues(market: Market): [boolean, number, number][][] {
  return ([BUY, SELL] as const).map((side) =>
    [...market.exchange.book.orders(side)].map(({ owner, price, size }) => [owner === 0, price, size]),
  );
}

describe('replay: against the rules told plainly', () => {
  it('keeps the same queues, fills and cash after every message, and never crosses', () => {
    fc.assert(
      fc.property(draws, draws, (recorded, seats) => {
        const events = recording(recorded);
        const script = new Script();
        events.forEach((event, i) => {
          script.at((i + 1) * STEP_US);
          if (event.do === 'add') script.add(event.side, event.price, event.size);
          else script[event.do](event.order, event.size);
        });
        const lengthUs = 60_000_000;
        const market = hft.create(
          hft.parseOptions({
            durationUs: lengthUs,
            takerFeePpm: 0,
            cashMicros: 1_000_000_000_000,
            market: { kind: 'replay', format: 'mbo', symbol: 'T', lengthUs, messages: script.messages },
          }),
          1,
        ) as Market;
        const { exchange } = market;
        const naive = new NaiveReplay();
        const ids: number[] = [];
        events.forEach((event, i) => {
          market.advance((i + 1) * STEP_US);
          if (event.do === 'add') naive.add(event.side, event.price, event.size);
          else if (event.do === 'cancel') naive.cancel(event.order, event.size);
          else naive.execute(event.order, event.size, event.side, event.price);
          const act = seats[i] === undefined ? undefined : seat(seats[i]);
          if (act?.do === 'rest') {
            const id = exchange.send(0, act.side, act.price, act.size, POST_ONLY);
            naive.rest(i, act.side, act.price, act.size);
            ids[i] = id;
          } else if (act?.do === 'withdraw' && i > 0) {
            exchange.cancel(ids[act.which % i] ?? 0);
            naive.withdraw(act.which % i);
          } else if (act?.do === 'take') {
            const own = naive.inLine(act.side === BUY ? SELL : BUY).some((o) => o.recorded < 0);
            // A seat that would meet itself is the book's own business, tested there.
            if (!own) {
              exchange.send(0, act.side, act.price, act.size, IOC);
              naive.take(act.side, act.price, act.size);
            }
          }
          expect(queues(market)).to.deep.equal(
            ([BUY, SELL] as const).map((side) => naive.inLine(side).map((o) => [o.recorded < 0, o.price, o.size])),
          );
          const { book } = exchange;
          expect(book.bidOrders === 0 || book.askOrders === 0 || book.bestBid < book.bestAsk).to.equal(true);
        });
        expect(exchange.accounts.position[0]).to.equal(naive.position);
        expect(exchange.accounts.cash[0]).to.equal(1_000_000_000_000 + naive.cash * 10_000);
        expect((market.listings[0]!.agents[0] as ReplayFeed).counts.missedShares).to.equal(naive.missed);
      }),
      { numRuns: 300 },
    );
  });
});
