/** Momentum traders (Chiarella and Iori 2002): they take in the direction in which the mid has moved, whatever it is worth. */
import type { Stream } from '../../random.js';
import { BUY, SELL } from '../exchange/book.js';
import type { Exchange } from '../exchange/exchange.js';
import type { BackgroundAgent } from './agent.js';
import { waitUs } from './waiting.js';

/** How one follower behaves. */
export interface MomentumSettings {
  meanWaitUs: number;
  /** It compares the mid with that of this many steps of the clock ago (at most 120). */
  lookBackSteps: number;
  /** Ticks of move from which it acts, the chance then, in permille, and largest size in shares. */
  fromTicks: number;
  actPermille: number;
  sizeMost: number;
  reach: number;
}

export class MomentumTrader implements BackgroundAgent {
  readonly kind = 'momentum';
  readonly memory = new Float64Array(0);

  constructor(
    readonly stream: Stream,
    private readonly owner: number,
    private readonly settings: MomentumSettings,
  ) {}

  wait(): number {
    return waitUs(this.stream, this.settings.meanWaitUs);
  }

  turn(exchange: Exchange): number {
    this.wake(exchange);
    return this.wait();
  }

  wake(exchange: Exchange): void {
    const { lookBackSteps, fromTicks, actPermille, sizeMost, reach } = this.settings;
    const move2 = exchange.mid2() - exchange.history.mid2Ago(lookBackSteps);
    if (Math.abs(move2) < 2 * fromTicks || this.stream.below(1000) >= actPermille) return;
    exchange.take(this.owner, move2 > 0 ? BUY : SELL, this.stream.between(1, sizeMost), reach);
  }
}
