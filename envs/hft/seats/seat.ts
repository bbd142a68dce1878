/** One seat: a desk for every symbol, its standing order, its counts and the latency it last had. */
import type { Digest } from '../../digest.js';
import { Desk } from './desk.js';
import type { Listing } from '../listing.js';
import type { Execution } from '../exchange/order.js';

/** What a seat's live orders do while its agent thinks; the default first. */
export const STANDING_ORDERS = ['keep', 'pull'] as const;
/** With the standing order `pull`, live orders are cancelled this long after the seat's last action. */
export const PULL_AFTER_US = 1_000_000;

export class Seat {
  /** Its own records, one a symbol. */
  readonly desks: readonly Desk[];
  standing: string = STANDING_ORDERS[0];
  /** Of its last answer, observation to landing. */
  latencyUs = 0;
  /** Counts for the results, all of shares, of orders or of events. */
  counts = {
    fills: 0,
    takenShares: 0,
    madeShares: 0,
    orders: 0,
    rejected: 0,
    closedShares: 0,
    liquidations: 0,
    liquidatedShares: 0,
  };
  /** Where its executions are noted while an order of its is carried out; no part of the state. */
  executions: Execution[] | undefined;

  constructor(
    readonly number: number,
    symbols: number,
  ) {
    this.desks = Array.from({ length: symbols }, () => new Desk());
  }

  /** How many orders of its rest or wait, over all symbols. */
  live(listings: readonly Listing[]): number {
    let count = 0;
    for (let i = 0; i < listings.length; i++) count += this.desks[i]!.live(listings[i]!.exchange).length;
    return count;
  }

  /** The lowest number that none of its live orders has. */
  freeNumber(listings: readonly Listing[]): number {
    const used = new Set(this.desks.flatMap((desk, i) => desk.live(listings[i]!.exchange).map(({ number }) => number)));
    let number = 1;
    while (used.has(number)) number++;
    return number;
  }

  executed(symbol: number, execution: Execution): void {
    const { counts } = this;
    counts.fills++;
    if (execution.maker) counts.madeShares += execution.size;
    else counts.takenShares += execution.size;
    this.desks[symbol]!.executed(execution);
    this.executions?.push(execution);
  }

  /** Cancels every live order in every symbol. @returns how many */
  cancelAll(listings: readonly Listing[]): number {
    let count = 0;
    listings.forEach((listing, i) => (count += this.desks[i]!.cancelAll(listing.exchange)));
    return count;
  }

  digest(into: Digest, listings: readonly Listing[]): void {
    into.text(this.standing).int(this.latencyUs);
    this.desks.forEach((desk, i) => desk.digest(into, listings[i]!.exchange));
    for (const count of Object.values(this.counts)) into.int(count);
  }

  snapshot() {
    return {
      desks: this.desks.map((desk) => desk.snapshot()),
      standing: this.standing,
      latencyUs: this.latencyUs,
      counts: { ...this.counts },
    };
  }

  restore(from: ReturnType<Seat['snapshot']>): void {
    this.desks.forEach((desk, i) => desk.restore(from.desks[i]!));
    this.standing = from.standing;
    this.latencyUs = from.latencyUs;
    this.counts = { ...from.counts };
  }
}
