/**
 * Reads LOBSTER files (lobsterdata.com, "output structure"): a message file of time, type, order id, size, price, direction, and, if there
 * is one, its order-book file, whose k-th row is the book after the k-th message.
 *
 * The order-book file gives the opening book (its first row with the first message undone; nobody knows whose shares those are, so each
 * level is one anonymous order, first in line) and is compared with the replayed book at every row. A file of n levels says nothing about
 * what happens below them: a level that comes into view is set to what the file shows.
 */
import { basename } from 'node:path';
import { BUY, SELL, type Side } from '../../envs/hft/exchange/book.js';
import { CROSS, HIDDEN_ASK, HIDDEN_BID, MAX_SHARES, type ReplayMessages } from '../../envs/hft/replay/messages.js';
import { CENT_MICROS, onTick, tickFor, tickText } from '../../envs/hft/exchange/tick.js';
import { Findings, type CleaningReport } from './cleaning.js';
import { Composer } from './composer.js';
import { MarketError, refusal, type Fault } from './errors.js';
import { isHeader, LevelFile, MICROS, type View } from './lobster-levels.js';
import { timeOfDay } from './numbers.js';
import { playedSeconds, type Part } from './part.js';
import { RowReader } from './rows.js';

const MESSAGE = 'rows of time, type (1-7), order id, size, price, direction (-1 or 1)';
const COLUMNS = ['time', 'type', 'order id', 'size', 'price', 'direction'] as const;

/** One row of a message file. */
interface Message {
  us: number;
  type: number;
  id: string;
  size: number;
  /** As in the file. */
  price: number;
  side: Side;
}

/** What to read. */
export interface LobsterFiles {
  messages: string;
  orderbook?: string;
}

/** Reads the part, cleans it and says what was cleaned. @throws MarketError naming file, row, column, value and what is accepted */
export async function readLobster(
  files: LobsterFiles,
  part: Part,
  market: { symbol: string; tickMicros?: number },
): Promise<{ messages: ReplayMessages; tickMicros: number; report: Omit<CleaningReport, 'summary'> }> {
  sameDay(files);
  const findings = new Findings();
  const composer = new Composer(part, findings);
  const reader = new RowReader(files.messages);
  let levels: LevelFile | undefined;
  try {
    if (!(await reader.more())) throw new MarketError(`${files.messages}: is empty; accepted: ${MESSAGE}`);
    const header = reader.ahead().find((row) => row.length > 1);
    if (header !== undefined && isHeader(header)) {
      checkHeader(files.messages, header);
      reader.next();
      if (!(await reader.more())) throw new MarketError(`${files.messages}: has a header and no rows; accepted: ${MESSAGE}`);
    }
    const tickMicros = market.tickMicros ?? tickOf(files.messages, reader.ahead());
    if (files.orderbook !== undefined) levels = new LevelFile(files.orderbook, tickMicros, findings);
    let over = false;
    let cut: { row: number; fault: Fault } | undefined;
    let first = true;
    while (!over && (await reader.more())) {
      if (levels !== undefined) await levels.more();
      for (let row = reader.next(); row !== undefined; row = reader.next()) {
        // A row that is no message may be the last one, cut off; anything after it shows that it is not.
        if (cut !== undefined) throw refusal(files.messages, cut.row, cut.fault);
        const message = parseMessage(row);
        if ('accepted' in message) {
          cut = { row: reader.row, fault: message };
          continue;
        }
        const view = levels === undefined ? undefined : (levels.next() ?? ((await levels.more()) ? levels.next() : undefined));
        if (levels !== undefined && view === undefined) findings.add('unchecked', reader.row);
        if (first && view !== undefined) openingBook(composer, view, message, tickMicros);
        first = false;
        if (!composer.at(message.us, reader.row)) {
          over = true;
          break;
        }
        apply(composer, findings, message, reader.row, tickMicros);
        if (view !== undefined) levels!.compare(composer, view, reader.row);
      }
    }
    if (first && cut === undefined) throw new MarketError(`${files.messages}: is empty; accepted: ${MESSAGE}`);
    if (cut !== undefined) findings.add('cut', cut.row);
    const startUs = composer.startUs;
    if (startUs === undefined && cut !== undefined) throw refusal(files.messages, cut.row, cut.fault);
    const last = composer.lastTime === undefined ? '' : `; its last message is at ${timeOfDay(composer.lastTime)}`;
    if (startUs === undefined)
      throw new MarketError(
        `${files.messages}: ends before ${timeOfDay(part.fromUs ?? 0)}, where the part was to start${last}; accepted: a part of what it holds (--from)`,
      );
    const messages = composer.finish(files.messages, tickMicros);
    return {
      messages,
      tickMicros,
      report: {
        format: 'lobster',
        symbol: market.symbol,
        from: timeOfDay(startUs),
        seconds: playedSeconds(composer.lastUs, part, over, findings, reader.row),
        ...(tickMicros === CENT_MICROS ? {} : { tick: tickText(tickMicros) }),
        rows: reader.row,
        messages: composer.count - composer.opening,
        opening: composer.opening,
        findings: findings.list(),
        ...(levels ? { checked: levels.checked } : {}),
      },
    };
  } finally {
    await reader.close();
    await levels?.close();
  }
}

/** Refuses a pair whose names say that they are of different days. @throws MarketError */
function sameDay({ messages, orderbook }: LobsterFiles): void {
  const dayOf = (path: string): string | undefined => /\d{4}-\d\d-\d\d/.exec(basename(path))?.[0];
  const [one, other] = [dayOf(messages), orderbook === undefined ? undefined : dayOf(orderbook)];
  if (one !== undefined && other !== undefined && one !== other)
    throw new MarketError(`${orderbook}: is of ${other}, the messages are of ${one}; accepted: the order-book file of the same day`);
}

/** @throws MarketError when a header names the columns in another order than the one they are read in */
function checkHeader(path: string, header: readonly string[]): void {
  const wanted = [/time/i, /type|event/i, /id/i, /size|shares|qty|quantity|volume/i, /price/i, /dir|side/i];
  const wrong = wanted.findIndex((name, i) => !name.test(header[i] ?? ''));
  if (wrong >= 0)
    throw refusal(path, 1, {
      column: String(wrong + 1),
      value: header[wrong] ?? '',
      accepted: `${MESSAGE}, in this order, with or without a header`,
    });
}

/** The tick that the first orders' prices need. @throws MarketError when there is none */
function tickOf(path: string, rows: readonly string[][]): number {
  const prices = rows
    .filter((row) => row[1]?.trim() === '1')
    .map((row) => Number(row[4]) * MICROS * 1000)
    .filter((nanos) => nanos > 0);
  const tick = tickFor(prices, onTick, CENT_MICROS);
  if (tick === undefined) throw new MarketError(`${path}: its prices are no ten-thousandths; accepted: LOBSTER's whole numbers`);
  return tick;
}

/** A row as a message, or what is wrong with it. */
function parseMessage(row: string[]): Message | Fault {
  const fault = (column: number, accepted: string): Fault => ({
    column: `${column + 1} (${COLUMNS[column]!})`,
    value: row[column] ?? '',
    accepted: `${accepted}, in ${MESSAGE}`,
  });
  if (row.length < COLUMNS.length) return { ...fault(row.length, `${COLUMNS.length} cells`), value: row.join(',') };
  const us = microsOf(row[0]!);
  if (us === undefined) return fault(0, 'seconds after midnight');
  const type = Number(row[1]);
  if (!Number.isInteger(type) || type < 1 || type > 7) return fault(1, 'a whole number from 1 to 7');
  if (!/^\s*-?\d+(?:\.0*)?\s*$/.test(row[2]!)) return fault(2, 'a whole number');
  const size = Number(row[3]);
  if (type !== 7 && (!Number.isInteger(size) || size < 1 || size > MAX_SHARES)) return fault(3, `at least 1 share, ${MAX_SHARES} at most`);
  const price = Number(row[4]);
  if (!Number.isInteger(price) || row[4]!.trim() === '') return fault(4, 'whole ten-thousandths of a dollar');
  if (type !== 7 && price < 1) return fault(4, 'a price above 0: the book here has none at or under it');
  const direction = Number(row[5]);
  if (Math.abs(direction) !== 1) return fault(5, '1 (bid) or -1 (ask)');
  return { us, type, id: row[2]!.trim().replace(/\.0*$/, ''), size, price, side: direction === 1 ? BUY : SELL };
}

/** Seconds with a decimal fraction as whole microseconds, finer digits cut off; undefined when this is no such number. */
function microsOf(text: string): number | undefined {
  const match = /^\s*(\d{1,5})(?:\.(\d*))?\s*$/.exec(text);
  return match === null ? undefined : Number(match[1]) * 1_000_000 + Number((match[2] ?? '').slice(0, 6).padEnd(6, '0'));
}

/** Lets one message happen. */
function apply(composer: Composer, findings: Findings, message: Message, row: number, tickMicros: number): void {
  const { type, id, size, side } = message;
  const ticks = (message.price * MICROS) / tickMicros;
  const onTick = Number.isInteger(ticks);
  switch (type) {
    case 1:
      if (onTick) composer.add(id, side, ticks, size, row);
      else composer.offTick(id, row);
      return;
    case 2:
    case 3:
    case 4: {
      // A deletion takes what there is, whatever size it names.
      const known = composer.order(id);
      const all = type === 3 && known !== undefined;
      if (all && known.size !== size) findings.add('mismatch', row);
      composer.take(id, { side, price: onTick ? ticks : undefined }, all ? undefined : size, type === 4, row);
      return;
    }
    case 5:
    case 6:
      findings.add(type === 5 ? 'hidden' : 'cross', row);
      if (!onTick) findings.add('offTickPrint', row);
      composer.print(type === 6 ? CROSS : side === BUY ? HIDDEN_BID : HIDDEN_ASK, Math.max(1, Math.floor(ticks + 0.5)), size);
      return;
    default:
      // Price -1: halted; 0: quoting resumes, still no trading; 1: trading resumes.
      if (message.price === -1) composer.halt(row);
      else if (message.price === 1) composer.resume();
  }
}

/** The book before the first message: the first row with that message undone. */
function openingBook(composer: Composer, view: View, first: Message, tickMicros: number): void {
  const ticks = (first.price * MICROS) / tickMicros;
  const undone = first.type === 1 ? -first.size : first.type >= 2 && first.type <= 4 ? first.size : 0;
  for (const side of [BUY, SELL] as const) {
    const levels = new Map(view[side === BUY ? 1 : 0]);
    if (side === first.side && undone !== 0 && Number.isInteger(ticks)) levels.set(ticks, (levels.get(ticks) ?? 0) + undone);
    for (const [price, size] of levels) if (size > 0) composer.addAnonymous(side, price, size, 1);
  }
}
