/**
 * Informed traders (the shape of Glosten and Milgrom 1985): they look at the fundamental through the public index whenever it is published
 * and take quotes that it has left behind. Whether one acts depends on how far behind they are: large gaps are gone at once, small ones linger.
 * Its order is on its way for a fraction of a millisecond, so two that act on the same news race for the same quotes, and one comes too late
 * (Budish, Cramton and Shim 2015).
 */
import type { Stream } from '../../random.js';
import { BUY, SELL, type Side } from '../exchange/book.js';
import type { Exchange } from '../exchange/exchange.js';
import { STEP_US } from '../history.js';
import type { Wire } from '../news/wire.js';
import type { BackgroundAgent } from './agent.js';
import { powerLaw, THREE_HALVES } from './power-law.js';
import { waitUs } from './waiting.js';

/** How one informed trader behaves. */
export interface InformedSettings {
  /** Age of what it sees, in steps of the market's clock. */
  lagSteps: number;
  /** Mean time from the index's step to its look, and from its look to its order's arrival. */
  lookUs: number;
  orderUs: number;
  /** It looks at random times instead, this far apart on average (absent: at the index's steps). */
  everyUs?: number;
  /** Chance per look of acting, in permille, by the ticks of edge at the best price; the last entry holds for all larger ones. */
  noticePermille: readonly number[];
  sizeLeast1024: number;
  sizeMost: number;
}

/** When it last woke; its order on the way: side, limit price, shares (0: none). */
const WOKE = 0;
const SIDE = 1;
const PRICE = 2;
const SIZE = 3;

export class InformedTrader implements BackgroundAgent {
  readonly kind = 'informed';
  readonly memory = new Float64Array(4);

  constructor(
    readonly stream: Stream,
    private readonly owner: number,
    private readonly settings: InformedSettings,
    private readonly wire?: Wire,
  ) {}

  /** Until its order arrives, or until shortly after the index's next step. */
  wait(): number {
    const { memory: m, settings, stream } = this;
    if (m[SIZE]! > 0) return waitUs(stream, settings.orderUs);
    if (settings.everyUs !== undefined) return waitUs(stream, settings.everyUs);
    const toStep = (Math.floor(m[WOKE]! / STEP_US) + 1) * STEP_US - m[WOKE]!;
    return toStep + waitUs(stream, settings.lookUs);
  }

  turn(exchange: Exchange): number {
    this.wake(exchange);
    return this.wait();
  }

  wake(exchange: Exchange): void {
    const { memory: m, settings, stream } = this;
    m[WOKE] = exchange.now;
    if (m[SIZE]! > 0) {
      const best = m[SIDE] === BUY ? exchange.ask() : exchange.bid();
      const reach = (m[PRICE]! - best) * (m[SIDE] === BUY ? 1 : -1);
      exchange.take(this.owner, m[SIDE] as Side, m[SIZE]!, reach);
      m[SIZE] = 0;
      return;
    }
    const index = exchange.history.indexAgo(settings.lagSteps) + (this.wire?.opinionTicks ?? 0);
    const side: Side = index > exchange.ask() ? BUY : SELL;
    const edge = side === BUY ? index - exchange.ask() : exchange.bid() - index;
    if (edge <= 0) return;
    if (stream.below(1000) >= settings.noticePermille[Math.min(edge, settings.noticePermille.length - 1)]!) return;
    m[SIDE] = side;
    // Down to a tick of edge: what is better is worth having.
    m[PRICE] = side === BUY ? index - 1 : index + 1;
    m[SIZE] = Math.max(1, powerLaw(stream, THREE_HALVES, settings.sizeLeast1024, settings.sizeMost));
  }
}
