/**
 * A price band: orders of seats may go in to buy up to so many ticks above a reference price and to sell down to as many below it, however far
 * the book would let them go. The reference is one that no seat can move by trading. Away from it in the other direction, where an order gives
 * nothing away, prices are free. So it bounds the money that one trade can pass from one seat to another, unless the reference has moved away
 * from an order that rested: such an order stays, since cancelling it would protect quotes that nobody looks after.
 */
import { BUY, MAX_PRICE_TICKS, type Side } from './order.js';

export interface PriceBand {
  readonly ticks: number;
  /** The price around which the band lies now, in ticks. */
  readonly reference: () => number;
}

/** Why what is left of a taking order was dropped. */
export const OUTSIDE_BAND = 'no more within the price band';

/** The highest price that a buy, or the lowest that a sale, may have now. */
export function worstWithin({ ticks, reference }: PriceBand, side: Side): number {
  const worst = reference() + (side === BUY ? ticks : -ticks);
  return Math.min(MAX_PRICE_TICKS, Math.max(1, worst));
}

/** Whether a price gives away more than the band allows. */
export function isBeyond(priceTicks: number, worst: number, side: Side): boolean {
  return side === BUY ? priceTicks > worst : priceTicks < worst;
}

/** Why an order that would rest at this price is refused; undefined where it is not. */
export function bandFault(band: PriceBand, side: Side, priceTicks: number): string | undefined {
  const worst = worstWithin(band, side);
  if (!isBeyond(priceTicks, worst, side)) return undefined;
  const accepted = side === BUY ? `buys up to ${worst}` : `sales from ${worst}`;
  return `price ${priceTicks} is outside the price band; accepted: ${accepted}, ${band.ticks} ticks from the index`;
}
