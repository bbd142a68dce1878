/** What every background agent is: something that wakes, acts on the exchange, and says when it wakes next. */
import type { Digest } from '../../digest.js';
import type { Stream } from '../../random.js';
import type { Exchange } from '../exchange/exchange.js';

/** The class of a background agent, as named in executions. */
export type BackgroundKind = 'maker' | 'noise' | 'hawkes' | 'informed' | 'momentum' | 'metaorder' | 'reader' | 'replay';

/**
 * A background agent. All that it remembers is in `memory` and in its stream's position, so that a snapshot is a copy.
 * Waiting times are memoryless, so drawing them again from another seed (`reseed`) leaves no trace of the realised future.
 */
export interface BackgroundAgent {
  readonly kind: BackgroundKind;
  readonly stream: Stream;
  readonly memory: Float64Array;
  /** Time until the next wake, microseconds, at least 1. */
  wait(): number;
  wake(exchange: Exchange): void;
  /** `wake`, then `wait`: one call where a market makes hundreds of thousands a second. */
  turn(exchange: Exchange): number;
  /** Called after a new seed, before it is asked to wait: whatever was already fixed about its future has to be drawn again. */
  resample?(): void;
}

/** Adds an agent to a digest. */
export function digestAgent(agent: BackgroundAgent, into: Digest): void {
  into.int(agent.stream.key).int32(agent.stream.counter);
  for (const cell of agent.memory) into.int(cell);
}
