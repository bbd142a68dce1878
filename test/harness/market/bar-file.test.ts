/** Bars as vendors and libraries publish them: one market, however it is written down; what cannot be read is refused by file, place and value. */
import { expect } from 'chai';
import fc from 'fast-check';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { readBarFile } from '../../../harness/market/bar-file.js';
import { MarketError } from '../../../harness/market/errors.js';

const folder = mkdtempSync(join(tmpdir(), 'tickbench-bars-'));
after(() => rmSync(folder, { recursive: true, force: true }));
let written = 0;
function path(content: unknown, name = 'bars.json'): string {
  const file = join(folder, `${written++}_${name}`);
  writeFileSync(file, typeof content === 'string' || Buffer.isBuffer(content) ? content : JSON.stringify(content));
  return file;
}
const read = (content: unknown, symbol?: string): ReturnType<typeof readBarFile> => readBarFile(path(content), symbol);
function refused(content: unknown, symbol?: string): string {
  try {
    read(content, symbol);
  } catch (error) {
    expect(error).to.be.instanceOf(MarketError);
    return (error as Error).message.replace(/^.*?\/(\d+_bars.json)/, '$1');
  }
  throw new Error('not refused');
}

/** Half an hour of one-minute bars from 13:30 UTC, 09:30 in New York. */
const NEW_YORK = -4 * 3600;
const BARS = Array.from({ length: 30 }, (_, i) => {
  const open = 160 + (i % 7) / 4;
  return { t: Date.UTC(2024, 7, 5, 13, 30) / 1000 + 60 * i, o: open, h: open + 0.5, l: open - 0.25, c: open + 0.25, v: 100 + i };
});
type Bar = (typeof BARS)[number];
const iso = ({ t }: Bar, offset = 0): string => new Date((t + offset) * 1000).toISOString().slice(0, 19);
const local = (bar: Bar): string => iso(bar, NEW_YORK).replace('T', ' ');
const list = (field: keyof Bar): number[] => BARS.map((bar) => bar[field]);
const csv = (header: string, row: (bar: Bar) => unknown[], delimiter = ','): string =>
  `${[header, ...BARS.map((bar) => row(bar).join(delimiter))].join('\n')}\n`;
const days = (hour: string): unknown => ({
  '2024-08-05': Object.fromEntries(
    BARS.map((bar, i) => [`${hour}:${String(30 + i)}:00`, { open: bar.o, high: bar.h, low: bar.l, close: bar.c }]),
  ),
});

/** Every shape on the exchange's clock (09), or on UTC (13). */
const SHAPES: Record<string, [hour: '09' | '13', content: unknown]> = {
  'bars by day and time, with other fields': ['09', { '2024-08-05': Object.fromEntries(BARS.map((bar) => [local(bar).slice(11), { open: bar.o, high: bar.h, low: bar.l, close: bar.c, volume: bar.v }])) }],
  "Yahoo's chart": ['09', { chart: { result: [{ meta: { symbol: 'AMZN', gmtoffset: NEW_YORK }, timestamp: list('t'), indicators: { quote: [{ open: list('o'), high: list('h'), low: list('l'), close: list('c'), volume: list('v') }] } }], error: null } }],
  'Alpha Vantage, newest first': ['09', { 'Meta Data': { '2. Symbol': 'AMZN' }, 'Time Series (1min)': Object.fromEntries([...BARS].reverse().map((bar) => [local(bar), { '1. open': String(bar.o), '2. high': String(bar.h), '3. low': String(bar.l), '4. close': String(bar.c), '5. volume': '9' }])) }],
  'Polygon aggregates': ['13', { ticker: 'AMZN', status: 'OK', results: BARS.map((bar) => ({ ...bar, vw: bar.o, n: 3, t: bar.t * 1000 })) }],
  'Alpaca bars': ['13', { symbol: 'AMZN', bars: BARS.map((bar) => ({ ...bar, t: `${iso(bar)}Z` })), next_page_token: null }],
  'Alpaca bars of several symbols': ['13', { bars: { NVDA: BARS.map((bar) => ({ ...bar, o: 1, l: 1, t: `${iso(bar)}Z` })), AMZN: BARS.map((bar) => ({ ...bar, t: `${iso(bar)}Z` })) } }],
  'Finnhub candles': ['13', { s: 'ok', t: list('t'), o: list('o'), h: list('h'), l: list('l'), c: list('c'), v: list('v') }],
  'Twelve Data values': ['09', { meta: { symbol: 'AMZN' }, values: BARS.map((bar) => ({ datetime: local(bar), open: String(bar.o), high: String(bar.h), low: String(bar.l), close: String(bar.c) })) }],
  'Binance klines': ['13', BARS.map((bar) => [bar.t * 1000, ...[bar.o, bar.h, bar.l, bar.c].map((price) => price.toFixed(8)), '12.0', bar.t * 1000 + 59_999, '1', 5, '1', '1', '0'])],
  'Binance klines as CSV without a header': ['13', BARS.map((bar) => [bar.t * 1_000_000, bar.o, bar.h, bar.l, bar.c, 1, 2, 3].join(',')).join('\n')],
  'Kraken': ['13', { error: [], result: { AMZN: BARS.map((bar) => [bar.t, String(bar.o), String(bar.h), String(bar.l), String(bar.c), '1', '2', 3]), last: 9 } }],
  'Coinbase candles, newest first': ['13', [...BARS].reverse().map((bar) => [bar.t, bar.l, bar.h, bar.o, bar.c, 12.5])],
  'pandas, by columns': ['13', { Open: byTime('o'), High: byTime('h'), Low: byTime('l'), Close: byTime('c') }],
  'pandas, by index': ['13', Object.fromEntries(BARS.map((bar) => [String(bar.t * 1000), { Open: bar.o, High: bar.h, Low: bar.l, Close: bar.c }]))],
  'pandas, split': ['13', { columns: ['Open', 'High', 'Low', 'Close'], index: list('t').map((t) => t * 1000), data: BARS.map((bar) => [bar.o, bar.h, bar.l, bar.c]) }],
  'pandas, records': ['09', BARS.map((bar) => ({ date: `${iso(bar, NEW_YORK)}-04:00`, open: bar.o, high: bar.h, low: bar.l, close: bar.c }))],
  'one bar a line': ['13', BARS.map((bar) => JSON.stringify({ time: bar.t, open: bar.o, high: bar.h, low: bar.l, close: bar.c })).join('\n')],
  'CSV with a header': ['09', csv('time,open,high,low,close,volume', (bar) => [local(bar), bar.o, bar.h, bar.l, bar.c, bar.v])],
  'CSV with an index, semicolons and a byte-order mark': ['09', `\ufeff${csv(';Open;High;Low;Close', (bar) => [local(bar), bar.o, bar.h, bar.l, bar.c], ';')}`],
  'CSV of yfinance, three rows of header': ['13', `Price,Close,High,Low,Open\nTicker,AMZN,AMZN,AMZN,AMZN\nDatetime,,,,\n${csv('', (bar) => [`${iso(bar)}+00:00`, bar.c, bar.h, bar.l, bar.o]).slice(1)}`],
  'CSV of Stooq': ['09', csv('<TICKER>,<PER>,<DATE>,<TIME>,<OPEN>,<HIGH>,<LOW>,<CLOSE>', (bar) => ['AMZN', 1, '20240805', local(bar).slice(11).replaceAll(':', ''), bar.o, bar.h, bar.l, bar.c])],
  'CSV of a trading program, date and time apart and no header': ['09', csv('', (bar) => [...local(bar).replaceAll('-', '.').slice(0, 16).split(' '), bar.o, bar.h, bar.l, bar.c, bar.v]).slice(1)],
  'CSV of a spreadsheet, with its separator, a remark and an empty line above': ['09', `sep=|\r\n# of a vendor, by hand\n\n${csv('time|open|high|low|close', (bar) => [local(bar), bar.o, bar.h, bar.l, bar.c], '|')}`],
  'CSV with dates between slashes and a clock of twelve hours': ['09', csv('time,open,high,low,close', (bar) => [`${local(bar).replaceAll('-', '/').replace(' 09', ' 9')} AM`, bar.o, bar.h, bar.l, bar.c])],
  'CoinAPI': ['13', BARS.map((bar) => ({ time_period_start: `${iso(bar)}.0000000Z`, time_open: 'x', price_open: bar.o, price_high: bar.h, price_low: bar.l, price_close: bar.c }))],
  "CSV of Databento's ohlcv": ['13', csv('ts_event,rtype,publisher_id,instrument_id,open,high,low,close,volume,symbol', (bar) => [`${bar.t}000000000`, 33, 2, 7, ...[bar.o, bar.h, bar.l, bar.c].map((price) => price * 1e9), bar.v, 'AMZN'])],
}; // prettier-ignore

function byTime(field: keyof Bar): Record<string, number> {
  return Object.fromEntries(BARS.map((bar) => [String(bar.t * 1000), bar[field]]));
}

describe('files of published bars', () => {
  for (const [name, [hour, content]] of Object.entries(SHAPES))
    it(`reads ${name}`, () => {
      const file = read(content, 'AMZN');
      expect(file.days).to.deep.equal(days(hour));
      expect([file.barSeconds, file.exchangeClock]).to.deep.equal([60, hour === '09']);
    });

  it('takes bars without prices for gaps and bars that are there twice once, and says so', () => {
    const bars = BARS.map((bar) => ({ ...bar, o: bar.t % 420 === 0 ? null : bar.o }));
    const gaps = bars.filter(({ o }) => o === null).length;
    expect(gaps).to.be.greaterThan(1);
    const { days: found, notes } = read({ results: [...bars, bars[1], null] });
    expect(Object.keys(Object.values(found)[0]!)).to.have.length(BARS.length - gaps);
    expect(notes).to.deep.equal([`${gaps + 1} bars without prices taken for gaps`, '1 bars that were there twice taken once']);
    // As Python writes what is not there.
    expect(read(JSON.stringify({ results: bars }).replaceAll('"o":null', '"o":NaN')).days).to.deep.equal(found);
  });

  it('knows how long bars last by their times, and leaves out a last one that is not whole', () => {
    expect(read(BARS.map((bar) => ({ ...bar, t: bar.t / 60 + 1e9 }))).barSeconds).to.equal(1);
    expect(read(BARS.map((bar) => ({ ...bar, t: bar.t * 5 - 6_000_000_000 }))).barSeconds).to.equal(300);
    const late = { ...BARS.at(-1)!, t: BARS.at(-1)!.t + 43 };
    const { barSeconds, notes, days: found } = read([...BARS, late]);
    expect([barSeconds, notes]).to.deep.equal([60, ['1 last bars off the grid of 60 s left out']]);
    expect(found).to.deep.equal(days('13'));
  });

  it('reads gzip under any name', () => {
    expect(readBarFile(path(gzipSync(JSON.stringify(BARS)), 'bars.data')).days).to.deep.equal(days('13'));
  });

  it('names the instrument that the file names, and lists several', () => {
    expect(read({ ticker: 'AMZN', results: BARS }).symbol).to.equal('AMZN');
    expect(read({ 'Meta Data': { '2. Symbol': 'AMZN' }, 'Time Series (1min)': Object.fromEntries(BARS.map((bar) => [local(bar), bar])) }).symbol).to.equal('AMZN'); // prettier-ignore
    const both = { bars: { AMZN: BARS, NVDA: BARS.slice(3) } };
    expect(refused(both)).to.match(/holds bars of 2 instruments: AMZN \(30\), NVDA \(27\); accepted: one of them, by ohlc:NAME=FILE/);
    expect(refused(both, 'TSLA')).to.match(/none of them TSLA; accepted/);
    const table = 'time,symbol,open,high,low,close\n2024-08-05 09:30,A,1,1,1,1\n2024-08-05 09:30,B,2,2,2,2\n';
    expect(Object.values(read(table, 'B').days)[0]).to.deep.equal({ '09:30:00': { open: 2, high: 2, low: 2, close: 2 } });
  });

  it('tells the instruments of one table apart, whichever row of its header names them', () => {
    const cells = ({ o, h, l, c }: Bar, factor: number): number[] => [o, h, l, c].map((price) => price * factor);
    const rows = (bar: Bar): unknown[] => [local(bar), ...cells(bar, 1), ...cells(bar, 2)];
    const [fields, owners] = [',Open,High,Low,Close,Open,High,Low,Close', ',A,A,A,A,B,B,B,B'];
    const headers = [
      `Price${fields}\nTicker${owners}\nDatetime,,,,,,,,`,
      `Ticker${owners}\nPrice${fields}\nDatetime,,,,,,,,`,
      `${fields}\n${owners}\nDate,,,,,,,,`,
    ];
    for (const header of headers) {
      const table = csv(header, rows);
      expect(refused(table)).to.match(/holds bars of 2 instruments: A \(30\), B \(30\); accepted: one of them, by ohlc:NAME=FILE/);
      expect(read(table, 'A').days).to.deep.equal(days('09'));
      expect(Object.values(read(table, 'B').days)[0]!['09:31:00']).to.deep.equal({ open: 320.5, high: 321.5, low: 320, close: 321 });
    }
    // A second bar without prices is no row of a header.
    const gap = csv('time,open,high,low,close', (bar) => (bar === BARS[1] ? [local(bar), '', '', '', ''] : [local(bar), ...cells(bar, 1)]));
    expect(read(gap).notes).to.deep.equal(['1 bars without prices taken for gaps']);
  });

  it('reads times as brokers write them, and what spreadsheets write for nothing', () => {
    for (const time of [(bar: Bar) => local(bar).replace(/(....)-(..)-(..) /, '$1$2$3  '), (bar: Bar) => `${local(bar)} US/Eastern`])
      expect(read(csv('date,open,high,low,close', (bar) => [time(bar), bar.o, bar.h, bar.l, bar.c])).days).to.deep.equal(days('09'));
    const afternoon = csv('date,time,open,high,low,close', (bar) => ['2024/08/05', `1${iso(bar).slice(13, 16)}pm`, bar.o, bar.h, bar.l, bar.c]); // prettier-ignore
    expect(read(afternoon).days).to.deep.equal(days('13'));
    const { notes } = read(csv('date,open,high,low,close', (bar) => [local(bar), bar.o, bar.h, bar.l, bar === BARS[4] ? '#N/A' : bar.c]));
    expect(notes).to.deep.equal(['1 bars without prices taken for gaps']);
  });

  it('reads or refuses any document, and does nothing else', () => {
    const bar = fc.record(
      { t: fc.anything(), o: fc.anything(), h: fc.double(), l: fc.double(), c: fc.anything() },
      { requiredKeys: ['o', 'h', 'l'] },
    );
    const shape = fc.oneof(fc.json(), fc.string(), fc.array(bar), fc.record({ results: fc.array(bar) }), fc.array(fc.array(fc.double(), { maxLength: 8 })), fc.dictionary(fc.string(), bar)); // prettier-ignore
    fc.assert(
      fc.property(shape, (content) => {
        try {
          const { days: found } = read(content);
          expect(Object.keys(found)).to.have.length.above(0);
        } catch (error) {
          expect(error).to.be.instanceOf(MarketError);
          expect((error as Error).message).to.match(/accepted: /);
        }
      }),
      { numRuns: 500 },
    );
  });

  it('refuses what it cannot read, naming file, place and value, and what it can read', () => {
    const row = (cells: string): string => `time,open,high,low,close\n2024-08-05 09:30:00,1,1,1,1\n${cells}\n2024-08-05 09:35:00,1,1,1,1\n`;
    for (const [content, told] of [
      ['', /bars.json: is empty; accepted: bars as JSON or CSV/],
      ['\n\n', /is empty/],
      ['{', /not JSON \(.*\); accepted/],
      [{}, /holds no bars \(an empty object\)/],
      [[1, 2], /holds no bars \(a list of 1\)/],
      [{ quotes: { bid: 1 }, ask: 2 }, /holds no bars \(an object of quotes, ask\)/],
      [{ Note: 'five calls a minute' }, /holds a message instead of bars: "five calls a minute"/],
      [{ chart: { result: null, error: { code: 'x', description: 'no data found' } } }, /message instead of bars: "no data found"/],
      ['<!DOCTYPE html>\n<html></html>', /is a page of HTML or XML/],
      ['x,y,z\n1,2,3\n', /row 1 names no time, open, high, low, close \(it holds: x, y, z\)/],
      ['time,open,high,low,close\n', /has a header and no rows/],
      [row('2024-08-05 09:31:00,1,ten,1,1'), /row 3, column high: "ten"; accepted: a decimal number with a point .*or nothing/],
      [row('2024-08-05 09:31:00,1,"1,234.5",1,1'), /row 3, column high: "1,234.5"; accepted: a decimal number with a point/],
      ['time,open,high,low,close,open\n', /row 1 names open more than once .*accepted: one column for each price/],
      ['Price,Open,High,Low,Close,Open\nTicker,A,A,A,A,B\nDate,,,,,\n2024-08-05 09:31:00,1,1,1,1,2\n', /has no high, low, close of B/],
      [row('2024-08-05 09:31:00,1,1,-3,1'), /row 3, column low: "-3"; accepted: prices above 0/],
      [row('2024-08-05 09:31:00,1,0,1,1'), /row 3, column high: "0"; accepted: prices above 0/],
      [row('2024-08-05 09:31:00,2,1,2,1.5'), /row 3, column high: "1", under its low, "2"; accepted: a high at or above the low/],
      [`sep=,\n# x\n${row('2024-08-05 09:31:00,1,ten,1,1')}`, /row 5, column high: "ten"/],
      [row('08/05/2024 09:31:00,1,1,1,1'), /row 3, column time: .*Whether the day or the month comes first is not told/],
      [row('2024-08-05 13:31 PM,1,1,1,1'), /row 3, column time: "2024-08-05 13:31 PM"/],
      [row('noon,1,1,1,1'), /row 3, column time: "noon"; accepted: 2024-08-05 09:30:00/],
      [row('2024-13-05 09:31:00,1,1,1,1'), /row 3, column time: "2024-13-05 09:31:00"/],
      [row('2024-08-05 09:31:00,1'), /row 3, column high \(missing\): .*accepted: 5 cells/],
      [row('2024-08-05 09:30:00,2,2,2,2'), /row 3 is another bar of 2024-08-05 09:30:00 than row 2; accepted: one bar for each time/],
      [
        {
          results: [
            { o: 1, h: 1, l: 1, c: 1, t: 1.7e12 },
            { o: 1, h: 1, t: 2 },
          ],
        },
        /results\[1\] has no low, close \(it has o, h, t\)/,
      ],
      [{ results: [{ o: 1, h: 1, l: 1, c: {}, t: 1.7e12 }] }, /results\[0\], close: {}; accepted: a decimal number/],
      [{ o: [1], h: [1], l: [1], c: [1] }, /lists of prices and none of times/],
      [[[1.7e9, 5, 1, 9, 3]], /prices are in no known order; accepted: time, then open, high, low, close/],
      [BARS.map((bar) => ({ ...bar, c: null })), /holds 30 bars and no prices in them/],
      [BARS.slice(0, 3).map((bar, i) => ({ ...bar, t: bar.t + i * 7140 })), /its bars are of 7200 seconds; accepted: bars of 1 to 3600/],
      [
        csv('date,open,high,low,close', (bar) => [`2024-08-${String(1 + (bar.v % 28)).padStart(2, '0')}`, 1, 1, 1, 1]).replace(
          /\n[^\n]*\n[^\n]*\n$/,
          '\n',
        ),
        /has one bar a day, of 28 days; accepted: bars of 1 to 3600 seconds/,
      ],
    ] as const)
      // prettier-ignore
      expect(refused(content), JSON.stringify(content).slice(0, 80)).to.match(told);
    for (const [file, told] of [
      ['/nowhere/bars.json', /^\/nowhere\/bars.json: no such file$/],
      [folder, /is a folder; accepted: a file of bars, as JSON or CSV/],
      ['/dev/zero', /is a device; accepted/],
      [path(Buffer.from([0x50, 0x41, 0x52, 0x31, 0])), /is a Parquet table .*; accepted/],
      [
        path(Buffer.from('PK\x03\x04\x14\0\0\0\b\0\0\0!\0AAAABBBBCCCC\x13\0\0\0[Content_Types].xml', 'latin1')),
        /is a spreadsheet's workbook; .*save the sheet as CSV/,
      ],
      [
        path(Buffer.from('PK\x03\x04\x14\0\0\0\b\0\0\0!\0AAAABBBBCCCC\x08\0\0\0bars.csv', 'latin1')),
        /is a zip archive \(`unzip` makes text of it\)/,
      ],
      [path(Buffer.from('ARROW1\0\0', 'latin1')), /is an Arrow table/],
      [path(Buffer.from([1, 2, 0, 3])), /holds bytes that are no text/],
      [path(gzipSync(JSON.stringify(BARS)).subarray(0, 90)), /its packing is cut off or damaged/],
    ] as const)
      expect(() => readBarFile(file)).to.throw(MarketError, told);
  });
});
