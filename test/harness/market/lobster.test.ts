/** LOBSTER files: every message type by hand, the order-book file as opening book and as check, and what is cleaned or refused. */
import { expect } from 'chai';
import { BUY, SELL } from '../../../envs/hft/exchange/book.js';
import type { Market } from '../../../envs/hft/market.js';
import type { ReplayMarket } from '../../../envs/hft/options.js';
import { ASK, BID, CANCEL, CROSS, EXECUTE, HIDDEN_ASK } from '../../../envs/hft/replay/messages.js';
import { hft } from '../../../envs/hft/task.js';
import { MarketError } from '../../../harness/market/errors.js';
import { readRecorded, type RecordedPart } from '../../../harness/market/read.js';
import { file, LOBSTER_BOOK, LOBSTER_MESSAGES } from './files.js';

const part: RecordedPart = { minutes: 1, tickMicros: 10_000, symbol: 'TEST' };
const read = (messages: readonly string[], orderbook?: readonly string[], more: Partial<RecordedPart> = {}) =>
  readRecorded(`lobster:${file('message.csv', messages)}${orderbook ? `,${file('orderbook.csv', orderbook)}` : ''}`, { ...part, ...more });
/** Findings as [what, count, first row]. */
const found = (report: { findings: { what: string; count: number; row: number }[] }): [string, number, number][] =>
  report.findings.map(({ what, count, row }) => [what, count, row]);
/** The market as it stands at the end of what was recorded. */
function atEnd(market: ReplayMarket): Market {
  const env = hft.create(hft.parseOptions({ market, durationUs: market.lengthUs }), 1) as Market;
  env.advance(market.lengthUs - 1);
  return env;
}
const refusal = async (promise: Promise<unknown>): Promise<string> => {
  try {
    await promise;
  } catch (error) {
    expect(error).to.be.instanceOf(MarketError);
    return (error as Error).message;
  }
  throw new Error('not refused');
};

describe('replay: LOBSTER files', () => {
  it('reads every message type into columns, times from the first message on, the halt cut out', async () => {
    const { messages } = (await read(LOBSTER_MESSAGES, LOBSTER_BOOK)).market;
    expect(messages.opening).to.equal(3);
    const rows = messages.wait.map((wait, i) => [wait, messages.what[i], messages.of[i], messages.size[i]]);
    expect(rows).to.deep.equal([
      // The first row of the order-book file with its message undone.
      [0, BID, 10_000, 25], [0, BID, 9_999, 60], [0, ASK, 10_002, 80],
      [0, ASK, 10_001, 100], [100_000, BID, 10_000, 50], [100_000, EXECUTE, 3, 40], [100_000, CANCEL, 4, 20],
      // 100.005 lies between two ticks.
      [0, HIDDEN_ASK, 10_001, 30], [100_000, CANCEL, 3, 60],
      // Order 7 never came: its shares are among the 25 that stood at 100.00.
      [600_000, EXECUTE, 0, 10], [1_000_000, CROSS, 10_000, 500],
      // 34203 halted, 34263 resumed: half a second of trading time passes after a second.
      [1_500_000, ASK, 10_002, 70],
    ]); // prettier-ignore
  });

  it('plays to the book that the last row of the order-book file shows', async () => {
    const { exchange } = atEnd((await read(LOBSTER_MESSAGES, LOBSTER_BOOK)).market);
    expect(exchange.book.depth(BUY, 9)).to.deep.equal([[10_000, 45], [9_999, 60]]); // prettier-ignore
    expect(exchange.book.depth(SELL, 9)).to.deep.equal([[10_002, 150]]);
    expect(exchange.tape.recent(9)).to.deep.equal([-500, -10, 30, 40]);
  });

  it('reports what it found, with an example row of each, and that the replayed book agrees', async () => {
    const { report } = await read(LOBSTER_MESSAGES, LOBSTER_BOOK);
    expect(found(report)).to.have.deep.members([
      ['executions of hidden orders', 1, 5],
      ['trades at prices off the tick', 1, 5],
      ['messages about orders from before the file', 1, 7],
      ['auction trades', 1, 8],
      ['trading halts', 1, 9],
      ['files that end before the part asked for', 1, 11],
    ]);
    expect(report).to.include({ symbol: 'TEST', from: '09:30:00', seconds: 4, rows: 11, opening: 3, messages: 9 });
    expect(report.checked).to.deep.equal({ rows: 11, differing: 0, firstRow: 0 });
    expect(report.summary).to.contain('agrees with all 11 rows');
  });

  it('counts rows of the order-book file that differ, and follows the file', async () => {
    const wrong = [...LOBSTER_BOOK];
    wrong[3] = wrong[3]!.replace(',55,', ',56,');
    const { report, market } = await read(LOBSTER_MESSAGES, wrong);
    // A share too many in row 4, which row 5 does not show any more.
    expect(report.checked).to.deep.equal({ rows: 11, differing: 2, firstRow: 4 });
    expect(found(report)).to.deep.include(['levels that differed from the order-book file', 2, 4]);
    expect(atEnd(market).exchange.book.depth(BUY, 9)).to.deep.equal([[10_000, 45], [9_999, 60]]); // prettier-ignore
  });

  it('sets a level that comes into view to what the order-book file shows', async () => {
    const { market, report } = await read(
      ['34200,1,1,10,1000100,-1', '34200.5,3,1,10,1000100,-1', '34201,3,2,20,1000200,-1', '34202,1,3,5,999900,1'],
      // One level: behind the best ask stand others that no message has told of.
      ['1000100,10,999800,7', '1000200,20,999800,7', '1000300,33,999800,7', '1000300,33,999900,5'],
    );
    expect(report.checked).to.deep.equal({ rows: 4, differing: 0, firstRow: 0 });
    expect(found(report)).to.deep.include(['levels that came into the view of the order-book file', 2, 2]);
    expect(atEnd(market).exchange.book.depth(SELL, 9)).to.deep.equal([[10_003, 33]]);
  });

  it('cleans what cannot have happened, and counts it', async () => {
    const { market, report } = await read([
      '34200,1,1,10,1000100,-1',
      '34201,1,2,10,1000000,1',
      '34200.5,1,3,10,1000300,-1', // backwards
      '34202,1,3,10,1000400,-1', // again
      '34203,2,99,5,1000100,-1', // never came
      '34204,4,98,5,1000100,-1', // never came, traded
      '34205,2,2,50,1000000,1', // more than it has
      '34206,1,4,8,1000150,-1', // off the tick
      '34207,3,4,8,1000150,-1',
      '34208,2,3,1,1000200,-1', // another price than its order's
      '34209,1,5,6,1000200,1', // crosses order 1
      '34210,1,6,6,9000000,-1', // far away
    ]);
    expect(found(report)).to.have.deep.members([
      ['times that ran backwards', 1, 3],
      ['orders whose number already rested', 1, 4],
      ['cancellations of orders that never came', 1, 5],
      ['executions of orders that never came', 1, 6],
      ['messages about more shares than the order had', 1, 7],
      ['orders at prices off the tick', 1, 8],
      ["messages that named another price or side than their order's", 1, 10],
      ['orders that crossed the book', 1, 11],
      ['orders too far from the best price to matter', 1, 12],
      ['files that end before the part asked for', 1, 12],
    ]);
    const { book } = atEnd(market).exchange;
    expect([book.depth(BUY, 9), book.depth(SELL, 9)]).to.deep.equal([[[10_002, 6]], [[10_003, 9]]]);
  });

  it('plays a part, with the orders from before it in their queues', async () => {
    const lines = Array.from({ length: 100 }, (_, i) => `${34_200 + i},1,${i + 1},${i + 1},${i % 2 ? 1000000 : 1000200},${i % 2 ? 1 : -1}`);
    const { market, report } = await read(lines, undefined, { from: '09:30:20', minutes: 1 });
    expect(report).to.include({ opening: 20, messages: 60, seconds: 60, from: '09:30:20' });
    expect(market.messages.wait[20]).to.equal(0);
    expect(market.messages.size.slice(0, 20)).to.deep.equal(Array.from({ length: 20 }, (_, i) => i + 1));
  });

  it('leaves out a last row that was cut off, and refuses one in the middle', async () => {
    const { report } = await readRecorded(`lobster:${file('m.csv', [...LOBSTER_MESSAGES, '34264.1,1,14,7'], '')}`, part);
    expect(found(report)).to.deep.include(['last rows that were cut off', 1, 12]);
    const broken = [...LOBSTER_MESSAGES];
    broken.splice(3, 0, '34200.3,1,14,7');
    expect(await refusal(read(broken))).to.match(/row 4, column 5 \(price\): .*accepted: 6 cells, in rows of time, type/);
    const { report: less } = await readRecorded(
      `lobster:${file('m.csv', LOBSTER_MESSAGES)},${file('b.csv', [...LOBSTER_BOOK.slice(0, 6), '1000200,80,10'], '')}`,
      part,
    );
    expect(less.checked!.rows).to.equal(6);
    expect(found(less)).to.deep.include(['messages without a row in the order-book file', 5, 7]);
  });

  it('reads files with a header row, and with other delimiters', async () => {
    const plain = await read(LOBSTER_MESSAGES, LOBSTER_BOOK);
    const names = 'Time;Type;OrderID;Size;Price;Direction';
    const book = ['ask_price_1,ask_size_1,bid_price_1,bid_size_1,ask_price_2,ask_size_2,bid_price_2,bid_size_2', ...LOBSTER_BOOK];
    const headed = await read([names, ...LOBSTER_MESSAGES.map((row) => row.replaceAll(',', ';'))], book);
    expect(headed.market).to.deep.equal(plain.market);
    expect(headed.report.checked).to.deep.equal({ rows: 11, differing: 0, firstRow: 0 });
  });

  it('plays a stock of less than a dollar in the tick that its prices need, and says so', async () => {
    const lines = Array.from({ length: 20 }, (_, i) => `${34_200 + i},1,${i + 1},10,${i % 2 ? 5001 + i : 4999 - i},${i % 2 ? -1 : 1}`);
    const { market, tickMicros, report } = await read(lines, undefined, { tickMicros: undefined });
    expect([tickMicros, report.tick, market.messages.of.slice(0, 2)]).to.deep.equal([100, '0.0001', [4999, 5002]]);
    expect(report.summary).to.contain('in ticks of 0.0001');
    expect(await refusal(read(lines))).to.match(/orders lie between two ticks of 0.01, the first of them in row 1; accepted: a finer tick/);
  });

  it('refuses an order-book file of another day or of other messages', async () => {
    const pair = (day: string): string => file(`TEST_2020-01-${day}_1_2_message_1.csv`, LOBSTER_MESSAGES);
    expect(await refusal(readRecorded(`lobster:${pair('02')},${pair('03')}`, part))).to.match(
      /is of 2020-01-03, the messages are of 2020-01-02/,
    );
    const lines = Array.from({ length: 400 }, (_, i) => `${34_200 + i / 100},1,${i + 1},10,${999900 - 100 * (i % 50)},1`);
    const other = lines.map((_, i) => `${1000000 + 100 * (i % 7)},10,${999800 - 100 * (i % 5)},${10 + i}`);
    expect(await refusal(read(lines, other))).to.match(
      /of its first \d+ rows differ .* accepted: the order-book file that belongs to them/,
    );
  });

  it('refuses what it cannot read, saying what it can', async () => {
    for (const [lines, told] of [
      [[''], /is empty|nothing happens/],
      [['time,type', 'a,b'], /row 1, column 3: ""; accepted: rows of time, type \(1-7\), order id/],
      [['time,order id,type,size,price,direction', ...LOBSTER_MESSAGES], /row 1, column 2: "order id"; accepted: .* in this order/],
      [['Time,Type,OrderID,Size,Price,Direction'], /has a header and no rows/],
      [['34200,8,1,1,100,1', '34201,1,1,1,1000000,1'], /row 1, column 2 \(type\): "8"; accepted: a whole number from 1 to 7/],
      [['34200,1,1,0,1000000,1', '34201,1,1,1,1000000,1'], /row 1, column 4 \(size\): "0"; accepted: at least 1 share/],
      [['34200,1,1,5,-100,1', '34201,1,1,1,1000000,1'], /row 1, column 5 \(price\): "-100"; accepted: a price above 0/],
      [['1722864600000000000,1,1,5,100,1', '34201,1,1,1,1000000,1'], /column 1 \(time\): "1722864600000000000"; accepted: seconds after/],
    ] as const) {
      expect(await refusal(read(lines))).to.match(told);
    }
    expect(await refusal(read(LOBSTER_MESSAGES, ['1,2,3']))).to.match(/row 1.*accepted: ask price/);
    expect(await refusal(read(LOBSTER_MESSAGES, undefined, { from: '16:00' }))).to.match(/ends before 16:00:00/);
    expect(await refusal(read(LOBSTER_MESSAGES, undefined, { from: 'noon' }))).to.match(/accepted: HH:MM/);
    expect(await refusal(readRecorded('lobster:/nowhere/m.csv', part))).to.match(/no such file/);
    expect(await refusal(readRecorded('lobster:m.csv', { ...part, publisher: '2' }))).to.match(/--publisher 2.*with --market mbo:/);
    expect(await refusal(readRecorded('lobster:a,b,c', part))).to.match(/lobster:MESSAGES,ORDERBOOK/);
  });
});
