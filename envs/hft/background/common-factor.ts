/**
 * What the fundamentals of several symbols have in common. At a share of the steps, drawn from a stream of its own, all symbols that
 * correlate take the move of one common factor, in proportion to their price, instead of their own: with factor and symbols of one kind
 * that share is the correlation of their moves, and each one's own distribution is what it is alone. Integers only.
 */
import type { Digest } from '../../digest.js';
import type { Stream } from '../../random.js';
import type { ValueSource } from './source.js';
import type { CommonMove } from '../listing.js';

export class CommonFactor {
  private level: number;

  constructor(
    private readonly draws: Stream,
    private readonly source: ValueSource,
    private readonly startTicks: number,
    private readonly permille: number,
  ) {
    this.level = startTicks;
  }

  /** One step of the clock. @returns the move to take, or nothing when every symbol goes its own way */
  step(): CommonMove | undefined {
    const from = this.level;
    this.level = this.source.step();
    return this.draws.chance(this.permille, 1000) ? { from, to: this.level, start: this.startTicks } : undefined;
  }

  reseed(key: number): void {
    for (const stream of this.streams()) stream.key = key;
    this.source.resample();
  }

  digest(into: Digest): void {
    into.int32(this.level);
    for (const stream of this.streams()) into.int(stream.key).int32(stream.counter);
    for (const cell of this.source.memory) into.int(cell);
  }

  snapshot() {
    return {
      level: this.level,
      memory: this.source.memory.slice(),
      streams: this.streams().map(({ key, counter }) => ({ key, counter })),
    };
  }

  restore(from: ReturnType<CommonFactor['snapshot']>): void {
    this.level = from.level;
    this.source.memory.set(from.memory);
    this.streams().forEach((stream, i) => Object.assign(stream, from.streams[i]!));
  }

  private streams(): Stream[] {
    return [this.draws, this.source.stream];
  }
}
