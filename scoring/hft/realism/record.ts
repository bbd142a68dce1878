/** What is kept of one seed's market: enough for every fact, little enough for dozens of hours. */
import { BUY, SELL, type Book, type Side } from '../../../envs/hft/exchange/book.js';
import type { Witness } from '../../../envs/hft/exchange/witness.js';
import { Column } from './column.js';
import { followed, type Metaorder, type Parent } from './metaorders.js';
import { RACE_US, RaceWatch } from './races.js';

/** An order cancelled this soon is fleeting (Hasbrouck & Saar 2009). */
export const FLEETING_US = 2_000_000;
/** Orders that are followed before those that nothing can happen to any more are looked for, at the least. */
const FOLLOWED = 1024;

export interface MarketRecord {
  seed: number;
  seconds: number;
  /** Orders and cancels. */
  messages: number;
  /** Twice the mid at each whole second, from 0 to `seconds`. */
  mid2: Float64Array;
  /** Shares executed, and changes of the mid, in each second. */
  volume: Float64Array;
  midChanges: Float64Array;
  /** How long the spread was one tick, and how long there was one. */
  oneTickUs: number;
  quotedUs: number;
  /** Orders that took: their signs and the shares they got. */
  signs: Float64Array;
  takenShares: Float64Array;
  /** Ticks behind the best price of their own side, of resting orders that arrived behind it. */
  distances: Float64Array;
  /** Orders that rested in full when they arrived (early enough to be followed for 2 s), and those cancelled within 2 s. */
  restingOrders: number;
  fleetingOrders: number;
  cancels: number;
  /** Fills of resting orders. */
  executions: number;
  metaorders: Metaorder[];
  /** The same of metaorders that came under the same conditions and traded nothing: what the price does without them. */
  placebo: Metaorder[];
  races: number;
}

/** What a recorder needs of an exchange. */
interface Watched {
  readonly book: Book;
  readonly now: number;
  mid2(): number;
}

interface Resting {
  at: number;
  side: Side;
  priceTicks: number;
  owner: number;
  /** Rested in full on arrival. */
  whole: boolean;
  /** When it was last executed against; -Infinity: never. */
  filledAt: number;
}

/** Listens to an exchange from time 0 and makes its record. */
export class Recorder implements Witness {
  /** Orders that rest, and for a while those that were filled. */
  private readonly orders = new Map<number, Resting>();
  /** With so many, those that were filled too long ago to be raced for are dropped: an hour of them makes every look-up slow. */
  private most = FOLLOWED;
  private readonly mids: Float64Array;
  private readonly volume: Float64Array;
  private readonly midChanges: Float64Array;
  private readonly midTimes = new Column();
  private readonly midValues = new Column();
  private readonly signs = new Column();
  private readonly taken = new Column();
  private readonly distances = new Column();
  private readonly races = new RaceWatch();
  private readonly fillPrices: number[] = [];
  private filledShares = 0;
  private readonly endUs: number;
  private resting = 0;
  private fleeting = 0;
  private cancels = 0;
  private executions = 0;
  private messages = 0;
  private oneTickUs = 0;
  private quotedUs = 0;
  /** The quotes as the last message left them, and since when; 0 where a side is empty. */
  private bid = 0;
  private ask = 0;
  private mid2: number;
  private since = 0;
  private seconds = 0;

  constructor(
    private readonly exchange: Watched,
    private readonly seed: number,
    duration: number,
  ) {
    this.endUs = duration * 1_000_000;
    this.mids = new Float64Array(duration + 1);
    this.volume = new Float64Array(duration);
    this.midChanges = new Float64Array(duration);
    this.mid2 = exchange.mid2();
    this.mids[0] = this.mid2;
    this.midTimes.push(0);
    this.midValues.push(this.mid2);
    this.look();
  }

  filled(id: number, _maker: number, priceTicks: number, size: number): void {
    const order = this.orders.get(id);
    if (order !== undefined) order.filledAt = this.exchange.now;
    this.executions++;
    this.fillPrices.push(priceTicks);
    this.filledShares += size;
  }

  sent(owner: number, side: Side, priceTicks: number, _size: number, _kind: number, rests: number, filled: number): void {
    const { now } = this.exchange;
    this.messages++;
    const opposite: Side = side === BUY ? SELL : BUY;
    const sign = side === BUY ? 1 : -1;
    if (filled > 0) {
      this.volume[this.second(now)]! += this.filledShares;
      let last = 0;
      for (const price of this.fillPrices) {
        if (price !== last) this.races.success(now, opposite, price, owner, true);
        last = price;
      }
      this.signs.push(sign);
      this.taken.push(filled);
    } else if (rests === 0) {
      this.races.failure(now, opposite, owner, true, (price) => sign * (priceTicks - price) >= 0);
    }
    this.fillPrices.length = 0;
    this.filledShares = 0;
    if (rests > 0) {
      const whole = filled === 0;
      if (this.orders.size >= this.most) this.forget(now);
      this.orders.set(rests, { at: now, side, priceTicks, owner, whole, filledAt: -Infinity });
      const best = side === BUY ? this.bid : this.ask;
      const behind = sign * (best - priceTicks);
      if (whole && best > 0 && behind > 0) this.distances.push(behind);
      if (whole && now < this.endUs - FLEETING_US) this.resting++;
    }
    this.look();
  }

  cancelled(id: number, rested: boolean): void {
    const { now } = this.exchange;
    const order = this.orders.get(id);
    if (!rested) {
      if (order !== undefined && now - order.filledAt <= RACE_US)
        this.races.failure(now, order.side, order.owner, false, (price) => price === order.priceTicks);
      return;
    }
    this.messages++;
    this.cancels++;
    if (order !== undefined) {
      this.orders.delete(id);
      this.races.success(now, order.side, order.priceTicks, order.owner, false);
      if (order.whole && order.at < this.endUs - FLEETING_US && now - order.at <= FLEETING_US) this.fleeting++;
    }
    this.look();
  }

  /** To be called at each whole second, once everything up to it has happened. */
  tick(): void {
    this.mids[++this.seconds] = this.exchange.mid2();
  }

  /** @param parents the metaorders that were worked meanwhile @param phantoms those that would have been, and traded nothing */
  finish(parents: readonly Parent[], phantoms: readonly Parent[] = []): MarketRecord {
    this.pass(this.endUs);
    const times = this.midTimes.values();
    const values = this.midValues.values();
    const midAt = (at: number): number | undefined => (at >= 0 && at <= this.endUs ? valueAt(times, values, at) : undefined);
    return {
      seed: this.seed,
      seconds: this.seconds,
      messages: this.messages,
      mid2: this.mids,
      volume: this.volume,
      midChanges: this.midChanges,
      oneTickUs: this.oneTickUs,
      quotedUs: this.quotedUs,
      signs: this.signs.values(),
      takenShares: this.taken.values(),
      distances: this.distances.values(),
      restingOrders: this.resting,
      fleetingOrders: this.fleeting,
      cancels: this.cancels,
      executions: this.executions,
      metaorders: followed(parents, midAt),
      placebo: followed(phantoms, midAt),
      races: this.races.races,
    };
  }

  /** Drops orders that have left the book and whose last fill no race can be about. */
  private forget(now: number): void {
    const { book } = this.exchange;
    for (const [id, { filledAt }] of this.orders) if (now - filledAt > RACE_US && !book.alive(id)) this.orders.delete(id);
    this.most = Math.max(FOLLOWED, 2 * this.orders.size);
  }

  /** Takes note of the quotes after a message. */
  private look(): void {
    const { book, now } = this.exchange;
    const bid = book.bidOrders > 0 ? book.bestBid : 0;
    const ask = book.askOrders > 0 ? book.bestAsk : 0;
    if (bid === this.bid && ask === this.ask) return;
    this.pass(now);
    this.bid = bid;
    this.ask = ask;
    const mid2 = this.exchange.mid2();
    if (mid2 === this.mid2) return;
    this.mid2 = mid2;
    this.midTimes.push(now);
    this.midValues.push(mid2);
    this.midChanges[this.second(now)]!++;
  }

  /** Counts the time for which the quotes have stood. */
  private pass(now: number): void {
    if (this.bid > 0 && this.ask > 0) {
      this.quotedUs += now - this.since;
      if (this.ask - this.bid === 1) this.oneTickUs += now - this.since;
    }
    this.since = now;
  }

  private second(now: number): number {
    return Math.min(this.volume.length - 1, Math.floor(now / 1_000_000));
  }
}

/** The value that stood at a time: the last one at or before it. */
function valueAt(times: Float64Array, values: Float64Array, at: number): number {
  let low = 0;
  let high = times.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (times[middle]! <= at) low = middle;
    else high = middle - 1;
  }
  return values[low]!;
}
