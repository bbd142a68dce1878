/**
 * Cash, positions and fees of everyone who trades, seats first, then the background: integer micro-units and shares.
 * Nothing is created or lost: all cash plus the exchange's fees is what was put in, and positions always sum to zero.
 */
import type { Digest } from '../digest.js';
import { BUY, type Side } from './book.js';

export class Accounts {
  cash: Float64Array;
  position: Int32Array;
  /** Fees paid less rebates received, by owner. */
  fees: Float64Array;

  constructor(
    owners: number,
    seats: number,
    cashMicros: number,
    private readonly tickMicros: number,
    private readonly makerFeePpm: number,
    private readonly takerFeePpm: number,
  ) {
    this.cash = new Float64Array(owners).fill(cashMicros, 0, seats);
    this.position = new Int32Array(owners);
    this.fees = new Float64Array(owners);
  }

  /** Books one execution: both legs and both fees. `side` is the taker's. */
  settle(taker: number, maker: number, side: Side, priceTicks: number, size: number): void {
    const notional = priceTicks * this.tickMicros * size;
    const [buyer, seller] = side === BUY ? [taker, maker] : [maker, taker];
    this.cash[buyer]! -= notional;
    this.cash[seller]! += notional;
    this.position[buyer]! += size;
    this.position[seller]! -= size;
    this.charge(taker, feeMicros(notional, this.takerFeePpm));
    this.charge(maker, feeMicros(notional, this.makerFeePpm));
  }

  private charge(owner: number, micros: number): void {
    this.cash[owner]! -= micros;
    this.fees[owner]! += micros;
  }

  /** Cash plus the position at `mid2` half ticks, rounded down to whole micro-units. */
  equity(owner: number, mid2: number): number {
    return this.cash[owner]! + Math.floor((this.position[owner]! * mid2 * this.tickMicros) / 2);
  }

  digest(into: Digest): void {
    for (let i = 0; i < this.cash.length; i++) into.int(this.cash[i]!).int32(this.position[i]!).int(this.fees[i]!);
  }

  snapshot(): [Float64Array, Int32Array, Float64Array] {
    return [this.cash.slice(), this.position.slice(), this.fees.slice()];
  }

  restore([cash, position, fees]: [Float64Array, Int32Array, Float64Array]): void {
    this.cash.set(cash);
    this.position.set(position);
    this.fees.set(fees);
  }
}

/** A fee of `ppm` parts per million of a notional in micro-units, rounded up (a rebate, a negative one, towards zero): the exchange never loses a fraction. */
export function feeMicros(notionalMicros: number, ppm: number): number {
  const fee = Math.ceil((notionalMicros * ppm) / 1_000_000);
  return fee === 0 ? 0 : fee;
}
