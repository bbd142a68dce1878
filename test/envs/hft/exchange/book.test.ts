/** The fast book against the obvious one, its ids, its snapshots; fees. */
import { expect } from 'chai';
import { feeMicros } from '../../../../envs/hft/exchange/fees.js';
import { Book, BUY, IOC, LIMIT, SELL, type Side } from '../../../../envs/hft/exchange/book.js';
import { Digest } from '../../../../envs/digest.js';
import { keyOf, Stream } from '../../../../envs/random.js';
import { lockstep } from './lockstep.js';

describe('hft: order book', () => {
  it('does what the naive book does, over 1,000,000 random operations of every kind', function () {
    this.timeout(120_000);
    const dense = lockstep(1, 850_000, 4, 24);
    const sparse = lockstep(2, 150_000, 400, 60);
    expect(dense.operations + sparse.operations).to.equal(1_000_000);
    // The flow really exercised what it should.
    for (const [what, times] of Object.entries(dense)) expect(times, what).to.be.above(what === 'restored' ? 20 : 2000);
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

  it('rests an order that does not take the short way as the long one, and says which do', () => {
    const random = new Stream(keyOf(8, 1), 1);
    const [short, long] = [new Book(500, 2), new Book(500, 2)];
    let [laid, met] = [0, 0];
    for (let i = 0; i < 5000; i++) {
      const side = random.below(2) as Side;
      const [owner, price, size] = [random.below(9), 500 + random.between(-40, 40), random.between(1, 9)];
      const before = long.reductions;
      const id = long.add(owner, side, price, size, LIMIT);
      const meets = short.meets(side, price);
      expect(meets).to.equal(long.reductions > before);
      expect(meets ? short.add(owner, side, price, size, LIMIT) : short.lay(owner, side, price, size)).to.equal(id);
      expect([short.fillCount, short.left, short.ahead, short.removals]).to.deep.equal([
        long.fillCount,
        long.left,
        long.ahead,
        long.removals,
      ]);
      if (meets) met++;
      else laid++;
    }
    const [a, b] = [new Digest(), new Digest()];
    short.digest(a);
    long.digest(b);
    expect(a.hex()).to.equal(b.hex());
    expect(Math.min(laid, met)).to.be.above(500);
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
