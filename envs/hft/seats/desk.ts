/** One seat at one symbol: where its orders go, its live ones among them, and its last executions. The exchange and the accounts hold the rest. */
import type { Digest } from '../../digest.js';
import type { Exchange } from '../exchange/exchange.js';
import { BUY, type Execution, type Side } from '../exchange/order.js';
import type { SymbolOptions } from '../options.js';
import type { OwnFill, OwnOrder } from '../state.js';

const FILLS = 3;

/** An order as the seat knows it. */
export interface Entry {
  readonly id: number;
  /** The seat's own small number for it. */
  readonly number: number;
  readonly placedAt: number;
  /** Of the stop of a pair: the order that it shares its shares with. 0 otherwise. */
  readonly mate: number;
}

export class Desk {
  /** Oldest first; some may have ended since. */
  private entries: Entry[] = [];
  /** Newest first. */
  private fills: Execution[] = [];

  /** @param seat its number, which is its account's */
  constructor(
    readonly seat: number,
    readonly symbol: SymbolOptions,
    readonly exchange: Exchange,
  ) {}

  /** Shares held; negative when short. */
  get position(): number {
    return this.exchange.accounts.position[this.seat]!;
  }

  /** What the position is worth at the mid, in micro-units. */
  get marked(): number {
    return this.exchange.accounts.marked(this.seat, this.exchange.mid2());
  }

  /** Its orders that rest or wait, oldest first. */
  live(): readonly Entry[] {
    const { entries, exchange } = this;
    if (entries.length === 0) return entries;
    for (const { id } of entries)
      if (exchange.stateOf(id) === 'gone') return entries.filter((each) => exchange.stateOf(each.id) !== 'gone');
    return entries;
  }

  placed(entry: Entry): void {
    this.entries = [...this.live(), entry];
  }

  executed(execution: Execution): void {
    this.fills = [execution, ...this.fills.slice(0, FILLS - 1)];
  }

  /** Cancels its live orders, of one side or of both. @returns how many */
  cancelAll(side?: Side): number {
    const { exchange } = this;
    let count = 0;
    for (const { id } of this.live()) {
      if (side !== undefined && exchange.book.sideOf(id) !== side) continue;
      exchange.cancel(id);
      count++;
    }
    if (count > 0) this.entries = [...this.live()];
    return count;
  }

  /** Shares that its live orders of a side could still trade; of a pair only one order can, the larger one. */
  openShares(side: Side): number {
    const { exchange } = this;
    const live = this.live();
    let sum = 0;
    for (const { id, mate } of live) {
      if (exchange.book.sideOf(id) !== side) continue;
      const paired = mate > 0 && exchange.stateOf(mate) !== 'gone' ? exchange.book.sizeOf(mate) : 0;
      sum += Math.max(0, exchange.book.sizeOf(id) - paired);
    }
    return sum;
  }

  /** Live orders as observed: those that rest, bids before asks, best first, then oldest first; then stops. */
  orders(bid: number, ask: number, now: number): OwnOrder[] {
    const { exchange } = this;
    const live = this.live();
    if (live.length === 0) return [];
    const own = live.map((entry) => ownOrder(exchange, entry, bid, ask, now));
    return [
      ...own.filter((o) => o.kind === 'limit' && o.side === 'bid').sort((a, b) => b.at - a.at),
      ...own.filter((o) => o.kind === 'limit' && o.side === 'ask').sort((a, b) => a.at - b.at),
      ...own.filter((o) => o.kind !== 'limit'),
    ];
  }

  recentFills(now: number): OwnFill[] {
    return this.fills.map((f) => ({
      size: f.side === BUY ? f.size : -f.size,
      priceTicks: f.priceTicks,
      agoUs: now - f.at,
      maker: f.maker,
      feeMicros: f.feeMicros,
      counterparty: f.counterparty,
    }));
  }

  digest(into: Digest): void {
    const live = this.live();
    into.int32(live.length);
    for (const { id, number, placedAt, mate } of live) into.int(id).int32(number).int(placedAt).int(mate);
    for (const f of this.fills)
      into
        .int32(f.side === BUY ? f.size : -f.size)
        .int32(f.priceTicks)
        .int(f.at)
        .int32(f.maker ? 1 : 0)
        .int(f.feeMicros)
        .text(f.counterparty);
  }

  snapshot() {
    return { entries: this.entries, fills: this.fills };
  }

  restore(from: ReturnType<Desk['snapshot']>): void {
    this.entries = from.entries;
    this.fills = from.fills;
  }
}

function ownOrder(exchange: Exchange, { id, number, placedAt }: Entry, bid: number, ask: number, now: number): OwnOrder {
  const { book } = exchange;
  const buys = book.sideOf(id) === BUY;
  const side = buys ? 'bid' : 'ask';
  const size = book.sizeOf(id);
  const ageUs = now - placedAt;
  if (exchange.stateOf(id) === 'waiting') {
    const priceTicks = exchange.triggerOf(id);
    const touch = buys ? ask : bid;
    const limit = exchange.stopLimitOf(id);
    const kind = limit === 0 ? 'stop' : 'stop-limit';
    const stop: OwnOrder = { number, side, size, ageUs, kind, priceTicks, at: priceTicks - touch, aheadShares: 0 };
    if (limit !== 0) {
      stop.limitTicks = limit;
      stop.limitAt = limit - touch;
    }
    return stop;
  }
  const priceTicks = book.priceOf(id);
  const hidden = book.hiddenOf(id);
  const at = priceTicks - (buys ? bid : ask);
  const order: OwnOrder = { number, side, size, ageUs, kind: 'limit', priceTicks, at, aheadShares: exchange.queueAhead(id) };
  if (hidden > 0) order.hiddenShares = hidden;
  return order;
}
