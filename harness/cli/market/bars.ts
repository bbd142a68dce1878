/** A market of the user's: published bars, as `--market ohlc:FILE[,FILE...]` names them, one file a symbol. */
import { OptionsError, type Json } from '../../../envs/environment.js';
import { barsFromDay, type BarsOfDay, type OhlcSelection } from '../../../envs/hft/replay/ohlc.js';
import { readBarFile } from '../../market/bar-file.js';
import { MarketError } from '../../market/errors.js';
import { MARKET_FORMS } from '../../market/read.js';
import { symbolOf, UNNAMED } from '../../market/symbol.js';

/** Bars read: the options that say so, how long they last, and what was done to them, in a line and in full. */
export interface BarsRead {
  /** `market` for one symbol, `symbols` for several; `tickMicros` where it is not a cent. */
  options: SymbolBars | { symbols: SymbolBars[] };
  seconds: number;
  summary: string;
  report: Record<string, Json>;
}

interface SymbolBars {
  market: unknown;
  tickMicros?: number;
}

/** Where on a day of published bars a part starts unless it is said: when trading opens. */
const OPENS = '09:30';

/** Which part of which day to play; `from` and `tickMicros` are chosen for the file when absent. */
export interface BarsPart {
  from?: string;
  minutes: number;
  date?: string;
  tickMicros?: number;
}

/** Reads the same part of the same day for each symbol. It ends where the first of them ends. @throws MarketError, OptionsError */
export function readBars(text: string, part: BarsPart): BarsRead {
  const files = /^ohlc:(.+)$/
    .exec(text)?.[1]
    ?.split(',')
    .map((file) => file.trim());
  if (files === undefined || files.includes('')) throw new MarketError(`--market "${text}": accepted: ${MARKET_FORMS}`);
  const read = files.map((each) => {
    const [, named, file] = /^([A-Z][A-Z0-9.]{0,11})=(.+)$/.exec(each) ?? [undefined, undefined, each];
    return readDay(file!, named, part);
  });
  const dates = new Set(read.map(({ report }) => report.date));
  if (dates.size > 1) throw new MarketError(`--market: bars of ${[...dates].join(' and ')}; accepted: files of one day, or --date`);
  const markets = read.map(({ market, tickMicros }) => ({ market, ...(tickMicros === undefined ? {} : { tickMicros }) }));
  const reports = read.map(({ report }) => report);
  return {
    options: read.length === 1 ? markets[0]! : { symbols: markets },
    seconds: Math.min(...reports.map(({ seconds }) => seconds)),
    summary: reports.map(({ summary }) => summary).join('; '),
    report: (read.length === 1 ? reports[0]! : { symbols: reports }) as unknown as Record<string, Json>,
  };
}

/** One file's part. @throws MarketError naming the file */
function readDay(path: string, named: string | undefined, part: BarsPart): BarsOfDay {
  const { days, barSeconds, exchangeClock, symbol: told, notes } = readBarFile(path, named);
  const byName = symbolOf(path);
  const plain = told?.toUpperCase().replace(/[^A-Z0-9.]/g, '').slice(0, 12) ?? ''; // prettier-ignore
  const symbol = named ?? (byName === UNNAMED && /^[A-Z]/.test(plain) ? plain : byName);
  const selection: OhlcSelection = { ...part, symbol, barSeconds };
  if (part.from === undefined && exchangeClock) {
    const day = Object.keys(days[part.date ?? Object.keys(days).sort()[0]!] ?? {}).sort();
    // Files of one day's first hours, or of a market that opens at another hour, start at their first bar.
    if (barSeconds === 1 || (day[0]! <= OPENS && day.at(-1)! >= OPENS)) selection.from = OPENS;
  }
  try {
    const made = barsFromDay(days, selection);
    return notes.length === 0 ? made : { ...made, report: { ...made.report, summary: [made.report.summary, ...notes].join(', ') } };
  } catch (error) {
    if (error instanceof OptionsError) throw new MarketError(`${path}: ${error.message.replace(/^ohlc: /, '')}`);
    throw error;
  }
}
