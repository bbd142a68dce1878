/**
 * Informed traders (the shape of Glosten and Milgrom 1985; Budish, Cramton and Shim 2015 for the race): they look at the fundamental through the public index and
 * take quotes that it has left behind. How soon one notices depends on how far behind they are: large gaps go at once, small ones linger.
 */
import type { Stream } from '../../random.js';
import { BUY, SELL, type Side } from '../book.js';
import type { Exchange } from '../exchange.js';
import type { BackgroundAgent } from './agent.js';
import { powerLaw, THREE_HALVES } from './power-law.js';
import { waitUs } from './waiting.js';

/** How one informed trader behaves. */
export interface InformedSettings {
  meanWaitUs: number;
  /** Age of what it sees, in steps of the market's clock. */
  lagSteps: number;
  /** Chance per look of acting, in permille, by the ticks of edge beyond the best price; the last entry holds for all larger ones. */
  noticePermille: readonly number[];
  sizeLeast1024: number;
  sizeMost: number;
}

export class InformedTrader implements BackgroundAgent {
  readonly kind = 'informed';
  readonly memory = new Float64Array(0);

  constructor(
    readonly stream: Stream,
    private readonly owner: number,
    private readonly settings: InformedSettings,
  ) {}

  wait(): number {
    return waitUs(this.stream, this.settings.meanWaitUs);
  }

  wake(exchange: Exchange): void {
    const value = exchange.history.indexAgo(this.settings.lagSteps);
    const over = value - exchange.ask();
    if (over > 0) this.act(exchange, BUY, over);
    else {
      const under = exchange.bid() - value;
      if (under > 0) this.act(exchange, SELL, under);
    }
  }

  private act(exchange: Exchange, side: Side, edge: number): void {
    const { noticePermille, sizeLeast1024, sizeMost } = this.settings;
    const chance = noticePermille[Math.min(edge, noticePermille.length - 1)]!;
    if (this.stream.below(1000) >= chance) return;
    const size = Math.max(1, powerLaw(this.stream, THREE_HALVES, sizeLeast1024, sizeMost));
    exchange.take(this.owner, side, size, edge - 1);
  }
}
