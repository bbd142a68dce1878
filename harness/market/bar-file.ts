/** Files of published bars, JSON or CSV, as one form: days of bars by time on the exchange's or the file's clock. */
import { PRICES, writtenBars, type WrittenBar, type WrittenBars } from './bar-shapes.js';
import { writtenTable } from './bar-table.js';
import { MarketError } from './errors.js';
import { isAbsent, Moments, timeOfDay } from './numbers.js';
import { wholeText } from './text-file.js';

const DAY_SECONDS = 86_400;
/** Bars of a length from this on are recognised by their times alone; shorter ones need at least `FEWEST` bars. */
const MINUTE = 60;
const FEWEST = 20;
const LONGEST = 3600;

/** Kinds of files that are read, for refusals. */
export const BAR_FORMS =
  'bars as JSON or CSV in a shape that docs/market-data.md lists, such as {date: {"HH:MM:SS": {open, high, low, close}}} ' +
  'or a header of time,open,high,low,close';

/** A bar with trades, in units of currency. */
export interface PlainBar {
  open: number;
  high: number;
  low: number;
  close: number;
}

/** A file as read. */
export interface BarFile {
  /** Days by date (YYYY-MM-DD, or as the file names them), bars by HH:MM:SS. Times without trades are not in it. */
  days: Record<string, Record<string, PlainBar>>;
  barSeconds: number;
  /** Whether the day starts where trading starts on the exchange's clock, so that 09:30 is a time to begin. */
  exchangeClock: boolean;
  /** The instrument, where the file names it. */
  symbol?: string;
  /** What was not taken as it stood, in words. */
  notes: string[];
}

/**
 * Reads a file of bars. @param symbol which of several instruments
 * @throws MarketError naming file, row, column, value and what is accepted
 */
export function readBarFile(path: string, symbol?: string): BarFile {
  const text = wholeText(path, 'bars, as JSON or CSV').replace(/^\ufeff/, '');
  if (text.trim() === '') throw new MarketError(`${path}: is empty; accepted: ${BAR_FORMS}`);
  const all = /^\s*[[{]/.test(text) ? writtenBars(path, jsonOf(path, text), BAR_FORMS) : writtenTable(path, text, BAR_FORMS);
  return days(path, chosen(path, all, symbol));
}

/** A document, a document with NaN in it as Python writes it, or one document a line. @throws MarketError */
function jsonOf(path: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    for (const attempt of [
      () => JSON.parse(text.replace(/(?<=[:[,]\s*)(?:NaN|-?Infinity)(?=\s*[,\]}])/g, 'null')) as unknown,
      () => text.split(/\r?\n/).filter((line) => line.trim() !== '').map((line) => JSON.parse(line) as unknown), // prettier-ignore
    ]) {
      try {
        return attempt();
      } catch {
        // The first error says most: it is told below.
      }
    }
    throw new MarketError(`${path}: not JSON (${(error as Error).message}); accepted: ${BAR_FORMS}`);
  }
}

/** The instrument asked for, or the only one. @throws MarketError with the list of what there is */
function chosen(path: string, all: readonly WrittenBars[], symbol: string | undefined): WrittenBars {
  const named = symbol === undefined ? [] : all.filter((each) => each.symbol?.toUpperCase() === symbol);
  if (named.length === 1) return named[0]!;
  if (all.length === 1) return all[0]!;
  const list = all.slice(0, 20).map((each) => `${each.symbol ?? '(no name)'} (${each.bars.length})`);
  throw new MarketError(
    `${path}: holds bars of ${all.length} instruments: ${list.join(', ')}${all.length > 20 ? ', ...' : ''}` +
      `${symbol === undefined ? '' : `, none of them ${symbol}`}; accepted: one of them, by ohlc:NAME=FILE`,
  );
}

/** Bars by day and time, with what is known of their length. @throws MarketError */
function days(path: string, written: WrittenBars): BarFile {
  const found = new Map<string, Map<number, { bar: PlainBar; where: string }>>();
  const moments = new Moments();
  const counts = { gaps: 0, repeated: 0, offGrid: 0 };
  let exchangeClock = written.offsetSeconds !== undefined && written.offsetSeconds !== 0;
  for (const each of written.bars) {
    const bar = pricesOf(path, each, written.nanos === true);
    if (bar === undefined) {
      counts.gaps++;
      continue;
    }
    const stamp = stampOf(each, written.offsetSeconds ?? 0, moments);
    if (stamp === undefined)
      throw new MarketError(
        `${path}: ${placeOf(each.where, 'time')}: ${JSON.stringify(each.time ?? null)}; accepted: 2024-08-05 09:30:00 with or without ` +
          `an offset, or a number since 1970 in s, ms, us or ns${isDayFirst(each.time) ? '. Whether the day or the month comes first is not told' : ''}`,
      );
    exchangeClock ||= stamp.local;
    const day = found.get(stamp.date) ?? new Map<number, { bar: PlainBar; where: string }>();
    if (day.size === 0) found.set(stamp.date, day);
    const before = day.get(stamp.second);
    if (before === undefined) day.set(stamp.second, { bar, where: each.where });
    else if (PRICES.every((field) => before.bar[field] === bar[field])) counts.repeated++;
    else
      throw new MarketError(
        `${path}: ${each.where} is another bar of ${stamp.date} ${timeOfDay(stamp.second * 1_000_000)} than ${before.where}; ` +
          'accepted: one bar for each time, of one instrument',
      );
  }
  if (found.size === 0)
    throw new MarketError(`${path}: holds ${written.bars.length} bars and no prices in them; accepted: at least one bar with prices`);
  const barSeconds = lengthOf(path, [...found.values()], counts);
  const notes = [
    ...(counts.gaps > 0 ? [`${counts.gaps} bars without prices taken for gaps`] : []),
    ...(counts.repeated > 0 ? [`${counts.repeated} bars that were there twice taken once`] : []),
    ...(counts.offGrid > 0 ? [`${counts.offGrid} last bars off the grid of ${barSeconds} s left out`] : []),
  ];
  return {
    days: Object.fromEntries(
      [...found].map(([date, day]) => [
        date,
        Object.fromEntries([...day].map(([second, { bar }]) => [timeOfDay(second * 1_000_000), bar])),
      ]),
    ),
    barSeconds,
    exchangeClock,
    ...(written.symbol === undefined ? {} : { symbol: written.symbol }),
    notes,
  };
}

/** Whether a time begins with a date like 08/05/2024, which is May in one country and August in another. */
function isDayFirst(time: unknown): boolean {
  return typeof time === 'string' && /^\s*\d\d?[-/.]\d\d?[-/.]\d{2,4}/.test(time);
}

/** The four prices of a bar; undefined when any of them is missing: nothing traded. @throws MarketError when one is no price */
function pricesOf(path: string, { where, prices }: WrittenBar, nanos: boolean): PlainBar | undefined {
  const read = PRICES.map((field): number | undefined => {
    const value = prices[field];
    const text = typeof value === 'string' ? value.trim() : value;
    if (text === null || text === undefined || (typeof text === 'string' && (isAbsent(text) || text === '9223372036854775807')))
      return undefined;
    const amount = typeof text === 'number' ? text : typeof text === 'string' && /^[-+.\d][\d.eE+-]*$/.test(text) ? Number(text) : NaN;
    if (!Number.isFinite(amount))
      throw new MarketError(
        `${path}: ${placeOf(where, field)}: ${JSON.stringify(value)}; accepted: a decimal number with a point (161.58) and no other signs, ` +
          'or nothing (null, NaN) where nothing traded',
      );
    if (amount <= 0)
      throw new MarketError(
        `${path}: ${placeOf(where, field)}: ${JSON.stringify(value)}; accepted: prices above 0 (the book has none at or under it), ` +
          'or nothing (null, NaN) where nothing traded',
      );
    return nanos ? amount / 1_000_000_000 : amount;
  });
  const [open, high, low, close] = read;
  if (high !== undefined && low !== undefined && high < low)
    throw new MarketError(
      `${path}: ${placeOf(where, 'high')}: ${JSON.stringify(prices.high)}, under its low, ${JSON.stringify(prices.low)}; accepted: a high at or above the low`,
    );
  return open === undefined || high === undefined || low === undefined || close === undefined ? undefined : { open, high, low, close };
}

/** A cell of a bar, for refusals: `row 3, column open`, `results[2], open`. */
function placeOf(where: string, field: string): string {
  return where.startsWith('row ') ? `${where}, column ${field}` : `${where}, ${field}`;
}

/** A bar's day and second of it; undefined when its time is none. `local`: on a clock that the file writes out, not reckoned from 1970. */
function stampOf(
  { time, date }: WrittenBar,
  offsetSeconds: number,
  moments: Moments,
): { date: string; second: number; local: boolean } | undefined {
  const text = typeof time === 'number' ? String(time) : typeof time === 'string' ? time.trim() : '';
  if (date !== undefined) {
    const clock = /^(\d\d?):?(\d\d):?(\d\d)?(?:\.\d+)?(?:\s?([AP]M))?$/i.exec(text);
    const second = clock === null ? undefined : secondOf(clock[1]!, clock[2]!, clock[3], clock[4]);
    const written = /^(\d{4})[-/.]?(\d\d)[-/.]?(\d\d)$/.exec(date);
    return second === undefined ? undefined : { date: written === null ? date : written.slice(1).join('-'), second, local: true };
  }
  const written =
    /^(\d{4})[-/.]?(\d\d)[-/.]?(\d\d)(?:(?:T| {0,2})(\d\d?(?=:)|\d\d):?(\d\d):?(\d\d)?(?:[.,]\d+)?(?:\s?([AP]M))?)?\s?(Z|UTC|[+-]\d\d:?(?:\d\d)?|[A-Z]{3,4}|[A-Z][A-Za-z]+\/[A-Za-z_/]+)?$/i.exec(
      text,
    );
  if (written !== null) {
    const [, year, month, day, hour = '00', minute = '00', seconds, half, zone] = written;
    const second = secondOf(hour, minute, seconds, half);
    const iso = `${year}-${month}-${day}`;
    return second === undefined || Number.isNaN(Date.parse(iso))
      ? undefined
      : { date: iso, second, local: !/^Z$|UTC$|^[+]00/i.test(zone ?? '') };
  }
  const us = /^[\d.]+(?:[eE]\+?\d+)?$/.test(text) ? moments.read(text) : undefined;
  if (us === undefined) return undefined;
  const whole = Math.floor(us / 1_000_000) + offsetSeconds;
  return {
    date: new Date(whole * 1000).toISOString().slice(0, 10),
    second: ((whole % DAY_SECONDS) + DAY_SECONDS) % DAY_SECONDS,
    local: false,
  };
}

/** @param half AM or PM, where a clock of twelve hours is written */
function secondOf(hour: string, minute: string, second = '00', half?: string): number | undefined {
  const [m, s] = [Number(minute), Number(second)];
  if (half !== undefined && (Number(hour) < 1 || Number(hour) > 12)) return undefined;
  const h = half === undefined ? Number(hour) : (Number(hour) % 12) + (/p/i.test(half) ? 12 : 0);
  return h < 24 && m < 60 && s < 60 ? h * 3600 + m * 60 + s : undefined;
}

/**
 * How long the bars of a file last, as their times say. A last bar of the day off the grid is left out.
 * @throws MarketError when they are of days
 */
function lengthOf(path: string, all: readonly Map<number, unknown>[], counts: { offGrid: number }): number {
  const clocks = all.map((day) => [...day.keys()].sort((a, b) => a - b));
  const bars = clocks.reduce((sum, clock) => sum + clock.length, 0);
  if (clocks.length > 1 && clocks.every((clock) => clock.length === 1))
    throw new MarketError(`${path}: has one bar a day, of ${clocks.length} days; accepted: bars of 1 to ${LONGEST} seconds within a day`);
  const step = (lists: readonly number[][]): number =>
    lists.reduce((all, clock) => clock.slice(1).reduce((sum, at) => divisor(sum, at - clock[0]!), all), 0);
  const whole = step(clocks);
  const without = step(clocks.map((clock) => clock.slice(0, -1)));
  if (whole < MINUTE && without >= MINUTE && without % MINUTE === 0 && bars >= FEWEST) {
    clocks.forEach((clock, i) => {
      const last = clock.at(-1)!;
      if ((last - clock[0]!) % without === 0) return;
      all[i]!.delete(last);
      counts.offGrid++;
    });
    return within(path, without);
  }
  return whole >= MINUTE || (whole > 1 && bars >= FEWEST) ? within(path, whole) : 1;
}

function within(path: string, seconds: number): number {
  if (seconds <= LONGEST) return seconds;
  throw new MarketError(`${path}: its bars are of ${seconds} seconds; accepted: bars of 1 to ${LONGEST} seconds`);
}

/** The greatest common divisor. */
function divisor(a: number, b: number): number {
  return b === 0 ? a : divisor(b, a % b);
}
