/**
 * Which configuration on which device with how many seats each, and how many machines of it: the most worth at a cost, or the least cost
 * at a worth. Machines of several kinds may stand beside each other.
 */
import { solve, type Constraint, type Variable } from './solver.js';

/** A machine that serves so many seats with one configuration. */
export interface Offer {
  configuration: string;
  device: string;
  /** Seats that it can serve at the latency that its worth was taken at. */
  seats: number;
  /** What one seat earns there. */
  worth: number;
  /** Of one machine, an hour. */
  cost: number;
}

export interface PurchaseProblem {
  offers: readonly Offer[];
  /** Seats that have to be served, each by one machine. */
  seats: number;
  /** The most that an hour may cost, or the least that a seat must earn on the average. */
  aim: { mostCost: number } | { leastWorth: number };
  /** Machines of each kind that there are; absent where as many as one likes. */
  available: Readonly<Record<string, number>>;
}

/** So many machines of an offer, and the seats that they serve. */
export interface Bought {
  offer: number;
  machines: number;
  seats: number;
}

export interface Purchase {
  bought: Bought[];
  /** Of all machines, an hour. */
  cost: number;
  /** Of a seat on the average. */
  worth: number;
  gap: number;
}

/** What a choice comes to. */
export function totalsOf({ offers, seats }: PurchaseProblem, bought: readonly Bought[]): { cost: number; worth: number } {
  const cost = bought.reduce((sum, { offer, machines }) => sum + machines * offers[offer]!.cost, 0);
  const worth = bought.reduce((sum, each) => sum + each.seats * offers[each.offer]!.worth, 0) / seats;
  return { cost, worth };
}

/**
 * Solves it: first for the aim, then, among all that reach it equally well, for the other figure (of equal worth the cheapest, of equal
 * cost the best). Variables: machines and seats of each offer.
 */
export async function purchase(problem: PurchaseProblem): Promise<Purchase | 'impossible' | 'gave up'> {
  const { offers, seats, aim } = problem;
  if (offers.length === 0) return 'impossible';
  const byWorth = 'mostCost' in aim;
  const first = await solvedFor(problem, byWorth ? 'worth' : 'cost', byWorth ? aim.mostCost : Infinity, byWorth ? -Infinity : seats * aim.leastWorth); // prettier-ignore
  if (typeof first === 'string') return first;
  // A hair's breadth of room, so that the first figure is not lost to rounding.
  const { cost, worth } = totalsOf(problem, first.bought);
  const hair = (value: number): number => 1e-9 * Math.max(1, Math.abs(value));
  const second = byWorth
    ? await solvedFor(problem, 'cost', aim.mostCost, seats * worth - hair(seats * worth))
    : await solvedFor(problem, 'worth', cost + hair(cost), seats * aim.leastWorth);
  const { bought, gap } = typeof second === 'string' || first.gap > 0 ? first : { ...second, gap: first.gap };
  return { bought, gap, ...totalsOf(problem, bought) };
}

/** @param least of the sum of all seats' worth */
async function solvedFor(
  { offers, seats, available }: PurchaseProblem,
  by: 'worth' | 'cost',
  mostCost: number,
  least: number,
): Promise<{ bought: Bought[]; gap: number } | 'impossible' | 'gave up'> {
  const variables: Variable[] = [];
  const constraints: Constraint[] = [];
  const machines = offers.map(({ cost }) => variables.push({ worth: by === 'cost' ? cost : 0, low: 0, high: seats, whole: true }) - 1);
  const served = offers.map(({ worth }) => variables.push({ worth: by === 'worth' ? worth : 0, low: 0, high: seats, whole: true }) - 1);
  constraints.push({ low: seats, high: seats, terms: served.map((each) => [each, 1]) });
  offers.forEach((offer, i) => constraints.push({ low: -Infinity, high: 0, terms: [[served[i]!, 1], [machines[i]!, -offer.seats]] })); // prettier-ignore
  if (Number.isFinite(mostCost)) constraints.push({ low: -Infinity, high: mostCost, terms: offers.map(({ cost }, i) => [machines[i]!, cost]) });
  if (Number.isFinite(least)) constraints.push({ low: least, high: Infinity, terms: offers.map(({ worth }, i) => [served[i]!, worth]) });
  for (const [device, count] of Object.entries(available)) {
    const own = offers.flatMap((offer, i) => (offer.device === device ? [[machines[i]!, 1] as const] : []));
    if (own.length > 0) constraints.push({ low: -Infinity, high: count, terms: own });
  }
  const outcome = await solve({ most: by === 'worth', variables, constraints });
  if (outcome.status !== 'solved') return outcome.status;
  const bought = offers.flatMap((_, offer): Bought[] => {
    const own = { offer, machines: outcome.values[machines[offer]!]!, seats: outcome.values[served[offer]!]! };
    return own.seats > 0 ? [{ ...own, machines: Math.ceil(own.seats / offers[offer]!.seats) }] : [];
  });
  return { bought, gap: outcome.gap };
} // prettier-ignore

/** Offers that another of the same device beats or equals in seats and worth: no purchase needs them. */
export function withoutBeaten(offers: readonly Offer[]): Offer[] {
  return offers.filter(
    (offer, i) =>
      !offers.some((other, j) => {
        if (j === i || other.device !== offer.device || other.seats < offer.seats || other.worth < offer.worth) return false;
        return other.seats > offer.seats || other.worth > offer.worth || j < i;
      }),
  );
}
