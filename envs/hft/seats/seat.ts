/** One seat: a desk for every symbol, its cash, its limits, its standing order, its counts and the latency it last had. */
import type { Digest } from '../../digest.js';
import type { Execution, SelfTradePrevention } from '../exchange/order.js';
import type { HftOptions } from '../options.js';
import type { Ledger } from './accounts.js';
import type { Desk } from './desk.js';

/** What a seat's live orders do while its agent thinks; the default first. */
export const STANDING_ORDERS = ['keep', 'pull'] as const;
/** With the standing order `pull`, live orders are cancelled this long after the seat's last action. */
export const PULL_AFTER_US = 1_000_000;

/** What the options of a match say about one seat's orders. */
export interface SeatLimits extends Pick<
  HftOptions,
  'orderLimit' | 'restingLimit' | 'notionalLimitMicros' | 'initialMarginPermille' | 'maintenanceMarginPermille'
> {
  selfTrade: SelfTradePrevention;
}

/** One seat's limits in a match. */
export function limitsOf(options: HftOptions, seat: number): SeatLimits {
  const { selfTrade } = options;
  return { ...options, selfTrade: typeof selfTrade === 'string' ? selfTrade : selfTrade[seat]! };
}

export class Seat {
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

  /** @param desks one a symbol @param ledger holds its cash under its number */
  constructor(
    readonly number: number,
    readonly limits: SeatLimits,
    readonly desks: readonly Desk[],
    private readonly ledger: Ledger,
  ) {}

  /** Cash plus every position at its mid, in micro-units. */
  get equity(): number {
    let equity = this.ledger.cash[this.number]!;
    for (const desk of this.desks) equity += desk.marked;
    return equity;
  }

  /** How many orders of its rest or wait, over all symbols. */
  get live(): number {
    let count = 0;
    for (const desk of this.desks) count += desk.live().length;
    return count;
  }

  /** The lowest number that none of its live orders has. */
  freeNumber(): number {
    const isUsed = (number: number): boolean => this.desks.some((desk) => desk.live().some((each) => each.number === number));
    let number = 1;
    while (isUsed(number)) number++;
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
  cancelAll(): number {
    let count = 0;
    for (const desk of this.desks) count += desk.cancelAll();
    return count;
  }

  digest(into: Digest): void {
    into.text(this.standing).int(this.latencyUs);
    for (const desk of this.desks) desk.digest(into);
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
