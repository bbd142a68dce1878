/** The book behind the interface that its peer has: orders named by strings, a result object with every fill for each message. */
import { Book, type Kind, type Side } from '../../envs/hft/exchange/book.js';
import { slotOf } from '../../envs/hft/exchange/queues.js';

export interface NamedFill {
  id: string;
  price: number;
  size: number;
}

export interface NamedResult {
  id: string;
  rests: boolean;
  left: number;
  fills: readonly NamedFill[];
}

export interface NamedCancel {
  id: string;
  price: number;
  size: number;
  side: Side;
}

const NO_FILLS: readonly NamedFill[] = [];
export class NamedBook {
  private readonly book = new Book(10_000);
  /** The slot in which an order lives, by its name. */
  private readonly slots = new Map<string, number>();
  /** Name and id of the order that lives in a slot or did last. */
  private readonly names: string[] = [];
  private readonly ids: number[] = [];

  add(id: string, side: Side, price: number, size: number, kind: Kind): NamedResult {
    const { book } = this;
    const resting = book.add(-1, side, price, size, kind);
    const fills = book.fillCount === 0 ? NO_FILLS : this.fills();
    if (resting > 0) {
      const slot = slotOf(resting);
      this.slots.set(id, slot);
      this.names[slot] = id;
      this.ids[slot] = resting;
    }
    return { id, rests: resting > 0, left: book.left, fills };
  }

  /** @returns undefined when there is no such order */
  cancel(id: string): NamedCancel | undefined {
    const { book } = this;
    const slot = this.slots.get(id);
    if (slot === undefined) return undefined;
    this.slots.delete(id);
    const resting = this.ids[slot]!;
    const price = book.priceOf(resting);
    const side = book.sideOf(resting);
    return { id, price, size: book.cancel(resting), side };
  }

  private fills(): NamedFill[] {
    const { book, names } = this;
    const fills: NamedFill[] = [];
    for (let i = 0; i < book.fillCount; i++) {
      const maker = book.fillIds[i]!;
      const id = names[slotOf(maker)]!;
      fills.push({ id, price: book.fillPrices[i]!, size: book.fillSizes[i]! });
      // Only the last one met can have shares left.
      if (i + 1 < book.fillCount || !book.alive(maker)) this.slots.delete(id);
    }
    return fills;
  }
}
