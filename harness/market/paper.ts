/** Files of published bars as the market of the published rules: one file a symbol, all of one day, each read whole. */
import type { Json } from '../../envs/environment.js';
import { paperBars, type PaperBarsReport } from '../../envs/hft/paper/bars.js';
import { secondOfDay, timeOfDay } from '../../envs/hft/paper/clock.js';
import type { PaperOptions } from '../../envs/hft/paper/options.js';
import { BAR_FORMS, readBarFile, type BarFile } from './bar-file.js';
import { MarketError } from './errors.js';
import { symbolOf } from './symbol.js';

/** What is to be made of the files. */
export interface PaperSelection {
  prices: 'raw' | 'cleaned';
  date?: string;
  /** Visit only a part of the day: from a time, for so many minutes; averages stay the whole day's. */
  from?: string;
  minutes?: number;
}

/** Replaced prices that are shown one by one for each symbol. */
const SHOWN = 3;
const FORM = `ohlc:FILE[,FILE...] or ohlc:SYMBOL=FILE[,...], one a symbol, each ${BAR_FORMS}`;

/**
 * The market option, and what was read, in one line for people and in full for JSON. `find` says where a file lies, if it is anywhere.
 * @throws MarketError, OptionsError
 */
export function readPaperMarket(
  text: string,
  selection: PaperSelection,
  find: (file: string) => string | undefined = (file) => file,
): { market: Extract<PaperOptions['market'], { kind: 'ohlc' }>; summary: string; report: Json } {
  const files = /^ohlc:(.+)$/
    .exec(text)?.[1]
    ?.split(',')
    .map((file) => file.trim());
  if (files === undefined || files.includes('')) throw new MarketError(`market "${text}": accepted under the paper's rules: ${FORM}`);
  const { prices } = selection;
  const read = files.map((each) => {
    const [, named, file] = /^([A-Z][A-Z0-9.]{0,11})=(.+)$/.exec(each) ?? [undefined, undefined, each];
    return readDay(find(file!) ?? file!, named, selection);
  });
  const reports = read.map(({ report }) => report);
  const { date } = reports[0]!;
  const other = reports.find((report) => report.date !== date);
  if (other)
    throw new MarketError(
      `market: ${reports[0]!.symbol} is of ${date}, ${other.symbol} of ${other.date}; accepted: files of one day, or a date`,
    );
  const part = partOf(selection);
  const visited = part ? `only ${timeOfDay(part[0])} to ${timeOfDay(part[1])} is played, averages are the whole day's` : 'the whole day';
  return {
    market: { kind: 'ohlc', date, prices, ...(part ? { part } : {}), bars: read.map(({ bars }) => bars) },
    summary: [...reports.map(shown), visited].join('; '),
    report: { prices, symbols: reports } as unknown as Json,
  };
}

/** One symbol's day. @throws MarketError, OptionsError */
function readDay(path: string, named: string | undefined, { prices, date }: PaperSelection): ReturnType<typeof paperBars> {
  let read: BarFile;
  try {
    read = readBarFile(path, named);
  } catch (error) {
    throw error instanceof MarketError ? new MarketError(`market ${error.message}`) : error;
  }
  if (read.barSeconds > 1)
    throw new MarketError(`market ${path}: its bars are of ${read.barSeconds} seconds; accepted under the paper's rules: one-second bars`);
  return paperBars(read.days, { symbol: named ?? symbolOf(path), date, prices });
}

function partOf({ from, minutes }: PaperSelection): [number, number] | undefined {
  if (from === undefined && minutes === undefined) return undefined;
  const start = secondOfDay(from ?? '09:30');
  if (start === undefined) throw new MarketError(`from "${from}": accepted: HH:MM or HH:MM:SS`);
  return [start, minutes === undefined ? 86_399 : Math.min(86_399, start + Math.max(1, Math.round(minutes * 60)) - 1)];
}

function shown({ summary, replaced }: PaperBarsReport): string {
  if (replaced.length === 0) return summary;
  const some = replaced.slice(0, SHOWN).map(({ time, field, price, by }) => `${time} ${field} ${price} by ${by}`);
  const more = replaced.length > SHOWN ? `, and ${replaced.length - SHOWN} more (--json lists them)` : '';
  return `${summary} (${some.join(', ')}${more})`;
}
