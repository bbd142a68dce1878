/** Tables of bars as text: CSV with a header, with headers of several rows as pandas saves several instruments, or without any. */
import Papa from 'papaparse';
import { keysOf, plainName, PRICES, tuples, type WrittenBar, type WrittenBars } from './bar-shapes.js';
import { MarketError, refusal } from './errors.js';
import { isAbsent, wholeOf } from './numbers.js';
import { delimiterOf, preambleOf } from './rows.js';

/** Whole-number prices from this on, beside Databento's columns, are in units of 1e-9. */
const FIXED_FROM = 1_000_000;

/** Where one instrument's cells stand in a row; -1: nowhere. */
interface Columns {
  /** The instrument, where the header names it. */
  instrument?: string;
  time: number;
  date: number;
  symbol: number;
  prices: number[];
}

/** A header: the columns of each instrument, and how many rows it takes. */
interface Header {
  levels: number;
  /** Lines that stand above it. */
  above: number;
  names: readonly string[];
  instruments: Columns[];
}

/** Reads a table. @param accepted the kinds of file that are read, for refusals @throws MarketError */
export function writtenTable(path: string, text: string, accepted: string): WrittenBars[] {
  if (text.trimStart().startsWith('<') && !/^\s*<(ticker|date|open)>/i.test(text))
    throw new MarketError(`${path}: is a page of HTML or XML; accepted: ${accepted}`);
  const above = preambleOf(text);
  const table = text.slice(above.length);
  const delimiter = above.delimiter ?? delimiterOf(/^[^\r\n]*/.exec(table)![0]);
  const parse = (preview: number): string[][] => Papa.parse<string[]>(table, { delimiter, skipEmptyLines: 'greedy', preview }).data;
  // The header first: a large file of something else is refused before it is taken apart.
  const first = parse(3).map((row) => row.map((cell) => cell.trim()));
  const [names] = first;
  if (names === undefined) throw new MarketError(`${path}: holds no rows; accepted: ${accepted}`);
  const isDated = names.length >= 6 && /^\d{1,4}[-/.]?\d\d?[-/.]?\d{2,4}$/.test(names[0]!) && /^\d\d?:\d\d/.test(names[1]!);
  // A date and a time of day in columns of their own, as trading programs export them.
  const dated = (row: string[]): string[] => (isDated && row.length > 1 ? [`${row[0]!.trim()} ${row[1]!.trim()}`, ...row.slice(2)] : row);
  if (names.length >= 5 && names.slice(0, 5).every((cell) => /\d/.test(cell) && !/^[a-z]/i.test(cell)))
    return [{ shape: 'rows of time and prices', bars: tuples(path, parse(0).map(dated), 'row', above.lines) }];
  const header = { ...(levelled(path, first) ?? flat(path, names, accepted)), above: above.lines };
  const data = parse(0).slice(header.levels);
  if (data.length === 0) throw new MarketError(`${path}: has a header and no rows; accepted: a row for each bar`);
  const whole = data.filter((row, i) => isWhole(path, row, header, { at: i, last: data.length - 1, delimiter }));
  return header.instruments.flatMap((columns) => barsOf(whole, header, columns));
}

/** Whether a row has all cells. A last row may have been cut off; any other shows that the table is none. @throws MarketError */
function isWhole(
  path: string,
  row: readonly string[],
  header: Header,
  { at, last, delimiter }: { at: number; last: number; delimiter: string },
): boolean {
  if (row.length >= header.names.length) return true;
  if (at === last && at > 0) return false;
  throw refusal(path, at + header.above + header.levels + 1, {
    column: `${header.names[row.length]!} (missing)`,
    value: row.join(delimiter),
    accepted: `${header.names.length} cells, as the header has`,
  });
}

/** One instrument's bars, apart by the symbols that a column of the table names. */
function barsOf(rows: readonly string[][], { levels, above, names }: Header, columns: Columns): WrittenBars[] {
  const groups = new Map<string | undefined, WrittenBar[]>();
  rows.forEach((row, i) => {
    const [open, high, low, close] = columns.prices.map((column) => row[column]!);
    const name = columns.symbol < 0 ? columns.instrument : row[columns.symbol]!.trim();
    const group = groups.get(name) ?? [];
    if (group.length === 0) groups.set(name, group);
    const date = columns.date < 0 ? {} : { date: row[columns.date]!.trim() };
    group.push({ where: `row ${i + above + levels + 1}`, time: row[columns.time]!.trim(), ...date, prices: { open, high, low, close } });
  });
  const nanos = names.some((name) => plainName(name) === 'tsevent') && fixed(rows, columns.prices[3]!);
  return [...groups].map(([name, bars]) => ({ shape: 'CSV', ...(name === undefined ? {} : { symbol: name }), nanos, bars }));
}

/** A header of one row. @throws MarketError when it lacks a column, or has one of them twice */
function flat(path: string, names: readonly string[], accepted: string): Omit<Header, 'above'> {
  const keys = keysOf(names);
  const missing = PRICES.filter((field) => keys[field] === undefined);
  const holds = `it holds: ${names.slice(0, 20).join(', ').slice(0, 200)}`;
  if (missing.length > 0 || keys.time === undefined) {
    const lacks = [...(keys.time === undefined ? ['time'] : []), ...missing].join(', ');
    throw new MarketError(`${path}: row 1 names no ${lacks} (${holds}); accepted: ${accepted}`);
  }
  const twice = PRICES.find((field) => names.filter((name) => name === keys[field]).length > 1);
  if (twice !== undefined)
    throw new MarketError(`${path}: row 1 names ${twice} more than once (${holds}); accepted: one column for each price`);
  return { levels: 1, names, instruments: [columnsOf(names)] };
}

/**
 * A header of three rows, as pandas writes a table of instruments and fields: one row of each, in either order, and the index's name.
 * Undefined when it is none. @throws MarketError when an instrument lacks a price
 */
function levelled(path: string, [one, two, three]: readonly string[][]): Omit<Header, 'above'> | undefined {
  if (two === undefined || three === undefined || one!.length < 5 || two.length !== one!.length) return undefined;
  // A row of a time and nothing else is a bar without prices, not the index's name.
  if (!/^\D*$/.test(two[0]!) || !/^\D+$/.test(three[0]!) || three.slice(1).some((cell) => cell !== '')) return undefined;
  const isFields = (row: readonly string[]): boolean => {
    const keys = keysOf(row.slice(1));
    return PRICES.every((field) => keys[field] !== undefined);
  };
  const [fields, owners] = isFields(one!) ? [one!, two] : [two, one!];
  if (!isFields(fields)) return undefined;
  const instruments = [...new Set(owners.slice(1))].map((instrument): Columns => {
    const names = fields.map((field, i) => (i === 0 ? 'time' : owners[i] === instrument ? field : '\0'));
    const columns = columnsOf(names);
    const lacking = PRICES.filter((_, i) => columns.prices[i]! < 0);
    if (lacking.length > 0)
      throw new MarketError(`${path}: has no ${lacking.join(', ')} of ${instrument}; accepted: all four prices of each instrument`);
    return { ...columns, ...(instrument === '' ? {} : { instrument }) };
  });
  return { levels: 3, names: fields, instruments };
}

function columnsOf(names: readonly string[]): Columns {
  const keys = keysOf(names);
  const place = (name: string | undefined): number => (name === undefined ? -1 : names.indexOf(name));
  return { time: place(keys.time), date: place(keys.date), symbol: place(keys.symbol), prices: PRICES.map((field) => place(keys[field])) };
}

/** Whether a column holds whole numbers of 1e-9. */
function fixed(rows: readonly string[][], column: number): boolean {
  const cells = rows.slice(0, 1000).map((row) => (row[column] ?? '').trim()).filter((cell) => !isAbsent(cell)); // prettier-ignore
  return cells.length > 0 && cells.every((cell) => Math.abs(wholeOf(cell) ?? 0) >= FIXED_FROM);
}
