/** One seat: a desk for every symbol, its standing order, its counts and the latency it last had. */
import type { Digest } from '../digest.js';
import { Desk } from './desk.js';
import type { Listing } from './listing.js';

/** What a seat's resting orders do while its agent thinks; the default first. */
export const STANDING_ORDERS = ['keep', 'pull'] as const;
/** With the standing order `pull`, resting orders are cancelled this long after the seat's last action. */
export const PULL_AFTER_US = 1_000_000;

export class Seat {
  /** Its own records, one a symbol. */
  readonly desks: readonly Desk[];
  standing: string = STANDING_ORDERS[0];
  /** Of its last answer, observation to landing. */
  latencyUs = 0;
  /** Counts for the results, all of shares or of orders. */
  counts = { fills: 0, takenShares: 0, madeShares: 0, orders: 0, rejected: 0, closedShares: 0 };

  constructor(
    readonly number: number,
    symbols: number,
  ) {
    this.desks = Array.from({ length: symbols }, () => new Desk());
  }

  /** Live orders over all symbols. */
  get resting(): number {
    let count = 0;
    for (const desk of this.desks) count += desk.resting.length;
    return count;
  }

  /** The lowest number that none of its live orders has. */
  freeNumber(): number {
    let number = 1;
    while (this.desks.some((desk) => desk.uses(number))) number++;
    return number;
  }

  /** Cancels every resting order in every symbol. @returns how many */
  cancelAll(listings: readonly Listing[]): number {
    let count = 0;
    listings.forEach((listing, i) => (count += this.desks[i]!.cancelAll(listing.exchange)));
    return count;
  }

  digest(into: Digest): void {
    into.text(this.standing).int(this.latencyUs);
    for (const desk of this.desks) desk.digest(into);
    const c = this.counts;
    into.int(c.fills).int(c.takenShares).int(c.madeShares).int(c.orders).int(c.rejected).int(c.closedShares);
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
