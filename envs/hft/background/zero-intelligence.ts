/**
 * A zero-intelligence trader (Gode and Sunder 1993; Smith, Farmer, Gillemot and Krishnamurthy 2003): limit orders, market orders and
 * cancellations at random times and random prices near the touch, with no view of what the price should be. Distances from the touch
 * and sizes have the power-law tails observed (Zovko and Farmer 2002; Gabaix et al. 2003). It fills the book and makes resting orders fill.
 */
import type { Stream } from '../../random.js';
import { BUY } from '../exchange/book.js';
import type { Exchange } from '../exchange/exchange.js';
import type { BackgroundAgent } from './agent.js';
import { Act, NoiseActs } from './noise-acts.js';

/** How one trader behaves. */
export interface NoiseSettings {
  /** Mean time between two acts. */
  meanWaitUs: number;
  /** Shares of its acts that place and cancel, in permille; the rest take. */
  limitPermille: number;
  cancelPermille: number;
  /** Share of its limit orders that improve on the best price, where the spread allows, in permille. */
  improvePermille: number;
  /** Least distance behind the best price in 1024ths of a tick (512 rounds down to 0 for most), and the largest. */
  distanceLeast1024: number;
  distanceMost: number;
  /** Least size in 1024ths of a share, and the largest. */
  sizeLeast1024: number;
  sizeMost: number;
  /** Resting orders it keeps at most; the oldest is withdrawn to make place. */
  resting: number;
}

const COUNT = 0;
const IDS = 1;

export class ZeroIntelligence implements BackgroundAgent {
  readonly kind = 'noise';
  /** How many orders it has (some may have filled since), and their ids, oldest first. */
  readonly memory: Float64Array;
  private readonly acts: NoiseActs;

  constructor(
    readonly stream: Stream,
    private readonly owner: number,
    private readonly settings: NoiseSettings,
  ) {
    this.memory = new Float64Array(IDS + settings.resting);
    this.acts = new NoiseActs(stream, settings);
  }

  wait(): number {
    return this.acts.wait();
  }

  turn(exchange: Exchange): number {
    this.wake(exchange);
    return this.wait();
  }

  wake(exchange: Exchange): void {
    const { acts } = this;
    acts.next();
    if (acts.what === Act.PLACE) this.place(exchange);
    else if (acts.what === Act.WITHDRAW) this.withdraw(exchange, acts.size);
    else exchange.take(this.owner, acts.side, acts.size, 2);
  }

  private place(exchange: Exchange): void {
    const { memory, acts } = this;
    const { side, away } = acts;
    const bid = exchange.bid();
    const ask = exchange.ask();
    const price = side === BUY ? Math.min(bid - away, ask - 1) : Math.max(ask + away, bid + 1);
    if (memory[COUNT]! >= this.settings.resting) this.withdraw(exchange, 0);
    const id = exchange.limit(this.owner, side, price, acts.size);
    if (id > 0) memory[IDS + memory[COUNT]!++] = id;
  }

  /** Cancels the order at `place` in its list, if the list is that long; what filled meanwhile is forgotten. */
  private withdraw(exchange: Exchange, place: number): void {
    const { memory } = this;
    const count = memory[COUNT]!;
    if (place >= count) return;
    exchange.cancel(memory[IDS + place]!);
    // A few cells: moving them one by one costs less than a call to do it.
    for (let i = IDS + place; i < IDS + count - 1; i++) memory[i] = memory[i + 1]!;
    memory[COUNT] = count - 1;
    memory[IDS + count - 1] = 0;
  }
}
