/** What is kept of a market, told message by message on a book. */
import { expect } from 'chai';
import { Book, BUY, IOC, LIMIT, SELL, type Kind, type Side } from '../../../../envs/hft/exchange/book.js';
import { Market } from '../../../../envs/hft/market.js';
import { parseOptions } from '../../../../envs/hft/options.js';
import { Recorder } from '../../../../scoring/hft/realism/record.js';

/** A book and a clock, telling a recorder as an exchange does. */
class Stage {
  now = 0;
  readonly book = new Book(1000);
  readonly recorder: Recorder;
  private last = 2000;

  constructor(seconds: number) {
    this.send(1, BUY, 999, 10, LIMIT, false);
    this.send(1, SELL, 1001, 10, LIMIT, false);
    this.recorder = new Recorder(this, 1, seconds);
  }

  mid2(): number {
    if (this.book.bidOrders > 0 && this.book.askOrders > 0) this.last = this.book.bestBid + this.book.bestAsk;
    return this.last;
  }

  send(owner: number, side: Side, price: number, size: number, kind: Kind, told = true): number {
    const { book } = this;
    const id = book.add(owner, side, price, size, kind);
    let filled = 0;
    for (let i = 0; i < book.fillCount; i++) {
      filled += book.fillSizes[i]!;
      this.recorder.filled(book.fillIds[i]!, book.fillOwners[i]!, book.fillPrices[i]!, book.fillSizes[i]!);
    }
    if (told) this.recorder.sent(owner, side, price, size, kind, id, filled);
    return id;
  }

  cancel(id: number): void {
    this.recorder.cancelled(id, this.book.cancel(id) > 0);
  }

  /** Runs out the clock. */
  end(seconds: number): ReturnType<Recorder['finish']> {
    for (let second = 1; second <= seconds; second++) this.recorder.tick();
    return this.recorder.finish([]);
  }
}

describe('realism: a record', () => {
  it('counts the time at one tick', () => {
    const stage = new Stage(10);
    stage.now = 4_000_000;
    const id = stage.send(2, SELL, 1000, 5, LIMIT);
    stage.now = 7_000_000;
    stage.cancel(id);
    expect(stage.end(10)).to.include({ oneTickUs: 3_000_000, quotedUs: 10_000_000, cancels: 1, messages: 2 });
  });

  it('tells fleeting orders from patient ones and leaves out those that cannot be followed', () => {
    const stage = new Stage(10);
    const a = stage.send(2, BUY, 998, 5, LIMIT);
    const b = stage.send(2, BUY, 995, 5, LIMIT);
    stage.now = 2_000_000;
    stage.cancel(a);
    stage.now = 2_000_001;
    stage.cancel(b);
    stage.now = 9_000_000;
    stage.cancel(stage.send(2, BUY, 990, 5, LIMIT));
    const record = stage.end(10);
    expect(record).to.include({ restingOrders: 2, fleetingOrders: 1, cancels: 3 });
    expect([...record.distances], 'ticks behind the best bid').to.deep.equal([1, 4, 9]);
  });

  it('keeps what was taken: sign, shares of the whole order, fills, volume and changes of the mid by second', () => {
    const stage = new Stage(5);
    stage.send(2, SELL, 1002, 4, LIMIT);
    stage.now = 1_500_000;
    stage.send(3, BUY, 1002, 12, IOC);
    stage.now = 2_500_000;
    stage.send(3, SELL, 998, 3, LIMIT);
    const record = stage.end(5);
    expect([...record.signs]).to.deep.equal([1, -1]);
    expect([...record.takenShares]).to.deep.equal([12, 3]);
    expect(record.executions).to.equal(3);
    expect([...record.volume]).to.deep.equal([0, 12, 3, 0, 0]);
    expect([...record.midChanges]).to.deep.equal([0, 1, 0, 0, 0]);
  });

  describe('latency races', () => {
    it('one takes, another is too late to take', () => {
      const stage = new Stage(5);
      stage.now = 1_000_000;
      stage.send(2, BUY, 1001, 10, IOC);
      stage.now = 1_000_400;
      stage.send(3, BUY, 1001, 10, IOC);
      stage.now = 1_000_450;
      stage.send(4, BUY, 1001, 10, IOC);
      expect(stage.end(5).races, 'one race however many lose').to.equal(1);
    });

    it('one takes, the maker is too late to cancel; and the other way round', () => {
      const stage = new Stage(5);
      const id = stage.send(2, SELL, 1000, 5, LIMIT);
      stage.now = 1_000_000;
      stage.send(3, BUY, 1000, 5, IOC);
      stage.now = 1_000_100;
      stage.cancel(id);
      stage.now = 2_000_000;
      const again = stage.send(2, SELL, 1000, 5, LIMIT);
      stage.cancel(again);
      stage.now = 2_000_300;
      stage.send(3, BUY, 1000, 5, IOC);
      expect(stage.end(5).races).to.equal(2);
    });

    it('no race: too long apart, one owner, another price, a cancel that nobody was after', () => {
      const stage = new Stage(9);
      stage.now = 1_000_000;
      stage.send(2, BUY, 1001, 10, IOC);
      stage.now = 1_000_501;
      stage.send(3, BUY, 1001, 10, IOC);
      stage.now = 2_000_000;
      stage.send(1, SELL, 1001, 10, LIMIT);
      stage.send(2, BUY, 1001, 10, IOC);
      stage.send(2, BUY, 1001, 10, IOC);
      stage.now = 3_000_000;
      stage.send(1, SELL, 1001, 10, LIMIT);
      stage.send(2, BUY, 1001, 10, IOC);
      stage.send(3, BUY, 1000, 10, IOC);
      stage.now = 4_000_000;
      const id = stage.send(2, SELL, 1000, 5, LIMIT);
      stage.cancel(id);
      stage.cancel(id);
      expect(stage.end(9).races).to.equal(0);
    });
  });

  it('is told of everything by an exchange, and changes nothing', () => {
    const options = parseOptions({ durationUs: 20_000_000 });
    const plain = new Market(options, 3);
    const watched = new Market(options, 3);
    let executed = 0;
    let taken = 0;
    let messages = 0;
    const before = watched.exchange.messages;
    watched.exchange.witness = {
      filled: (_id, _maker, _price, size) => (executed += size),
      sent: (_owner, _side, _price, _size, _kind, _rests, filled) => ((taken += filled), messages++),
      cancelled: (_id, rested) => (messages += rested ? 1 : 0),
    };
    plain.advance(20_000_000);
    watched.advance(20_000_000);
    expect(watched.digest()).to.equal(plain.digest());
    expect(executed).to.equal(taken).and.to.be.greaterThan(0);
    expect(messages).to.be.at.least(watched.exchange.messages - before);
  });
});
