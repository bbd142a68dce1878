/**
 * Orders that depend on something: stops, which wait for a trade at their trigger, and one-cancels-other pairs. They have ids of the
 * book (`Book.reserve`) from the start, and the exchange sends them in. Nothing of this costs an ordinary order more than a comparison.
 *
 * Triggers are reached in the order of the trades; by one trade first the buys, lowest trigger first, then the sells, highest first; at
 * one trigger the oldest first. A stop that was reached is due: it enters when the order that reached it has finished, after those that
 * were due before it.
 */
import type { Digest } from '../../digest.js';
import { BUY, type Kind, type Prevention, type Side } from './order.js';

/** A stop that waits or is due. The book keeps its size, limit and what it shows. */
export interface Stop {
  readonly id: number;
  readonly owner: number;
  readonly side: Side;
  readonly kind: Kind;
  readonly triggerTicks: number;
  readonly prevention: Prevention;
}

/** A live order that is one of a pair; `other` is the other's id, 0 while there is none. */
interface Leg {
  readonly owner: number;
  readonly pair: number;
  readonly side: Side;
  readonly waits: boolean;
  readonly other: number;
}

export interface ConditionalSnapshot {
  buys: Stop[];
  sells: Stop[];
  legs: [number, Leg][];
}

export class Conditionals {
  /** Lowest trigger first, oldest first. */
  private buys: Stop[] = [];
  /** Highest trigger first, oldest first. */
  private sells: Stop[] = [];
  private due: Stop[] = [];
  private legs = new Map<number, Leg>();

  /** How many stops wait or are due. */
  get waiting(): number {
    return this.buys.length + this.sells.length + this.due.length;
  }

  /** How many stops are to enter now. */
  get dueCount(): number {
    return this.due.length;
  }

  /** Whether there is any stop or pair at all. */
  get any(): boolean {
    return this.legs.size > 0 || this.waiting > 0;
  }

  wait(stop: Stop): void {
    const queue = stop.side === BUY ? this.buys : this.sells;
    const sign = stop.side === BUY ? 1 : -1;
    let low = 0;
    let high = queue.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((queue[middle]!.triggerTicks - stop.triggerTicks) * sign <= 0) low = middle + 1;
      else high = middle;
    }
    queue.splice(low, 0, stop);
  }

  /** Changes a stop that waits; it queues behind those of its trigger. */
  move(stop: Stop): void {
    const queue = stop.side === BUY ? this.buys : this.sells;
    queue.splice(
      queue.findIndex((s) => s.id === stop.id),
      1,
    );
    this.wait(stop);
  }

  /** The stop with this id, while it waits or is due. */
  stop(id: number): Stop | undefined {
    const named = (s: Stop): boolean => s.id === id;
    return this.buys.find(named) ?? this.sells.find(named) ?? this.due.find(named);
  }

  /** Makes the stops due that a trade at this price reaches. @returns the ids of orders that go because the other of their pair is due */
  reach(priceTicks: number): number[] {
    const cancelled: number[] = [];
    for (const queue of [this.buys, this.sells]) {
      const sign = queue === this.buys ? 1 : -1;
      while (queue.length > 0 && (priceTicks - queue[0]!.triggerTicks) * sign >= 0) {
        const stop = queue.shift()!;
        this.due.push(stop);
        const other = this.part(stop.id);
        if (other === 0) continue;
        this.forget(other);
        cancelled.push(other);
      }
    }
    return cancelled;
  }

  /** The stop that is to enter next. */
  next(): Stop | undefined {
    return this.due.shift();
  }

  /** Drops what is kept of an order that ended. */
  forget(id: number): void {
    if (this.waiting > 0) {
      for (const queue of [this.buys, this.sells, this.due]) {
        const at = queue.findIndex((s) => s.id === id);
        if (at >= 0) queue.splice(at, 1);
      }
    }
    this.part(id);
  }

  /** Ids of an owner's stops that wait, buys first, in the order in which they would be reached. */
  ownedBy(owner: number, side?: Side): number[] {
    return [...this.buys, ...this.sells, ...this.due]
      .filter((s) => s.owner === owner && (side === undefined || s.side === side))
      .map((s) => s.id);
  }

  /** Why this order cannot be one of the pair; undefined where it can. */
  unfit(owner: number, pair: number, side: Side, waits: boolean): string | undefined {
    const mates = [...this.legs.values()].filter((leg) => leg.owner === owner && leg.pair === pair);
    if (mates.length > 1) return `pair ${pair} has two live orders already; accepted: two to a pair`;
    const [mate] = mates;
    if (mate !== undefined && mate.side === side && !mate.waits && !waits) {
      return `both orders of pair ${pair} would rest on the same side, where one order could fill both; accepted: opposite sides, or a stop`;
    }
    return undefined;
  }

  /** Makes a live order one of a pair. */
  pair(id: number, owner: number, pair: number, side: Side, waits: boolean): void {
    let other = 0;
    for (const [mateId, mate] of this.legs) {
      if (mate.owner !== owner || mate.pair !== pair) continue;
      other = mateId;
      this.legs.set(mateId, { ...mate, other: id });
    }
    this.legs.set(id, { owner, pair, side, waits, other });
  }

  /** Ends an order's being one of a pair. @returns the other's id, 0 if it had none */
  part(id: number): number {
    const leg = this.legs.get(id);
    if (leg === undefined) return 0;
    this.legs.delete(id);
    const other = this.legs.get(leg.other);
    if (other === undefined) return 0;
    this.legs.set(leg.other, { ...other, other: 0 });
    return leg.other;
  }

  digest(into: Digest): void {
    for (const queue of [this.buys, this.sells]) {
      into.int32(queue.length);
      for (const s of queue) into.int(s.id).int32(s.owner).int32(s.kind).int32(s.triggerTicks).int32(s.prevention);
    }
    into.int32(this.legs.size);
    for (const [id, leg] of this.legs) into.int(id).int32(leg.pair).int(leg.other);
  }

  /** A copy, while no order is under way (nothing is due). */
  snapshot(): ConditionalSnapshot {
    return { buys: this.buys.slice(), sells: this.sells.slice(), legs: [...this.legs] };
  }

  restore(from: ConditionalSnapshot): void {
    this.buys = from.buys.slice();
    this.sells = from.sells.slice();
    this.due = [];
    this.legs = new Map(from.legs);
  }
}
