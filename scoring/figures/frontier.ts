/**
 * The latency-quality frontier: the configurations no other beats on both axes. Figures have intervals, so it is a set with
 * ties rather than a line: a configuration is out only when another beats it separably.
 */
import { qualityDifference } from './quality.js';
import type { Estimate } from '../statistics/estimate.js';
import type { RatioPart } from '../statistics/ratios.js';

/** One configuration on the two axes: latency (lower is better) and quality (higher is better). */
export interface FrontierPoint {
  name: string;
  latency: Estimate;
  quality: Estimate;
  /** Quality's sums by cluster. When all points answered the same probes, qualities are compared in pairs, which is sharper. */
  qualityParts?: readonly RatioPart[];
}

export interface FrontierStatus {
  name: string;
  /**
   * `frontier`: nobody is at least as good on both axes and better on one. `tied`: somebody is, but the intervals do not separate
   * the two. `dominated`: somebody is separably better on one axis and not worse on the other. `unmeasured`: an axis is missing, so it
   * stands beside nobody.
   */
  status: 'frontier' | 'tied' | 'dominated' | 'unmeasured';
  /** Who dominates it (dominated), or whom it could not be told from (tied). */
  by: string[];
}

type Relation = 'better' | 'same' | 'unclear' | 'worse';

/** A relation from the interval of the advantage of a over b. */
function relation(advantage: { value: number; low: number; high: number }): Relation {
  if (advantage.low > 0) return 'better';
  if (advantage.high < 0) return 'worse';
  if (advantage.value === 0 && advantage.low === 0 && advantage.high === 0) return 'same';
  return 'unclear';
}

/** Ends of an interval; a missing one is unbounded, so a figure without an interval is never told apart from another. */
function lowOf(estimate: Estimate): number {
  return estimate.low ?? -Infinity;
}

function highOf(estimate: Estimate): number {
  return estimate.high ?? Infinity;
}

/** How two figures with separate intervals compare when `a - b` is an advantage of a. */
function unpaired(a: Estimate, b: Estimate): Relation {
  return relation({ value: a.value! - b.value!, low: lowOf(a) - highOf(b), high: highOf(a) - lowOf(b) });
}

function latencyRelation(a: FrontierPoint, b: FrontierPoint): Relation {
  return unpaired(b.latency, a.latency);
}

function qualityRelation(a: FrontierPoint, b: FrontierPoint): Relation {
  const [x, y] = [a.qualityParts, b.qualityParts];
  const paired = x && y && x.length > 1 && x.length === y.length && x.every((part, i) => part.denominator === y[i]!.denominator);
  if (!paired) return unpaired(a.quality, b.quality);
  const { value, low, high } = qualityDifference(x, y);
  return value === null ? 'unclear' : relation({ value, low: low ?? -Infinity, high: high ?? Infinity });
}

/**
 * A latency for comparing figures. One of which only a lower bound is known (over half of the decisions brought no action) is as slow as
 * can be: it must not win by the time in which it did nothing.
 */
function latencyOf({ latency }: FrontierPoint): number {
  return latency.atLeast ? Infinity : latency.value!;
}

/** Whether a is at least as good on both axes and better on one, by the figures alone. */
export function beats(a: FrontierPoint, b: FrontierPoint): boolean {
  const [x, y] = [latencyOf(a), latencyOf(b)];
  const [p, q] = [a.quality.value!, b.quality.value!];
  return x <= y && p >= q && (x < y || p > q);
}

/** Whether a beats b beyond doubt: separably better on one axis and better, or exactly the same, on the other. */
export function beatsSeparably(a: FrontierPoint, b: FrontierPoint): boolean {
  const relations = [latencyRelation(a, b), qualityRelation(a, b)];
  return relations.includes('better') && relations.every((each) => each === 'better' || each === 'same');
}

/** Numbers in order; infinite ones, too. */
function ascending(a: number, b: number): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** Positions of the points that nobody beats, by one pass over the points in order of latency. */
export function unbeaten(points: readonly FrontierPoint[]): Set<number> {
  const order = points.map((_, i) => i);
  const latency = (i: number) => latencyOf(points[i]!);
  const quality = (i: number) => points[i]!.quality.value!;
  order.sort((i, j) => ascending(latency(i), latency(j)) || quality(j) - quality(i));
  const result = new Set<number>();
  let best = -Infinity;
  let bestAt = NaN;
  for (const i of order) {
    const ties = quality(i) === best && latency(i) === bestAt;
    if (quality(i) > best || ties) result.add(i);
    if (quality(i) > best) {
      best = quality(i);
      bestAt = latency(i);
    }
  }
  return result;
}

/** The status of every configuration, in the order given. */
export function frontier(points: readonly FrontierPoint[]): FrontierStatus[] {
  const measured = points.filter((point) => point.latency.value !== null && point.quality.value !== null);
  const members = unbeaten(measured);
  const statuses = new Map<FrontierPoint, FrontierStatus>();
  measured.forEach((point, i) => {
    const beaters = measured.filter((other) => beats(other, point));
    const separable = beaters.filter((other) => beatsSeparably(other, point));
    const status = members.has(i) ? 'frontier' : separable.length > 0 ? 'dominated' : 'tied';
    const by = status === 'frontier' ? [] : status === 'dominated' ? separable : beaters;
    statuses.set(point, { name: point.name, status, by: by.map((other) => other.name) });
  });
  return points.map((point) => statuses.get(point) ?? { name: point.name, status: 'unmeasured', by: [] });
}
