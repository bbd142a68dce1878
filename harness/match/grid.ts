/**
 * The moments at which a match publishes: the world's own publishing moments, thinned when they would come less than a real
 * millisecond apart. Both clocks and replay use the same grid, so observations are pushed at the same world times under each.
 */
import type { AnyEnvironment, Micros } from '../../envs/environment.js';

/** Real time that two publishing moments are at least apart, in microseconds. */
const LEAST_APART_US = 1000;

/** Fastest a world may run, in world microseconds a real one: no world is played faster, and its grid stays cheap to reckon. */
export const MAX_SPEED = 1_000_000;

/** How many of the world's ticks make one publishing step at this speed. */
export function strideOf(tickUs: Micros, speed: number): number {
  return Math.max(1, Math.ceil((LEAST_APART_US * speed) / tickUs - 1e-9));
}

export class PublishGrid {
  /** The next publishing moment; the first is strictly after 0. */
  next: Micros;
  /** The last publishing moment that was taken; 0 before any. */
  last: Micros = 0;

  constructor(
    private readonly env: Pick<AnyEnvironment, 'nextPublish' | 'nextChange'>,
    readonly stride: number,
  ) {
    this.next = this.after(0);
  }

  /** Goes on to the following publishing moment. */
  take(): void {
    this.last = this.next;
    this.next = this.after(this.last);
  }

  /** Goes on as if `last` had been taken last. */
  resume(last: Micros): void {
    this.last = last;
    this.next = this.after(last);
  }

  private after(from: Micros): Micros {
    let at = from;
    for (let i = 0; i < this.stride; i++) {
      const following = this.env.nextPublish(at);
      if (following === Infinity) {
        // A world that publishes no more still has to be brought to its end.
        return at > from ? at : Math.max(from + 1, this.env.nextChange());
      }
      at = following;
    }
    return at;
  }
}
