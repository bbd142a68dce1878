/** The obvious order book: one array of orders, searched and sorted anew at every step. What the fast one is held against. */
import { BUY, IOC, POST_ONLY, type Kind, type Side } from '../../envs/hft/book.js';

export interface NaiveOrder {
  name: number;
  owner: number;
  side: Side;
  price: number;
  size: number;
  arrived: number;
}

export interface NaiveFill {
  maker: number;
  owner: number;
  price: number;
  size: number;
}

export class NaiveBook {
  orders: NaiveOrder[] = [];
  private arrivals = 0;

  /** `name` identifies the order if it comes to rest. */
  add(
    name: number,
    owner: number,
    side: Side,
    limit: number,
    size: number,
    kind: Kind,
  ): { refused: boolean; rests: number; left: number; fills: NaiveFill[]; dropped: number[] } {
    const fills: NaiveFill[] = [];
    const dropped: number[] = [];
    const opposite = (): NaiveOrder | undefined =>
      this.sorted(side === BUY ? 1 : 0).find((o) => (side === BUY ? o.price <= limit : o.price >= limit));
    if (kind === POST_ONLY && opposite() !== undefined) return { refused: true, rests: 0, left: size, fills, dropped };
    let left = size;
    for (let best = opposite(); left > 0 && best !== undefined; best = opposite()) {
      if (owner >= 0 && best.owner === owner) {
        dropped.push(best.name);
        this.cancel(best.name);
        continue;
      }
      const traded = Math.min(left, best.size);
      fills.push({ maker: best.name, owner: best.owner, price: best.price, size: traded });
      left -= traded;
      best.size -= traded;
      if (best.size === 0) this.cancel(best.name);
    }
    if (left === 0 || kind === IOC) return { refused: false, rests: 0, left, fills, dropped };
    this.orders.push({ name, owner, side, price: limit, size: left, arrived: this.arrivals++ });
    return { refused: false, rests: left, left: 0, fills, dropped };
  }

  cancel(name: number): number {
    const found = this.orders.find((o) => o.name === name);
    this.orders = this.orders.filter((o) => o.name !== name);
    return found?.size ?? 0;
  }

  /** One side, best price first, first come first. */
  sorted(side: Side): NaiveOrder[] {
    return this.orders
      .filter((o) => o.side === side)
      .sort((a, b) => (side === BUY ? b.price - a.price : a.price - b.price) || a.arrived - b.arrived);
  }
}
