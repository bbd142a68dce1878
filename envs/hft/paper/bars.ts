/**
 * Published one-second bars of one symbol, `{date: {"HH:MM:SS": {open, high, low, close}}}`, as these rules read them: whole day, seconds
 * with trades only. Raw, or with the highs and lows replaced that nothing around them supports. Reading the file is the caller's business.
 */
import { z } from 'zod';
import { OptionsError } from '../../environment.js';
import { barsInTicks } from '../replay/ohlc.js';
import { problems } from '../options.js';
import { CENT_MICROS } from '../exchange/tick.js';
import { secondOfDay } from './clock.js';
import { SYMBOL, type SymbolBars } from './options.js';

const TICKS_PER_DOLLAR = 100;
const price = z.number().positive();
const fileSchema = z.record(
  z.string(),
  z.record(
    z.string().refine((time) => secondOfDay(time) !== undefined, 'HH:MM:SS is expected'),
    z.object({ open: price, high: price, low: price, close: price }),
  ),
);

/** A high or low that was not believed, in dollars, and what stands in its place. */
export interface Replaced {
  time: string;
  field: 'high' | 'low';
  price: number;
  by: number;
}

/** What was read. */
export interface PaperBarsReport {
  symbol: string;
  date: string;
  prices: 'raw' | 'cleaned';
  /** Seconds with trades. */
  seconds: number;
  /** Empty when the bars are raw. */
  replaced: Replaced[];
  /** The report in one sentence. */
  summary: string;
}

/**
 * One symbol's day. Cleaned, only prices over 0.5 % off the median of the closes around them change (see `barsInTicks`): these rules read
 * highs and lows alone, so those alone are replaced, and a price that is believed keeps its every digit.
 * @throws OptionsError when the JSON is not of that form or the day is not in it
 */
export function paperBars(
  json: unknown,
  selection: { symbol: string; date?: string; prices: 'raw' | 'cleaned' },
): { bars: SymbolBars; report: PaperBarsReport } {
  const { symbol, prices } = selection;
  if (!SYMBOL.test(symbol))
    throw new OptionsError(`ohlc: "${symbol}" is no symbol; accepted: capital letters, digits and dots, 12 at most`);
  const parsed = fileSchema.safeParse(json);
  if (!parsed.success)
    throw new OptionsError(
      `ohlc: ${symbol}: ${problems(parsed.error).slice(0, 300)}; accepted: {date: {"HH:MM:SS": {open, high, low, close}}}`,
    );
  const dates = Object.keys(parsed.data).sort();
  const date = selection.date ?? dates[0];
  const day = date === undefined ? undefined : parsed.data[date];
  if (date === undefined || day === undefined)
    throw new OptionsError(`ohlc: ${symbol}: no day ${selection.date ?? ''}; accepted: ${dates.join(', ') || 'a file with a day'}`);
  const times = Object.keys(day).sort((a, b) => secondOfDay(a)! - secondOfDay(b)!);
  if (times.length === 0) throw new OptionsError(`ohlc: ${symbol}: no second of ${date} has trades; accepted: at least one`);
  const bars = times.map((time): [number, number, number] => [secondOfDay(time)!, day[time]!.high, day[time]!.low]);
  const replaced = prices === 'cleaned' ? clean(json, symbol, date, times, bars) : [];
  const done = prices === 'raw' ? 'raw, as published' : `${replaced.length} highs and lows replaced`;
  const summary = `${symbol} ${date}, ${times.length} seconds with trades, ${done}`;
  return { bars: { symbol, bars }, report: { symbol, date, prices, seconds: times.length, replaced, summary } };
}

/** Puts the cleaned price in the place of every high and low that was not believed. */
function clean(json: unknown, symbol: string, date: string, times: readonly string[], bars: [number, number, number][]): Replaced[] {
  const first = bars[0]![0];
  const minutes = Math.floor((bars.at(-1)![0] - first) / 60) + 1;
  const { market, report } = barsInTicks(json, { symbol, date, from: times[0]!, minutes }, () => CENT_MICROS);
  const place = new Map(times.map((time, i) => [time, i]));
  const replaced: Replaced[] = [];
  for (const { time, field } of report.badPrints) {
    if (field !== 'high' && field !== 'low') continue;
    const bar = bars[place.get(time)!]!;
    const [, high, low] = market.bars[bar[0] - first]!;
    const at = field === 'high' ? 1 : 2;
    const by = (field === 'high' ? high : low) / TICKS_PER_DOLLAR;
    replaced.push({ time, field, price: bar[at], by });
    bar[at] = by;
  }
  // The cleaned bar is in whole cents: a believed price that it passes by a fraction of one keeps the bar upright.
  for (const each of replaced) {
    const bar = bars[place.get(each.time)!]!;
    if (bar[1] >= bar[2]) continue;
    each.by = each.field === 'high' ? bar[2] : bar[1];
    bar[each.field === 'high' ? 1 : 2] = each.by;
  }
  return replaced;
}
