/**
 * Published bars, `{date: {"HH:MM:SS": {open, high, low, close}}}`, made fit for trading: prices that no neighbour supports are found,
 * reported and replaced, times without trades are filled, currency becomes ticks. Reading the file is the caller's business.
 */
import { z } from 'zod';
import { OptionsError } from '../../environment.js';
import { barsOf, problems, type OhlcMarket } from '../options.js';
import { CENT_MICROS, finerTick, MOST_OFF, tickFor, tickText } from '../exchange/tick.js';

/** A price this far from the median of the closes around it is a bad print: in parts per million (0.5 %), of bars of a second. */
const BAD_PRINT_PPM = 5_000;
/** The median is over this many bars with trades on either side and the bar itself, but none further away in time unless fewer than `FEWEST` are left. */
const NEIGHBOURS = 15;
const NEAR_SECONDS = 60;
const FEWEST = 5;
const MICROS = 1_000_000;
/** The hidden value never falls under this many ticks, so no price may. */
const LOWEST_TICKS = 100;
/** A finer tick leaves the lowest price between these: the crowd's spreads are of a few ticks. */
const FEWEST_TICKS = 1_000;
const MOST_TICKS = 200_000;
/** Prices that came through 32-bit floats are off by this share at most. */
const FLOAT_NOISE = 6e-8;

const price = z.number().positive();
/** What else a bar says (volume, trades) is passed over. No bar, or one without prices, is a time without trades. */
const bar = z.object({ open: price, high: price, low: price, close: price }).nullable();
const daySchema = z.record(z.string().regex(/^([01]\d|2[0-3]):[0-5]\d:[0-5]\d$/, 'a time is HH:MM:SS'), bar);
const fileSchema = z.record(z.string(), daySchema);
const FIELDS = ['open', 'high', 'low', 'close'] as const;
type PublishedBar = NonNullable<z.infer<typeof bar>>;

/** Which part of which day to play. */
export interface OhlcSelection {
  symbol: string;
  /** The day, as the file names it; the file's first when absent. */
  date?: string;
  /** Where to start, HH:MM or HH:MM:SS; at the day's first bar when absent. */
  from?: string;
  /** For how many minutes at most: the part ends with the day's last bar. */
  minutes: number;
  /** How long each bar lasts; a second when absent. */
  barSeconds?: number;
  /** Micro-units of currency in a tick; a cent when absent, or what the prices need. */
  tickMicros?: number;
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
  /** How long each bar lasts. */
  barSeconds: number;
  /** Bars in which nothing traded: the price stands still. */
  withoutTrades: number;
  /** Bad prints in the part played, by field, and all of them in order. */
  counts: Record<(typeof FIELDS)[number], number>;
  badPrints: BadPrint[];
  /** Prices of the part that lay between two ticks, and the tick they were rounded to. */
  rounded: number;
  tick: string;
  /** Bars whose high or low left out their open or close: widened to hold them. */
  widened: number;
  /** The report in one sentence. */
  summary: string;
}

/**
 * The market option for a part of a published day.
 * A bad close becomes the local median, a bad open the close before it, a bad high or low the further of open and close: so none of them
 * can be traded at. Prices are rounded to whole ticks.
 * @returns `tickMicros` when it is not a cent
 * @throws OptionsError when the JSON is not of that form, the day is not in it, the part holds no trades, or no tick fits the prices
 */
export function barsFromDay(json: unknown, selection: OhlcSelection): BarsOfDay {
  const made = barsInTicks(json, selection, (played) => chosenTick(played, selection.tickMicros));
  const { bars, from } = made.market;
  const { rounded, seconds, barSeconds, withoutTrades, tick } = made.report;
  const prices = (seconds / barSeconds - withoutTrades) * FIELDS.length;
  const still = bars.every(([, high, low]) => high === bars[0]![0] && low === bars[0]![0]);
  if (still && rounded > prices * MOST_OFF)
    throw new OptionsError(
      `ohlc: all prices of ${selection.symbol} from ${from} are the same in ticks of ${tick}; accepted: a finer tick, as --options '{"tickMicros": 100}' has (micro-units of currency)`,
    );
  return made;
}

/** What a day gave: the market, its tick where it is not a cent, and what was done. */
export interface BarsOfDay {
  market: OhlcMarket;
  tickMicros?: number;
  report: OhlcReport;
}

/** The same in ticks that the caller chooses for the bars played. @throws OptionsError as `barsFromDay` does */
export function barsInTicks(json: unknown, selection: OhlcSelection, tickOf: (played: readonly PublishedBar[]) => number): BarsOfDay {
  const { symbol, barSeconds = 1 } = selection;
  const { date, day } = dayOf(json, selection.date);
  const times = Object.keys(day)
    .filter((time) => day[time] !== null)
    .sort();
  if (times.length === 0) throw new OptionsError(`ohlc: nothing traded on ${date}; accepted: at least one bar with prices`);
  const clock = times.map((time) => secondOfDay(time)!);
  const { start, seconds, from } = partOf(times, clock, selection);
  const first = clock.findIndex((second) => second >= start);
  if (first < 0 || clock[first]! >= start + seconds) {
    throw new OptionsError(
      `ohlc: nothing traded in the ${selection.minutes} minutes from ${from}; accepted: a part of ${times[0]} to ${times.at(-1)}`,
    );
  }
  const played = times.filter((_, i) => clock[i]! >= start && clock[i]! < start + seconds).map((time) => day[time]!);
  const tickMicros = tickOf(played);
  const perUnit = MICROS / tickMicros;
  // Half a tick goes up.
  const toTicks = (amount: number): number => Math.max(1, Math.floor(amount * perUnit + 0.5));
  const farPpm = BAD_PRINT_PPM * Math.floor(Math.sqrt(barSeconds));

  const closes = times.map((time) => day[time]!.close);
  const badPrints: BadPrint[] = [];
  const bars: [number, number, number, number][] = [];
  let withoutTrades = 0;
  let widened = 0;
  let at = first;
  // The price before the first trade of the part: the close before it, or its own median.
  let last = toTicks(localMedian(closes, clock, Math.max(0, first - 1), barSeconds));
  for (let second = start; second < start + seconds; second += barSeconds) {
    if (clock[at] !== second) {
      withoutTrades++;
      bars.push([last, last, last, last]);
      continue;
    }
    const median = localMedian(closes, clock, at, barSeconds);
    const raw = day[times[at]!]!;
    const bad = (field: (typeof FIELDS)[number]): boolean => {
      const off = Math.abs(raw[field] - median) * 1_000_000 > farPpm * median;
      if (off) badPrints.push({ time: times[at]!, field, price: raw[field], median });
      return off;
    };
    const open = bad('open') ? last : toTicks(raw.open);
    const badHigh = bad('high');
    const badLow = bad('low');
    const close = bad('close') ? toTicks(median) : toTicks(raw.close);
    const high = Math.max(open, close, badHigh ? 0 : toTicks(raw.high));
    const low = Math.min(open, close, badLow ? Infinity : toTicks(raw.low));
    if (raw.high < Math.max(raw.open, raw.close) || raw.low > Math.min(raw.open, raw.close)) widened++;
    bars.push([open, high, low, close]);
    last = close;
    at++;
  }
  const counts = { open: 0, high: 0, low: 0, close: 0 };
  for (const print of badPrints) counts[print.field]++;
  const rounded = played.reduce((sum, each) => sum + FIELDS.filter((field) => !isOn(each[field], tickMicros)).length, 0);
  const tick = tickText(tickMicros);
  const label = `${date} ${from}`;
  const summary = [
    `${symbol} ${label}, ${seconds} s${barSeconds === 1 ? '' : ` of ${barsOf(barSeconds)}`}${tickMicros === CENT_MICROS ? '' : ` in ticks of ${tick}`}: ` +
      `${badPrints.length} bad prints replaced (${FIELDS.map((f) => `${counts[f]} ${f}`).join(', ')}; over ${farPpm / 10_000} % off the median around them)`,
    `${withoutTrades} ${barSeconds === 1 ? 'seconds' : 'bars'} without trades`,
    ...(rounded > 0 ? [`${rounded} prices rounded to ${tick}`] : []),
    ...(widened > 0 ? [`${widened} bars widened to hold their open and close`] : []),
  ].join(', ');
  return {
    market: { kind: 'ohlc', symbol, from: label, ...(barSeconds === 1 ? {} : { barSeconds }), bars },
    ...(tickMicros === CENT_MICROS ? {} : { tickMicros }),
    report: { date, from, seconds, barSeconds, withoutTrades, counts, badPrints, rounded, tick, widened, summary },
  };
}

/** The day asked for, or the file's first. @throws OptionsError */
function dayOf(json: unknown, asked: string | undefined): { date: string; day: Record<string, PublishedBar | null> } {
  const parsed = fileSchema.safeParse(json);
  if (!parsed.success) {
    throw new OptionsError(`ohlc: ${problems(parsed.error).slice(0, 300)}; accepted: {date: {"HH:MM:SS": {open, high, low, close}}}`);
  }
  const dates = Object.keys(parsed.data).sort();
  const date = asked ?? dates[0];
  const day = date === undefined ? undefined : parsed.data[date];
  if (date === undefined || day === undefined)
    throw new OptionsError(
      date === undefined
        ? 'ohlc: no day in the file; accepted: {date: {"HH:MM:SS": {open, high, low, close}}}'
        : `ohlc: no day ${date}; accepted: ${dates.join(', ') || 'a file with a day'}`,
    );
  return { date, day };
}

/** The part asked for as seconds of the day: whole bars, the first of them the one that holds its start. @throws OptionsError */
function partOf(
  times: readonly string[],
  clock: readonly number[],
  { from = times[0]!, minutes, barSeconds = 1 }: OhlcSelection,
): { start: number; seconds: number; from: string } {
  const wanted = secondOfDay(from);
  if (wanted === undefined) throw new OptionsError(`ohlc: from: "${from}" is no time; accepted: HH:MM or HH:MM:SS`);
  const asked = Math.round(minutes * 60);
  if (!(asked >= 2)) throw new OptionsError(`ohlc: minutes: ${minutes}; accepted: two seconds (0.034) or more`);
  const phase = clock[0]! % barSeconds;
  const start = wanted - ((((wanted - phase) % barSeconds) + barSeconds) % barSeconds);
  const bars = Math.min(Math.ceil(asked / barSeconds), Math.floor((clock.at(-1)! - start) / barSeconds) + 1);
  return { start, seconds: Math.max(2, bars) * barSeconds, from: start === wanted ? from : timeOf(start) };
}

/** HH:MM:SS of a second of the day. */
function timeOf(second: number): string {
  return [Math.floor(second / 3600), Math.floor(second / 60) % 60, second % 60].map((part) => String(part).padStart(2, '0')).join(':');
}

/** The tick of the bars played: the one given, a cent, or a finer one that they need. @throws OptionsError when none fits */
function chosenTick(bars: readonly PublishedBar[], given: number | undefined): number {
  const prices = bars.flatMap((each) => FIELDS.map((field) => each[field]));
  const low = prices.reduce((least, each) => Math.min(least, each), Infinity);
  const ticks = (tick: number): number => (low * MICROS) / tick;
  if (given !== undefined) {
    if (ticks(given) >= LOWEST_TICKS) return given;
    throw new OptionsError(
      `ohlc: a price of ${low} is under ${LOWEST_TICKS} ticks of ${tickText(given)}; accepted: "tickMicros" up to ${Math.floor((low * MICROS) / LOWEST_TICKS)}`,
    );
  }
  const may = (tick: number): boolean => ticks(tick) >= FEWEST_TICKS && ticks(tick) <= MOST_TICKS;
  const fits = tickFor(prices, isOn, CENT_MICROS, may) ?? CENT_MICROS;
  if (ticks(fits) >= LOWEST_TICKS) return fits;
  const finer = finerTick(may);
  if (finer === undefined)
    throw new OptionsError(
      `ohlc: a price of ${low}; accepted: prices of ${FEWEST_TICKS / MICROS} and more (${FEWEST_TICKS} ticks of a millionth)`,
    );
  return finer;
}

/** Whether a price lies on a tick, as nearly as a 32-bit float can say. */
function isOn(amount: number, tickMicros: number): boolean {
  const ticks = (amount * MICROS) / tickMicros;
  return Math.abs(ticks - Math.round(ticks)) <= Math.max(1e-6, ticks * FLOAT_NOISE);
}

/** Seconds since midnight, or undefined when this is no time of day. */
function secondOfDay(time: string): number | undefined {
  const match = /^([01]\d|2[0-3]):([0-5]\d)(?::([0-5]\d))?$/.exec(time);
  return match === null ? undefined : Number(match[1]) * 3600 + Number(match[2]) * 60 + Number(match[3] ?? 0);
}

/** The median of the closes around bar `i`; `clock` is each bar's second of the day. */
function localMedian(closes: readonly number[], clock: readonly number[], i: number, barSeconds: number): number {
  const from = Math.max(0, i - NEIGHBOURS);
  const around = closes.slice(from, i + NEIGHBOURS + 1);
  const near = around.filter((_, k) => Math.abs(clock[from + k]! - clock[i]!) <= NEAR_SECONDS * barSeconds);
  const window = (near.length >= FEWEST ? near : around).sort((a, b) => a - b);
  return window[Math.floor(window.length / 2)]!;
}
