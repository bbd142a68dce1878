/** Draws with known laws, for tests of estimators. */
import { keyOf, Stream } from '../../../../envs/random.js';

export class Draws {
  private readonly stream: Stream;

  constructor(seed: number) {
    this.stream = new Stream(keyOf(seed, 0x7e57), 1);
  }

  /** In (0, 1]. */
  uniform(): number {
    return (this.stream.next() + 1) / 0x100000000;
  }

  exponential(mean: number): number {
    return -mean * Math.log(this.uniform());
  }

  normal(): number {
    return Math.sqrt(-2 * Math.log(this.uniform())) * Math.cos(2 * Math.PI * this.uniform());
  }

  /** P(X > x) = x^-a for x >= 1. */
  pareto(a: number): number {
    return this.uniform() ** (-1 / a);
  }

  poisson(mean: number): number {
    let count = 0;
    for (let sum = this.exponential(1); sum < mean; sum += this.exponential(1)) count++;
    return count;
  }

  sign(): 1 | -1 {
    return this.uniform() < 0.5 ? 1 : -1;
  }
}
