/**
 * A seeded path through published bars, of a second or longer: open, then high and low in random order, then close, in straight lines of whole ticks.
 * Where inside its time a bar's price went was never published; this path is one guess and is part of the seed.
 * After a new seed (futures for the oracle) the bars to come are no longer the day's own: blocks of other bars are appended at the
 * present price (a moving-block bootstrap, Kuensch 1989), so that no valuation knows the realised day.
 */
import type { Stream } from '../../random.js';
import { STEP_US } from '../history.js';
import type { ValueSource } from './source.js';

const STEPS_A_SECOND = 1_000_000 / STEP_US;
const BLOCK_BARS = 10;

/** Cells of the memory. */
const STEP = 0;
const BAR = 1;
const SHIFT = 2;
const HIGH_FIRST = 3;
const TURN_1 = 4;
const TURN_2 = 5;
const BOOTSTRAP_LEFT = 6;
const VALUE = 7;

export type Bar = readonly [open: number, high: number, low: number, close: number];

export class BarPath implements ValueSource {
  /** Step inside the bar, the bar, ticks added to its prices, its path's shape, bars left of the bootstrap's block (-1: the day itself), the value. */
  readonly memory = new Float64Array(8);

  /** Steps of a bar. */
  private readonly steps: number;

  constructor(
    readonly stream: Stream,
    private readonly bars: readonly Bar[],
    /** Steps to stand still at the first open, while the background warms up. */
    warmUpSteps: number,
    barSeconds = 1,
  ) {
    this.steps = STEPS_A_SECOND * barSeconds;
    this.memory[STEP] = -warmUpSteps;
    this.memory[BOOTSTRAP_LEFT] = -1;
    this.memory[VALUE] = bars[0]![0];
  }

  step(): number {
    const m = this.memory;
    if (m[STEP]! < 0) {
      m[STEP]!++;
      return m[VALUE]!;
    }
    if (m[STEP]! % this.steps === 0) this.begin();
    m[STEP]!++;
    const [open, high, low, close] = this.bars[m[BAR]!]!;
    const [first, second] = m[HIGH_FIRST] === 1 ? [high, low] : [low, high];
    const at = m[STEP]!;
    const price =
      at <= m[TURN_1]!
        ? between(open, first, at, m[TURN_1]!)
        : at <= m[TURN_2]!
          ? between(first, second, at - m[TURN_1]!, m[TURN_2]! - m[TURN_1]!)
          : between(second, close, at - m[TURN_2]!, this.steps - m[TURN_2]!);
    m[VALUE] = Math.max(100, price + m[SHIFT]!);
    return m[VALUE]!;
  }

  resample(): void {
    // The rest of the present bar is redrawn too: what is left of it becomes the start of a bootstrap block.
    this.memory[STEP] = Math.min(this.memory[STEP]!, 0);
    this.memory[BOOTSTRAP_LEFT] = 0;
  }

  /** Goes to the next bar and draws its shape. */
  private begin(): void {
    const m = this.memory;
    const first = m[STEP] === 0 && m[TURN_2] === 0;
    if (m[BOOTSTRAP_LEFT]! < 0) m[BAR] = first ? 0 : (m[BAR]! + 1) % this.bars.length;
    else if (m[BOOTSTRAP_LEFT]! > 0) {
      m[BOOTSTRAP_LEFT]!--;
      m[BAR] = (m[BAR]! + 1) % this.bars.length;
      m[SHIFT] = m[VALUE]! - this.bars[m[BAR]!]![0];
    } else {
      m[BOOTSTRAP_LEFT] = BLOCK_BARS - 1;
      m[BAR] = this.stream.below(this.bars.length);
      m[SHIFT] = m[VALUE]! - this.bars[m[BAR]!]![0];
    }
    m[STEP] = 0;
    m[HIGH_FIRST] = this.stream.below(2);
    m[TURN_1] = this.stream.between(1, this.steps - 2);
    m[TURN_2] = this.stream.between(m[TURN_1]! + 1, this.steps - 1);
  }
}

/** The integer between `from` and `to` after `step` of `steps` equal steps. */
function between(from: number, to: number, step: number, steps: number): number {
  return from + Math.trunc(((to - from) * step) / steps);
}
