/** Shares by price on both sides, sparse and sorted: for checking recordings, whose prices may lie anywhere. The book itself is for trading. */
import { BUY, SELL, type Side } from '../exchange/book.js';

export class Ladder {
  /** Prices with shares, best last, so that changes near the touch move few entries. */
  private readonly prices: [number[], number[]] = [[], []];
  private readonly shares: [Map<number, number>, Map<number, number>] = [new Map(), new Map()];

  /** The best price of a side, 0 when it is empty. */
  best(side: Side): number {
    return this.prices[side].at(-1) ?? 0;
  }

  /** Shares at a price of a side. */
  at(side: Side, price: number): number {
    return this.shares[side].get(price) ?? 0;
  }

  /** Whether an order at this price would trade. */
  crosses(side: Side, price: number): boolean {
    const other = this.best(side === BUY ? SELL : BUY);
    return other !== 0 && (side === BUY ? other <= price : other >= price);
  }

  /** Adds shares at a price, or with a negative number takes them away; a price left without any is gone. */
  change(side: Side, price: number, by: number): void {
    const shares = this.shares[side];
    const before = shares.get(price);
    const after = (before ?? 0) + by;
    if (after > 0) shares.set(price, after);
    else shares.delete(price);
    if ((before === undefined) !== after <= 0) {
      const prices = this.prices[side];
      const place = this.placeOf(side, price);
      if (after > 0) prices.splice(place, 0, price);
      else prices.splice(place, 1);
    }
  }

  /** The best levels of a side as [price, shares], best first. */
  levels(side: Side, count: number): [number, number][] {
    const prices = this.prices[side];
    const levels: [number, number][] = [];
    for (let i = prices.length - 1; i >= 0 && levels.length < count; i--) levels.push([prices[i]!, this.shares[side].get(prices[i]!)!]);
    return levels;
  }

  clear(): void {
    for (const side of [BUY, SELL] as const) {
      this.prices[side].length = 0;
      this.shares[side].clear();
    }
  }

  /** Where a price stands, or would, in its side's list. */
  private placeOf(side: Side, price: number): number {
    const prices = this.prices[side];
    let low = 0;
    let high = prices.length;
    // Near the touch most of the time: look there first.
    if (high > 8 && this.behind(side, prices[high - 8]!, price)) low = high - 8;
    while (low < high) {
      const mid = (low + high) >> 1;
      if (this.behind(side, prices[mid]!, price)) low = mid + 1;
      else high = mid;
    }
    return low;
  }

  private behind(side: Side, a: number, b: number): boolean {
    return side === BUY ? a < b : a > b;
  }
}
