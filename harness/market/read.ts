/** Recorded markets as a user names them, `lobster:MESSAGES[,ORDERBOOK]` or `mbo:FILE`, made into a match's `market` option. */
import { existsSync } from 'node:fs';
import { basename } from 'node:path';
import { OptionsError } from '../../envs/environment.js';
import type { ReplayMarket } from '../../envs/hft/options.js';
import { recordingOf, type ReplayMessages } from '../../envs/hft/replay/messages.js';
import { summarize, type CleaningReport } from './cleaning.js';
import { MarketError } from './errors.js';
import { readLobster } from './lobster.js';
import { readMbo } from './mbo.js';
import type { Part } from './part.js';

/** Which part of the recording, on the clock of its file. */
export interface RecordedPart {
  /** HH:MM or HH:MM:SS of the file's clock; its first message when absent. */
  from?: string;
  minutes: number;
  /** Which of several instruments (MBO); for LOBSTER a name. */
  symbol?: string;
  /** Which of several publishers, by its publisher_id (MBO). */
  publisher?: string;
  /** Which day of the file, YYYY-MM-DD (MBO); its first when absent. */
  date?: string;
  /** Micro-units of currency in one tick; when absent a cent, or what the prices need. */
  tickMicros?: number;
  hidden?: 'print' | 'reach';
}

/** Whether this names a recorded market. */
export function isRecorded(text: string): boolean {
  return /^(lobster|mbo):/.test(text);
}

/** How a recorded market may be named. */
export const RECORDED_FORMS = 'lobster:MESSAGES[,ORDERBOOK], mbo:FILE or mbo:[SYMBOL][@PUBLISHER]=FILE';

/** How any market of the user's may be named. */
export const MARKET_FORMS = `ohlc:[SYMBOL=]FILE[,...] (bars as JSON or CSV, docs/market-data.md), ${RECORDED_FORMS}`;

/** Reads, cleans and checks the part. @throws MarketError naming file and row */
export async function readRecorded(
  text: string,
  part: RecordedPart,
): Promise<{ market: ReplayMarket; tickMicros: number; report: CleaningReport }> {
  const [, format, files] = /^(lobster|mbo):(.+)$/.exec(text) ?? [];
  if (format === undefined || files === undefined) throw new MarketError(`--market "${text}": accepted: ${MARKET_FORMS}`);
  const window: Part = { lengthUs: Math.round(part.minutes * 60_000_000) };
  if (part.from !== undefined) window.fromUs = timeOf(part.from);
  const read = format === 'lobster' ? await lobster(files, window, part) : await mbo(files, window, part);
  checkMessages(text, read.messages);
  const report: CleaningReport = { ...read.report, summary: summarize(read.report) };
  const symbol = report.symbol
    .replace(/[^A-Z0-9.]/gi, '')
    .toUpperCase()
    .slice(0, 12);
  const market: ReplayMarket = {
    kind: 'replay',
    format: report.format,
    symbol: /^[A-Z]/.test(symbol) ? symbol : `X${symbol}`.slice(0, 12),
    from: report.from,
    lengthUs: report.seconds * 1_000_000,
    hidden: part.hidden ?? 'print',
    messages: read.messages,
  };
  return { market, tickMicros: read.tickMicros, report };
}

/** What the world itself asks of messages: so many at most, prices near each other. @throws MarketError */
function checkMessages(text: string, messages: ReplayMessages): void {
  try {
    recordingOf(messages);
  } catch (error) {
    if (error instanceof OptionsError) throw new MarketError(`--market ${text}: cannot be played: ${error.message}`);
    throw error;
  }
}

function mbo(text: string, window: Part, part: RecordedPart): ReturnType<typeof readMbo> {
  const { tickMicros, date } = part;
  if (date !== undefined && !(/^\d{4}-\d\d-\d\d$/.test(date) && !Number.isNaN(Date.parse(date))))
    throw new MarketError(`--date "${date}" is no day; accepted: YYYY-MM-DD`);
  // A name before the file says which of its books to play, unless a file is called so.
  const [, symbol, publisher, file] = existsSync(text) ? [] : (/^([^=@/\\]*)(?:@([^=/\\]+))?=(.+)$/.exec(text) ?? []);
  const path = file ?? text;
  const parts = path.split(',');
  if (!existsSync(path) && parts.length > 1 && parts.every((each) => existsSync(each)))
    throw new MarketError(`--market mbo:${text}: ${parts.length} files; accepted: one, with all messages of the day in the order of time`);
  return readMbo(path, window, { symbol: symbol || part.symbol, publisher: publisher ?? part.publisher, tickMicros, date });
}

function lobster(files: string, window: Part, part: RecordedPart): ReturnType<typeof readLobster> {
  const [messages, orderbook, ...more] = files.split(',');
  if (messages === undefined || messages === '' || orderbook === '' || more.length > 0)
    throw new MarketError(`--market lobster:${files}: accepted: lobster:MESSAGES or lobster:MESSAGES,ORDERBOOK`);
  for (const [name, value] of [
    ['--publisher', part.publisher],
    ['--date', part.date],
  ] as const)
    if (value !== undefined)
      throw new MarketError(`${name} ${value}: a LOBSTER file is of one book and one day; accepted: with --market mbo:`);
  // TICKER_Year-Month-Day_StartTime_EndTime_message_LEVEL.csv
  const symbol = part.symbol ?? /^([A-Z][A-Z.]{0,6})_/.exec(basename(messages))?.[1] ?? 'STOCK';
  return readLobster({ messages, ...(orderbook === undefined ? {} : { orderbook }) }, window, { symbol, tickMicros: part.tickMicros });
}

function timeOf(text: string): number {
  const match = /^([01]\d|2[0-3]):([0-5]\d)(?::([0-5]\d))?$/.exec(text);
  if (match === null) throw new MarketError(`--from "${text}" is no time; accepted: HH:MM or HH:MM:SS, on the clock of the file`);
  return (Number(match[1]) * 3600 + Number(match[2]) * 60 + Number(match[3] ?? 0)) * 1_000_000;
}
