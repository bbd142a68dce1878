/** Bundles that are just being received: they take a place before they are in the store, so that many sent at once are not more than may wait. */
import type { Coming } from '../store/admission.js';

export class Arrivals {
  private readonly byHolder = new Map<string, number>();
  private all = 0;

  /**
   * Counts one as long as it is being received. @param work is told how many there are, this one among them
   */
  async during<T>(holder: string, work: (coming: Coming) => Promise<T>): Promise<T> {
    const ofHolder = (this.byHolder.get(holder) ?? 0) + 1;
    this.byHolder.set(holder, ofHolder);
    this.all++;
    try {
      return await work({ ofHolder, all: this.all });
    } finally {
      this.all--;
      const left = this.byHolder.get(holder)! - 1;
      if (left > 0) this.byHolder.set(holder, left);
      else this.byHolder.delete(holder);
    }
  }
}
