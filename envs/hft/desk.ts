/** One seat's own records in one symbol: its resting orders and its last executions. The book and the accounts hold the rest. */
import type { Digest } from '../digest.js';
import { BUY } from './book.js';
import type { Exchange } from './exchange.js';
import type { OwnFill, OwnOrder } from './state.js';

const FILLS = 3;

/** An execution as kept. */
interface Fill {
  signedSize: number;
  priceTicks: number;
  at: number;
  maker: boolean;
  feeMicros: number;
  counterparty: string;
}

export class Desk {
  /** Resting orders, oldest first; with each, the seat's number for it and when it was placed. */
  private ids: number[] = [];
  private numbers: number[] = [];
  private placedAt: number[] = [];
  /** Newest first. */
  private fills: Fill[] = [];

  get resting(): readonly number[] {
    return this.ids;
  }

  placed(id: number, number: number, at: number): void {
    this.ids.push(id);
    this.numbers.push(number);
    this.placedAt.push(at);
  }

  uses(number: number): boolean {
    return this.numbers.includes(number);
  }

  filled(fill: Fill): void {
    this.fills = [fill, ...this.fills.slice(0, FILLS - 1)];
  }

  /** Drops an order that no longer rests. */
  forget(id: number): void {
    const i = this.ids.indexOf(id);
    if (i < 0) return;
    this.ids.splice(i, 1);
    this.numbers.splice(i, 1);
    this.placedAt.splice(i, 1);
  }

  /** Cancels every resting order. @returns how many */
  cancelAll(exchange: Exchange): number {
    const count = this.ids.length;
    for (const id of this.ids) exchange.cancel(id);
    this.ids = [];
    this.numbers = [];
    this.placedAt = [];
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
    if (this.ids.length === 0) return [];
    const own = this.ids.map((id, i): OwnOrder => {
      const buys = exchange.book.sideOf(id) === BUY;
      const priceTicks = exchange.book.priceOf(id);
      return {
        number: this.numbers[i]!,
        kind: 'limit',
        side: buys ? 'bid' : 'ask',
        priceTicks,
        at: priceTicks - (buys ? bid : ask),
        size: exchange.book.sizeOf(id),
        aheadShares: 0,
        ageUs: now - this.placedAt[i]!,
      };
    });
    return [
      ...own.filter((o) => o.side === 'bid').sort((a, b) => b.at - a.at),
      ...own.filter((o) => o.side === 'ask').sort((a, b) => a.at - b.at),
    ];
  }

  recentFills(now: number): OwnFill[] {
    return this.fills.map((f) => ({
      size: f.signedSize,
      priceTicks: f.priceTicks,
      agoUs: now - f.at,
      maker: f.maker,
      feeMicros: f.feeMicros,
      counterparty: f.counterparty,
    }));
  }

  digest(into: Digest): void {
    into.int32(this.ids.length);
    this.ids.forEach((id, i) => into.int(id).int32(this.numbers[i]!).int(this.placedAt[i]!));
    for (const f of this.fills)
      into
        .int32(f.signedSize)
        .int32(f.priceTicks)
        .int(f.at)
        .int32(f.maker ? 1 : 0)
        .int(f.feeMicros)
        .text(f.counterparty);
  }

  snapshot() {
    return { ids: this.ids.slice(), numbers: this.numbers.slice(), placedAt: this.placedAt.slice(), fills: this.fills };
  }

  restore(from: ReturnType<Desk['snapshot']>): void {
    this.ids = from.ids.slice();
    this.numbers = from.numbers.slice();
    this.placedAt = from.placedAt.slice();
    this.fills = from.fills;
  }
}
