/** A match written as LOBSTER files, read again and replayed: the same book after every row, the same executions. */
import { expect } from 'chai';
import { BUY, SELL, type Side } from '../../../envs/hft/exchange/book.js';
import type { Market } from '../../../envs/hft/market.js';
import { FOK, IOC, LIMIT, MARKET, POST_ONLY, SELF_TRADE_PREVENTIONS, type Kind } from '../../../envs/hft/exchange/order.js';
import { hft } from '../../../envs/hft/task.js';
import { Stream } from '../../../envs/random.js';
import { EXPORT_LEVELS, LobsterWriter } from '../../../harness/market/lobster-writer.js';
import { readRecorded } from '../../../harness/market/read.js';
import { file } from './files.js';

const KINDS: readonly Kind[] = [LIMIT, IOC, FOK, POST_ONLY, MARKET];

/** Twenty seconds of a market in which a seat sends every kind of order there is; its files' rows. */
function exported(seed: number): { messages: string[]; orderbook: string[]; market: Market } {
  const market = hft.create(
    hft.parseOptions({ durationUs: 30_000_000, positionLimit: 100_000, cashMicros: 1_000_000_000_000 }),
    seed,
  ) as Market;
  const { exchange } = market;
  const messages: string[] = [];
  const orderbook: string[] = [];
  const writer = new LobsterWriter(exchange, 10_000, (row) => messages.push(row), (row) => orderbook.push(row)); // prettier-ignore
  exchange.witness = writer;
  const stream = new Stream(seed, 99);
  const ids: number[] = [];
  for (let at = 20_000; at < 20_000_000; at += 20_000) {
    market.advance(at);
    exchange.now = at;
    const side: Side = stream.below(2) === 0 ? BUY : SELL;
    const priceTicks = (side === BUY ? exchange.bid() : exchange.ask()) + stream.between(-3, 3);
    const size = stream.between(1, 40);
    const what = stream.below(10);
    if (what < 6) {
      const kind = KINDS[stream.below(KINDS.length)]!;
      const display = (kind === LIMIT || kind === POST_ONLY) && stream.below(2) === 0 ? stream.between(1, 6) : undefined;
      const trigger = stream.below(5) === 0 && kind !== FOK && kind !== IOC ? priceTicks + (side === BUY ? 2 : -2) : undefined;
      const selfTrade = SELF_TRADE_PREVENTIONS[stream.below(SELF_TRADE_PREVENTIONS.length)];
      const ack = exchange.submit({ owner: 0, side, kind, priceTicks, size, display, trigger, selfTrade });
      if (ack.status === 'resting' || ack.status === 'waiting') ids.push(ack.id);
    } else if (what < 8 && ids.length > 0) exchange.modify(ids[stream.below(ids.length)]!, size, priceTicks);
    else if (what === 8 && ids.length > 0) exchange.cancel(ids[stream.below(ids.length)]!);
    else exchange.take(1, side, size, 3);
    writer.check();
  }
  return { messages, orderbook, market };
}

/** The executions of a message file as [time, price, size, side of the resting order]. */
const executions = (rows: readonly string[]): string[] =>
  rows.filter((row) => row.split(',')[1] === '4').map((row) => [0, 4, 3, 5].map((column) => row.split(',')[column]).join(' '));

describe('replay: out as LOBSTER files and in again', () => {
  it('shows no execution through a better price: the rows come in the order in which things happened', () => {
    for (const seed of [5, 6, 7, 8]) {
      const { messages, orderbook } = exported(seed);
      messages.forEach((row, i) => {
        const [, type, , , price, direction] = row.split(',').map(Number);
        if (type !== 4) return;
        const [ask, , bid] = orderbook[i - 1]!.split(',').map(Number);
        expect(price, `row ${i} of seed ${seed}: ${row}`).to.equal(direction === 1 ? bid : ask);
      });
    }
  });

  for (const seed of [1, 2, 3]) {
    it(`gives the same book after every row and the same executions, seed ${seed}`, async () => {
      const first = exported(seed);
      expect(executions(first.messages).length).to.be.above(100);
      const files = `lobster:${file('message.csv', first.messages)},${file('orderbook.csv', first.orderbook)}`;
      const { market, report } = await readRecorded(files, { minutes: 0.5, tickMicros: 10_000, symbol: 'SYN' });
      expect(report.checked).to.deep.equal({ rows: first.messages.length, differing: 0, firstRow: 0 });
      expect(report.findings.map(({ what }) => what)).to.deep.equal([]);

      // Nobody acts in the replay, and it is exported in its turn.
      const replay = hft.create(hft.parseOptions({ durationUs: market.lengthUs, market }), 1) as Market;
      const messages: string[] = [];
      const orderbook: string[] = [];
      replay.exchange.witness = new LobsterWriter(replay.exchange, 10_000, (row) => messages.push(row), (row) => orderbook.push(row)); // prettier-ignore
      replay.advance(market.lengthUs - 1);
      const opening = first.messages.findIndex((row) => !row.startsWith('34200.000000000'));
      expect(orderbook.slice(messages.findIndex((row) => !row.startsWith('34200.000000000')))).to.deep.equal(
        first.orderbook.slice(opening),
      );
      expect(executions(messages)).to.deep.equal(executions(first.messages));
      for (const side of [BUY, SELL] as const)
        expect(replay.exchange.book.depth(side, Infinity)).to.deep.equal(first.market.exchange.book.depth(side, Infinity));
      expect(orderbook[0]!.split(',')).to.have.length(4 * EXPORT_LEVELS);
    });
  }

  it('follows an order-book file of few levels, below which orders come and go unseen', async () => {
    const { messages, orderbook } = exported(4);
    const few = { messages: [] as string[], orderbook: [] as string[] };
    let last = '';
    orderbook.forEach((full, i) => {
      // As the venue's files are made: a message is in them when it changes what they show.
      const row = full.split(',').slice(0, 12).join(',');
      if (row === last) return;
      last = row;
      if (messages[i]!.startsWith('34200.000000000')) return;
      few.messages.push(messages[i]!);
      few.orderbook.push(row);
    });
    const files = `lobster:${file('message.csv', few.messages)},${file('orderbook.csv', few.orderbook)}`;
    const { market, report } = await readRecorded(files, { minutes: 0.5, tickMicros: 10_000, symbol: 'SYN' });
    expect(report.checked!.differing).to.be.below(0.2 * report.checked!.rows);
    const replay = hft.create(hft.parseOptions({ durationUs: market.lengthUs, market }), 1) as Market;
    replay.advance(market.lengthUs - 1);
    const [asks, bids] = [replay.exchange.book.depth(SELL, 3), replay.exchange.book.depth(BUY, 3)];
    const row = asks.map((ask, i) => [ask[0] * 100, ask[1], bids[i]![0] * 100, bids[i]![1]].join(',')).join(',');
    expect(row).to.equal(few.orderbook.at(-1));
  });

  it('refuses ticks that LOBSTER prices cannot say', () => {
    const market = hft.create(hft.parseOptions({ durationUs: 1_000_000 }), 1) as Market;
    const none = (): void => undefined;
    expect(() => new LobsterWriter(market.exchange, 150, none, none)).to.throw('accepted: multiples of 100');
  });
});
