/**
 * Metaorders: what a trader set out to trade, worked in small orders over a while. Real studies have to infer them from account numbers (Sato &
 * Kanazawa 2024: runs of orders of one sign by one trader); here the background's metaorder traders tell each one when it is done.
 *
 * A trader who knows something buys where the price is about to rise anyway. So impact is what is left of a move when the placebo's is taken
 * off: that of orders of about the same size that came under the same conditions and traded nothing.
 */

/** One, as its trader knows it. Times in microseconds, `start` before its first order, `end` its last. */
export interface Parent {
  side: 'buy' | 'sell';
  size: number;
  start: number;
  end: number;
}

export interface Metaorder {
  shares: number;
  durationUs: number;
  /** Move of the mid in its direction, in basis points, from its start to just after its last order. */
  impactBp: number;
  /** The same, measured as long after its end as it lasted; null where the record ends before. */
  laterBp: number | null;
}

/** What the price did in the course of each and after. @param midAt the mid that stood at a time, undefined outside the record */
export function followed(parents: readonly Parent[], midAt: (at: number) => number | undefined): Metaorder[] {
  return parents.flatMap(({ side, size, start, end }) => {
    const before = midAt(start);
    const after = midAt(end);
    if (before === undefined || after === undefined || end <= start) return [];
    const moved = (mid: number): number => (side === 'buy' ? 10_000 : -10_000) * Math.log(mid / before);
    const later = midAt(2 * end - start);
    return [{ shares: size, durationUs: end - start, impactBp: moved(after), laterBp: later === undefined ? null : moved(later) }];
  });
}

/** Noise of a price grows with time: the weight of an impact that took this long to measure. */
function weight(durationUs: number): number {
  return 1 / Math.max(1_000_000, durationUs);
}

/** Fewer placebos than this in an octave of sizes say nothing about it. */
const LEAST_PLACEBOS = 20;

/**
 * The metaorders with what the placebo moved in the same octave of sizes (weighted means) taken off each of their moves. Those of octaves with
 * too few placebos to tell are left out.
 */
export function beyondPlacebo(orders: readonly Metaorder[], placebo: readonly Metaorder[]): Metaorder[] {
  const octave = ({ shares }: Metaorder): number => Math.floor(Math.log2(shares));
  const groups = new Map<number, Metaorder[]>();
  for (const each of placebo) {
    const group = groups.get(octave(each));
    if (group) group.push(each);
    else groups.set(octave(each), [each]);
  }
  const moves = new Map(
    [...groups]
      .filter(([, each]) => each.length >= LEAST_PLACEBOS)
      .map(([key, each]) => [key, { impact: impactMean(each), later: laterMean(each) }]),
  );
  return orders.flatMap((order): Metaorder[] => {
    const moved = moves.get(octave(order));
    if (moved === undefined) return [];
    const laterBp = order.laterBp === null || Number.isNaN(moved.later) ? null : order.laterBp - moved.later;
    return [{ ...order, impactBp: order.impactBp - moved.impact, laterBp }];
  });
}

/** The mean impact in basis points, weighted like everything here. NaN without metaorders. */
export function impactMean(orders: readonly Metaorder[]): number {
  return weightedMean(orders, ({ impactBp }) => impactBp);
}

function laterMean(orders: readonly Metaorder[]): number {
  return weightedMean(
    orders.filter(({ laterBp }) => laterBp !== null),
    ({ laterBp }) => laterBp!,
  );
}

function weightedMean(orders: readonly Metaorder[], of: (order: Metaorder) => number): number {
  let sum = 0;
  let weights = 0;
  for (const order of orders) {
    sum += weight(order.durationUs) * of(order);
    weights += weight(order.durationUs);
  }
  return sum / weights;
}

/**
 * The exponent d of impact = c Q^d, by least squares on the metaorders themselves, each weighted by the inverse of its duration (the variance of
 * what the price does anyway). For a given d the best c is a ratio of sums; d is searched from 0 to 2 in steps of 0.001. NaN where the best c
 * is not positive or the best d at an end of the range.
 */
export function impactExponent(orders: readonly Metaorder[]): number {
  if (orders.length < 10) return NaN;
  const scale = orders.reduce((sum, order) => sum + Math.log(order.shares), 0) / orders.length;
  const logs = orders.map((order) => Math.log(order.shares) - scale);
  const gain = (d: number): number => {
    let iq = 0;
    let qq = 0;
    orders.forEach((order, i) => {
      const q = Math.exp(d * logs[i]!);
      const w = weight(order.durationUs);
      iq += w * q * order.impactBp;
      qq += w * q * q;
    });
    return iq > 0 ? (iq * iq) / qq : 0;
  };
  let best = NaN;
  let most = 0;
  for (let step = 0; step <= 2000; step += 20) {
    if (gain(step / 1000) > most) [best, most] = [step, gain(step / 1000)];
  }
  const coarse = best;
  for (let step = Math.max(0, coarse - 19); step < Math.min(2001, coarse + 20); step++) {
    if (gain(step / 1000) > most) [best, most] = [step, gain(step / 1000)];
  }
  return best > 0 && best < 2000 ? best / 1000 : NaN;
}

/** What is left of the impact after as long again, as a share of the impact at the end: a ratio of weighted sums. NaN without metaorders. */
export function impactLeft(orders: readonly Metaorder[]): number {
  let later = 0;
  let peak = 0;
  for (const order of orders) {
    if (order.laterBp === null) continue;
    later += weight(order.durationUs) * order.laterBp;
    peak += weight(order.durationUs) * order.impactBp;
  }
  return peak > 0 ? later / peak : NaN;
}
