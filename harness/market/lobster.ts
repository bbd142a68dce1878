/**
 * Reads LOBSTER files (lobsterdata.com, "output structure"): a message file of time, type, order id, size, price, direction, and, if there
 * is one, its order-book file, whose k-th row is the book after the k-th message.
 *
 * The order-book file gives the opening book (its first row with the first message undone; nobody knows whose shares those are, so each
 * level is one anonymous order, first in line) and is compared with the replayed book at every row. A file of n levels says nothing about
 * what happens below them: a level that comes into view is set to what the file shows.
 */
import { basename } from 'node:path';
import { BUY, SELL, type Side } from '../../envs/hft/book.js';
import { CROSS, HIDDEN_ASK, HIDDEN_BID, MAX_SHARES, type ReplayMessages } from '../../envs/hft/replay/messages.js';
import { Findings, type CleaningReport } from './cleaning.js';
import { Composer, type Part } from './composer.js';
import { MarketError, refusal, type Fault } from './errors.js';
import { timeOfDay } from './numbers.js';
import { RowReader } from './rows.js';
import { CENT_MICROS, onTick, tickFor, tickText } from '../../envs/hft/tick.js';

/** LOBSTER prices are ten-thousandths of a dollar: 100 micro-units each. */
const MICROS = 100;
/** An empty level's price: this for asks, its negative for bids. */
const NO_LEVEL = 9_999_999_999;

const MESSAGE = 'rows of time, type (1-7), order id, size, price, direction (-1 or 1)';
const COLUMNS = ['time', 'type', 'order id', 'size', 'price', 'direction'] as const;
/** When more of so many first rows than this differ from the order-book file, it is another's. */
const CHECKED_ROWS = 200;
const MOST_DIFFERING = 0.5;

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
        seconds: playedSeconds(composer, part, over, findings, reader.row),
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

/** Whether a row holds names instead of figures. */
function isHeader(row: readonly string[]): boolean {
  return row.every((cell) => cell.trim() === '' || !/^\s*[-+.\d]/.test(cell)) && row.some((cell) => /[a-z]/i.test(cell));
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

/** Whole seconds that can be played: the part's, or fewer when the file ends over ten seconds before it does. */
export function playedSeconds(composer: Composer, part: Part, over: boolean, findings: Findings, row: number): number {
  const asked = Math.floor(part.lengthUs / 1_000_000);
  const there = Math.floor(composer.lastUs / 1_000_000) + 1;
  if (over || there + 10 >= asked) return asked;
  findings.add('short', row);
  return there;
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

/** One row of an order-book file: levels as [price, shares], best first, prices in ticks. */
type View = [asks: [number, number][], bids: [number, number][]];

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

/** The order-book file, row by row. */
class LevelFile {
  readonly checked = { rows: 0, differing: 0, firstRow: 0 };
  private readonly reader: RowReader;
  private columns = 0;
  private cut = 0;
  /** Whether the row at hand shows as many levels as the file has: below them may be more [asks, bids]. */
  private full: [boolean, boolean] = [true, true];
  /** The worst price the last row showed of each side [asks, bids]; undefined while it showed all there was. */
  private worst: [number | undefined, number | undefined] | undefined;

  constructor(
    path: string,
    private readonly tickMicros: number,
    private readonly findings: Findings,
  ) {
    this.reader = new RowReader(path);
  }

  more(): Promise<boolean> {
    return this.reader.more();
  }

  close(): Promise<void> {
    return this.reader.close();
  }

  /** The next row; undefined when the batch, or with it the file, is used up. @throws MarketError */
  next(): View | undefined {
    const found = this.reader.next();
    const row = found !== undefined && this.reader.row === 1 && isHeader(found) ? this.reader.next() : found;
    if (row === undefined) return undefined;
    this.columns ||= row.length;
    if (this.cut > 0 || row.length < 4 || row.length % 4 !== 0 || row.length !== this.columns) {
      // A row too short may be the last one, cut off; anything after it shows that it is not.
      if (this.cut === 0 && this.reader.row > 1 && row.length < this.columns) {
        this.cut = this.reader.row;
        return undefined;
      }
      throw new MarketError(
        `${this.reader.path}: row ${this.cut || this.reader.row} has another number of columns than ${this.columns}; ` +
          `accepted: ask price, ask size, bid price, bid size for each level`,
      );
    }
    const view: View = [[], []];
    for (let i = 0; i < row.length; i += 2) {
      const price = Number(row[i]);
      const size = Number(row[i + 1]);
      if (!Number.isInteger(price) || !Number.isInteger(size) || size < 0)
        throw refusal(this.reader.path, this.reader.row, {
          column: `${i + 1} and ${i + 2}`,
          value: `${row[i]}, ${row[i + 1]}`,
          accepted: 'a price and a size, whole numbers',
        });
      if (Math.abs(price) === NO_LEVEL || size === 0) continue;
      const ticks = (price * MICROS) / this.tickMicros;
      if (Number.isInteger(ticks) && ticks >= 1) view[i % 4 === 0 ? 0 : 1].push([ticks, size]);
    }
    const deep = row.length / 4;
    this.full = [view[0].length === deep, view[1].length === deep];
    return view;
  }
  /**
   * Sets levels that came into view to what is shown, compares the replayed book with the row, and corrects it where it differs: the file
   * is what the venue showed, and one difference left alone would bring others.
   */
  compare(composer: Composer, view: View, row: number): void {
    let differs = false;
    const worst: [number | undefined, number | undefined] = [undefined, undefined];
    for (const side of [SELL, BUY] as const) {
      const which = side === SELL ? 0 : 1;
      const shown = view[which];
      const full = this.full[which];
      const held = composer.ladder.levels(side, shown.length + (full ? 0 : 1));
      if (held.length !== shown.length || held.some(([price, size], i) => price !== shown[i]![0] || size !== shown[i]![1])) {
        if (this.correct(composer, side, shown, full, this.worst?.[which], row)) differs = true;
      }
      worst[which] = full ? shown.at(-1)?.[0] : undefined;
    }
    this.worst = worst;
    this.checked.rows++;
    if (!differs) return;
    this.checked.differing++;
    if (this.checked.firstRow === 0) this.checked.firstRow = row;
    const { rows, differing } = this.checked;
    if (rows >= CHECKED_ROWS && differing > rows * MOST_DIFFERING)
      throw new MarketError(
        `${this.reader.path}: ${differing} of its first ${rows} rows differ from the book that the messages make; accepted: the order-book file that belongs to them`,
      );
  }

  /** Sets every level within view to what is shown. @returns whether one was wrong that the last row showed too */
  private correct(
    composer: Composer,
    side: Side,
    shown: [number, number][],
    full: boolean,
    before: number | undefined,
    row: number,
  ): boolean {
    const sign = side === BUY ? -1 : 1;
    const limit = full ? shown.at(-1)![0] * sign : Infinity;
    const expected = new Map(shown);
    const held = composer.ladder.levels(side, Infinity).filter(([price]) => price * sign <= limit);
    let differs = false;
    // What is too much goes first, so that nothing is added that it would cross.
    const prices = [...new Set([...held, ...shown].map(([price]) => price))];
    for (const price of prices) {
      const change = (expected.get(price) ?? 0) - composer.ladder.at(side, price);
      if (change === 0) continue;
      const fresh = before !== undefined && price * sign > before * sign;
      this.findings.add(fresh ? 'view' : 'corrected', row);
      differs ||= !fresh;
      if (change > 0) composer.addAnonymous(side, price, change, row);
      else composer.removeAt(side, price, -change);
    }
    return differs;
  }
}
