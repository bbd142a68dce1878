/** Damage of hits in a row, and of hits on someone who is about to strike. */

/** Tenths of its damage that the first, second... hit of a combo does; the last for all that follow. */
export const COMBO_TENTHS: readonly number[] = [10, 10, 8, 6, 5, 4, 3];
/** A counter-hit does six fifths of the damage, and its stun is longer by this. */
export const COUNTER_FIFTHS = 6;
export const COUNTER_STUN = 4;

/** Damage of hit `number` (from 1) of a combo, rounded down once. */
export function scaledDamage(damage: number, number: number, counter: boolean): number {
  const tenths = COMBO_TENTHS[Math.min(number, COMBO_TENTHS.length) - 1]!;
  return Math.floor((damage * tenths * (counter ? COUNTER_FIFTHS : 5)) / 50);
}
