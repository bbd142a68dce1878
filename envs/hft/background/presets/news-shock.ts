/** News every twenty seconds on average, at times drawn from the seed: a large jump of the value, and some busy seconds after it. */
import type { PresetSettings } from '../settings.js';
import { smallTick } from './small-tick.js';

export const newsShock: PresetSettings = {
  ...smallTick,
  value: {
    ...smallTick.value,
    jumpPer100k: 600,
    news: { per100k: 250, least: 15, most: 50, stirredSteps: 100, stirredPermille: 3000 },
  },
  // News is checked before it is believed, large as it is, and quotes are wide until the dust has settled.
  makers: smallTick.makers.map((one) => ({
    ...one,
    noticePer10k: [0, 60, 60, 25, 20, 15, 10, 10, 10, 10, 12, 14, 16, 18, 20, 25, 30],
    widerPermille: 400,
    maxWider2: 8,
  })),
};
