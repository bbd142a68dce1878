/** `--rules paper`: the published benchmark's rules on files of published bars, one file a symbol. */
import { readFileSync } from 'node:fs';
import type { Json } from '../../envs/environment.js';
import { paperBars, type PaperBarsReport } from '../../envs/hft/paper/bars.js';
import { secondOfDay, timeOfDay } from '../../envs/hft/paper/clock.js';
import type { PaperOptions } from '../../envs/hft/paper/options.js';
import { MarketError, symbolOf } from './market.js';
import { UsageError } from './values.js';

/** What the command line may say about it. */
export interface PaperFlags {
  options?: Record<string, unknown>;
  market?: string;
  prices?: 'raw' | 'cleaned';
  minutes?: number;
  from?: string;
  date?: string;
}

/** Replaced prices that are shown one by one for each symbol. */
const SHOWN = 3;

/**
 * The options as a user writes them, with the files read into them; and what was read, for people and for JSON. Without files the market
 * is the made-up practice day. @throws UsageError, MarketError, OptionsError
 */
export function paperOptions(flags: PaperFlags): { options: Record<string, unknown>; market?: { summary: string; report: Json } } {
  const prices = flags.prices ?? 'raw';
  if (flags.market === undefined) {
    for (const name of ['prices', 'minutes', 'from', 'date'] as const)
      if (flags[name] !== undefined) throw new UsageError(`--${name}: with --rules paper it goes with --market ohlc:FILE[,FILE...]`);
    return { options: { ...flags.options } };
  }
  const { bars, reports, date } = readBars(flags.market, prices, flags.date);
  const part = partOf(flags);
  const market: PaperOptions['market'] = { kind: 'ohlc', date, prices, ...(part ? { part } : {}), bars };
  const played = part ? `only ${timeOfDay(part[0])} to ${timeOfDay(part[1])} is played, averages are the whole day's` : 'the whole day';
  return {
    options: { ...flags.options, market },
    market: { summary: [...reports.map(shown), played].join('; '), report: { prices, symbols: reports } as unknown as Json },
  };
}

function readBars(text: string, prices: 'raw' | 'cleaned', asked?: string) {
  const files = /^ohlc:(.+)$/
    .exec(text)?.[1]
    ?.split(',')
    .map((file) => file.trim());
  if (files === undefined || files.includes(''))
    throw new MarketError(
      `--market "${text}": accepted with --rules paper: ohlc:FILE[,FILE...], JSON files of {date: {"HH:MM:SS": {open, high, low, close}}}, one a symbol`,
    );
  const read = files.map((file) => {
    let json: unknown;
    try {
      json = JSON.parse(readFileSync(file, 'utf8'));
    } catch (error) {
      const why = (error as NodeJS.ErrnoException).code === 'ENOENT' ? 'no such file' : (error as Error).message;
      throw new MarketError(`--market ${file}: ${why}`);
    }
    return paperBars(json, { symbol: symbolOf(file), date: asked, prices });
  });
  const reports = read.map(({ report }) => report);
  const { date } = reports[0]!;
  const other = reports.find((report) => report.date !== date);
  if (other)
    throw new MarketError(
      `--market: ${reports[0]!.symbol} is of ${date}, ${other.symbol} of ${other.date}; accepted: files of one day, or --date`,
    );
  return { bars: read.map(({ bars }) => bars), reports, date };
}

function partOf({ from, minutes }: PaperFlags): [number, number] | undefined {
  if (from === undefined && minutes === undefined) return undefined;
  const start = secondOfDay(from ?? '09:30');
  if (start === undefined) throw new UsageError(`--from ${from}: accepted: HH:MM or HH:MM:SS`);
  const end = minutes === undefined ? 86_399 : Math.min(86_399, start + Math.round(minutes * 60) - 1);
  return [start, end];
}

function shown({ summary, replaced }: PaperBarsReport): string {
  if (replaced.length === 0) return summary;
  const some = replaced.slice(0, SHOWN).map(({ time, field, price, by }) => `${time} ${field} ${price} by ${by}`);
  const more = replaced.length > SHOWN ? `, and ${replaced.length - SHOWN} more (--json lists them)` : '';
  return `${summary} (${some.join(', ')}${more})`;
}
