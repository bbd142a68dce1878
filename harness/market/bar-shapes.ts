/**
 * The shapes in which vendors and libraries publish bars, recognised in JSON: what they share is a list, a table of columns or a map by
 * time, somewhere in an answer. Each becomes one list of bars as they are written; what the cells mean is bar-file.ts's business.
 */
import { MarketError } from './errors.js';

export const PRICES = ['open', 'high', 'low', 'close'] as const;
type PriceName = (typeof PRICES)[number];

/** One bar as written. */
export interface WrittenBar {
  /** Where it stands, for refusals: `results[16]`, `row 17`. */
  where: string;
  /** Its date and time, or its time alone when `date` is beside it. */
  time: unknown;
  date?: string;
  prices: Record<PriceName, unknown>;
}

/** Bars of one instrument. */
export interface WrittenBars {
  /** What the shape is called, for people. */
  shape: string;
  /** Which instrument, where the file says. */
  symbol?: string;
  /** Seconds east of UTC of the exchange's clock, where times are numbers since 1970; 0 when the file does not say. */
  offsetSeconds?: number;
  /** The whole-number prices are in units of 1e-9. */
  nanos?: boolean;
  bars: WrittenBar[];
}

type Fields = Record<string, unknown>;

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A column's name without what vendors put around it: `1. open`, `<OPEN>`, `Open Price`, `1a. open (USD)`. */
export function plainName(name: string): string {
  return name
    .toLowerCase()
    .replace(/^\d+[a-z]?\.\s*/, '')
    .replace(/\s*\(.*\)$/, '')
    .replace(/[<>"'\s_-]/g, '')
    .replace(/price$/, '')
    .replace(/^price/, '');
}

const SHORT: Record<string, PriceName> = { o: 'open', h: 'high', l: 'low', c: 'close' };
const TIMES = [
  't',
  'time',
  'timestamp',
  'datetime',
  'ts',
  'tsevent',
  'opentime',
  'windowstart',
  'date',
  'begin',
  'start',
  'startsat',
  'timeperiodstart',
  'timeopen',
  'index',
  '',
];
const SYMBOLS = ['symbol', 'ticker', 'pair', 's'];

/** Which key of a bar holds what. */
export interface Keys extends Partial<Record<PriceName, string>> {
  time?: string;
  /** A date beside a time of day. */
  date?: string;
  symbol?: string;
}

/** Finds the keys among a bar's or a table's names. */
export function keysOf(names: readonly string[]): Keys {
  const keys: Keys = {};
  const plain = names.map(plainName);
  for (const field of PRICES) {
    const at = plain.findIndex((name) => name === field || SHORT[name] === field);
    if (at >= 0) keys[field] = names[at]!;
  }
  const place = (wanted: readonly string[]): string | undefined => {
    const found = wanted.find((each) => plain.includes(each));
    return found === undefined ? undefined : names[plain.indexOf(found)];
  };
  keys.time = place(TIMES);
  // A date in a column of its own beside a time of day.
  if (plain.includes('date') && plain.includes('time')) {
    keys.date = names[plain.indexOf('date')];
    keys.time = names[plain.indexOf('time')];
  }
  keys.symbol = place(SYMBOLS);
  return keys;
}

/** Whether something holds all four prices by name. */
function isBar(value: unknown): value is Fields {
  if (!isFields(value)) return false;
  const keys = keysOf(Object.keys(value));
  return PRICES.every((field) => keys[field] !== undefined);
}

/** A time and at least four prices in a row. */
function isTuple(value: unknown): value is unknown[] {
  return (
    Array.isArray(value) && value.length >= 5 && value.slice(0, 5).every((each) => typeof each === 'number' || typeof each === 'string')
  );
}

/** All lists of bars in a JSON document. @throws MarketError when it holds an error message instead, or none */
export function writtenBars(path: string, json: unknown, accepted: string): WrittenBars[] {
  const yahoo = yahooChart(json);
  const found = yahoo ?? byDay(path, json) ?? [];
  if (found.length === 0) walk(path, json, '', 0, found);
  if (found.length === 1) return [{ ...symbolBeside(json), ...found[0]! }];
  if (found.length > 0) return found;
  const told = messageOf(json);
  if (told !== undefined)
    throw new MarketError(`${path}: holds a message instead of bars: ${JSON.stringify(told.slice(0, 200))}; accepted: ${accepted}`);
  throw new MarketError(`${path}: holds no bars (${outline(json)}); accepted: ${accepted}`);
}

/** The symbol that a document names beside its only list of bars. */
function symbolBeside(json: unknown): { symbol?: string } {
  if (!isFields(json)) return {};
  for (const place of [json, ...Object.entries(json).flatMap(([key, value]) => (/^meta/i.test(key) && isFields(value) ? [value] : []))]) {
    const key = keysOf(Object.keys(place)).symbol;
    const symbol = key === undefined ? undefined : place[key];
    if (typeof symbol === 'string' && symbol !== 'ok') return { symbol };
  }
  return {};
}

/** What an answer without bars says. */
function messageOf(json: unknown, depth = 0): string | undefined {
  if (!isFields(json) || depth > 3) return undefined;
  for (const [key, value] of Object.entries(json)) {
    if (typeof value === 'string' && /^(error|error message|errormessage|message|msg|note|information|description|reason)$/i.test(key))
      return value;
    const inner = messageOf(value, depth + 1);
    if (inner !== undefined) return inner;
  }
  return undefined;
}

function outline(json: unknown): string {
  if (Array.isArray(json)) return json.length === 0 ? 'an empty list' : `a list of ${outline(json[0])}`;
  if (!isFields(json)) return JSON.stringify(json)?.slice(0, 40) ?? 'nothing';
  const keys = Object.keys(json);
  return keys.length === 0 ? 'an empty object' : `an object of ${keys.slice(0, 6).join(', ')}${keys.length > 6 ? ', ...' : ''}`;
}

/** `{date: {"HH:MM:SS": bar}}`; undefined when it is another shape. */
function byDay(path: string, json: unknown): WrittenBars[] | undefined {
  if (!isFields(json)) return undefined;
  const days = Object.entries(json);
  const timed = (value: unknown): boolean => isFields(value) && Object.keys(value).every((key) => /^\d\d?:\d\d(:\d\d(\.\d+)?)?$/.test(key));
  if (
    days.length === 0 ||
    !days.some(([, day]) => timed(day) && Object.keys(day as Fields).length > 0) ||
    !days.every(([, day]) => timed(day))
  )
    return undefined;
  const first = days.flatMap(([, day]) => Object.values(day as Fields)).find(isBar);
  const keys = first && keysOf(Object.keys(first));
  const bars = days.flatMap(([date, day]) =>
    Object.entries(day as Fields).map(([time, bar]) => ({ ...barOf(path, `${date} ${time}`, bar, keys), time, date })),
  );
  return [{ shape: 'bars by day and time', bars }];
}

/** Yahoo's chart: times in one list, prices in others beside it. */
function yahooChart(json: unknown): WrittenBars[] | undefined {
  const result = isFields(json) && isFields(json.chart) ? json.chart.result : undefined;
  if (!Array.isArray(result)) return undefined;
  return result.filter(isFields).flatMap(({ meta, timestamp, indicators }): WrittenBars[] => {
    const quote: unknown = isFields(indicators) && Array.isArray(indicators.quote) ? indicators.quote[0] : undefined;
    if (!Array.isArray(timestamp) || !isFields(quote)) return [];
    const about = isFields(meta) ? meta : {};
    return [
      {
        shape: "Yahoo's chart",
        ...(typeof about.symbol === 'string' ? { symbol: about.symbol } : {}),
        offsetSeconds: typeof about.gmtoffset === 'number' ? about.gmtoffset : 0,
        bars: columns(timestamp, quote, 'chart.result[0].timestamp'),
      },
    ];
  });
}

/** Looks for lists of bars in what a document holds. */
function walk(path: string, value: unknown, at: string, depth: number, found: WrittenBars[]): void {
  if (depth > 4 || found.length >= 100) return;
  const name = /([^.[\]]+)$/.exec(at)?.[1];
  const symbol =
    name !== undefined && !/^(bars|results|result|data|candles|values|list|history|historical|series|prices|quote)$/i.test(name)
      ? { symbol: name }
      : {};
  if (Array.isArray(value)) {
    const first = value.find((each) => each !== null);
    if (isBar(first)) found.push(...bySymbol(path, value, at, symbol));
    else if (isTuple(first)) found.push({ shape: 'rows of time and prices', ...symbol, bars: tuples(path, value, at) });
    else if (value.length <= 20) value.forEach((each, i) => walk(path, each, `${at}[${i}]`, depth + 1, found));
    return;
  }
  if (!isFields(value)) return;
  const keys = Object.keys(value);
  const inside = (key: string): string => (at === '' ? key : `${at}.${key}`);
  const { columns: names, data, index } = value;
  const named = keysOf(keys);
  if (Array.isArray(names) && Array.isArray(data) && names.every((each) => typeof each === 'string')) {
    const rows = data.map((row: unknown, i): Record<string, unknown> => {
      const cells = names.map((each, k): [string, unknown] => [each, Array.isArray(row) ? row[k] : null]);
      if (Array.isArray(index)) cells.push(['index', index[i]]);
      return Object.fromEntries(cells);
    });
    found.push(...bySymbol(path, rows, inside('data'), symbol));
  } else if (PRICES.every((field) => named[field] !== undefined && Array.isArray(value[named[field]]))) {
    const times = named.time === undefined ? undefined : value[named.time];
    if (!Array.isArray(times))
      throw new MarketError(`${path}: ${at || 'the document'} has lists of prices and none of times (t, time, timestamp)`);
    found.push({ shape: 'lists of times and prices', ...symbol, bars: columns(times, value, inside(named.time!)) });
  } else if (PRICES.every((field) => named[field] !== undefined && isFields(value[named[field]]))) {
    const times = Object.keys(value[named.open!] as Fields);
    const lists = Object.fromEntries(PRICES.map((field) => [field, times.map((time) => (value[named[field]!] as Fields)[time])]));
    found.push({ shape: 'columns by time', ...symbol, bars: columns(times, lists, at || 'open') });
  } else if (keys.length > 0 && isBar(value[keys[0]!])) {
    const meta = /^time series/i.test(name ?? '') ? {} : symbol;
    const known = keysOf(Object.keys(value[keys[0]!] as Fields));
    found.push({ shape: 'bars by time', ...meta, bars: keys.map((time) => ({ ...barOf(path, inside(time), value[time], known), time })) });
  } else for (const key of keys) walk(path, value[key], inside(key), depth + 1, found);
}

/** A list of bars with names, apart by symbol where they say one. */
function bySymbol(path: string, list: readonly unknown[], at: string, symbol: { symbol?: string }): WrittenBars[] {
  const first = list.find((each) => each !== null) as Fields;
  const keys = keysOf(Object.keys(first));
  const groups = new Map<string | undefined, WrittenBar[]>();
  list.forEach((each, i) => {
    const where = `${at}[${i}]`;
    const bar = barOf(path, where, each, keys);
    const of = isFields(each) && keys.symbol !== undefined ? each[keys.symbol] : undefined;
    const name = typeof of === 'string' ? of : symbol.symbol;
    const group = groups.get(name) ?? [];
    if (group.length === 0) groups.set(name, group);
    group.push(bar);
  });
  return [...groups].map(([name, bars]) => ({ shape: 'a list of bars', ...(name === undefined ? {} : { symbol: name }), bars }));
}

/** One bar by names; nothing where there is none. @throws MarketError when it lacks a price's name */
function barOf(path: string, where: string, value: unknown, known?: Keys): WrittenBar {
  if (value === null) return { where, time: null, prices: { open: null, high: null, low: null, close: null } };
  if (!isFields(value))
    throw new MarketError(
      `${path}: ${where}: ${JSON.stringify(value)?.slice(0, 60)}; accepted: a bar with open, high, low and close, or null`,
    );
  const keys = known !== undefined && PRICES.every((field) => known[field]! in value) ? known : keysOf(Object.keys(value));
  const missing = PRICES.filter((field) => keys[field] === undefined);
  if (missing.length > 0)
    throw new MarketError(
      `${path}: ${where} has no ${missing.join(', ')} (it has ${Object.keys(value).slice(0, 10).join(', ')}); ` +
        'accepted: a bar with open, high, low and close',
    );
  const date = keys.date === undefined ? undefined : value[keys.date];
  return {
    where,
    time: keys.time === undefined ? undefined : value[keys.time],
    ...(typeof date === 'string' || typeof date === 'number' ? { date: String(date) } : {}),
    prices: Object.fromEntries(PRICES.map((field) => [field, value[keys[field]!]])) as WrittenBar['prices'],
  };
}

/** Bars from lists that stand beside a list of times. */
function columns(times: readonly unknown[], lists: Fields, at: string): WrittenBar[] {
  const keys = keysOf(Object.keys(lists));
  const list = (field: PriceName): unknown[] => {
    const found = keys[field] === undefined ? undefined : lists[keys[field]];
    return Array.isArray(found) ? found : [];
  };
  const all = { open: list('open'), high: list('high'), low: list('low'), close: list('close') };
  return times.map((time, i) => ({
    where: `${at}[${i}]`,
    time,
    prices: { open: all.open[i], high: all.high[i], low: all.low[i], close: all.close[i] },
  }));
}

/** Orders in which rows without names have their prices after the time, the usual one first. */
const ORDERS: readonly (readonly PriceName[])[] = [
  ['open', 'high', 'low', 'close'],
  ['low', 'high', 'open', 'close'],
  ['open', 'close', 'high', 'low'],
];

/**
 * Rows of a time and four prices without names. The order is the one in which every high is the highest and every low the lowest.
 * @throws MarketError when there is none
 */
export function tuples(path: string, rows: readonly unknown[], at: string, above = 0): WrittenBar[] {
  const order = ORDERS.find((each) =>
    rows.every((row) => {
      if (!isTuple(row)) return true;
      const price = (field: PriceName): number => Number(row[1 + each.indexOf(field)]);
      const [open, high, low, close] = [price('open'), price('high'), price('low'), price('close')];
      return !(high < Math.max(open, low, close) || low > Math.min(open, close));
    }),
  );
  if (order === undefined)
    throw new MarketError(
      `${path}: rows without names whose prices are in no known order; accepted: time, then open, high, low, close ` +
        '(or low, high, open, close; or open, close, high, low)',
    );
  return rows.map((row, i) => {
    const where = at === 'row' ? `row ${i + above + 1}` : `${at}[${i}]`;
    if (!isTuple(row)) throw new MarketError(`${path}: ${where}: ${JSON.stringify(row)?.slice(0, 60)}; accepted: a time and four prices`);
    return { where, time: row[0], prices: Object.fromEntries(order.map((field, k) => [field, row[k + 1]])) as WrittenBar['prices'] };
  });
}
