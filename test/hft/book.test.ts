/** The fast book against the obvious one, and everyone's cash and shares while they trade. */
import { expect } from 'chai';
import { Accounts, Ledger } from '../../envs/hft/accounts.js';
import { feeMicros } from '../../envs/hft/fees.js';
import { Book, BUY, IOC, LIMIT, POST_ONLY, REFUSED, SELL, type Kind, type Side } from '../../envs/hft/book.js';
import { Digest } from '../../envs/digest.js';
import { keyOf, Stream } from '../../envs/random.js';
import { NaiveBook } from './naive-book.js';

const OWNERS = 6;
const CASH = 1_000_000_000_000;

/** Lets both books go through the same random operations and compares everything after each. @returns how many orders, cancels and fills there were */
function lockstep(
  seed: number,
  operations: number,
  spread: number,
  mostOrders: number,
): { added: number; cancelled: number; fills: number; refused: number; dropped: number } {
  const random = new Stream(keyOf(seed, 1), 1);
  const book = new Book(1000, 4);
  const naive = new NaiveBook();
  const accounts = new Accounts(new Ledger(OWNERS, OWNERS, CASH, [{ fromMicros: 0, makerFeePpm: -2, takerFeePpm: 30 }]), 10_000);
  const cash = new Array<number>(OWNERS).fill(CASH);
  const shares = new Array<number>(OWNERS).fill(0);
  let collected = 0;
  let centre = 1000;
  const names = new Map<number, number>();
  const ids: number[] = [];
  const count = { added: 0, cancelled: 0, fills: 0, refused: 0, dropped: 0 };
  for (let n = 1; n <= operations; n++) {
    // Now and then the price wanders off, so that the window of levels has to follow.
    if (random.below(5000) === 0) centre = random.between(spread + 1, 60_000);
    if (ids.length > 0 && (random.below(100) < 40 || naive.orders.length > mostOrders)) {
      const at = random.below(ids.length);
      const id = ids[at]!;
      ids[at] = ids.at(-1)!;
      ids.pop();
      const size = book.cancel(id);
      expect(size).to.equal(naive.cancel(names.get(id)!));
      expect(book.alive(id)).to.equal(false);
      count.cancelled++;
    } else {
      const owner = random.below(OWNERS);
      const side = random.below(2) as Side;
      const kind = [LIMIT, LIMIT, LIMIT, IOC, POST_ONLY][random.below(5)] as Kind;
      const price = Math.max(1, centre + random.between(-spread, spread) + (side === BUY ? -1 : 1));
      const size = random.between(1, 20);
      const id = book.add(owner, side, price, size, kind);
      const told = naive.add(n, owner, side, price, size, kind);
      expect(id === REFUSED).to.equal(told.refused);
      expect(id > 0 ? book.sizeOf(id) : 0).to.equal(told.rests);
      if (!told.refused) expect(book.left).to.equal(told.left);
      const fills = Array.from({ length: book.fillCount }, (_, i) => ({
        maker: names.get(book.fillIds[i]!)!,
        owner: book.fillOwners[i]!,
        price: book.fillPrices[i]!,
        size: book.fillSizes[i]!,
      }));
      expect(fills).to.deep.equal(told.fills);
      expect(book.dropped.map((d) => names.get(d)!)).to.deep.equal(told.dropped);
      for (const fill of fills) {
        accounts.settle(owner, fill.owner, side, fill.price, fill.size);
        const notional = fill.price * 10_000 * fill.size;
        const sign = side === BUY ? 1 : -1;
        const [takerFee, makerFee] = [Math.ceil((notional * 30) / 1e6), Math.ceil((notional * -2) / 1e6)];
        cash[owner]! -= sign * notional + takerFee;
        cash[fill.owner]! += sign * notional - makerFee;
        shares[owner]! += sign * fill.size;
        shares[fill.owner]! -= sign * fill.size;
        collected += takerFee + makerFee;
      }
      if (id > 0) {
        names.set(id, n);
        ids.push(id);
      }
      count.added++;
      count.fills += fills.length;
      count.refused += told.refused ? 1 : 0;
      count.dropped += told.dropped.length;
    }
    const bids = naive.sorted(BUY);
    const asks = naive.sorted(SELL);
    expect(book.bidOrders).to.equal(bids.length);
    expect(book.askOrders).to.equal(asks.length);
    if (bids.length > 0) expect(book.bestBid).to.equal(bids[0]!.price);
    if (asks.length > 0) expect(book.bestAsk).to.equal(asks[0]!.price);
    if (bids.length > 0 && asks.length > 0) expect(book.bestBid).to.be.below(book.bestAsk);
    if (n % 50 === 0) {
      for (const side of [BUY, SELL] as const) {
        const fast = [...book.orders(side)].map((o) => [names.get(o.id), o.owner, o.price, o.size]);
        expect(fast).to.deep.equal((side === BUY ? bids : asks).map((o) => [o.name, o.owner, o.price, o.size]));
        for (const [price, size] of book.depth(side, Infinity)) {
          expect(size).to.equal(naive.orders.filter((o) => o.price === price).reduce((sum, o) => sum + o.size, 0));
        }
      }
    }
  }
  expect([...accounts.cash]).to.deep.equal(cash);
  expect([...accounts.position]).to.deep.equal(shares);
  expect(shares.reduce((a, b) => a + b)).to.equal(0);
  expect(cash.reduce((a, b) => a + b) + collected).to.equal(OWNERS * CASH);
  expect([...accounts.fees].reduce((a, b) => a + b)).to.equal(collected);
  return count;
}

describe('hft: order book', () => {
  it('does what the naive book does, over 200,000 random operations', function () {
    this.timeout(120_000);
    const dense = lockstep(1, 140_000, 4, 30);
    const sparse = lockstep(2, 60_000, 400, 60);
    expect(dense.added + dense.cancelled + sparse.added + sparse.cancelled).to.equal(200_000);
    // The flow really exercised what it should.
    expect(dense.fills).to.be.above(10_000);
    expect(dense.refused).to.be.above(1000);
    expect(dense.dropped).to.be.above(1000);
  });

  it('fills at a price in the order of arrival, at the resting price', () => {
    const book = new Book(100);
    const first = book.add(0, SELL, 101, 5, LIMIT);
    const second = book.add(1, SELL, 101, 5, LIMIT);
    book.add(2, SELL, 100, 1, LIMIT);
    expect(book.add(3, BUY, 105, 8, IOC)).to.equal(0);
    expect([0, 1, 2].map((i) => [book.fillOwners[i], book.fillPrices[i], book.fillSizes[i]])).to.deep.equal([
      [2, 100, 1],
      [0, 101, 5],
      [1, 101, 2],
    ]);
    expect([book.alive(first), book.alive(second), book.sizeOf(second)]).to.deep.equal([false, true, 3]);
  });

  it('never takes an old id for the order that now has its place', () => {
    const book = new Book(100, 1);
    const old = book.add(0, BUY, 99, 5, LIMIT);
    book.cancel(old);
    const fresh = book.add(1, BUY, 99, 7, LIMIT);
    expect(book.cancel(old)).to.equal(0);
    expect(book.sizeOf(fresh)).to.equal(7);
  });

  it('comes back from a snapshot as it was, after growing and shifting too', () => {
    const random = new Stream(keyOf(7, 1), 1);
    const book = new Book(500, 2);
    const digest = (): string => {
      const into = new Digest();
      book.digest(into);
      return into.hex();
    };
    const stir = (count: number, centre: number): void => {
      for (let i = 0; i < count; i++)
        book.add(random.below(9), random.below(2) as Side, centre + random.between(-40, 40), random.between(1, 9), LIMIT);
    };
    stir(50, 500);
    const before = digest();
    const snapshot = book.snapshot();
    const counter = random.counter;
    stir(500, 3000);
    const after = digest();
    book.restore(snapshot);
    expect(digest()).to.equal(before);
    random.counter = counter;
    stir(500, 3000);
    expect(digest()).to.equal(after);
    expect(after).to.not.equal(before);
  });

  it('rounds fees up, and rebates towards zero', () => {
    expect(feeMicros(1_000_001, 30)).to.equal(31);
    expect(feeMicros(1_000_001, -2)).to.equal(-2);
    expect(feeMicros(999_999, -2)).to.equal(-1);
    expect(feeMicros(10, -2)).to.equal(0);
  });
});
