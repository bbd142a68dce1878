/**
 * Which of several arms pays in which situation, learned while playing: Gaussian Thompson sampling (Agrawal and Goyal, "Further optimal
 * regret bounds for Thompson sampling", AISTATS 2013, algorithm 2) with discounted counts (Raj and Kalyani, "Taming non-stationary
 * bandits", 2017), since an opponent or a market changes. docs/adaptive.md has the formula. Only + - x / and sqrt are used, and draws come from a
 * seeded stream: the same gains in the same order give the same choices on every machine.
 */
import { keyOf, Stream } from '../../envs/random.js';

export interface LearnerSettings {
  /** What an observed gain still weighs after one more in the same situation: 1 forgets nothing. */
  discount: number;
  /** The spread of the draws, in standard deviations of what is known: 0 takes what looks best. */
  explore: number;
}

interface Tally {
  /** Discounted number of gains. */
  count: number;
  /** Discounted sum of their values. */
  sum: number;
}

interface Place {
  arms: Map<string, Tally>;
  /** Discounted number and sum of squares over all arms: the scale of gains here. */
  count: number;
  squares: number;
}

/** What is known of an arm in a situation. */
export interface Known {
  count: number;
  mean: number;
}

/** Which purpose the draws are for, so that nothing else shares them. */
const DRAWS = 0x61726d73;

export class Learner {
  private readonly places = new Map<string, Place>();
  /** Discounted gain and time over everything: what a unit of time is worth. */
  private gain = 0;
  private timeUs = 0;
  private readonly stream: Stream;

  /** @param arms their names, at least one @param seed the same gains after the same seed give the same choices */
  constructor(
    private readonly arms: readonly string[],
    private readonly settings: LearnerSettings,
    seed: number,
  ) {
    this.stream = new Stream(keyOf(seed, DRAWS), 0);
  }

  /** The arm to ask: one that was never credited here if there is any, else the one with the highest draw. */
  choose(situation: string): string {
    const place = this.place(situation);
    const fresh = this.arms.filter((arm) => !place.arms.has(arm));
    if (fresh.length > 0) return fresh[this.stream.below(fresh.length)]!;
    const scale = place.count > 0 ? Math.sqrt(place.squares / place.count) : 0;
    let best = { arm: this.arms[0]!, draw: -Infinity };
    for (const arm of this.arms) {
      const { count, mean } = this.known(situation, arm);
      const draw = mean + (this.settings.explore * scale * this.normal()) / Math.sqrt(count + 1);
      if (draw > best.draw) best = { arm, draw };
    }
    return best.arm;
  }

  /**
   * An arm that was asked in a situation was followed by this gain over so much time. What counts is the gain beyond what this time usually brings.
   * @param overUs positive, in world microseconds
   */
  learn(situation: string, arm: string, gain: number, overUs: number): void {
    const { discount } = this.settings;
    const usual = this.timeUs > 0 ? this.gain / this.timeUs : 0;
    this.gain = this.gain * discount + gain;
    this.timeUs = this.timeUs * discount + overUs;
    const value = gain - usual * overUs;
    const place = this.place(situation);
    for (const tally of place.arms.values()) {
      tally.count *= discount;
      tally.sum *= discount;
    }
    const tally = place.arms.get(arm) ?? { count: 0, sum: 0 };
    place.arms.set(arm, { count: tally.count + 1, sum: tally.sum + value });
    place.count = place.count * discount + 1;
    place.squares = place.squares * discount + value * value;
  }

  /** What is known of an arm: its mean leans towards 0, the usual, as by one more gain of that size. */
  known(situation: string, arm: string): Known {
    const { count, sum } = this.places.get(situation)?.arms.get(arm) ?? { count: 0, sum: 0 };
    return { count, mean: sum / (count + 1) };
  }

  private place(situation: string): Place {
    let place = this.places.get(situation);
    if (!place) {
      place = { arms: new Map(), count: 0, squares: 0 };
      this.places.set(situation, place);
    }
    return place;
  }

  /** Nearly normal, mean 0 and variance 1: twelve uniform draws together, less six. No logarithm, which differs between machines. */
  private normal(): number {
    let sum = -6;
    for (let i = 0; i < 12; i++) sum += this.stream.next() / 0x100000000;
    return sum;
  }
}
