/**
 * Plays a recording into an exchange, message by message at its times, with the seats' orders standing at their true places among
 * the recorded ones.
 *
 * The record cannot answer a seat, so what follows is the least that keeps fills honest:
 * - A recorded execution of order X first fills what seats have resting in front of X (at better prices, or earlier at X's), up to as
 *   many shares as the record executed: those who came to take would have met them. X then shrinks as recorded, so a seat's fill is
 *   extra volume. A seat is never filled unless recorded trades reached the place where it stands, or it took, or a recorded order
 *   arrived at a price that crosses it.
 * - Cancellations in front of a seat move it up; those behind it do not.
 * - What a seat took is gone: later messages about those shares find less or nothing, and are counted, not made up for.
 * - Beyond that there is no market impact: nobody in the record reacts.
 * - Hidden executions and auctions are printed on the tape. Unless `hidden` says `reach`, they fill no seat.
 *
 * After a new seed (futures for the oracle) the record's own future stops. From then on blocks of messages of its *past* are played again,
 * each at its distance from the best price as it is now (a moving-block bootstrap of the order flow, Kuensch 1989), on the book as it stands.
 * With less than `FEWEST` messages past there is nothing to draw from and the book stands still.
 */
import type { Stream } from '../../random.js';
import type { BackgroundAgent } from '../background/agent.js';
import { BUY, SELL, type Side } from '../exchange/book.js';
import type { Exchange } from '../exchange/exchange.js';
import { ASK, BID, CANCEL, CLEAR, EXECUTE, HIDDEN_ASK, HIDDEN_BID, type Recording } from './messages.js';

/** Whether executions of hidden orders fill visible orders of seats at equal or better prices. */
export type HiddenRule = 'print' | 'reach';

/** Messages in a block of the bootstrap, and the fewest past ones to draw from. */
export const BLOCK = 50;
export const FEWEST = 200;

/** Cells of the memory; one for each recorded order that rests follows. */
const NEXT = 0;
const CLOCK = 1;
const PAST = 2;
const BLOCK_LEFT = 3;
const SOURCE = 4;
const MISSED_MESSAGES = 5;
const MISSED_SHARES = 6;
const EXTRA_SHARES = 7;
const MET_SHARES = 8;
const CELLS = 9;
/** PAST while the record itself is played. */
const RECORD = -1;

/** How far the played market has left the recorded one. */
export interface ReplayCounts {
  /** Recorded messages played, the opening book included. */
  played: number;
  /** Messages and shares about what seats had taken already. */
  missedMessages: number;
  missedShares: number;
  /** Shares of seats filled by recorded executions, on top of the recorded volume, and by recorded orders that came to cross them. */
  extraShares: number;
  metShares: number;
}

export class ReplayFeed implements BackgroundAgent {
  readonly kind = 'replay';
  readonly memory: Float64Array;

  /**
   * @param owner the account of everyone in the record: what they trade with each other leaves it as it was
   * @param firstWake the world time at which the scheduler starts, before 0: the opening book is there from then on
   */
  constructor(
    readonly stream: Stream,
    private readonly recording: Recording,
    private readonly owner: number,
    firstWake: number,
    private readonly hidden: HiddenRule = 'print',
  ) {
    this.memory = new Float64Array(CELLS + recording.slots);
    this.memory[CLOCK] = firstWake;
    this.memory[PAST] = RECORD;
  }

  get counts(): ReplayCounts {
    const m = this.memory;
    return {
      played: m[NEXT]!,
      missedMessages: m[MISSED_MESSAGES]!,
      missedShares: m[MISSED_SHARES]!,
      extraShares: m[EXTRA_SHARES]!,
      metShares: m[MET_SHARES]!,
    };
  }

  wait(): number {
    const m = this.memory;
    if (m[PAST] !== RECORD) return this.waitInBlock();
    const next = m[NEXT]!;
    if (next >= this.recording.count) return Infinity;
    if (next < this.recording.opening) return 0;
    return Math.max(0, this.recording.at[next]! - m[CLOCK]!);
  }

  turn(exchange: Exchange): number {
    this.wake(exchange);
    return this.wait();
  }

  wake(exchange: Exchange): void {
    const m = this.memory;
    const { recording } = this;
    m[CLOCK] = exchange.now;
    if (m[PAST] !== RECORD) {
      m[BLOCK_LEFT]!--;
      this.again(exchange, m[SOURCE]!++);
      return;
    }
    let i = m[NEXT]!;
    while (i < recording.count && (i < recording.opening || recording.at[i]! <= exchange.now)) this.play(exchange, i++);
    m[NEXT] = i;
  }

  /** Called after a new seed: the rest of the record is no future to value decisions on. */
  resample(): void {
    const m = this.memory;
    if (m[PAST] === RECORD) m[PAST] = m[NEXT]!;
    m[BLOCK_LEFT] = 0;
  }

  /** One message of the record, as it happened. */
  private play(exchange: Exchange, i: number): void {
    const { recording, memory } = this;
    const what = recording.what[i]!;
    const side = recording.side[i] as Side;
    const price = recording.price[i]!;
    const size = recording.size[i]!;
    const cell = CELLS + recording.slot[i]!;
    switch (what) {
      case BID:
      case ASK: {
        const id = exchange.limit(this.owner, side, price, size);
        memory[cell] = id > 0 ? id : 0;
        memory[MET_SHARES]! += size - (id > 0 && exchange.book.alive(id) ? exchange.book.sizeOf(id) : 0);
        return;
      }
      case CANCEL:
        this.missed(size, exchange.decrease(memory[cell]!, size));
        return;
      case EXECUTE: {
        const id = memory[cell]!;
        memory[EXTRA_SHARES]! += this.fillSeats(exchange, side, price, exchange.book.alive(id) ? id : 0, size, false);
        this.missed(size, exchange.strike(this.owner, id, size));
        return;
      }
      case CLEAR:
        for (let n = CELLS; n < memory.length; n++) {
          exchange.cancel(memory[n]!);
          memory[n] = 0;
        }
        return;
      default:
        if ((what === HIDDEN_BID || what === HIDDEN_ASK) && this.hidden === 'reach') {
          memory[EXTRA_SHARES]! += this.fillSeats(exchange, side, price, 0, size, true);
        }
        exchange.print(this.owner, this.owner, side === BUY ? SELL : BUY, price, size);
    }
  }

  /**
   * Fills seats' orders of a side that stand in front of order `until`, best first, up to `size` shares.
   * Without such an order (a seat took it): those at better prices than `price`, and with `also` those at that price too.
   * @returns shares filled
   */
  private fillSeats(exchange: Exchange, side: Side, price: number, until: number, size: number, also: boolean): number {
    const { book } = exchange;
    let left = size;
    let id = book.first(side);
    while (id !== 0 && id !== until && left > 0) {
      const at = book.priceOf(id);
      const better = side === BUY ? at > price : at < price;
      if (!better && !(at === price && (also || (until !== 0 && book.alive(until))))) break;
      if (exchange.kinds[book.ownerOf(id)] === 'seat') {
        left -= exchange.strike(this.owner, id, left);
        // From the front again: an iceberg may show its next part, and a stop that this triggered may have traded.
        id = book.first(side);
      } else id = book.after(id);
    }
    return size - left;
  }

  private missed(wanted: number, done: number): void {
    if (done === wanted) return;
    this.memory[MISSED_MESSAGES]!++;
    this.memory[MISSED_SHARES]! += wanted - done;
  }

  /** Draws the next block when the last one is used up. @returns the recorded wait before its next message */
  private waitInBlock(): number {
    const m = this.memory;
    const { at, opening } = this.recording;
    const past = m[PAST]!;
    if (past - opening < FEWEST) return Infinity;
    if (m[BLOCK_LEFT] === 0 || m[SOURCE]! >= past) {
      m[SOURCE] = this.stream.between(opening + 1, past - 1);
      m[BLOCK_LEFT] = BLOCK;
    }
    const source = m[SOURCE]!;
    return Math.max(1, at[source]! - at[source - 1]!);
  }

  /** A past message once more, at its distance from the best price as it is now. */
  private again(exchange: Exchange, i: number): void {
    const { recording } = this;
    const what = recording.what[i]!;
    if (what >= HIDDEN_BID) return;
    const side = recording.side[i] as Side;
    const size = recording.size[i]!;
    if (what === EXECUTE) {
      this.takeBest(exchange, side, size);
      return;
    }
    const bid = exchange.bid();
    const ask = exchange.ask();
    const price = side === BUY ? Math.min(bid - recording.behind[i]!, ask - 1) : Math.max(ask + recording.behind[i]!, bid + 1);
    if (price < 1) return;
    if (what !== CANCEL) exchange.limit(this.owner, side, price, size);
    else {
      const id = this.lastAt(exchange, side, price);
      if (id !== 0) exchange.decrease(id, Math.min(size, exchange.book.sizeOf(id)));
    }
  }

  /** Someone takes up to `size` shares of the best price of a side, in the order of the queue. */
  private takeBest(exchange: Exchange, side: Side, size: number): void {
    const { book } = exchange;
    let id = book.first(side);
    const best = id === 0 ? 0 : book.priceOf(id);
    for (let left = size; left > 0 && id !== 0 && book.priceOf(id) === best; id = book.first(side)) {
      left -= exchange.strike(this.owner, id, left);
    }
  }

  /** The record's youngest order at a price of a side, 0 when it has none there. */
  private lastAt(exchange: Exchange, side: Side, price: number): number {
    const { book } = exchange;
    let last = 0;
    for (let id = book.firstAt(price); id !== 0 && book.priceOf(id) === price; id = book.after(id)) {
      if (book.sideOf(id) === side && book.ownerOf(id) === this.owner) last = id;
    }
    return last;
  }
}
