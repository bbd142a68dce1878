/**
 * The public index of a replayed market: the size-weighted mid of its best levels, rounded to a tick, halves up. It is computed from the
 * book as it stands, a seat's own resting shares included, and knows nothing of what the record does next.
 */
import type { Stream } from '../../random.js';
import type { ValueSource } from '../background/source.js';
import type { Exchange } from '../exchange/exchange.js';

export class BookIndex implements ValueSource {
  /** The last value, kept while a side is empty. */
  readonly memory: Float64Array;
  private exchange: Exchange | undefined;

  constructor(
    readonly stream: Stream,
    startTicks: number,
  ) {
    this.memory = Float64Array.of(startTicks);
  }

  attach(exchange: Exchange): void {
    this.exchange = exchange;
  }

  step(): number {
    const book = this.exchange?.book;
    if (book !== undefined && book.bidOrders > 0 && book.askOrders > 0) {
      const bids = book.sizeAt(book.bestBid);
      const asks = book.sizeAt(book.bestAsk);
      // Much to buy pushes the price up: each price is weighted by the size opposite to it.
      this.memory[0] = Math.floor((book.bestBid * asks + book.bestAsk * bids) / (bids + asks) + 0.5);
    }
    return this.memory[0]!;
  }

  resample(): void {
    // It only looks at the book.
  }
}
