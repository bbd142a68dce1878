/** Recorded messages played around a seat's orders: by hand, to the share. */
import { expect } from 'chai';
import { hft } from '../../../../envs/hft/task.js';
import type { Market } from '../../../../envs/hft/market.js';
import { BUY, POST_ONLY, SELL, type Side } from '../../../../envs/hft/exchange/book.js';
import type { ReplayFeed } from '../../../../envs/hft/replay/feed.js';
import { Script } from './script.js';

/** A market that replays this script, with seat 0 free to send orders. */
function market(script: Script, more: Record<string, unknown> = {}): Market {
  const options = hft.parseOptions({
    durationUs: 10_000_000,
    positionLimit: 100_000,
    cashMicros: 1_000_000_000_000,
    orderLimit: 1000,
    takerFeePpm: 0,
    market: { kind: 'replay', format: 'lobster', symbol: 'TEST', lengthUs: 10_000_000, messages: script.messages, ...more },
  });
  return hft.create(options, 1) as Market;
}

const position = (m: Market): number => m.exchange.accounts.position[0]!;
const feedOf = (m: Market): ReplayFeed => m.listings[0]!.agents[0] as ReplayFeed;
/** Seat 0 rests an order. */
const rest = (m: Market, side: Side, price: number, size: number): number => m.exchange.send(0, side, price, size, POST_ONLY);
const levels = (m: Market): [number, number][][] => [m.exchange.book.depth(BUY, 10), m.exchange.book.depth(SELL, 10)];

describe('replay: the place in the queue', () => {
  /** 100 shares ahead in two orders, then the seat's, then 50 behind. */
  function queue(): { script: Script; first: number; second: number; behind: number } {
    const script = new Script();
    const first = script.open(BUY, 10_000, 60);
    const second = script.open(BUY, 10_000, 40);
    script.open(SELL, 10_002, 100);
    const behind = script.at(1_000_000).add(BUY, 10_000, 50);
    return { script, first, second, behind };
  }

  it('fills an order when trades have reached it, and as far as they reach', () => {
    const { script, first, second, behind } = queue();
    script.at(2_000_000).execute(first, 60);
    script.at(3_000_000).cancel(second, 30);
    // 10 ahead: an aggressor of 20 takes them, then meets the seat's 10 before the 10 behind it.
    script.at(4_000_000).execute(second, 10).execute(behind, 10);
    const m = market(script);
    m.advance(500_000);
    const id = rest(m, BUY, 10_000, 10);
    for (const [at, held] of [
      [1_500_000, 0],
      [2_500_000, 0],
      [3_999_999, 0],
      [4_000_000, 10],
    ] as const) {
      // prettier-ignore
      m.advance(at);
      expect(position(m), `at ${at}`).to.equal(held);
    }
    expect(m.exchange.book.alive(id)).to.equal(false);
    expect(levels(m)[0]).to.deep.equal([[10_000, 40]]);
    expect(feedOf(m).counts).to.deep.equal({ played: 8, missedMessages: 0, missedShares: 0, extraShares: 10, metShares: 0 });
  });

  it('fills in part what the trade reaches in part', () => {
    const { script, first, second, behind } = queue();
    script.at(2_000_000).execute(first, 60).execute(second, 40).execute(behind, 4);
    script.at(3_000_000).execute(behind, 5);
    const m = market(script);
    m.advance(500_000);
    rest(m, BUY, 10_000, 10);
    m.advance(2_500_000);
    expect(position(m)).to.equal(4);
    m.advance(3_500_000);
    expect(position(m)).to.equal(9);
    expect(levels(m)[0]).to.deep.equal([[10_000, 1 + 41]]);
  });

  it('moves up by cancellations ahead, not by those behind', () => {
    const { script, first, second, behind } = queue();
    script.at(2_000_000).cancel(behind, 50).cancel(first, 60);
    script.at(3_000_000).execute(second, 40);
    const m = market(script);
    m.advance(500_000);
    const id = rest(m, BUY, 10_000, 10);
    m.advance(2_500_000);
    expect(m.exchange.book.first(BUY)).to.not.equal(id);
    m.advance(3_500_000);
    expect(position(m), 'trades stopped right before it').to.equal(0);
    expect(m.exchange.book.first(BUY)).to.equal(id);
  });

  it('fills first what stands at a better price', () => {
    const { script, first } = queue();
    script.at(2_000_000).execute(first, 15);
    const m = market(script);
    m.advance(500_000);
    rest(m, BUY, 10_001, 10);
    m.advance(2_500_000);
    expect(position(m)).to.equal(10);
    expect(m.exchange.tape.get(0)).to.include({ priceTicks: 10_001, size: 10, taker: -1 });
    expect(m.exchange.tape.get(1)).to.include({ priceTicks: 10_000, size: 15, taker: -1 });
    expect(levels(m)[0]).to.deep.equal([[10_000, 45 + 40 + 50]]);
  });

  it('does not fill an order behind the one that was executed', () => {
    const { script, behind } = queue();
    // Out of line in the record: order `behind` trades although others stand before it.
    script.at(2_000_000).execute(behind, 20);
    const m = market(script);
    m.advance(1_500_000);
    rest(m, BUY, 10_000, 10);
    m.advance(2_500_000);
    expect(position(m)).to.equal(0);
    expect(levels(m)[0]).to.deep.equal([[10_000, 100 + 30 + 10]]);
  });
});

describe('replay: what a seat changes', () => {
  it('does not offer again what a seat took', () => {
    const script = new Script();
    script.open(BUY, 9_999, 100);
    const best = script.open(SELL, 10_001, 30);
    script.open(SELL, 10_002, 40);
    script.at(1_000_000).execute(best, 20);
    script.at(2_000_000).cancel(best, 10);
    const m = market(script);
    m.advance(500_000);
    expect(m.exchange.take(0, BUY, 25, 0)).to.equal(25);
    m.advance(1_500_000);
    expect(levels(m)[1]).to.deep.equal([[10_002, 40]]);
    m.advance(2_500_000);
    expect(feedOf(m).counts).to.include({ missedMessages: 2, missedShares: 15 + 10 });
    expect(m.exchange.tape.count).to.equal(2);
  });

  it('lets a recorded order trade with a seat it would cross, and never crosses the book', () => {
    const script = new Script();
    script.open(BUY, 9_999, 100);
    script.open(SELL, 10_005, 30);
    const raised = script.at(1_000_000).add(BUY, 10_003, 25);
    script.at(2_000_000).execute(raised, 25);
    const m = market(script);
    m.advance(500_000);
    rest(m, SELL, 10_002, 10);
    m.advance(1_500_000);
    expect(position(m)).to.equal(-10);
    expect(levels(m)).to.deep.equal([[[10_003, 15], [9_999, 100]], [[10_005, 30]]]); // prettier-ignore
    m.advance(2_500_000);
    expect(feedOf(m).counts).to.include({ metShares: 10, missedShares: 10 });
  });

  it('prints hidden executions and auctions, and fills seats by them only when told to', () => {
    for (const [hidden, held] of [
      ['print', 0],
      ['reach', 7],
    ] as const) {
      // prettier-ignore
      const script = new Script();
      script.open(BUY, 9_999, 100);
      script.open(SELL, 10_005, 30);
      script.at(1_000_000).hidden(BUY, 10_001, 7).hidden(BUY, 10_003, 5).cross(10_002, 1000);
      const m = market(script, { hidden });
      m.advance(500_000);
      rest(m, BUY, 10_001, 10);
      m.advance(1_500_000);
      expect(position(m), hidden).to.equal(held);
      expect(m.exchange.tape.count).to.equal(3 + (held > 0 ? 1 : 0));
      expect(levels(m)[0]![0]).to.deep.equal([10_001, 10 - held]);
    }
  });

  it("clears the record's orders and leaves the seat's", () => {
    const script = new Script();
    script.open(BUY, 9_999, 100);
    script.open(SELL, 10_005, 30);
    script.at(1_000_000).clear().add(BUY, 9_990, 5);
    const m = market(script);
    m.advance(500_000);
    rest(m, BUY, 10_000, 10);
    m.advance(1_500_000);
    expect(levels(m)).to.deep.equal([[[10_000, 10], [9_990, 5]], []]); // prettier-ignore
  });
});
