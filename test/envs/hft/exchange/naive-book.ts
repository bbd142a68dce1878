/** The obvious order book: one array of orders, searched through at every step. What the fast one is held against. */
import {
  BUY,
  CANCEL_BOTH,
  CANCEL_RESTING,
  CANCEL_TAKING,
  DECREMENT,
  FOK,
  LIMIT,
  MARKET,
  POST_ONLY,
  type Kind,
  type Prevention,
  type Side,
} from '../../../../envs/hft/exchange/order.js';

export interface NaiveOrder {
  name: number;
  owner: number;
  side: Side;
  price: number;
  /** Shares shown, shares not shown, and how many are shown at a time. */
  shown: number;
  hidden: number;
  peak: number;
  posted: boolean;
  arrived: number;
  /** When it got its place in the queue, and how many shares were shown ahead of it then. */
  since: number;
  behind: number;
}

export interface NaiveFill {
  maker: number;
  owner: number;
  price: number;
  size: number;
  /** How long the part that filled had been in its place, and behind how many shares it had got it. */
  rested: number;
  behind: number;
}

/** What became of an order. */
export interface NaiveResult {
  refused: boolean;
  rests: number;
  /** Shares shown ahead of what rests. */
  ahead: number;
  left: number;
  fills: NaiveFill[];
  dropped: number[];
  /** What happened to resting orders, in order and in words. */
  events: string[];
}

export class NaiveBook {
  orders: NaiveOrder[] = [];
  now = 0;
  private arrivals = 0;

  /** `name` identifies the order if it comes to rest. */
  add(
    name: number,
    owner: number,
    side: Side,
    limit: number,
    size: number,
    kind: Kind,
    prevention: Prevention = CANCEL_RESTING,
    display = 0,
  ): NaiveResult {
    if (kind === POST_ONLY && this.best(side, limit, kind) !== undefined) {
      return { refused: true, rests: 0, ahead: 0, left: size, fills: [], dropped: [], events: [] };
    }
    const before = kind === FOK ? this.orders.map((o) => ({ ...o })) : [];
    const result: NaiveResult = { refused: false, rests: 0, ahead: 0, left: 0, fills: [], dropped: [], events: [] };
    let left = size;
    for (let best = this.best(side, limit, kind); left > 0 && best !== undefined; best = this.best(side, limit, kind)) {
      if (owner >= 0 && best.owner === owner) {
        if (prevention === CANCEL_RESTING || prevention === CANCEL_BOTH) {
          this.cancel(best.name);
          result.dropped.push(best.name);
          result.events.push(`gone ${best.name}`);
        }
        if (prevention === CANCEL_TAKING || prevention === CANCEL_BOTH) {
          result.left += left;
          left = 0;
        }
        if (prevention === DECREMENT) {
          const off = Math.min(left, best.shown);
          left -= off;
          result.left += off;
          const refilled = this.reduce(best, off);
          if (this.orders.includes(best)) result.events.push(`less ${best.name} ${off}`, ...refilled);
          else {
            result.dropped.push(best.name);
            result.events.push(`gone ${best.name}`);
          }
        }
        continue;
      }
      const traded = Math.min(left, best.shown);
      const { name: maker, price, behind } = best;
      result.fills.push({ maker, owner: best.owner, price, size: traded, rested: this.now - best.since, behind });
      left -= traded;
      result.events.push(`fill ${maker} ${price} ${traded}`, ...this.reduce(best, traded));
    }
    if (kind === FOK && result.fills.reduce((sum, f) => sum + f.size, 0) < size) {
      this.orders = before;
      return { refused: false, rests: 0, ahead: 0, left: size, fills: [], dropped: [], events: [] };
    }
    if (left > 0 && (kind === LIMIT || kind === POST_ONLY)) {
      result.ahead = this.orders.reduce((sum, o) => sum + (o.price === limit ? o.shown : 0), 0);
      result.rests = left;
      const peak = display === 0 ? left : display;
      const shown = Math.min(peak, left);
      const posted = kind === POST_ONLY;
      const arrived = this.arrivals++;
      const place = { arrived, since: this.now, behind: result.ahead };
      this.orders.push({ name, owner, side, price: limit, shown, hidden: left - shown, peak: display, posted, ...place });
    } else result.left += left;
    return result;
  }

  /** Changes an order; undefined when there is none. `kept`: it kept its place. */
  modify(name: number, size: number, price: number, prevention: Prevention): (NaiveResult & { kept: boolean }) | undefined {
    const order = this.find(name);
    if (order === undefined) return undefined;
    const none = { refused: false, rests: 0, ahead: 0, left: 0, fills: [], dropped: [], events: [] };
    const over = order.shown + order.hidden - size;
    if (price === order.price && over >= 0) {
      const unseen = Math.min(over, order.hidden);
      order.hidden -= unseen;
      order.shown -= over - unseen;
      return { ...none, kept: true, events: over > unseen ? [`less ${name} ${over - unseen}`] : [] };
    }
    if (order.posted && this.best(order.side, price, LIMIT) !== undefined) return { ...none, refused: true, kept: false };
    this.cancel(name);
    const kind = order.posted ? POST_ONLY : LIMIT;
    const result = this.add(name, order.owner, order.side, price, size, kind, prevention, order.peak);
    return { ...result, kept: false, events: [`gone ${name}`, ...result.events] };
  }

  find(name: number): NaiveOrder | undefined {
    return this.orders.find((o) => o.name === name);
  }

  cancel(name: number): number {
    const at = this.orders.findIndex((o) => o.name === name);
    if (at < 0) return 0;
    const [order] = this.orders.splice(at, 1);
    return order!.shown + order!.hidden;
  }

  /** Shares shown before an order at its price. */
  ahead(name: number): number {
    const order = this.find(name);
    if (order === undefined) return -1;
    return this.orders.reduce((sum, o) => sum + (o.price === order.price && o.arrived < order.arrived ? o.shown : 0), 0);
  }

  /** One side, best price first, first come first. */
  sorted(side: Side): NaiveOrder[] {
    return this.orders
      .filter((o) => o.side === side)
      .sort((a, b) => (side === BUY ? b.price - a.price : a.price - b.price) || a.arrived - b.arrived);
  }

  /** The order that one of `side` would trade with next. */
  best(side: Side, limit: number, kind: Kind): NaiveOrder | undefined {
    const better = side === BUY ? -1 : 1;
    let best: NaiveOrder | undefined;
    for (const o of this.orders) {
      if (o.side === side || (kind !== MARKET && (limit - o.price) * better > 0)) continue;
      if (best === undefined || (o.price - best.price) * better > 0 || (o.price === best.price && o.arrived < best.arrived)) best = o;
    }
    return best;
  }

  /** Takes shares off what an order shows; an empty one goes, or shows its next part and queues last. @returns that part, in words */
  private reduce(order: NaiveOrder, size: number): string[] {
    order.shown -= size;
    if (order.shown > 0) return [];
    if (order.hidden === 0) {
      this.cancel(order.name);
      return [];
    }
    order.behind = this.orders.reduce((sum, o) => sum + (o.price === order.price ? o.shown : 0), 0);
    order.since = this.now;
    order.shown = Math.min(order.peak, order.hidden);
    order.hidden -= order.shown;
    order.arrived = this.arrivals++;
    return [`refill ${order.name} ${order.shown}`];
  }
}
