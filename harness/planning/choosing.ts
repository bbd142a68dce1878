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

/** A possibility that is no offer: why, and its predicted latency where it fits into the device's memory. `cost`: of one machine, an hour. */
export interface Excluded extends Pick<Offer, 'configuration' | 'device' | 'seats' | 'cost'> {
  latencyMs?: number;
  why: string;
}

export interface Chosen {
  /** What was looked at, with the first number of seats that a device cannot serve; `offers` are those among them that no other beats. */
  considered: (PredictedOffer | Excluded)[];
  offers: PredictedOffer[];
  /** Configurations that come into question on no number of seats of a device: which, where and why. */
  leftOut: string[];
  best: Purchase | 'impossible' | 'gave up';
  /** The same with the newest devices alone; absent where all that come into question are as new. */
  newest?: { devices: string[]; best: Purchase | 'impossible' | 'gave up' };
}

/** What a configuration is called. */
export function nameOf({ name, model, map }: Choice['configurations'][number]): string {
  return name ?? `${model.split('/').at(-1)!} ${map}`;
}

/** Seats a device that are tried: further ones between change little, and every one is a variable. */
function seatCounts(most: number): number[] {
  const counts: number[] = [];
  for (let each = 1; each < most; each *= 2) counts.push(each);
  return [...counts, most];
}

/** Solves a requirement's choice. @param worth of a seat at a latency and a quality, in the task's unit, or why it is not known there @throws ConfigurationError */
export async function chooseHardware(ground: Ground, requirement: Requirement, choice: Choice, path: string, worth: (latencyMs: number, quality: number) => number | string): Promise<Chosen> {
  const considered: Chosen['considered'] = [];
  const leftOut: string[] = [];
  const devices = devicesFor(ground.catalogue, requirement.devices, path);
  for (const [i, each] of choice.configurations.entries()) {
    const model = servedModel(each, `${path}: choose.configurations.${i}`, path);
    const name = nameOf(each);
    for (const device of devices) {
      const cost = ground.catalogue.devices[device]!.price.anHour;
      for (const seats of seatCounts(choice.seats)) {
        const times = predictedTimes(ground, model, device, { ...choice.request, batch: seats });
        const isLate = times !== undefined && choice.deadlineMs !== undefined && times.totalMs > choice.deadlineMs;
        const earned = !times ? 'does not fit into its memory' : isLate ? `late: ${Math.ceil(times.totalMs)} ms` : worth(times.totalMs, each.quality);
        if (typeof earned === 'string') {
          considered.push({ configuration: name, device, seats, cost, ...(times && { latencyMs: times.totalMs }), why: earned });
          if (seats === 1) leftOut.push(`${name} on ${device}: ${earned}`);
          break;
        }
        considered.push({
          ...{ configuration: name, device, seats, worth: earned, cost },
          ...{ latencyMs: times!.totalMs, prefillMs: times!.prefillMs, tokenMs: times!.tokenMs, deviceTimed: times!.own },
          ...{ quality: each.quality, qualityIs: each.qualityIs },
        });
      }
    }
  }
  const solved = (some: readonly PredictedOffer[]): Promise<Chosen['best']> =>
    purchase({ offers: some, seats: choice.seats, available: requirement.available, aim: choice.mostCostAnHour === undefined ? { leastWorth: choice.least! } : { mostCost: choice.mostCostAnHour } });
  const kept = withoutBeaten(considered.filter((each) => 'worth' in each)) as PredictedOffer[];
  const newest = newestOf(ground.catalogue, devices);
  return {
    considered,
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
