/** One seat's own records: its resting orders, its last executions, its standing order and its counts. The book and the accounts hold the rest. */
import type { Digest } from '../digest.js';
import type { Exchange } from './exchange.js';
import type { OwnFill, OwnOrder } from './state.js';
import { BUY } from './book.js';

/** What a seat's resting orders do while its agent thinks; the default first. */
export const STANDING_ORDERS = ['keep', 'pull'] as const;
/** With the standing order `pull`, resting orders are cancelled this long after the seat's last action. */
export const PULL_AFTER_US = 1_000_000;

const FILLS = 3;

/** An execution as kept. */
interface Fill {
  signedSize: number;
  priceTicks: number;
  at: number;
  maker: boolean;
}

export class Seat {
  /** Resting orders, oldest first. */
  private ids: number[] = [];
  private placedAt: number[] = [];
  /** Newest first. */
  private fills: Fill[] = [];
  standing: string = STANDING_ORDERS[0];
  /** When `pull` acts; Infinity while nothing is due. */
  pullAt = Infinity;
  /** Counts for the results, all of shares or of orders. */
  counts = { fills: 0, takenShares: 0, madeShares: 0, orders: 0, rejected: 0, closedShares: 0 };

  constructor(readonly number: number) {}

  get resting(): readonly number[] {
    return this.ids;
  }

  placed(id: number, at: number): void {
    this.ids.push(id);
    this.placedAt.push(at);
  }

  /** Records an execution; `id` is the own resting order that was hit, 0 when the seat took. */
  filled(exchange: Exchange, id: number, signedSize: number, priceTicks: number, maker: boolean): void {
    this.fills = [{ signedSize, priceTicks, at: exchange.now, maker }, ...this.fills.slice(0, FILLS - 1)];
    this.counts.fills++;
    if (maker) {
      this.counts.madeShares += Math.abs(signedSize);
      if (!exchange.book.alive(id)) this.forget(id);
    } else this.counts.takenShares += Math.abs(signedSize);
  }

  /** Drops an order that no longer rests. */
  forget(id: number): void {
    const i = this.ids.indexOf(id);
    if (i < 0) return;
    this.ids.splice(i, 1);
    this.placedAt.splice(i, 1);
  }

  /** Cancels every resting order. @returns how many */
  cancelAll(exchange: Exchange): number {
    const count = this.ids.length;
    for (const id of this.ids) exchange.cancel(id);
    this.ids = [];
    this.placedAt = [];
    this.pullAt = Infinity;
    return count;
  }

  /** Shares resting on a side. */
  restingShares(exchange: Exchange, side: number): number {
    let sum = 0;
    for (const id of this.ids) if (exchange.book.sideOf(id) === side) sum += exchange.book.sizeOf(id);
    return sum;
  }

  /** Resting orders as observed: bids before asks, best first, then oldest first. */
  orders(exchange: Exchange, bid: number, ask: number, now: number): OwnOrder[] {
    const own = this.ids.map((id, i): OwnOrder => {
      const buys = exchange.book.sideOf(id) === BUY;
      const priceTicks = exchange.book.priceOf(id);
      return {
        side: buys ? 'bid' : 'ask',
        priceTicks,
        at: priceTicks - (buys ? bid : ask),
        size: exchange.book.sizeOf(id),
        ageUs: now - this.placedAt[i]!,
      };
    });
    return [
      ...own.filter((o) => o.side === 'bid').sort((a, b) => b.at - a.at),
      ...own.filter((o) => o.side === 'ask').sort((a, b) => a.at - b.at),
    ];
  }

  recentFills(now: number): OwnFill[] {
    return this.fills.map((f) => ({ size: f.signedSize, priceTicks: f.priceTicks, agoUs: now - f.at, maker: f.maker }));
  }

  digest(into: Digest): void {
    into
      .int32(this.ids.length)
      .text(this.standing)
      .int(this.pullAt === Infinity ? -1 : this.pullAt);
    this.ids.forEach((id, i) => into.int(id).int(this.placedAt[i]!));
    for (const f of this.fills)
      into
        .int32(f.signedSize)
        .int32(f.priceTicks)
        .int(f.at)
        .int32(f.maker ? 1 : 0);
    const c = this.counts;
    into.int(c.fills).int(c.takenShares).int(c.madeShares).int(c.orders).int(c.rejected).int(c.closedShares);
  }

  snapshot() {
    return {
      ids: this.ids.slice(),
      placedAt: this.placedAt.slice(),
      fills: this.fills,
      standing: this.standing,
      pullAt: this.pullAt,
      counts: { ...this.counts },
    };
  }

  restore(from: ReturnType<Seat['snapshot']>): void {
    this.ids = from.ids.slice();
    this.placedAt = from.placedAt.slice();
    this.fills = from.fills;
    this.standing = from.standing;
    this.pullAt = from.pullAt;
    this.counts = { ...from.counts };
  }
}
