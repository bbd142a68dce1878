/** A quiet day: half the volatility of small-tick, fewer jumps, the same crowd in no hurry. */
import type { PresetSettings } from '../settings.js';
import { smallTick } from './small-tick.js';

export const calm: PresetSettings = {
  ...smallTick,
  value: { ...smallTick.value, walkPermille: 80, jumpPer100k: 450, jumpMost: 24 },
  noise: smallTick.noise.map((one) => ({ ...one, meanWaitUs: one.meanWaitUs * 2 })),
  hawkes: smallTick.hawkes.map((one) => ({ ...one, base: 250_000 })),
};
