/**
 * Someone who is told of every message an exchange gets: how a market is measured and exported. Matches have none. What an order leads
 * to is told in the order in which it happened, so that whoever keeps a book by what is told never sees a trade through a better price.
 */
import type { Kind, Side } from './book.js';

export interface Witness {
  /** Shares of the resting order `id` were executed against the order that `sent` tells of next. */
  filled(id: number, maker: number, priceTicks: number, size: number): void;
  /** An order has met the book, which stands as it left it. `rests`: as Book.add returns it; `filled`: shares it took. */
  sent(owner: number, side: Side, priceTicks: number, size: number, kind: Kind, rests: number, filled: number): void;
  /** Someone asked for `id` to be taken out, or it stood in the way of its owner's other side. False: it no longer rested. */
  cancelled(id: number, rested: boolean): void;
  /** Shares that `id` showed were taken off; it kept its place with what is left, if anything is. */
  decreased?(id: number, shares: number): void;
  /** An iceberg of which all shown shares had gone shows its next part, at the end of its price's queue. */
  refilled?(id: number, shown: number): void;
  /** A trade that no visible order had a part in. `side` is the taker's. */
  printed?(side: Side, priceTicks: number, size: number): void;
}
