/** Databento MBO files as CSV, by hand: every action, both forms of prices and times, and what is cleaned or refused. */
import { expect } from 'chai';
import { BUY, SELL } from '../../../envs/hft/book.js';
import type { Market } from '../../../envs/hft/market.js';
import { ASK, BID, CANCEL, CLEAR, EXECUTE, HIDDEN_ASK } from '../../../envs/hft/replay/messages.js';
import { hft } from '../../../envs/hft/task.js';
import { readRecorded, type RecordedPart } from '../../../harness/market/read.js';
import { file, MBO_HEADER, mbo } from './files.js';

const part: RecordedPart = { minutes: 1, tickMicros: 10_000 };
const read = (lines: readonly string[], more: Partial<RecordedPart> = {}) =>
  readRecorded(`mbo:${file('mbo.csv', [MBO_HEADER, ...lines])}`, { ...part, ...more });
const SNAPSHOT = 32;

/** A snapshot, then every action. */
const DAY = [
  '2024-08-05T13:29:00Z,2024-08-05T08:00:00Z,160,2,77,R,N,,0,0,0,40,0,0,TEST',
  mbo('08:00:00.5', 'A', 'B', '100.000000000', 30, 1, SNAPSHOT),
  mbo('07:00:00.5', 'A', 'A', '100.010000000', 40, 2, SNAPSHOT | 128),
  mbo('13:30:00.000001500', 'A', 'A', '100.010000000', 60, 3),
  // A buyer of 70 trades with 2 and 3, and 10 more hidden.
  mbo('13:30:01.000', 'T', 'B', '100.010000000', 70, 0, 0),
  mbo('13:30:01.000', 'F', 'A', '100.010000000', 40, 2, 0),
  mbo('13:30:01.000', 'C', 'A', '100.010000000', 40, 2, 0),
  mbo('13:30:01.000', 'F', 'A', '100.010000000', 20, 3, 0),
  mbo('13:30:01.000', 'C', 'A', '100.010000000', 20, 3, 128),
  mbo('13:30:02.000', 'M', 'A', '100.010000000', 35, 3), // smaller: keeps its place
  mbo('13:30:03.000', 'A', 'B', '100.000000000', 5, 4),
  mbo('13:30:04.000', 'M', 'B', '100.000000000', 50, 1), // larger: goes to the end
  mbo('13:30:05.000', 'C', 'B', '100.000000000', 2, 4),
  mbo('13:30:06.000', 'N', 'N', '', 0, 0),
  mbo('13:30:07.000', 'R', 'N', '', 0, 0),
  mbo('13:30:08.000', 'A', 'B', '99.990000000', 9, 5),
  mbo('13:30:08.000', 'A', 'A', '100.020000000', 8, 6),
];
const ROWS = [
  [0, BID, 10_000, 30], [0, ASK, 10_001, 40],
  [0, ASK, 10_001, 60],
  [999_999, EXECUTE, 1, 40], [0, EXECUTE, 2, 20], [0, HIDDEN_ASK, 10_001, 10],
  [1_000_000, CANCEL, 2, 5], [1_000_000, BID, 10_000, 5],
  [1_000_000, CANCEL, 0, 30], [0, BID, 10_000, 50], [1_000_000, CANCEL, 3, 2],
  [2_000_000, CLEAR, 0, 0], [1_000_000, BID, 9_999, 9], [0, ASK, 10_002, 8],
]; // prettier-ignore

const rowsOf = ({ market: { messages: m } }: Awaited<ReturnType<typeof read>>): (number | undefined)[][] =>
  m.wait.map((wait, i) => [wait, m.what[i], m.of[i], m.size[i]]);

describe('replay: MBO files', () => {
  it('reads every action into columns: fills reach the book with the record that takes their shares out', async () => {
    const read1 = await read(DAY);
    expect(rowsOf(read1)).to.deep.equal(ROWS);
    expect(read1.market.messages.opening).to.equal(2);
    expect(read1.report).to.include({ symbol: 'TEST', from: '2024-08-05 13:30:00.000001 UTC', seconds: 8 });
    const { market } = read1;
    const env = hft.create(hft.parseOptions({ market, durationUs: market.lengthUs }), 1) as Market;
    env.advance(market.lengthUs - 1);
    expect(env.exchange.book.depth(BUY, 9)).to.deep.equal([[9_999, 9]]);
    expect(env.exchange.book.depth(SELL, 9)).to.deep.equal([[10_002, 8]]);
  });

  it('reads integer prices and times to the same columns', async () => {
    const nanos = DAY.map((line) =>
      line
        .replace(/2024-08-05T(\d\d):(\d\d):(\d\d)(?:\.(\d+))?Z/g, (_, h: string, m: string, s: string, f = '') => {
          const seconds = Date.parse(`2024-08-05T${h}:${m}:${s}Z`) / 1000;
          return `${seconds}${String(f).padEnd(9, '0')}`;
        })
        .replace(/,(\d+)\.(\d{9}),/, (_, whole: string, fraction: string) => `,${whole}${fraction},`)
        .replace(/,N,,0/, ',N,9223372036854775807,0'),
    );
    expect(rowsOf(await read(nanos))).to.deep.equal(ROWS);
  });

  it('counts hidden trades, clears, and records that do not fit', async () => {
    const { report } = await read([
      ...DAY,
      mbo('13:30:09.000', 'C', 'B', '99.000000000', 1, 404),
      mbo('13:30:10.000', 'M', 'B', '99.980000000', 4, 405),
      mbo('13:30:11.000', 'F', 'B', '99.990000000', 3, 5),
      mbo('13:30:12.000', 'A', 'B', '99.985000000', 3, 7),
    ]);
    const found = report.findings.map(({ what, count, row }) => [what, count, row]);
    expect(found).to.deep.include.members([
      ['executions of hidden orders', 1, 6],
      ['times the venue cleared the book', 1, 16],
      ['cancellations of orders that never came', 1, 19],
      ['changes of orders that never came', 1, 20],
      ['fills that no cancellation followed', 1, 21],
      ['orders at prices off the tick', 1, 22],
    ]);
  });

  it('picks one instrument', async () => {
    const lines = [
      mbo('13:30:00.0', 'A', 'B', '10.000000000', 1, 1, 128, 'AAA'),
      mbo('13:30:00.0', 'A', 'B', '20.000000000', 2, 1, 128, 'BBB'),
      mbo('13:30:01.0', 'A', 'A', '20.010000000', 2, 2, 128, 'BBB'),
    ];
    const { market, report } = await read(lines, { symbol: 'BBB' });
    expect(market.messages.of).to.deep.equal([2000, 2001]);
    expect(market.symbol).to.equal('BBB');
    expect(report.findings[0]).to.include({ what: 'rows of other instruments', count: 1, row: 2 });
  });

  it('refuses what it cannot read, saying what it can', async () => {
    for (const [reading, told] of [
      [() => readRecorded(`mbo:${file('m.csv', ['a,b,c'])}`, part), /row 1 names no ts_event, action/],
      [() => readRecorded(`mbo:${file('m.csv', [MBO_HEADER])}`, part), /no records/],
      [() => read([mbo('13:30:00.0', 'Q', 'B', '1.0', 1, 1), ...DAY]), /row 2 is no record; accepted: ts_event, action \(A, C, M, R/],
      [() => read([mbo('13:30:00.0', 'A', 'N', '1.0', 1, 1), ...DAY]), /row 2 is no record/],
      [() => read(DAY, { from: '20:00' }), /ends before 20:00:00 UTC/],
      [() => read(DAY, { symbol: 'NONE' }), /no records of NONE/],
    ] as const) {
      let message = 'not refused';
      await reading().catch((error: Error) => (message = error.message));
      expect(message).to.match(told);
    }
  });
});
