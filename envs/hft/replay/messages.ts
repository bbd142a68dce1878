/**
 * A recorded market as a match carries it in its options: messages in columns of integers, so that a trace plays again without the file
 * it came from. Readers of LOBSTER and MBO files make it; here it is checked once and made fit for playing.
 *
 * Orders have no names: the n-th BID or ASK message is order n, and CANCEL and EXECUTE say that number.
 */
import { OptionsError } from '../../environment.js';
import { BUY, SELL, type Side } from '../exchange/book.js';
import { Ladder } from './ladder.js';

/** Most messages of one recording, the opening book included. */
export const MAX_MESSAGES = 2_000_000;
/** Widest span of its prices, in ticks: a book keeps an array that long. */
export const MAX_SPAN_TICKS = 200_000;
const MAX_PRICE_TICKS = 100_000_000;
/** Most shares of one message. */
export const MAX_SHARES = 1_000_000_000;

/** An order comes to rest. `of`: its price. */
export const BID = 0;
export const ASK = 1;
/** Shares of an order are withdrawn. `of`: which order. */
export const CANCEL = 2;
/** Shares of an order are executed against someone who came to take them. `of`: which order. */
export const EXECUTE = 3;
/** Shares of a bid or an ask that nobody could see were executed. `of`: the price. */
export const HIDDEN_BID = 4;
export const HIDDEN_ASK = 5;
/** An auction traded. `of`: the price. */
export const CROSS = 6;
/** The venue emptied the book. */
export const CLEAR = 7;

/** Four columns of equal length and the number of messages that build the opening book. */
export interface ReplayMessages {
  /** The first so many are BID or ASK, wait 0: the book before the recording starts, each queue in order. */
  opening: number;
  /** Microseconds since the message before; the recording starts at 0. */
  wait: number[];
  what: number[];
  of: number[];
  /** Shares; 0 for CLEAR. */
  size: number[];
}

/** A checked recording, as arrays by message. Nothing here changes while it plays, so every world of the same options shares it. */
export interface Recording {
  readonly count: number;
  readonly opening: number;
  /** Microseconds since the start. */
  readonly at: Float64Array;
  readonly what: Uint8Array;
  /** Of the order that the message is about: side, price, and the cell in which a player may keep what it knows of it. */
  readonly side: Uint8Array;
  readonly price: Int32Array;
  readonly slot: Int32Array;
  readonly size: Int32Array;
  /** How far behind the best recorded price of its side that price was just before the message, in ticks; negative: in front of it. */
  readonly behind: Int32Array;
  /** Cells needed: the most orders that rested at once. */
  readonly slots: number;
  /** The mid of the opening book, rounded down, or the first price. */
  readonly startTicks: number;
}

const known = new WeakMap<ReplayMessages, Recording>();

/** Checks a recording and makes it fit for playing; the work is done once for the same object. @throws OptionsError naming the first message that is wrong */
export function recordingOf(messages: ReplayMessages): Recording {
  let recording = known.get(messages);
  if (recording === undefined) known.set(messages, (recording = prepared(messages)));
  return recording;
}

function prepared(messages: ReplayMessages): Recording {
  const { opening, wait, what, of, size } = messages;
  const count = columns(messages);
  const at = new Float64Array(count);
  const side = new Uint8Array(count);
  const price = new Int32Array(count);
  const slot = new Int32Array(count);
  const behind = new Int32Array(count);
  // By order number: which message brought it, what is left of it, its cell.
  const broughtBy: number[] = [];
  const left: number[] = [];
  const cell: number[] = [];
  const free: number[] = [];
  const ladder = new Ladder();
  let slots = 0;
  let now = 0;
  let startTicks = 0;
  for (let i = 0; i < count; i++) {
    const kind = integer(what[i], 0, CLEAR, i, 'what');
    const shares = integer(size[i], kind === CLEAR ? 0 : 1, MAX_SHARES, i, 'size');
    now += integer(wait[i], 0, 86_400_000_000, i, 'wait');
    at[i] = now;
    if (i < opening && (kind > ASK || now > 0)) throw bad(i, `is of the opening book; accepted there: BID (0) and ASK (1) with wait 0`);
    if (kind === CLEAR) {
      for (let n = 0; n < left.length; n++) {
        if (left[n]! > 0) free.push(cell[n]!);
        left[n] = 0;
      }
      ladder.clear();
      continue;
    }
    const acts = kind === CANCEL || kind === EXECUTE;
    const number = acts ? integer(of[i], 0, broughtBy.length - 1, i, 'of (an order that has come)') : broughtBy.length;
    const source = acts ? broughtBy[number]! : i;
    if (!acts) {
      price[i] = integer(of[i], 1, MAX_PRICE_TICKS, i, 'of (a price in ticks)');
      side[i] = kind === ASK || kind === HIDDEN_ASK ? SELL : BUY;
    } else {
      price[i] = price[source]!;
      side[i] = side[source]!;
    }
    if (startTicks === 0) startTicks = price[i]!;
    const s = side[i] as Side;
    const best = ladder.best(s);
    behind[i] = best === 0 ? 0 : s === BUY ? best - price[i]! : price[i]! - best;
    if (kind === BID || kind === ASK) {
      if (ladder.crosses(s, price[i]!))
        throw bad(
          i,
          `at ${price[i]} would trade with the other side's ${ladder.best(s === BUY ? SELL : BUY)}; accepted: messages of a book that is not crossed`,
        );
      broughtBy.push(i);
      left.push(shares);
      slot[i] = free.pop() ?? slots++;
      cell.push(slot[i]!);
      ladder.change(s, price[i]!, shares);
    } else if (acts) {
      if (shares > left[number]!) throw bad(i, `takes ${shares} shares of order ${number}, which has ${left[number]}`);
      left[number]! -= shares;
      slot[i] = cell[number]!;
      if (left[number] === 0) free.push(cell[number]!);
      ladder.change(s, price[i]!, -shares);
    }
    if (i === opening - 1 && ladder.best(BUY) > 0 && ladder.best(SELL) > 0) startTicks = (ladder.best(BUY) + ladder.best(SELL)) >> 1;
  }
  span(price);
  return { count, opening, at, what: Uint8Array.from(what), side, price, slot, size: Int32Array.from(size), behind, slots, startTicks };
}

/** Whether this has the shape of a recording; what is in its columns is checked by `recordingOf`. */
export function isMessages(value: unknown): value is ReplayMessages {
  if (typeof value !== 'object' || value === null) return false;
  const { opening, wait, what, of, size } = value as Record<string, unknown>;
  return typeof opening === 'number' && [wait, what, of, size].every((column) => Array.isArray(column));
}

/** Refuses columns that do not fit together. @returns their length */
function columns({ opening, wait, what, of, size }: ReplayMessages): number {
  const count = wait.length;
  if (what.length !== count || of.length !== count || size.length !== count)
    throw new OptionsError(
      `replay messages: ${count} wait, ${what.length} what, ${of.length} of, ${size.length} size; accepted: columns of one length`,
    );
  if (count < 1 || count > MAX_MESSAGES) throw new OptionsError(`replay messages: ${count}; accepted: 1 to ${MAX_MESSAGES}`);
  if (!Number.isInteger(opening) || opening < 0 || opening > count)
    throw new OptionsError(`replay messages: opening ${opening}; accepted: 0 to ${count}`);
  return count;
}

function span(price: Int32Array): void {
  let low = Infinity;
  let high = 0;
  for (const p of price) {
    if (p === 0) continue;
    if (p < low) low = p;
    if (p > high) high = p;
  }
  if (high - low > MAX_SPAN_TICKS)
    throw new OptionsError(`replay messages: prices from ${low} to ${high} ticks; accepted: a span of ${MAX_SPAN_TICKS}`);
}

function integer(value: unknown, low: number, high: number, i: number, column: string): number {
  if (typeof value === 'number' && Number.isInteger(value) && value >= low && value <= high) return value;
  throw bad(i, `has ${column} ${String(value)}; accepted: a whole number from ${low} to ${high}`);
}

function bad(i: number, what: string): OptionsError {
  return new OptionsError(`replay messages: message ${i} ${what}`);
}
