/** Rows of Databento's market-by-order CSV as records: columns by name, cells as Databento, pandas and spreadsheets write them. */
import { BUY, SELL, type Side } from '../../envs/hft/exchange/book.js';
import { MAX_SHARES } from '../../envs/hft/replay/messages.js';
import type { Findings } from './cleaning.js';
import { MarketError, type Fault } from './errors.js';
import { isAbsent, MOMENT_FORMS, Moments, scaled, wholeOf } from './numbers.js';

/** Flags of a record, as Databento publishes them: the last record of its event. */
export const LAST = 128;
/** A venue's best price of one side, not an order. */
export const TOP_OF_BOOK = 64;
/** Part of a snapshot, whose times are those of the orders' own entry. */
export const SNAPSHOT = 32;
/** The shares of a price level together, not an order. */
const PRICE_LEVEL = 16;
/** The feed had lost messages before it. */
export const MAYBE_BAD_BOOK = 4;

const NEEDED = ['ts_event', 'action', 'side', 'price', 'size', 'order_id'] as const;
const OPTIONAL = ['flags', 'symbol', 'instrument_id', 'publisher_id', 'sequence'] as const;
type Column = (typeof NEEDED)[number] | (typeof OPTIONAL)[number];

/** A record as read. */
export interface Entry {
  /** Microseconds since 1970. */
  us: number;
  action: string;
  side: Side | undefined;
  /** In ticks, perhaps between two; undefined when the row has none. */
  ticks: number | undefined;
  size: number;
  id: string;
  flags: number;
}

/** Actions and sides, by letter and by name. */
const ACTIONS: Record<string, string> = { add: 'A', cancel: 'C', modify: 'M', clear: 'R', trade: 'T', fill: 'F', none: 'N' };
const SIDES: Record<string, string> = { bid: 'B', ask: 'A', none: 'N', buy: 'B', sell: 'A' };
const ACTION_FORM = 'A, C, M, R, T, F or N';
const UNDEFINED_PRICE = '9223372036854775807';
/** Integers of at least this are prices of 1e-9 (a tenth of a cent and more), smaller ones whole units of currency. */
const FIXED_FROM = 1_000_000;

export class MboRows {
  private readonly at: Record<Column, number>;
  private readonly moments = new Moments();
  /** Prices are integers of 1e-9; until a price has been seen it is not known. */
  private fixed: boolean | undefined;
  private readonly timeColumn: string;

  /** @param header the file's first row @throws MarketError when a column is missing */
  constructor(
    path: string,
    private readonly header: readonly string[],
    private readonly findings: Findings,
  ) {
    if (/^\s*[[{]/.test(header[0] ?? '')) throw new MarketError(`${path}: is JSON; accepted: CSV with a header of ${NEEDED.join(', ')}`);
    const names = header.map((name) => name.trim().toLowerCase());
    const place = (name: string): number => names.indexOf(name);
    // Tables indexed by their time lose it when they are saved without their index.
    this.timeColumn = place('ts_event') < 0 && place('ts_recv') >= 0 ? 'ts_recv' : 'ts_event';
    const missing = NEEDED.filter((name) => place(name === 'ts_event' ? this.timeColumn : name) < 0);
    if (missing.length > 0) {
      const found = header.slice(0, 20).map((name) => name.trim().slice(0, 30));
      throw new MarketError(
        `${path}: row 1 names no ${missing.join(', ')} (it holds: ${found.join(', ')}); accepted: a header with ${NEEDED.join(', ')}`,
      );
    }
    if (this.timeColumn === 'ts_recv') findings.add('received', 1);
    this.at = Object.fromEntries(
      [...NEEDED, ...OPTIONAL].map((name) => [name, place(name === 'ts_event' ? this.timeColumn : name)]),
    ) as Record<Column, number>;
  }

  has(column: Column): boolean {
    return this.at[column] >= 0;
  }

  /** The trimmed text of a cell; empty where the file has no such column. */
  cell(row: readonly string[], column: Column): string {
    return (row[this.at[column]] ?? '').trim();
  }

  /** Cells of a whole row. */
  get width(): number {
    return this.header.length;
  }

  /** What is wrong with a row of fewer cells. */
  tooShort(row: readonly string[]): Fault {
    return {
      column: `${this.header[row.length]!.trim() || row.length + 1} (missing)`,
      value: row.join(','),
      accepted: `${this.header.length} cells, as the header has`,
    };
  }

  /** Whose row this is. */
  source(row: readonly string[]): { symbol: string; instrument: string; publisher: string } {
    return { symbol: this.cell(row, 'symbol'), instrument: this.cell(row, 'instrument_id'), publisher: this.cell(row, 'publisher_id') };
  }

  /** Looks at rows to come: whether their prices are decimals or integers of 1e-9, and the prices of their orders in units of 1e-9. */
  look(rows: readonly (readonly string[])[]): number[] {
    const cells = rows.map((row) => this.cell(row, 'price')).filter((text) => !isAbsent(text) && text !== UNDEFINED_PRICE);
    const whole = cells.map((text) => wholeOf(text));
    this.fixed ??= whole.every((value) => value !== undefined) && whole.some((value) => Math.abs(value!) >= FIXED_FROM);
    const orders = rows.filter((row) => /^[AM]/i.test(this.cell(row, 'action')));
    return orders.flatMap((row) => this.nanosOf(this.cell(row, 'price')) ?? []);
  }

  /** A row as a record, or what is wrong with it. `look` has been called. @param tickMicros micro-units of currency in a tick */
  read(row: readonly string[], tickMicros: number, number: number): Entry | Fault {
    const fault = (column: Column, accepted: string): Fault => ({
      column: column === 'ts_event' ? this.timeColumn : column,
      value: row[this.at[column]] ?? '',
      accepted,
    });
    const extra = row.slice(this.header.length).find((text) => text.trim() !== '');
    if (extra !== undefined)
      return {
        column: `${this.header.length + 1} (without a name)`,
        value: extra,
        accepted: `${this.header.length} cells, as the header has`,
      };
    const action = letterOf(this.cell(row, 'action'), ACTIONS);
    if (!/^[ACMRTFN]$/.test(action)) return fault('action', ACTION_FORM);
    const us = this.moments.read(this.cell(row, 'ts_event'));
    if (us === undefined) return fault('ts_event', MOMENT_FORMS);
    if (this.moments.zoneless > 0) {
      this.findings.add('zoneless', number, this.moments.zoneless);
      this.moments.zoneless = 0;
    }
    const sideText = this.cell(row, 'side');
    const sideLetter = isAbsent(sideText) ? 'N' : letterOf(sideText, SIDES);
    if (!/^[ABN]$/.test(sideLetter)) return fault('side', 'B (bid), A (ask) or N (none)');
    const side = sideLetter === 'B' ? BUY : sideLetter === 'A' ? SELL : undefined;
    const flagsText = this.cell(row, 'flags');
    const flags = isAbsent(flagsText) ? 0 : wholeOf(flagsText);
    if (flags === undefined || flags < 0 || flags > 255) return fault('flags', 'a whole number from 0 to 255');
    // A clear and a record without effect name no order, whatever stands in the other cells.
    if (action === 'R' || action === 'N') return { us, action, side, ticks: undefined, size: 0, id: '0', flags };
    if ((flags & PRICE_LEVEL) !== 0) return fault('flags', 'records of orders; flag 16 (F_MBP) marks the shares of a price level together');
    return this.order(row, { us, action, side, flags }, tickMicros, fault);
  }

  private order(
    row: readonly string[],
    { us, action, side, flags }: Pick<Entry, 'us' | 'action' | 'side' | 'flags'>,
    tickMicros: number,
    fault: (column: Column, accepted: string) => Fault,
  ): Entry | Fault {
    const sizeText = this.cell(row, 'size');
    const size = isAbsent(sizeText) ? 0 : wholeOf(sizeText);
    if (size === undefined || size < 0 || size > MAX_SHARES) return fault('size', `a whole number of shares, ${MAX_SHARES} at most`);
    const idText = this.cell(row, 'order_id');
    const top = (flags & TOP_OF_BOOK) !== 0;
    if (isAbsent(idText) && !top && /[ACM]/.test(action)) return fault('order_id', `an order's number for action ${action}`);
    const id = isAbsent(idText) ? '0' : idOf(idText);
    if (id === undefined)
      return fault(
        'order_id',
        'a whole number with all its digits (a float of more than 15 digits, or 1.2E+18, no longer tells orders apart)',
      );
    const priceText = this.cell(row, 'price');
    const none = isAbsent(priceText) || priceText === UNDEFINED_PRICE;
    const nanos = none ? undefined : this.nanosOf(priceText);
    if (!none && nanos === undefined)
      return fault('price', this.fixed ? 'an integer of 1e-9, as the rows before' : 'a decimal number below 9,000,000');
    const places = action === 'A' || action === 'M';
    if (places && side === undefined) return fault('side', `B or A for an order (action ${action})`);
    if ((places && !top) || action === 'T' || action === 'F') {
      if (nanos === undefined) return fault('price', `a price for action ${action}`);
      if (size < 1) return fault('size', `at least 1 for action ${action}`);
    }
    if (nanos !== undefined && nanos <= 0 && action !== 'C')
      return fault(
        'price',
        'prices above 0: the book here has none at or under it, so spreads and other instruments that trade there cannot be played',
      );
    return { us, action, side, ticks: nanos === undefined || nanos <= 0 ? undefined : nanos / (tickMicros * 1000), size, id, flags };
  }

  /** A price in units of 1e-9; undefined when this is none. */
  private nanosOf(text: string): number | undefined {
    if (this.fixed) return wholeOf(text);
    return scaled(text, 9);
  }
}

/** A letter as it is, in lower case, spelled out (`Add`, `Action.ADD`) or as bytes (`b'A'`). */
function letterOf(text: string, names: Record<string, string>): string {
  if (text.length === 1) return text.toUpperCase();
  const bytes = /^b'(.)'$/.exec(text);
  return bytes?.[1] ?? names[text.toLowerCase().replace(/^(action|side)\./, '')] ?? text;
}

/** An order's number as digits; undefined when it is none, or a float that may have lost some. */
function idOf(text: string): string | undefined {
  if (/^\d+$/.test(text)) return text;
  const float = /^(\d{1,15})\.0*$/.exec(text);
  return float?.[1];
}
