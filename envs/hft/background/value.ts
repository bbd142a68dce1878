/**
 * The fundamental value of the synthetic market: a random walk with jumps, in whole ticks, moving at the steps of the market's clock.
 * Jumps are what latency is about; the walk keeps everything between them uncertain.
 */
import type { Stream } from '../../random.js';
import type { Preset } from './crowd.js';
import type { ValueSource } from './source.js';

/** Chances are per step (20 a second), in permille. */
const STRENGTH: Record<Preset, { jumpPermille: number; walkPermille: number }> = {
  calm: { jumpPermille: 12, walkPermille: 40 },
  normal: { jumpPermille: 25, walkPermille: 60 },
  fast: { jumpPermille: 45, walkPermille: 100 },
};
/** Sizes of jumps in ticks, equally likely. */
const JUMPS = [3, 3, 3, 4, 4, 4, 5, 5, 5, 6, 6, 7, 8, 9, 11, 14] as const;

export class FundamentalValue implements ValueSource {
  /** The value in ticks. */
  readonly memory: Float64Array;
  private readonly strength: { jumpPermille: number; walkPermille: number };

  constructor(
    readonly stream: Stream,
    startTicks: number,
    preset: Preset,
  ) {
    this.memory = Float64Array.of(startTicks);
    this.strength = STRENGTH[preset];
  }

  step(): number {
    const what = this.stream.below(1000);
    const { jumpPermille, walkPermille } = this.strength;
    let move = 0;
    if (what < jumpPermille) move = JUMPS[this.stream.below(JUMPS.length)]!;
    else if (what < jumpPermille + walkPermille) move = 1;
    if (move > 0 && this.stream.below(2) === 0) move = -move;
    this.memory[0] = Math.max(100, this.memory[0]! + move);
    return this.memory[0]!;
  }

  resample(): void {
    // Memoryless: a new seed is all it takes.
  }
}
