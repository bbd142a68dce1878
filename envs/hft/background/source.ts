/** Where the fundamental value comes from: made up as it goes, or a path inside published bars. */
import type { Stream } from '../../random.js';
import type { Exchange } from '../exchange/exchange.js';

export interface ValueSource {
  readonly stream: Stream;
  /** All that it remembers besides its stream's position. */
  readonly memory: Float64Array;
  /** How busy the market is, 1000 on average; absent: always the same. */
  readonly activityPermille?: number;
  /** Moves on by one step of the market's clock. @returns the value in ticks, a positive integer */
  step(): number;
  /** Told once of the exchange it belongs to: for a source that reads its value from the book. */
  attach?(exchange: Exchange): void;
  /** Called after a new seed: whatever was already fixed about the future has to be drawn again. */
  resample(): void;
}
