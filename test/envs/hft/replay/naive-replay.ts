/** The rules of the replay told plainly: one list of orders in the order of their arrival, looked through from the start every time. */
import { BUY, SELL, type Side } from '../../../../envs/hft/exchange/book.js';

export interface NaiveOrder {
  /** Recorded order number, or -1 for a seat's. */
  recorded: number;
  /** The seat's own name for it. */
  name: number;
  side: Side;
  price: number;
  size: number;
}

export class NaiveReplay {
  orders: NaiveOrder[] = [];
  position = 0;
  /** Ticks times shares received less paid. */
  cash = 0;
  missed = 0;
  private count = 0;

  add(side: Side, price: number, size: number): void {
    const left = this.meet(side, price, size, (order) => order.recorded < 0);
    this.orders.push({ recorded: this.count++, name: -1, side, price, size: left });
    this.tidy();
  }

  cancel(recorded: number, size: number): void {
    const order = this.orders.find((o) => o.recorded === recorded);
    const gone = Math.min(size, order?.size ?? 0);
    if (order) order.size -= gone;
    this.missed += size - gone;
    this.tidy();
  }

  execute(recorded: number, size: number, side: Side, price: number): void {
    const at = this.orders.findIndex((o) => o.recorded === recorded);
    let left = size;
    for (const seat of this.inLine(side)) {
      if (seat.recorded >= 0) continue;
      const better = side === BUY ? seat.price > price : seat.price < price;
      if (!better && !(seat.price === price && at >= 0 && this.orders.indexOf(seat) < at)) continue;
      const filled = Math.min(left, seat.size);
      this.fillSeat(seat, filled);
      left -= filled;
    }
    const order = this.orders[at];
    const gone = Math.min(size, order?.size ?? 0);
    if (order) order.size -= gone;
    this.missed += size - gone;
    this.tidy();
  }

  /** The seat rests an order, unless it would take. */
  rest(name: number, side: Side, price: number, size: number): void {
    if (this.orders.some((o) => o.side !== side && (side === BUY ? o.price <= price : o.price >= price))) return;
    this.orders.push({ recorded: -1, name, side, price, size });
  }

  withdraw(name: number): void {
    this.orders = this.orders.filter((o) => o.recorded >= 0 || o.name !== name);
  }

  /** The seat takes up to `size` at `limit` or better; what it does not get is dropped. */
  take(side: Side, limit: number, size: number): void {
    this.meet(side, limit, size, () => true);
    this.tidy();
  }

  /** Orders of a side, first in line first. */
  inLine(side: Side): NaiveOrder[] {
    // Array.sort is stable: equal prices stay in the order of arrival.
    return this.orders.filter((o) => o.side === side).sort((a, b) => (side === BUY ? b.price - a.price : a.price - b.price));
  }

  /** Someone takes from the other side; `recorded` takers meet seats only, the seat never meets itself. @returns shares left */
  private meet(side: Side, limit: number, size: number, seatOnly: (order: NaiveOrder) => boolean): number {
    let left = size;
    for (const order of this.inLine(side === BUY ? SELL : BUY)) {
      if (left === 0 || (side === BUY ? order.price > limit : order.price < limit)) break;
      if (!seatOnly(order)) continue;
      const filled = Math.min(left, order.size);
      left -= filled;
      if (order.recorded < 0) this.fillSeat(order, filled);
      else {
        order.size -= filled;
        this.position += side === BUY ? filled : -filled;
        this.cash -= (side === BUY ? filled : -filled) * order.price;
      }
    }
    return left;
  }

  private fillSeat(order: NaiveOrder, size: number): void {
    order.size -= size;
    this.position += order.side === BUY ? size : -size;
    this.cash -= (order.side === BUY ? size : -size) * order.price;
  }

  private tidy(): void {
    this.orders = this.orders.filter((o) => o.size > 0);
  }
}
