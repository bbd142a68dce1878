/**
 * A market maker that quotes on both sides of its own lagged view of the index, leaning against its inventory
 * (the shape of Ho and Stoll 1981). Between a move of the index and its next look its quotes are stale: what a fast agent lives on.
 * Its orders may take: when its view has moved through resting orders, it trades with them, so stale orders of others are picked off.
 */
import type { Stream } from '../../random.js';
import { BUY, SELL, type Side } from '../book.js';
import type { Exchange } from '../exchange.js';
import type { BackgroundAgent } from './agent.js';
import { waitUs } from './waiting.js';

/** How one maker behaves. */
export interface MakerSettings {
  /** Mean time between two looks, and the age of what it then sees, in steps of the market's clock. */
  meanWaitUs: number;
  lagSteps: number;
  /** Half the spread it quotes, in ticks, and shares per level, best first. */
  halfSpread: number;
  sizes: readonly number[];
  /** Shares of inventory for which it moves its quotes by one tick, at most `maxSkew`. */
  skewShares: number;
  maxSkew: number;
}

export class MarketMaker implements BackgroundAgent {
  readonly kind = 'maker';
  /** Ids of its quotes: bids best first, then asks best first; 0 where there is none. */
  readonly memory: Float64Array;

  constructor(
    readonly stream: Stream,
    private readonly owner: number,
    private readonly settings: MakerSettings,
  ) {
    this.memory = new Float64Array(settings.sizes.length * 2);
  }

  wait(): number {
    return waitUs(this.stream, this.settings.meanWaitUs);
  }

  wake(exchange: Exchange): void {
    const { lagSteps, halfSpread, sizes, skewShares, maxSkew } = this.settings;
    const { history } = exchange;
    // The mean of two looks a step apart, so that a flicker of the index by a tick does not move every quote.
    const view = (history.indexAgo(lagSteps) + history.indexAgo(lagSteps + 1) + (this.stream.below(2) === 0 ? 0 : 1)) >> 1;
    const lean = Math.max(-maxSkew, Math.min(maxSkew, -Math.trunc(exchange.accounts.position[this.owner]! / skewShares)));
    const bid = view + lean - halfSpread;
    const ask = view + lean + halfSpread;
    // Outdated quotes go first, so that it never meets its own.
    for (let level = 0; level < sizes.length; level++) {
      this.review(exchange, level, bid - level);
      this.review(exchange, sizes.length + level, ask + level);
    }
    for (let level = 0; level < sizes.length; level++) {
      this.quote(exchange, level, BUY, bid - level, sizes[level]!);
      this.quote(exchange, sizes.length + level, SELL, ask + level, sizes[level]!);
    }
  }

  /** Keeps a quote that still rests at the wanted price (and its place in the queue); takes any other out. */
  private review(exchange: Exchange, place: number, price: number): void {
    const id = this.memory[place]!;
    if (id === 0) return;
    if (exchange.book.alive(id)) {
      if (exchange.book.priceOf(id) === price) return;
      exchange.cancel(id);
    }
    this.memory[place] = 0;
  }

  private quote(exchange: Exchange, place: number, side: Side, price: number, size: number): void {
    if (this.memory[place] !== 0) return;
    const id = exchange.limit(this.owner, side, price, size);
    this.memory[place] = id > 0 ? id : 0;
  }
}
