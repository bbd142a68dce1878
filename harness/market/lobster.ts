/**
 * Reads LOBSTER files (lobsterdata.com, "output structure"): a message file of time, type, order id, size, price, direction, and, if there
 * is one, its order-book file, whose k-th row is the book after the k-th message.
 *
 * The order-book file gives the opening book (its first row with the first message undone; nobody knows whose shares those are, so each
 * level is one anonymous order, first in line) and is compared with the replayed book at every row. A file of n levels says nothing about
 * what happens below them: a level that comes into view is set to what the file shows.
 */
import { BUY, SELL, type Side } from '../../envs/hft/book.js';
import { CROSS, HIDDEN_ASK, HIDDEN_BID, type ReplayMessages } from '../../envs/hft/replay/messages.js';
import { Findings, type CleaningReport } from './cleaning.js';
import { Composer, type Part } from './composer.js';
import { MarketError } from './errors.js';
import { RowReader } from './rows.js';

/** LOBSTER prices are ten-thousandths of a dollar: 100 micro-units each. */
const MICROS = 100;
/** An empty level's price: this for asks, its negative for bids. */
const NO_LEVEL = 9_999_999_999;

const MESSAGE = 'a row of time, type (1-7), order id, size, price, direction (-1 or 1)';

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

/** Reads the part, cleans it and says what was cleaned. @throws MarketError naming file and row */
export async function readLobster(
  files: LobsterFiles,
  part: Part,
  market: { symbol: string; tickMicros: number },
): Promise<{ messages: ReplayMessages; report: Omit<CleaningReport, 'summary'> }> {
  const findings = new Findings();
  const composer = new Composer(part, findings);
  const reader = new RowReader(files.messages);
  const levels = files.orderbook === undefined ? undefined : new LevelFile(files.orderbook, market.tickMicros, findings);
  try {
    let over = false;
    let cut = 0;
    while (!over && (await reader.more())) {
      if (levels !== undefined) await levels.more();
      for (let row = reader.next(); row !== undefined; row = reader.next()) {
        // A row that is no message may be the last one, cut off; anything after it shows that it is not.
        if (cut > 0) throw new MarketError(`${files.messages}: row ${cut} is no message; accepted: ${MESSAGE}`);
        const message = parseMessage(row);
        if (message === undefined) {
          cut = reader.row;
          continue;
        }
        const view = levels === undefined ? undefined : (levels.next() ?? ((await levels.more()) ? levels.next() : undefined));
        if (levels !== undefined && view === undefined) findings.add('unchecked', reader.row);
        if (reader.row === 1 && view !== undefined) openingBook(composer, view, message, market.tickMicros);
        if (!composer.at(message.us, reader.row)) {
          over = true;
          break;
        }
        apply(composer, findings, message, reader.row, market.tickMicros);
        if (view !== undefined) levels!.compare(composer, view, reader.row);
      }
    }
    if (cut > 0) findings.add('cut', cut);
    if (reader.row === 0) throw new MarketError(`${files.messages}: no rows; accepted: ${MESSAGE}`);
    const startUs = composer.startUs;
    if (startUs === undefined && cut > 0) throw new MarketError(`${files.messages}: row ${cut} is no message; accepted: ${MESSAGE}`);
    if (startUs === undefined)
      throw new MarketError(`${files.messages}: ends before ${timeOfDay(part.fromUs ?? 0)}, where the part was to start`);
    const messages = composer.finish(files.messages);
    return {
      messages,
      report: {
        format: 'lobster',
        symbol: market.symbol,
        from: timeOfDay(startUs),
        seconds: playedSeconds(composer, part, over, findings, reader.row),
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

/** Whole seconds that can be played: the part's, or fewer when the file ends over ten seconds before it does. */
export function playedSeconds(composer: Composer, part: Part, over: boolean, findings: Findings, row: number): number {
  const asked = Math.floor(part.lengthUs / 1_000_000);
  const there = Math.floor(composer.lastUs / 1_000_000) + 1;
  if (over || there + 10 >= asked) return asked;
  findings.add('short', row);
  return there;
}

/** Microseconds since midnight as HH:MM:SS, with a fraction where there is one. */
export function timeOfDay(us: number): string {
  const seconds = Math.floor(us / 1_000_000);
  const two = (n: number): string => String(n).padStart(2, '0');
  const fraction = us % 1_000_000;
  const tail = fraction === 0 ? '' : `.${String(fraction).padStart(6, '0').replace(/0+$/, '')}`;
  return `${two(Math.floor(seconds / 3600))}:${two(Math.floor(seconds / 60) % 60)}:${two(seconds % 60)}${tail}`;
}

/** A row as a message; undefined when it is none. */
function parseMessage(row: string[]): Message | undefined {
  if (row.length < 6) return undefined;
  const us = microsOf(row[0]!);
  const type = Number(row[1]);
  const size = Number(row[3]);
  const price = Number(row[4]);
  const direction = row[5]!.trim();
  if (us === undefined || !Number.isInteger(type) || type < 1 || type > 7 || !/^\s*-?\d+\s*$/.test(row[2]!)) return undefined;
  if (!Number.isInteger(price) || (direction !== '1' && direction !== '-1')) return undefined;
  if (type !== 7 && (!Number.isInteger(size) || size < 1 || price < 1)) return undefined;
  return { us, type, id: row[2]!.trim(), size, price, side: direction === '1' ? BUY : SELL };
}

/** Seconds with a decimal fraction as whole microseconds, finer digits cut off; undefined when this is no such number. */
function microsOf(text: string): number | undefined {
  const match = /^\s*(\d{1,6})(?:\.(\d*))?\s*$/.exec(text);
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
      else {
        findings.add('offTick', row);
        composer.ignore(id);
      }
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
    const row = this.reader.next();
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
        throw new MarketError(
          `${this.reader.path}: row ${this.reader.row}, column ${i + 1}: ${row[i]}, ${row[i + 1]}; accepted: whole numbers`,
        );
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
