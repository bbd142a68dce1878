/** How much somebody may send: so many units a real second, and some at once (a token bucket). */
import { monotonicUs } from '../host/clock.js';

export class Allowance {
  private left: number;
  private atUs: number;

  /** @param perSecond what comes back each real second @param burst the most there ever is, and what there is at first */
  constructor(
    private readonly perSecond: number,
    private readonly burst: number,
    nowUs = monotonicUs(),
  ) {
    this.left = burst;
    this.atUs = nowUs;
  }

  /** Gives some back before its time. */
  earn(units: number): void {
    this.left = Math.min(this.burst, this.left + units);
  }

  /** Takes one unit; false, and nothing taken, when there is none. */
  take(nowUs = monotonicUs()): boolean {
    this.left = Math.min(this.burst, this.left + ((nowUs - this.atUs) * this.perSecond) / 1_000_000);
    this.atUs = nowUs;
    if (this.left < 1) return false;
    this.left--;
    return true;
  }
}
