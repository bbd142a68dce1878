/** The meter: won by hitting, by having blows guarded and by being hit; spent on the super. Kept from round to round. */
import * as A from './arena.js';

export const METER_FULL = 100;

/** Adds to a fighter's meter, up to full. */
export function gain(w: Int32Array, f: number, amount: number): void {
  w[f + A.METER] = Math.min(METER_FULL, w[f + A.METER]! + amount);
}
