/**
 * LOBSTER's order-book file, whose k-th row is the book after the k-th message. It is read beside the messages and compared with the book that they
 * make; where the two differ, the book is set to what the file shows.
 */
import { BUY, SELL, type Side } from '../../envs/hft/exchange/book.js';
import type { Findings } from './cleaning.js';
import type { Composer } from './composer.js';
import { MarketError, refusal } from './errors.js';
import { RowReader } from './rows.js';

/** LOBSTER prices are ten-thousandths of a dollar: 100 micro-units each. */
export const MICROS = 100;
/** An empty level's price: this for asks, its negative for bids. */
const NO_LEVEL = 9_999_999_999;
/** When more of so many first rows than this differ from the order-book file, it is another's. */
const CHECKED_ROWS = 200;
const MOST_DIFFERING = 0.5;

/** One row of an order-book file: levels as [price, shares], best first, prices in ticks. */
export type View = [asks: [number, number][], bids: [number, number][]];

/** Whether a row holds names instead of figures. */
export function isHeader(row: readonly string[]): boolean {
  return row.every((cell) => cell.trim() === '' || !/^\s*[-+.\d]/.test(cell)) && row.some((cell) => /[a-z]/i.test(cell));
}

/** The order-book file, row by row. */
export class LevelFile {
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
