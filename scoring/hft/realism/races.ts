/**
 * Latency races after Aquilina, Budish & O'Neill (2022): within a short window, two traders or more go for the same resting orders (one side,
 * one price), at least one to take them, and some succeed and some come too late. Their window is the time light and a fast computer need,
 * at most 500 us; that is the window here. A success is an execution or a cancel; a failure is an order that would take, rests nothing and got
 * nothing although its limit reached the price, or a cancel of an order that was executed inside the window. A price's race is counted once a window.
 */
import type { Side } from '../../../envs/hft/exchange/book.js';

/** How long a race lasts at most. */
export const RACE_US = 500;

interface Success {
  at: number;
  /** The side that the orders raced for rest on. */
  side: Side;
  priceTicks: number;
  owner: number;
  took: boolean;
}

export class RaceWatch {
  races = 0;
  private recent: Success[] = [];
  private counted: { at: number; side: Side; priceTicks: number }[] = [];

  success(at: number, side: Side, priceTicks: number, owner: number, took: boolean): void {
    this.forget(at);
    this.recent.push({ at, side, priceTicks, owner, took });
  }

  /** Someone came too late. @param reaches whether the attempt was at a price */
  failure(at: number, side: Side, owner: number, took: boolean, reaches: (priceTicks: number) => boolean): void {
    this.forget(at);
    const first = this.recent.find((s) => s.side === side && s.owner !== owner && (s.took || took) && reaches(s.priceTicks));
    if (first === undefined) return;
    if (this.counted.some((race) => race.side === side && race.priceTicks === first.priceTicks)) return;
    this.counted.push({ at: first.at, side, priceTicks: first.priceTicks });
    this.races++;
  }

  private forget(now: number): void {
    if (this.recent.length > 0 && now - this.recent[0]!.at > RACE_US) this.recent = this.recent.filter((s) => now - s.at <= RACE_US);
    if (this.counted.length > 0 && now - this.counted[0]!.at > RACE_US) this.counted = this.counted.filter((c) => now - c.at <= RACE_US);
  }
}
