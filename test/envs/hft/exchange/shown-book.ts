/**
 * The book as somebody sees it who knows nothing but what a witness is told: a reader of a market-by-order stream. It notes every
 * execution that could not have happened as told.
 */
import { BUY, SELL, type Side } from '../../../../envs/hft/exchange/order.js';
import type { Exchange } from '../../../../envs/hft/exchange/exchange.js';
import type { Witness } from '../../../../envs/hft/exchange/witness.js';

interface Shown {
  id: number;
  side: Side;
  price: number;
  size: number;
}

export class ShownBook implements Witness {
  /** What was told that cannot be: a trade through a better price, past an earlier order, or of more than was shown. */
  readonly faults: string[] = [];
  refills = 0;
  /** In the order in which they got their places. */
  private orders: Shown[] = [];
  private emptied: Shown | undefined;

  constructor(private readonly exchange: Exchange) {}

  filled(id: number, _maker: number, priceTicks: number, size: number): void {
    const order = this.orders.find((o) => o.id === id);
    if (order === undefined) return void this.faults.push(`${size} of ${id}, which rests no more`);
    const sign = order.side === BUY ? 1 : -1;
    const better = this.orders.find((o) => o.side === order.side && (o.price - priceTicks) * sign > 0);
    if (better !== undefined) this.faults.push(`a trade at ${priceTicks} through ${better.size} at ${better.price}`);
    const first = this.orders.find((o) => o.side === order.side && o.price === priceTicks);
    if (first !== order) this.faults.push(`a trade with ${id} past ${first?.id} at ${priceTicks}`);
    if (order.size < size) this.faults.push(`${size} of ${order.size} shown`);
    this.reduce(order, size);
  }

  sent(_owner: number, side: Side, price: number, _size: number, _kind: number, rests: number): void {
    const { book } = this.exchange;
    if (rests > 0) this.orders.push({ id: rests, side, price, size: book.sizeOf(rests) - book.hiddenOf(rests) });
  }

  cancelled(id: number, rested: boolean): void {
    if (rested) this.orders = this.orders.filter((o) => o.id !== id);
  }

  decreased(id: number, shares: number): void {
    const order = this.orders.find((o) => o.id === id);
    if (order !== undefined) this.reduce(order, shares);
  }

  refilled(id: number, size: number): void {
    this.refills++;
    this.orders.push({ ...this.emptied!, id, size });
  }

  /** One side as it is shown, best price first, first come first. */
  side(side: Side): { id: number; price: number; size: number }[] {
    const sign = side === BUY ? -1 : 1;
    return this.orders
      .filter((o) => o.side === side)
      .sort((a, b) => (a.price - b.price) * sign)
      .map(({ id, price, size }) => ({ id, price, size }));
  }

  /** Whether this is the exchange's book, order by order. */
  agrees(): boolean {
    return [BUY, SELL].every((side) => {
      const real = [...this.exchange.book.orders(side as Side)].map(({ id, price, size }) => ({ id, price, size }));
      return JSON.stringify(this.side(side as Side)) === JSON.stringify(real);
    });
  }

  private reduce(order: Shown, size: number): void {
    order.size -= size;
    if (order.size > 0) return;
    this.emptied = order;
    this.orders = this.orders.filter((o) => o !== order);
  }
}
