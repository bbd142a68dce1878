/** The obvious exchange over the obvious book: stops and pairs in plain lists, money in plain numbers. */
import {
  BUY,
  LIMIT,
  MARKET,
  MAX_PRICE_TICKS,
  SELF_TRADE_PREVENTIONS,
  type OrderRequest,
  type Prevention,
  type Side,
} from '../../../../envs/hft/exchange/order.js';
import { NaiveBook, type NaiveResult } from './naive-book.js';

interface NaiveStop {
  name: number;
  request: OrderRequest;
  trigger: number;
  since: number;
}

/** One side of an execution: which order (by name), price, shares, time at rest, shares ahead at its entry; a taker's after its maker's. */
export type NaiveExecution = [name: number, owner: number, side: Side, price: number, size: number, rested: number, behind: number];

export class NaiveExchange {
  readonly book = new NaiveBook();
  stops: NaiveStop[] = [];
  executions: NaiveExecution[] = [];
  /** What a witness is told, in order and in words. */
  events: string[] = [];
  readonly cash: number[];
  readonly shares: number[];
  collected = 0;
  private due: NaiveStop[] = [];
  private pairs: { name: number; owner: number; pair: number; side: Side; waits: boolean }[] = [];
  private lastTrade = 0;
  private sequence = 0;

  constructor(
    owners: number,
    cash: number,
    private readonly tickMicros: number,
    private readonly makerPpm: number,
    private readonly takerPpm: number,
  ) {
    this.cash = new Array<number>(owners).fill(cash);
    this.shares = new Array<number>(owners).fill(0);
  }

  set now(at: number) {
    this.book.now = at;
  }

  /** Orders that are registered as one of a pair. */
  paired(): number[] {
    return this.pairs.map(({ name }) => name);
  }

  /** Sends an order under a name. @returns false when it is refused */
  submit(name: number, request: OrderRequest): boolean {
    const { owner, side, trigger, pair } = request;
    const waits = trigger !== undefined;
    const mates = this.pairs.filter((p) => p.owner === owner && p.pair === pair);
    if (mates.length === 2 || (!waits && mates.some((m) => m.side === side && !m.waits))) return false;
    if (waits) {
      this.stops.push({ name, request, trigger, since: this.sequence++ });
      if (pair !== undefined) this.pairs.push({ name, owner, pair, side, waits });
      if (this.lastTrade > 0) this.reach(this.lastTrade);
      this.enterDue();
      return true;
    }
    const result = this.meet(name, request);
    if (result.refused) {
      this.events.push('sent none');
      return false;
    }
    if (pair !== undefined && (result.rests > 0 || result.fills.length > 0)) this.pairs.push({ name, owner, pair, side, waits });
    this.after(name, request, result);
    this.enterDue();
    return true;
  }

  modify(name: number, size: number, price: number): void {
    const stop = this.stops.find((s) => s.name === name);
    if (stop !== undefined) {
      const { request } = stop;
      const limit = request.priceTicks + price - stop.trigger;
      if (request.kind !== MARKET && (limit < 1 || limit > MAX_PRICE_TICKS)) return;
      if (price !== stop.trigger || size > request.size) stop.since = this.sequence++;
      stop.trigger = price;
      stop.request = { ...request, size, priceTicks: limit };
      if (this.lastTrade > 0) this.reach(this.lastTrade);
      this.enterDue();
      return;
    }
    const order = this.book.find(name);
    if (order === undefined) return;
    const { owner, side } = order;
    const result = this.book.modify(name, size, price, 0)!;
    if (result.refused) return;
    if (result.kept) {
      this.events.push(...result.events);
      return;
    }
    this.after(name, { owner, side, kind: LIMIT, priceTicks: price, size }, result);
    this.enterDue();
  }

  cancel(name: number): void {
    if (this.book.cancel(name) > 0 || [...this.stops, ...this.due].some((s) => s.name === name)) this.events.push(`gone ${name}`);
    this.stops = this.stops.filter((s) => s.name !== name);
    this.due = this.due.filter((s) => s.name !== name);
    this.pairs = this.pairs.filter((p) => p.name !== name);
  }

  cancelAll(owner: number, side?: Side): void {
    const own = (o: { owner: number; side: Side }): boolean => o.owner === owner && (side === undefined || o.side === side);
    for (const o of this.book.orders.filter(own)) this.cancel(o.name);
    for (const s of this.stops.filter((stop) => own(stop.request))) this.cancel(s.name);
  }

  /** Stops in the order in which they would be reached: buys before sells. */
  waiting(): number[] {
    return [...this.stops].sort((a, b) => this.before(a, b)).map((s) => s.name);
  }

  private meet(name: number, r: OrderRequest): NaiveResult {
    const prevention = (r.selfTrade === undefined ? 0 : SELF_TRADE_PREVENTIONS.indexOf(r.selfTrade)) as Prevention;
    return this.book.add(name, r.owner, r.side, r.priceTicks, r.size, r.kind, prevention, r.display ?? 0);
  }

  private after(name: number, request: OrderRequest, result: NaiveResult): void {
    const { owner, side } = request;
    this.events.push(...result.events, `sent ${result.rests > 0 ? name : 'none'}`);
    for (const fill of result.fills) {
      const notional = fill.price * fill.size * this.tickMicros;
      const sign = side === BUY ? 1 : -1;
      const takerFee = Math.ceil((notional * this.takerPpm) / 1e6);
      const makerFee = Math.ceil((notional * this.makerPpm) / 1e6);
      this.cash[owner]! -= sign * notional + takerFee;
      this.cash[fill.owner]! += sign * notional - makerFee;
      this.shares[owner]! += sign * fill.size;
      this.shares[fill.owner]! -= sign * fill.size;
      this.collected += takerFee + makerFee;
      this.executions.push(
        [fill.maker, fill.owner, side === BUY ? 1 : 0, fill.price, fill.size, fill.rested, fill.behind],
        [name, owner, side, fill.price, fill.size, 0, 0],
      );
      this.lastTrade = fill.price;
    }
    for (const dropped of result.dropped) this.pairs = this.pairs.filter((p) => p.name !== dropped);
    for (const fill of result.fills) this.cancelOther(fill.maker);
    if (result.fills.length > 0) this.cancelOther(name);
    for (const fill of result.fills) this.reach(fill.price);
    if (result.rests === 0) this.pairs = this.pairs.filter((p) => p.name !== name);
  }

  private cancelOther(name: number): void {
    const leg = this.pairs.find((p) => p.name === name);
    if (leg === undefined) return;
    this.pairs = this.pairs.filter((p) => p.name !== name);
    const other = this.pairs.find((p) => p.owner === leg.owner && p.pair === leg.pair);
    if (other !== undefined) this.cancel(other.name);
  }

  private before(a: NaiveStop, b: NaiveStop): number {
    if (a.request.side !== b.request.side) return a.request.side - b.request.side;
    return (a.request.side === BUY ? a.trigger - b.trigger : b.trigger - a.trigger) || a.since - b.since;
  }

  private reach(price: number): void {
    const reached = (s: NaiveStop): boolean => (s.request.side === BUY ? price >= s.trigger : price <= s.trigger);
    for (const stop of this.stops.filter(reached).sort((a, b) => this.before(a, b))) {
      // A pair's other may have gone with one before it.
      if (!this.stops.includes(stop)) continue;
      this.stops.splice(this.stops.indexOf(stop), 1);
      this.due.push(stop);
      this.cancelOther(stop.name);
    }
  }

  private enterDue(): void {
    for (let stop = this.due.shift(); stop !== undefined; stop = this.due.shift()) {
      const result = this.meet(stop.name, stop.request);
      if (result.refused) this.events.push('sent none');
      else this.after(stop.name, stop.request, result);
    }
  }
}
