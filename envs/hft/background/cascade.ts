/**
 * A forced seller, now and then a forced buyer: quiet for a long while, then a burst of market orders that take whatever is there, until it is
 * done or the price is far from the index (the seller of 6 May 2010; Kirilenko, Kyle, Samadi and Tuzun 2017). It begins, goes on and ends at
 * memoryless times.
 */
import type { Stream } from '../../random.js';
import { BUY, SELL } from '../exchange/book.js';
import type { Exchange } from '../exchange/exchange.js';
import type { BackgroundAgent } from './agent.js';
import { waitUs } from './waiting.js';

/** How a cascade goes. */
export interface CascadeSettings {
  /** Mean time between two cascades, and between two orders of one. */
  quietUs: number;
  orderUs: number;
  /** Chance of ending after each order, and of a cascade being one of buying, in permille. */
  endPermille: number;
  buyPermille: number;
  /** Sizes, uniform, and the ticks beyond the best price that an order accepts. */
  sizeLeast: number;
  sizeMost: number;
  reach: number;
  /** It ends for good where the mid is this many ticks from the index. */
  farTicks: number;
}

const STATE = 0;
const QUIET = 0;
const SELLING = 1;
const BUYING = 2;

export class ForcedTrader implements BackgroundAgent {
  readonly kind = 'metaorder';
  /** Quiet, selling or buying. */
  readonly memory = new Float64Array(1);

  constructor(
    readonly stream: Stream,
    private readonly owner: number,
    private readonly settings: CascadeSettings,
  ) {}

  wait(): number {
    return waitUs(this.stream, this.memory[STATE] === QUIET ? this.settings.quietUs : this.settings.orderUs);
  }

  turn(exchange: Exchange): number {
    this.wake(exchange);
    return this.wait();
  }

  wake(exchange: Exchange): void {
    const { memory: m, settings, stream } = this;
    if (m[STATE] === QUIET) {
      m[STATE] = stream.below(1000) < settings.buyPermille ? BUYING : SELLING;
      return;
    }
    const far = Math.abs(exchange.mid2() - 2 * exchange.history.indexAgo(0)) >= 2 * settings.farTicks;
    if (far || stream.below(1000) < settings.endPermille) {
      m[STATE] = QUIET;
      return;
    }
    exchange.take(this.owner, m[STATE] === BUYING ? BUY : SELL, stream.between(settings.sizeLeast, settings.sizeMost), settings.reach);
  }
}
