/** Databento MBO files as CSV, by hand: every action, both forms of prices and times, and what is cleaned or refused. */
import { expect } from 'chai';
import fc from 'fast-check';
import { writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { gzipSync } from 'node:zlib';
import { BUY, SELL } from '../../../envs/hft/exchange/book.js';
import type { Market } from '../../../envs/hft/market.js';
import { ASK, BID, CANCEL, CLEAR, EXECUTE, HIDDEN_ASK, recordingOf } from '../../../envs/hft/replay/messages.js';
import { hft } from '../../../envs/hft/task.js';
import { MarketError } from '../../../harness/market/errors.js';
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

  it('starts at the first order of a session that opens with clears, and says so', async () => {
    const lines = [
      mbo('12:25:00.0', 'R', 'N', '', 0, 0, 8),
      mbo('12:26:00.0', 'N', 'N', '', 0, 0, 128),
      mbo('13:30:00.0', 'A', 'B', '10.000000000', 1, 1),
      mbo('13:30:01.0', 'A', 'A', '10.010000000', 1, 2),
    ];
    const { report, market } = await read(lines);
    expect(report.from).to.equal('2024-08-05 13:30:00 UTC');
    expect(report.findings).to.deep.include({
      what: 'clears before the first order',
      done: 'passed over: the part starts at the first order',
      count: 1,
      row: 2,
    });
    expect(market.messages.wait).to.deep.equal([0, 1_000_000]);
    expect(await refused(read(lines, { from: '12:00' }))).to.match(
      /nothing happens from 12:00:00 to 12:01:00 UTC; the next message is at 12:25:00 UTC; accepted: a part with messages/,
    );
  });

  it('plays one of several instruments or publishers by its name, and without one lists what there is', async () => {
    const of = (symbol: string, instrument: number, publisher: number, id: number, price: string): string =>
      `${mbo('13:30:00.0', 'A', 'B', price, 5, id)}`.replace(/,2,77,/, `,${publisher},${instrument},`).replace(/TEST$/, symbol);
    const lines = [of('AAA', 1, 2, 1, '10.0'), of('AAA', 1, 2, 2, '10.01'), of('BBB', 7, 2, 1, '20.0'), of('BBB', 7, 39, 1, '30.0')];
    expect(await refused(read(lines))).to.match(
      /row 4 is not of the same book .* 2 instruments: (AAA \(2\), BBB \(2\)), and 2 publishers: 2 \(3\), 39 \(1\).*--symbol NAME and --publisher ID/,
    );
    expect(await refused(read(lines, { symbol: 'BBB' }))).to.match(/2 publishers: 2 \(1\), 39 \(1\).* by --publisher ID$/);
    expect(await refused(read(lines, { symbol: 'BBB', publisher: '5' }))).to.match(
      /no records of BBB, publisher 5; .*publishers 2 \(1\), 39 \(1\)/,
    );
    expect((await read(lines, { symbol: 'AAA' })).market.messages.of).to.deep.equal([1000, 1001]);
    expect((await read(lines, { symbol: 'BBB', publisher: '39' })).market.messages.of).to.deep.equal([3000]);
    // By the number of the instrument, and in the name of the market itself.
    expect((await read(lines, { symbol: '7', publisher: '2' })).market).to.deep.include({ symbol: 'BBB' });
    const path = file('mbo.csv', [MBO_HEADER, ...lines]);
    expect((await readRecorded(`mbo:BBB@39=${path}`, part)).market.messages.of).to.deep.equal([3000]);
  });

  it('lets a top-of-book row stand for all of its side, and refuses price levels by name', async () => {
    const TOP = 64;
    const { market, report } = await read([
      mbo('13:30:00.0', 'A', 'B', '10.000000000', 30, 0, TOP | 128),
      mbo('13:30:00.0', 'A', 'A', '10.010000000', 20, 0, TOP | 128),
      mbo('13:30:01.0', 'A', 'B', '10.000000000', 12, 0, TOP | 128),
      mbo('13:30:02.0', 'A', 'B', '9.990000000', 40, 0, TOP | 128),
      mbo('13:30:03.0', 'A', 'A', '', 0, 0, TOP | 128),
    ]);
    expect(rowsOf({ market } as never)).to.deep.equal([
      [0, BID, 1000, 30], [0, ASK, 1001, 20], [1_000_000, CANCEL, 0, 18], [1_000_000, CANCEL, 0, 12], [0, BID, 999, 40], [1_000_000, CANCEL, 1, 20],
    ]); // prettier-ignore
    expect(report.findings[0]).to.include({ what: 'top-of-book rows', count: 5, row: 2 });
    const level = [mbo('13:30:00.0', 'A', 'B', '10.000000000', 30, 1, 16 | 128), ...DAY];
    expect(await refused(read(level))).to.match(/row 2, column flags: "144"; accepted: records of orders; flag 16 \(F_MBP\)/);
  });

  it('counts rows after a gap of the feed, and a row that is there twice only once', async () => {
    const again = DAY.flatMap((line) => [line, line]);
    const twice = await read(again);
    expect(rowsOf(twice)).to.deep.equal(ROWS);
    expect(twice.report.findings[0]).to.include({ what: 'rows that repeat the row before', count: DAY.length });
    const { report } = await read([...DAY, mbo('13:30:09.0', 'A', 'B', '99.980000000', 9, 70, 128 | 4)]);
    expect(report.findings.map(({ what }) => what)).to.include('records after messages that the feed lost');
  });

  describe('reads the same market however a table was saved:', () => {
    const cells = DAY.map((line) => line.split(','));
    const changed = (column: number, change: (cell: string) => string): string[] =>
      cells.map((row) => row.map((cell, i) => (i === column ? change(cell) : cell)).join(','));
    const times = (change: (cell: string) => string): string[] => changed(1, change);
    const nanos = (iso: string): bigint => {
      const [, seconds, fraction = ''] = /^(.{19})(?:\.(\d+))?Z$/.exec(iso)!;
      return BigInt(Date.parse(`${seconds}Z`)) * 1_000_000n + BigInt(fraction.padEnd(9, '0'));
    };
    const price = (change: (cell: string) => string): string[] => changed(7, (cell) => (cell === '' ? 'NaN' : change(cell)));
    const TABLES: Record<string, readonly string[]> = {
      'dates between slashes': times((iso) => iso.replaceAll('-', '/').replace('T', ' ')),
      'times with an offset': times((iso) => `${iso.replace('T', ' ').replace('Z', '')}+00:00`),
      'local times with an offset': times((iso) => {
        const local = new Date(Date.parse(`${iso.slice(0, 19)}Z`) - 4 * 3_600_000).toISOString().slice(0, 19);
        return `${local.replace('T', ' ')}${iso.slice(19, -1)}-04:00`;
      }),
      'times as microseconds': times((iso) => String(nanos(iso) / 1000n)),
      'times as seconds with a fraction': times(
        (iso) =>
          `${nanos(iso) / 1_000_000_000n}.${String(nanos(iso) % 1_000_000_000n)
            .padStart(9, '0')
            .slice(0, 6)}`,
      ),
      'times as floats of nanoseconds': times((iso) => `${String(nanos(iso)).slice(0, 1)}.${String(nanos(iso)).slice(1)}e+18`),
      'sizes as floats': changed(8, (cell) => `${cell}.0`),
      'order numbers as floats': changed(10, (cell) => `${cell}.0`),
      'flags as floats': changed(11, (cell) => `${cell}.0`),
      'prices as short decimals': price((cell) => String(Number(cell))),
      'prices in scientific notation': price((cell) => Number(cell).toExponential()),
      'prices with the noise of floats': price((cell) => (Number(cell) + 1e-13).toString()),
      'prices as floats of 1e-9': price((cell) => `${Math.round(Number(cell) * 1e9)}.0`),
      'actions and sides in words': changed(
        5,
        (cell) => ({ A: 'Add', C: 'Cancel', M: 'Modify', R: 'Clear', T: 'Trade', F: 'Fill', N: 'None' })[cell]!,
      ),
      'actions and sides as members of an enumeration': changed(
        5,
        (cell) => `Action.${{ A: 'ADD', C: 'CANCEL', M: 'MODIFY', R: 'CLEAR', T: 'TRADE', F: 'FILL', N: 'NONE' }[cell]!}`,
      ),
      'sides left empty': changed(6, (cell) => (cell === 'N' ? '' : cell)),
    };
    for (const [name, lines] of Object.entries(TABLES)) it(name, async () => expect(rowsOf(await read(lines))).to.deep.equal(ROWS));

    const saved = (lines: readonly string[], end = '\n') => readRecorded(`mbo:${file('mbo.csv', lines, end)}`, part);
    const all = [MBO_HEADER, ...DAY];
    it('an index column, a byte-order mark, quotes, semicolons, tabs, CRLF, empty lines', async () => {
      for (const lines of [
        all.map((line, i) => `${i === 0 ? '' : i - 1},${line}`),
        [`\ufeff${MBO_HEADER}`, ...DAY],
        all.map((line) => line.split(',').map((cell) => `"${cell}"`).join(',')), // prettier-ignore
        all.map((line) => line.replaceAll(',', ';')),
        all.map((line) => line.replaceAll(',', '\t')),
        all.map((line) => `${line}\r`),
        all.flatMap((line) => [line, '']),
        [
          'sep=;',
          '# saved by hand',
          '',
          ...new Array<string>(9000).fill(`# ${'remark '.repeat(20)}`),
          ...all.map((line) => line.replaceAll(',', ';')),
        ],
      ])
        expect(rowsOf(await saved(lines))).to.deep.equal(ROWS);
      // What is refused is told by its row of the file, whatever stands above the table.
      expect(await refused(saved(['sep=,', '# x', MBO_HEADER, DAY[0]!.replace(/^[^,]*,[^,]*/, 'x,noon')]))).to.match(/row 4, column ts_/);
    });

    it('packed with gzip under any name, and as UTF-16', async () => {
      const text = `${all.join('\n')}\n`;
      for (const bytes of [gzipSync(text), Buffer.from(`\ufeff${text}`, 'utf16le')]) {
        const path = file('mbo.csv', []);
        writeFileSync(path, bytes);
        expect(rowsOf(await readRecorded(`mbo:${path}`, part))).to.deep.equal(ROWS);
      }
    });

    it('times without a zone are taken as UTC, and that is told', async () => {
      const { report } = await read(times((iso) => iso.replace('T', ' ').replace('Z', '')));
      expect(report.findings[0]).to.include({ what: 'times without a time zone', done: 'taken as UTC', count: DAY.length });
    });
  });

  it('chooses a finer tick where the prices need it, and refuses one that leaves the orders out', async () => {
    const lines = Array.from({ length: 30 }, (_, i) => mbo(`13:30:${String(i).padStart(2, '0')}.0`, 'A', i % 2 ? 'A' : 'B', `0.${i % 2 ? 5005 + i : 4995 - i}00000`, 1, i + 1)); // prettier-ignore
    const { tickMicros, market } = await read(lines, { tickMicros: undefined });
    expect([tickMicros, market.messages.of[0]]).to.deep.equal([100, 4995]);
    expect(await refused(read(lines))).to.match(/orders lie between two ticks of 0.01, the first of them in row 2; accepted: a finer tick/);
    // A few odd quotes change nothing.
    expect((await read(DAY, { tickMicros: undefined })).tickMicros).to.equal(10_000);
  });

  it('plays or refuses whatever stands in its cells, and does nothing else', async () => {
    const cell = fc.oneof(
      fc.constantFrom('', 'NaN', '-1', '0', '1e400', '1e-400', '9223372036854775807', '-0.0', '.', 'e5', '+', '1.5', '64', '16', 'A', 'B', 'T', 'C', 'M', 'R', 'F', '"', 'b\'A\'', '2024-08-05', '99999999999999999999'), // prettier-ignore
      fc.string({ maxLength: 12 }),
      fc.integer().map(String),
      fc.double().map(String),
    );
    const change = fc.record({ row: fc.nat(DAY.length - 1), column: fc.nat(15), cell });
    await fc.assert(
      fc.asyncProperty(fc.array(change, { minLength: 1, maxLength: 4 }), async (changes) => {
        const rows = DAY.map((line) => line.split(','));
        for (const { row, column, cell } of changes) rows[row]![column] = cell.replaceAll('\n', ' ');
        try {
          const { market } = await read(rows.map((row) => row.join(',')), { tickMicros: undefined }); // prettier-ignore
          recordingOf(market.messages);
        } catch (error) {
          expect(error).to.be.instanceOf(MarketError);
          expect((error as Error).message).to.match(/accepted: /);
        }
      }),
      { numRuns: 300 },
    );
  });

  it('plays the day that is asked for, past midnight', async () => {
    const next = DAY.map((line) => line.replaceAll('2024-08-05', '2024-08-06'));
    const { report, market } = await read([...DAY, ...next], { date: '2024-08-06', from: '13:30' });
    expect(report.from).to.equal('2024-08-06 13:30:00 UTC');
    expect(market.messages.opening).to.equal(2);
    expect((await read([...DAY, ...next], { date: '2024-08-06' })).report.from).to.equal('2024-08-06 13:30:00.000001 UTC');
  });

  it('refuses what it cannot read, naming row, column and value, and what it can read', async () => {
    const first = (line: string): Promise<unknown> => read([line, ...DAY]);
    const order = mbo('13:30:00.0', 'A', 'B', '1.0', 1, 1);
    for (const [reading, told] of [
      [() => readRecorded(`mbo:${file('m.csv', ['a,b,c'])}`, part), /row 1 names no ts_event, action.*\(it holds: a, b, c\)/],
      [() => readRecorded(`mbo:${file('m.csv', [], '')}`, part), /is empty; accepted: CSV with a header/],
      [
        () => readRecorded(`mbo:${file('m.csv', ['{"ts_event":"2024-08-05T13:30:00Z","action":"A"}'])}`, part),
        /m.csv: is JSON; accepted: CSV/,
      ],
      [() => first(order.replace(',0,1,128,', ',0,,128,')), /column order_id: ""; accepted: an order's number for action A/],
      [() => readRecorded(`mbo:${file('m.csv', [MBO_HEADER])}`, part), /has a header and no rows/],
      [() => readRecorded(`mbo:${tmpdir()}`, part), /is a folder; accepted: a file of CSV/],
      [() => readRecorded('mbo:/nowhere/m.csv', part), /^\/nowhere\/m.csv: no such file/],
      [() => readRecorded(`mbo:${packed}`, part), /is Databento's binary DBN .*accepted: CSV/],
      [() => readRecorded(`mbo:${binary}`, part), /holds bytes that are no text; accepted: CSV/],
      [() => readRecorded(`mbo:${torn}`, part), /its packing is cut off or damaged/],
      [() => first(mbo('13:30:00.0', 'Q', 'B', '1.0', 1, 1)), /row 2, column action: "Q"; accepted: A, C, M, R, T, F or N/],
      [() => first(mbo('13:30:00.0', 'A', 'N', '1.0', 1, 1)), /row 2, column side: "N"; accepted: B or A for an order/],
      [() => first(mbo('13:30:00.0', 'A', 'B', '-37.63', 1, 1)), /row 2, column price: "-37.63"; accepted: prices above 0: the book here/],
      [() => first(mbo('13:30:00.0', 'A', 'B', '12,5', 1, 1)), /row 2, column/],
      [() => first(mbo('13:30:00.0', 'A', 'B', 'ten', 1, 1)), /row 2, column price: "ten"; accepted: a decimal number/],
      [() => first(mbo('13:30:00.0', 'A', 'B', '', 1, 1)), /row 2, column price: ""; accepted: a price for action A/],
      [() => first(order.replace(',1,0,1,', ',1.5,0,1,')), /row 2, column size: "1.5"; accepted: a whole number of shares/],
      [
        () => first(order.replace(',0,1,128,', ',0,1.234567e+18,128,')),
        /column order_id: "1.234567e\+18"; accepted: a whole number with all/,
      ],
      [() => first(order.replace(/T13:30:00.0Z,160/, 'T25:30:00Z,160')), /row 2, column ts_event: .*accepted: ISO 8601/],
      [() => first(order.replace(/,[^,]*,160,/, ',1.72286E+18,160,')), /row 2, column ts_event: "1.72286E\+18"/],
      [() => first(order.replace(',128,', ',LAST,')), /row 2, column flags: "LAST"; accepted: a whole number from 0 to 255/],
      [() => first('2024-08-05T13:30:00Z,1'), /row 2, column rtype \(missing\): .*accepted: 15 cells, as the header has/],
      [() => first(`7,${order}`), /row 2, column 16 \(without a name\): "TEST"; accepted: 15 cells/],
      [
        () => read([...DAY].reverse()),
        /rows are earlier than the row before, the first of them row \d+; accepted: rows in the order of time/,
      ],
      [() => read(DAY, { from: '20:00' }), /ends before 2024-08-05 20:00:00 UTC.*, at 2024-08-05 13:30:08 UTC/],
      [() => read(DAY, { symbol: 'NONE' }), /no records of NONE; the file has rows of instruments TEST \(17\)/],
      [() => read(DAY, { date: 'monday' }), /--date "monday" is no day; accepted: YYYY-MM-DD/],
    ] as const) {
      expect(await refused(reading())).to.match(told);
    }
  });
});

/** The words of a refusal. */
async function refused(reading: Promise<unknown>): Promise<string> {
  let message = 'not refused';
  await reading.catch((error: Error) => {
    expect(error).to.be.instanceOf(MarketError);
    message = error.message;
  });
  return message;
}

const bytes = (name: string, content: Buffer): string => {
  const path = file(name, []);
  writeFileSync(path, content);
  return path;
};
const packed = bytes('day.dbn', Buffer.from('DBN\u0001rest'));
const binary = bytes('day.csv', Buffer.from([1, 0, 2, 0, 3, 0, 10, 0]));
const torn = bytes('day.csv.gz', gzipSync(DAY.join('\n')).subarray(0, 60));
