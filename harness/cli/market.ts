/** A market of the user's: published one-second bars, as `--market ohlc:FILE[,FILE...]` names them, one file a symbol. */
import { readFileSync } from 'node:fs';
import type { Json } from '../../envs/environment.js';
import { barsFromDay } from '../../envs/hft/ohlc.js';
import { fileFault } from '../host/fault.js';
import { MarketError } from '../market/errors.js';
import { RECORDED_FORMS } from '../market/read.js';
import { symbolOf } from '../market/symbol.js';

/** Bars read: the options that say so, how long they last, and what was done to them, in a line and in full. */
export interface BarsRead {
  /** `market` for one symbol, `symbols` for several. */
  options: { market: unknown } | { symbols: { market: unknown }[] };
  seconds: number;
  summary: string;
  report: Record<string, Json>;
}

/** Reads the same part of the same day for each symbol. It ends where the first of them ends. @throws MarketError, OptionsError */
export function readBars(text: string, part: { from: string; minutes: number; date?: string }): BarsRead {
  const files = /^ohlc:(.+)$/
    .exec(text)?.[1]
    ?.split(',')
    .map((file) => file.trim());
  if (files === undefined || files.includes(''))
    throw new MarketError(
      `--market "${text}": accepted: ohlc:FILE or ohlc:SYMBOL=FILE, more of them after commas, JSON files of {date: {"HH:MM:SS": {open, high, low, close}}}; ${RECORDED_FORMS}`,
    );
  const read = files.map((each) => {
    const [, named, file] = /^([A-Z][A-Z0-9.]{0,11})=(.+)$/.exec(each) ?? [undefined, undefined, each];
    return barsFromDay(json(file!), { symbol: named ?? symbolOf(file!), ...part });
  });
  const dates = new Set(read.map(({ report }) => report.date));
  if (dates.size > 1) throw new MarketError(`--market: bars of ${[...dates].join(' and ')}; accepted: files of one day, or --date`);
  const markets = read.map(({ market }) => ({ market }));
  const reports = read.map(({ report }) => report);
  return {
    options: read.length === 1 ? markets[0]! : { symbols: markets },
    seconds: Math.min(...reports.map(({ seconds }) => seconds)),
    summary: reports.map(({ summary }) => summary).join('; '),
    report: (read.length === 1 ? reports[0]! : { symbols: reports }) as unknown as Record<string, Json>,
  };
}

function json(file: string): unknown {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    throw new MarketError(`--market ${file}: ${fileFault(error)}`);
  }
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new MarketError(`--market ${file}: not JSON (${(error as Error).message})`);
  }
}
