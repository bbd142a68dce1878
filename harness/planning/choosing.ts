/** Which configuration, device and number of seats a device: every possibility with its predicted latency and worth, and the best purchase. */
import type { Choice, Requirement } from './requirement.js';
import { devicesFor, newestOf, predictedTimes, servedModel, type Ground } from './plan.js';
import { purchase, withoutBeaten, type Offer, type Purchase } from './purchase.js';

/** An offer with what it was reckoned from. */
export interface PredictedOffer extends Offer {
  latencyMs: number;
  prefillMs: number;
  tokenMs: number;
  /** Whether its device was among those timed; else it has the factors of the others. */
  deviceTimed: boolean;
  quality: number;
  qualityIs: Choice['configurations'][number]['qualityIs'];
}

export interface Chosen {
  offers: PredictedOffer[];
  /** Configurations that come into question on no number of seats of a device: which, where and why. */
  leftOut: string[];
  best: Purchase | 'impossible' | 'gave up';
  /** The same with the newest devices alone; absent where all that come into question are as new. */
  newest?: { devices: string[]; best: Purchase | 'impossible' | 'gave up' };
}

/** Seats a device that are tried: further ones between change little, and every one is a variable. */
function seatCounts(most: number): number[] {
  const counts: number[] = [];
  for (let each = 1; each < most; each *= 2) counts.push(each);
  return [...counts, most];
}

/** Solves a requirement's choice. @param worth of a seat at a latency and a quality, in the task's unit, or why it is not known there @throws ConfigurationError */
export async function chooseHardware(ground: Ground, requirement: Requirement, choice: Choice, path: string, worth: (latencyMs: number, quality: number) => number | string): Promise<Chosen> {
  const offers: PredictedOffer[] = [];
  const leftOut: string[] = [];
  const devices = devicesFor(ground.catalogue, requirement.devices, path);
  for (const [i, each] of choice.configurations.entries()) {
    const model = servedModel(each, `${path}: choose.configurations.${i}`, path);
    const name = each.name ?? `${each.model.split('/').at(-1)!} ${each.map}`;
    for (const device of devices) {
      let why = 'does not fit into its memory';
      const before = offers.length;
      for (const seats of seatCounts(choice.seats)) {
        const times = predictedTimes(ground, model, device, { ...choice.request, batch: seats });
        if (!times) break;
        if (choice.deadlineMs !== undefined && times.totalMs > choice.deadlineMs) {
          why = `late: ${Math.ceil(times.totalMs)} ms`;
          break;
        }
        const earned = worth(times.totalMs, each.quality);
        if (typeof earned === 'string') {
          why = earned;
          break;
        }
        offers.push({
          ...{ configuration: name, device, seats, worth: earned, cost: ground.catalogue.devices[device]!.price.anHour },
          ...{ latencyMs: times.totalMs, prefillMs: times.prefillMs, tokenMs: times.tokenMs, deviceTimed: times.own },
          ...{ quality: each.quality, qualityIs: each.qualityIs },
        });
      }
      if (offers.length === before) leftOut.push(`${name} on ${device}: ${why}`);
    }
  }
  const solved = (some: readonly PredictedOffer[]): Promise<Chosen['best']> =>
    purchase({ offers: some, seats: choice.seats, available: requirement.available, aim: choice.mostCostAnHour === undefined ? { leastWorth: choice.least! } : { mostCost: choice.mostCostAnHour } });
  const kept = withoutBeaten(offers) as PredictedOffer[];
  const newest = newestOf(ground.catalogue, devices);
  return {
    offers: kept,
    leftOut,
    best: await solved(kept),
    ...(newest.length < devices.length ? { newest: { devices: newest, best: await renumbered(kept, newest, solved) } } : {}),
  };
} // prettier-ignore

/** Solves for the offers of some devices, and tells which by their numbers among all. */
async function renumbered(offers: readonly PredictedOffer[], devices: readonly string[], solved: (some: readonly PredictedOffer[]) => Promise<Chosen['best']>): Promise<Chosen['best']> {
  const some = offers.filter(({ device }) => devices.includes(device));
  const best = await solved(some);
  if (typeof best === 'string') return best;
  return { ...best, bought: best.bought.map((each) => ({ ...each, offer: offers.indexOf(some[each.offer]!) })) };
} // prettier-ignore
