/**
 * Readers of the wire: once a part of the crowd has read an item, by its words or by its meaning, they take the quotes that it makes stale. Makers
 * hear of it from them: a touch that has moved is what makes them look up.
 */
import type { Stream } from '../../random.js';
import { BUY, SELL } from '../exchange/book.js';
import type { Exchange } from '../exchange/exchange.js';
import type { Wire } from '../news/wire.js';
import type { BackgroundAgent } from './agent.js';
import { powerLaw, THREE_HALVES } from './power-law.js';
import { waitUs } from './waiting.js';

/** How one reader behaves. */
export interface NewsReaderSettings {
  /** How it reads. */
  by: 'words' | 'meaning';
  /** Mean time between two looks. */
  meanWaitUs: number;
  /** Least ticks of edge, sizes in shares (the least in 1024ths), and the ticks beyond the best price it accepts. */
  edgeTicks: number;
  sizeLeast1024: number;
  sizeMost: number;
  reach: number;
}

export class NewsReader implements BackgroundAgent {
  readonly kind = 'reader';
  readonly memory = new Float64Array(0);

  constructor(
    readonly stream: Stream,
    private readonly owner: number,
    private readonly settings: NewsReaderSettings,
    private readonly wire: Wire,
  ) {}

  wait(): number {
    return waitUs(this.stream, this.settings.meanWaitUs);
  }

  turn(exchange: Exchange): number {
    this.wake(exchange);
    return this.wait();
  }

  wake(exchange: Exchange): void {
    const { settings, wire, stream } = this;
    if (!wire.isRead(settings.by)) return;
    const fair = exchange.history.indexAgo(0) + wire.opinionTicks;
    const buys = fair > exchange.ask();
    const edge = buys ? fair - exchange.ask() : exchange.bid() - fair;
    if (edge < settings.edgeTicks) return;
    const size = Math.max(1, powerLaw(stream, THREE_HALVES, settings.sizeLeast1024, settings.sizeMost));
    exchange.take(this.owner, buys ? BUY : SELL, size, Math.min(settings.reach, edge - 1));
  }
}
