/** What Databento's market-by-order records do to a book, event by event: mbo.ts says what each action means. */
import { BUY, SELL, type Side } from '../../envs/hft/exchange/book.js';
import { HIDDEN_ASK, HIDDEN_BID } from '../../envs/hft/replay/messages.js';
import type { Findings } from './cleaning.js';
import type { Composer } from './composer.js';
import { LAST, MAYBE_BAD_BOOK, SNAPSHOT, TOP_OF_BOOK, type Entry } from './mbo-rows.js';

/** Lets records happen, event by event. */
export class Records {
  /** Shares of resting orders that were filled and wait for the record that takes them out, with side and price. */
  private readonly filled = new Map<string, { size: number; side: Side | undefined; ticks: number; row: number }>();
  /** Shares of the event's trade that no fill has accounted for. */
  private trade: { size: number; side: Side | undefined; ticks: number } | undefined;
  private eventUs = -1;
  /** Records that happened. */
  taken = 0;

  constructor(
    readonly composer: Composer,
    private readonly findings: Findings,
  ) {}

  /** The next record. @returns false when the part is over */
  take(entry: Entry, row: number): boolean {
    this.taken++;
    if (entry.us !== this.eventUs && (entry.flags & SNAPSHOT) === 0) {
      this.endEvent();
      this.eventUs = entry.us;
    }
    // Records of a snapshot bear the times at which their orders came, long ago: they belong to the moment at hand.
    if ((entry.flags & SNAPSHOT) === 0 && !this.composer.at(entry.us, row)) return false;
    this.record(entry, row);
    if ((entry.flags & LAST) !== 0) this.endEvent();
    return true;
  }

  /** The book is emptied before the part starts. */
  clear(row: number): void {
    this.endEvent();
    this.composer.clear(row);
  }

  /** What is left of the event: trades against hidden orders, fills whose shares nobody took out. */
  endEvent(): void {
    if (this.trade !== undefined && this.trade.size > 0) {
      this.findings.add('hidden', this.tradeRow);
      this.print(this.trade.side, this.trade.ticks, this.trade.size, this.tradeRow);
    }
    this.trade = undefined;
    for (const { size, side, ticks, row } of this.filled.values()) {
      this.findings.add('noCancel', row);
      this.print(side === undefined ? undefined : side === BUY ? SELL : BUY, ticks, size, row);
    }
    if (this.filled.size > 0) this.filled.clear();
  }
  private tradeRow = 0;

  private record({ action, side, ticks, size, id, flags }: Entry, row: number): void {
    const { composer } = this;
    if ((flags & MAYBE_BAD_BOOK) !== 0) this.findings.add('gap', row);
    if ((flags & TOP_OF_BOOK) !== 0 && side !== undefined && /[AMC]/.test(action)) {
      this.top(side, action === 'C' ? undefined : ticks, size, row);
      return;
    }
    switch (action) {
      case 'A':
        this.add(id, side!, ticks!, size, row);
        return;
      case 'C': {
        const fill = this.filled.get(id);
        const executed = Math.min(size, fill?.size ?? 0);
        if (executed > 0) this.used(id, executed);
        if (executed > 0) composer.take(id, { side, price: ticks }, executed, true, row);
        if (size > executed) composer.take(id, { side, price: ticks }, size - executed, false, row);
        return;
      }
      case 'M':
        this.modify(id, side!, ticks!, size, row);
        return;
      case 'R':
        composer.clear(row);
        return;
      case 'T':
        this.endTrade();
        this.trade = { size, side, ticks: ticks! };
        this.tradeRow = row;
        return;
      case 'F': {
        const before = this.filled.get(id);
        this.filled.set(id, { size: size + (before?.size ?? 0), side, ticks: ticks!, row });
        if (this.trade !== undefined) this.trade.size -= size;
        return;
      }
      default:
      // N: nothing happened.
    }
  }

  /** A second trade in the same event: what the first left over met hidden orders. */
  private endTrade(): void {
    if (this.trade === undefined || this.trade.size <= 0) return;
    this.findings.add('hidden', this.tradeRow);
    this.print(this.trade.side, this.trade.ticks, this.trade.size, this.tradeRow);
  }

  private add(id: string, side: Side, ticks: number, size: number, row: number): void {
    if (Number.isInteger(ticks)) this.composer.add(id, side, ticks, size, row);
    else this.composer.offTick(id, row);
  }

  /** A side's best price: all that is known of it. Without a price nothing is shown. */
  private top(side: Side, ticks: number | undefined, size: number, row: number): void {
    this.findings.add('top', row);
    if (ticks !== undefined && !Number.isInteger(ticks)) this.composer.offTick(`top ${side}`, row);
    else this.composer.showTop(side, ticks ?? 0, ticks === undefined ? 0 : size, row);
  }

  private modify(id: string, side: Side, ticks: number, size: number, row: number): void {
    const { composer } = this;
    const order = composer.order(id);
    if (order === undefined) {
      if (Number.isInteger(ticks)) this.findings.add('modifyUnknown', row);
      this.add(id, side, ticks, size, row);
      return;
    }
    if (order.side === side && order.price === ticks && size <= order.size) {
      const less = order.size - size;
      const executed = Math.min(less, this.filled.get(id)?.size ?? 0);
      if (executed > 0) this.used(id, executed);
      if (executed > 0) composer.take(id, {}, executed, true, row);
      if (less > executed) composer.take(id, {}, less - executed, false, row);
      return;
    }
    composer.take(id, {}, undefined, false, row);
    this.add(id, side, ticks, size, row);
  }

  /** Filled shares have been taken out. */
  private used(id: string, shares: number): void {
    const fill = this.filled.get(id)!;
    fill.size -= shares;
    if (fill.size === 0) this.filled.delete(id);
  }

  /** A trade without a visible order; a side the venue does not tell is guessed from the side of the mid it lies on. */
  private print(taker: Side | undefined, ticks: number, size: number, row: number): void {
    if (!Number.isInteger(ticks)) this.findings.add('offTickPrint', row);
    const { ladder } = this.composer;
    const side = taker ?? (ticks * 2 >= ladder.best(BUY) + ladder.best(SELL) ? BUY : SELL);
    this.composer.print(side === BUY ? HIDDEN_ASK : HIDDEN_BID, Math.max(1, Math.floor(ticks + 0.5)), size);
  }
}
