/**
 * Cash and fees of everyone who trades, over all symbols, and positions by symbol: seats first, then the background, in integer
 * micro-units and shares. Nothing is created or lost: all cash plus the exchange's fees is what was put in, and the positions in a
 * symbol always sum to zero.
 */
import type { Digest } from '../../digest.js';
import { BUY, type Side } from '../exchange/book.js';
import { feeMicros, tierOf, type FeeTier } from '../exchange/fees.js';

/** One cash account an owner, shared by all symbols. */
export class Ledger {
  readonly cash: Float64Array;
  /** Fees paid less rebates received, by owner. */
  readonly fees: Float64Array;
  /** Notional traded so far, by owner: what decides the fee tier. */
  readonly volume: Float64Array;

  constructor(
    readonly owners: number,
    readonly seats: number,
    cashMicros: number,
    readonly tiers: readonly FeeTier[],
  ) {
    this.cash = new Float64Array(owners).fill(cashMicros, 0, seats);
    this.fees = new Float64Array(owners);
    this.volume = new Float64Array(owners);
  }

  snapshot(): Float64Array[] {
    return [this.cash.slice(), this.fees.slice(), this.volume.slice()];
  }

  restore([cash, fees, volume]: Float64Array[]): void {
    this.cash.set(cash!);
    this.fees.set(fees!);
    this.volume.set(volume!);
  }
}

/** Everyone's account as one symbol's exchange books it. */
export class Accounts {
  readonly position: Int32Array;
  /** Fees of the last `settle`, the taker's and the maker's. */
  takerFeeMicros = 0;
  makerFeeMicros = 0;

  constructor(
    readonly ledger: Ledger,
    readonly tickMicros: number,
  ) {
    this.position = new Int32Array(ledger.owners);
  }

  get cash(): Float64Array {
    return this.ledger.cash;
  }

  get fees(): Float64Array {
    return this.ledger.fees;
  }

  /** Books one execution: both legs and both fees. `side` is the taker's. */
  settle(taker: number, maker: number, side: Side, priceTicks: number, size: number): void {
    const notional = priceTicks * this.tickMicros * size;
    const { cash, volume, tiers } = this.ledger;
    const [buyer, seller] = side === BUY ? [taker, maker] : [maker, taker];
    cash[buyer]! -= notional;
    cash[seller]! += notional;
    this.position[buyer]! += size;
    this.position[seller]! -= size;
    this.takerFeeMicros = this.charge(taker, feeMicros(notional, tierOf(tiers, volume[taker]!).takerFeePpm));
    this.makerFeeMicros = this.charge(maker, feeMicros(notional, tierOf(tiers, volume[maker]!).makerFeePpm));
    volume[taker]! += notional;
    volume[maker]! += notional;
  }

  private charge(owner: number, micros: number): number {
    this.ledger.cash[owner]! -= micros;
    this.ledger.fees[owner]! += micros;
    return micros;
  }

  /** The worth of the position in this symbol at `mid2` half ticks, rounded down to whole micro-units. */
  marked(owner: number, mid2: number): number {
    return Math.floor((this.position[owner]! * mid2 * this.tickMicros) / 2);
  }

  digest(into: Digest): void {
    const { cash, fees } = this.ledger;
    for (let i = 0; i < cash.length; i++) into.int(cash[i]!).int32(this.position[i]!).int(fees[i]!);
  }

  snapshot(): Int32Array {
    return this.position.slice();
  }

  restore(position: Int32Array): void {
    this.position.set(position);
  }
}
