/** Bundles that are just being received: they take a place before they are in the store, so that many sent at once are not more than may wait. */
import type { Coming } from '../store/admission.js';

export class Arrivals {
  /** Whose each is, by the id that its submission will have, in the order in which they came. */
  private readonly holders = new Map<string, string>();

  /** Counts one as long as it is being received. @param work is told which there are, this one among them */
  async during<T>(holder: string, id: string, work: (coming: Coming) => Promise<T>): Promise<T> {
    this.holders.set(id, holder);
    try {
      const all = [...this.holders.keys()];
      return await work({ all, ofHolder: all.filter((each) => this.holders.get(each) === holder) });
    } finally {
      this.holders.delete(id);
    }
  }
}
