/**
 * Published one-second bars, `{date: {"HH:MM:SS": {open, high, low, close}}}`, made fit for trading: prices that no neighbour supports
 * are found, reported and replaced, seconds without trades are filled, dollars become ticks. Reading the file is the caller's business.
 */
import { z } from 'zod';
import { OptionsError } from '../environment.js';
import { problems, type OhlcMarket } from './options.js';

/** A price this far from the median of the closes around it is a bad print: in parts per million (0.5 %). */
const BAD_PRINT_PPM = 5_000;
/** The median is over this many bars with trades on either side and the bar itself, but none further away in time unless fewer than `FEWEST` are left. */
const NEIGHBOURS = 15;
const NEAR_SECONDS = 60;
const FEWEST = 5;
const TICKS_PER_DOLLAR = 100;

const bar = z.strictObject({
  open: z.number().positive(),
  high: z.number().positive(),
  low: z.number().positive(),
  close: z.number().positive(),
});
const daySchema = z.record(z.string().regex(/^([01]\d|2[0-3]):[0-5]\d:[0-5]\d$/, 'a time is HH:MM:SS'), bar);
const fileSchema = z.record(z.string(), daySchema);
const FIELDS = ['open', 'high', 'low', 'close'] as const;

/** Which part of which day to play. */
export interface OhlcSelection {
  symbol: string;
  /** The day, as the file names it; the file's first when absent. */
  date?: string;
  /** Where to start, HH:MM or HH:MM:SS, and for how many minutes at most: the part ends with the day's last bar. */
  from: string;
  minutes: number;
}

/** One price that was not believed. Prices are in dollars, as published. */
export interface BadPrint {
  time: string;
  field: (typeof FIELDS)[number];
  price: number;
  median: number;
}

/** What was done to the bars, for the user. */
export interface OhlcReport {
  date: string;
  from: string;
  seconds: number;
  /** Seconds in which nothing traded: the price stands still. */
  withoutTrades: number;
  /** Bad prints in the part played, by field, and all of them in order. */
  counts: Record<(typeof FIELDS)[number], number>;
  badPrints: BadPrint[];
  /** The report in one sentence. */
  summary: string;
}

/**
 * The market option for a part of a published day.
 * A bad close becomes the local median, a bad open the close before it, a bad high or low the further of open and close: so none of them
 * can be traded at. Prices are rounded to whole cents.
 * @throws OptionsError when the JSON is not of that form, the day is not in it, or the part holds no trades
 */
export function barsFromDay(json: unknown, selection: OhlcSelection): { market: OhlcMarket; report: OhlcReport } {
  const parsed = fileSchema.safeParse(json);
  if (!parsed.success) {
    throw new OptionsError(`ohlc: ${problems(parsed.error).slice(0, 300)}; accepted: {date: {"HH:MM:SS": {open, high, low, close}}}`);
  }
  const dates = Object.keys(parsed.data).sort();
  const date = selection.date ?? dates[0];
  const day = date === undefined ? undefined : parsed.data[date];
  if (date === undefined || day === undefined)
    throw new OptionsError(
      date === undefined
        ? 'ohlc: no day in the file; accepted: {date: {"HH:MM:SS": {open, high, low, close}}}'
        : `ohlc: no day ${date}; accepted: ${dates.join(', ') || 'a file with a day'}`,
    );
  const start = secondOfDay(selection.from);
  if (start === undefined) throw new OptionsError(`ohlc: from: "${selection.from}" is no time; accepted: HH:MM or HH:MM:SS`);
  const asked = Math.round(selection.minutes * 60);
  if (!(asked >= 2)) throw new OptionsError(`ohlc: minutes: ${selection.minutes}; accepted: two seconds (0.034) or more`);
  const times = Object.keys(day).sort();
  if (times.length === 0) throw new OptionsError(`ohlc: no second of ${date} has trades; accepted: at least one`);
  const seconds = Math.max(2, Math.min(asked, secondOfDay(times.at(-1)!)! + 1 - start));
  const first = times.findIndex((time) => secondOfDay(time)! >= start);
  if (first < 0 || secondOfDay(times[first]!)! >= start + seconds) {
    throw new OptionsError(
      `ohlc: nothing traded in the ${selection.minutes} minutes from ${selection.from}; accepted: a part of ${times[0]} to ${times.at(-1)}`,
    );
  }

  const closes = times.map((time) => day[time]!.close);
  const clock = times.map((time) => secondOfDay(time)!);
  const badPrints: BadPrint[] = [];
  const bars: [number, number, number, number][] = [];
  let withoutTrades = 0;
  let at = first;
  // The price before the first trade of the part: the close before it, or its own median.
  let last = toTicks(localMedian(closes, clock, Math.max(0, first - 1)));
  for (let second = start; second < start + seconds; second++) {
    if (clock[at] !== second) {
      withoutTrades++;
      bars.push([last, last, last, last]);
      continue;
    }
    const median = localMedian(closes, clock, at);
    const raw = day[times[at]!]!;
    const bad = (field: (typeof FIELDS)[number]): boolean => {
      const off = Math.abs(raw[field] - median) * 1_000_000 > BAD_PRINT_PPM * median;
      if (off) badPrints.push({ time: times[at]!, field, price: raw[field], median });
      return off;
    };
    const open = bad('open') ? last : toTicks(raw.open);
    const badHigh = bad('high');
    const badLow = bad('low');
    const close = bad('close') ? toTicks(median) : toTicks(raw.close);
    const high = Math.max(open, close, badHigh ? 0 : toTicks(raw.high));
    const low = Math.min(open, close, badLow ? Infinity : toTicks(raw.low));
    bars.push([open, high, low, close]);
    last = close;
    at++;
  }
  const counts = { open: 0, high: 0, low: 0, close: 0 };
  for (const print of badPrints) counts[print.field]++;
  const from = `${date} ${selection.from}`;
  const summary =
    `${selection.symbol} ${from}, ${seconds} s: ${badPrints.length} bad prints replaced (${FIELDS.map((f) => `${counts[f]} ${f}`).join(', ')}; ` +
    `over ${BAD_PRINT_PPM / 10_000} % off the median around them), ${withoutTrades} seconds without trades`;
  return {
    market: { kind: 'ohlc', symbol: selection.symbol, from, bars },
    report: { date, from: selection.from, seconds, withoutTrades, counts, badPrints, summary },
  };
}

/** Seconds since midnight, or undefined when this is no time of day. */
function secondOfDay(time: string): number | undefined {
  const match = /^([01]\d|2[0-3]):([0-5]\d)(?::([0-5]\d))?$/.exec(time);
  return match === null ? undefined : Number(match[1]) * 3600 + Number(match[2]) * 60 + Number(match[3] ?? 0);
}

/** Half a cent goes up. */
function toTicks(dollars: number): number {
  return Math.max(1, Math.floor(dollars * TICKS_PER_DOLLAR + 0.5));
}

/** The median of the closes around bar `i`; `clock` is each bar's second of the day. */
function localMedian(closes: readonly number[], clock: readonly number[], i: number): number {
  const from = Math.max(0, i - NEIGHBOURS);
  const around = closes.slice(from, i + NEIGHBOURS + 1);
  const near = around.filter((_, k) => Math.abs(clock[from + k]! - clock[i]!) <= NEAR_SECONDS);
  const window = (near.length >= FEWEST ? near : around).sort((a, b) => a - b);
  return window[Math.floor(window.length / 2)]!;
}
