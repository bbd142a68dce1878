/**
 * A zero-intelligence trader (Gode and Sunder 1993; Smith, Farmer, Gillemot and Krishnamurthy 2003): limit orders, market orders and
 * cancellations at random times and random prices near the touch, with no view of what the price should be. It is the noise that
 * makes resting orders fill; the sign of its market orders persists a little, as order signs do.
 */
import type { Stream } from '../../random.js';
import { BUY, SELL, type Side } from '../book.js';
import type { Exchange } from '../exchange.js';
import type { BackgroundAgent } from './agent.js';
import { waitUs } from './waiting.js';

/** Order sizes in shares, equally likely: many small ones and a few large. */
const SIZES = [1, 1, 2, 2, 2, 3, 3, 4, 5, 5, 6, 8, 10, 12, 16, 24] as const;
/** Ticks behind the best price of the own side, equally likely; -1 improves on it where the spread allows. The tail is heavy, as observed (Zovko and Farmer 2002). */
const DISTANCES = [-1, -1, 0, 0, 0, 0, 1, 1, 1, 2, 2, 3, 4, 5, 8, 12] as const;
const LIMIT_PERMILLE = 440;
const CANCEL_PERMILLE = 400;
/** Resting orders it keeps track of; the oldest is withdrawn to make place. */
const RESTING = 24;

const COUNT = RESTING;
const SIGN = RESTING + 1;

export class ZeroIntelligence implements BackgroundAgent {
  readonly kind = 'noise';
  /** Ids of its orders (some may have filled since), how many, and the side of its last market order. */
  readonly memory = new Float64Array(RESTING + 2);

  constructor(
    readonly stream: Stream,
    private readonly owner: number,
    private readonly meanWaitUs: number,
  ) {}

  wait(): number {
    return waitUs(this.stream, this.meanWaitUs);
  }

  wake(exchange: Exchange): void {
    const what = this.stream.below(1000);
    if (what < LIMIT_PERMILLE) this.place(exchange);
    else if (what < LIMIT_PERMILLE + CANCEL_PERMILLE) this.withdraw(exchange, this.stream.below(RESTING));
    else this.take(exchange);
  }

  private place(exchange: Exchange): void {
    const side: Side = this.stream.below(2) === 0 ? BUY : SELL;
    const away = DISTANCES[this.stream.below(DISTANCES.length)]!;
    const size = SIZES[this.stream.below(SIZES.length)]!;
    const bid = exchange.bid();
    const ask = exchange.ask();
    const price = side === BUY ? Math.min(bid - away, ask - 1) : Math.max(ask + away, bid + 1);
    if (this.memory[COUNT]! >= RESTING) this.withdraw(exchange, 0);
    const id = exchange.limit(this.owner, side, price, size);
    if (id > 0) this.memory[this.memory[COUNT]!++] = id;
  }

  /** Cancels the order at `place` in its list, if the list is that long; what filled meanwhile is forgotten. */
  private withdraw(exchange: Exchange, place: number): void {
    const count = this.memory[COUNT]!;
    if (place >= count) return;
    exchange.cancel(this.memory[place]!);
    this.memory.copyWithin(place, place + 1, count);
    this.memory[COUNT] = count - 1;
    this.memory[count - 1] = 0;
  }

  private take(exchange: Exchange): void {
    if (this.stream.below(3) === 0) this.memory[SIGN] = this.stream.below(2);
    exchange.take(this.owner, this.memory[SIGN] === 0 ? BUY : SELL, SIZES[this.stream.below(SIZES.length)]!, 2);
  }
}
