/**
 * Now and then someone sells at any price; makers step back from a price they do not understand, followers sell too, and some seconds later
 * the price is where it was. The value has no part in it.
 */
import type { PresetSettings } from '../settings.js';
import { smallTick } from './small-tick.js';

export const flashCrash: PresetSettings = {
  ...smallTick,
  makers: smallTick.makers.map((one) => ({ ...one, retreat: { fromTicks: 8, returnPermille: 15 } })),
  momentum: [
    { meanWaitUs: 200_000, lookBackSteps: 20, fromTicks: 8, actPermille: 400, sizeMost: 20, reach: 4 },
    { meanWaitUs: 500_000, lookBackSteps: 60, fromTicks: 15, actPermille: 400, sizeMost: 30, reach: 4 },
  ],
  cascades: [
    {
      quietUs: 25_000_000,
      orderUs: 80_000,
      endPermille: 15,
      buyPermille: 100,
      sizeLeast: 8,
      sizeMost: 30,
      reach: 3,
      farTicks: 60,
    },
  ],
};
