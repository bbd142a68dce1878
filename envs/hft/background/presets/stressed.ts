/** A stressed day: twice the jumps, quotes wider and thinner, takers in clusters. */
import type { PresetSettings } from '../settings.js';
import { smallTick } from './small-tick.js';

export const stressed: PresetSettings = {
  ...smallTick,
  value: { ...smallTick.value, walkPermille: 260, jumpPer100k: 2400 },
  makers: smallTick.makers.map((one) => ({
    ...one,
    halfSpread2: one.halfSpread2 + 1,
    sizes: one.sizes.map((size) => Math.ceil(size / 2)),
    widerPermille: 400,
    maxWider2: 8,
  })),
  hawkes: smallTick.hawkes.map((one) => ({ ...one, base: 600_000, perTick: 30_000 })),
  momentum: [{ meanWaitUs: 300_000, lookBackSteps: 40, fromTicks: 10, actPermille: 500, sizeMost: 16, reach: 2 }],
};
