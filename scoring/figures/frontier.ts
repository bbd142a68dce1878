/**
 * The latency-quality frontier: the configurations of which it is known that no other beats them on both axes. Figures have intervals, so a
 * configuration is on it only when every other one is separably slower or separably worse, out of it only when another beats it separably,
 * and tied otherwise. Both axes are compared on the matches or states that both went through, so that a hard seed counts against nobody.
 */
import type { LatencyPart } from './latency.js';
import { qualityDifference } from './quality.js';
import { CONFIDENCE, LEAST_MATCHES, type Estimate } from '../statistics/estimate.js';
import { rangedDifference, type SeedValues } from '../statistics/pairing.js';
import { ratioDifference, type RatioPart } from '../statistics/ratios.js';

/** One configuration on the two axes: latency (lower is better) and quality (higher is better). */
export interface FrontierPoint {
  name: string;
  latency: Estimate;
  quality: Estimate;
  /** Latency's sums by match, each seed once: compared in pairs where two configurations share at least three seeds. */
  latencyParts?: readonly LatencyPart[];
  /** Quality's sums by cluster. Compared in pairs when both went through the same ones. */
  qualityParts?: readonly RatioPart[];
  /** Quality by seed, where it is a mean over matches: compared in pairs where two share at least three seeds. */
  scores?: SeedValues;
}

export interface FrontierStatus {
  name: string;
  /**
   * `frontier`: every other one is separably worse on an axis, so none beats it. `dominated`: somebody is separably better on one axis and
   * better or the same on the other. `tied`: neither can be told. `unmeasured`: an axis is missing, so it stands beside nobody.
   */
  status: 'frontier' | 'tied' | 'dominated' | 'unmeasured';
  /** Who dominates it (dominated), or who may, for all that can be told (tied). */
  by: string[];
}

type Relation = 'better' | 'same' | 'unclear' | 'worse';

/** Two axes are looked at, so each comparison of a pair is held to half of the error that one would be allowed. */
const EACH_AXIS = 1 - (1 - CONFIDENCE) / 2;

/** A relation from the interval of the advantage of a over b. */
function relation({ value, low, high }: Pick<Estimate, 'value' | 'low' | 'high'>): Relation {
  if (low === null || high === null || value === null) return 'unclear';
  if (low > 0) return 'better';
  if (high < 0) return 'worse';
  if (value === 0 && low === 0 && high === 0) return 'same';
  return 'unclear';
}

/** How two figures with separate intervals compare when `a - b` is an advantage of a. An end that is missing is unbounded. */
function unpaired(a: Estimate, b: Estimate): Relation {
  const [low, high] = [(a.low ?? -Infinity) - (b.high ?? Infinity), (a.high ?? Infinity) - (b.low ?? -Infinity)];
  return relation({ value: a.value! - b.value!, low, high });
}

/**
 * A latency of which only a lower bound is known (no action landed) is as slow as can be: it must not win by the time in which it did
 * nothing, so it is compared by its interval, which has no upper end.
 */
function latencyRelation(a: FrontierPoint, b: FrontierPoint): Relation {
  const [x, y] = shared(a.latencyParts ?? [], b.latencyParts ?? []);
  if (x.length < 3 || a.latency.atLeast || b.latency.atLeast) return unpaired(b.latency, a.latency);
  return relation(ratioDifference(y, x, EACH_AXIS));
}

/** The parts of seeds that both have, in the same order. */
function shared(a: readonly LatencyPart[], b: readonly LatencyPart[]): [LatencyPart[], LatencyPart[]] {
  const bySeed = new Map(b.map((part) => [part.seed, part]));
  const own = a.filter(({ seed }) => bySeed.has(seed));
  return [own, own.map(({ seed }) => bySeed.get(seed)!)];
}

function qualityRelation(a: FrontierPoint, b: FrontierPoint): Relation {
  if (a.scores && b.scores) {
    const difference = rangedDifference(a.scores, b.scores, EACH_AXIS);
    return difference.n < LEAST_MATCHES ? unpaired(a.quality, b.quality) : relation(difference);
  }
  const [x, y] = [a.qualityParts, b.qualityParts];
  const paired = x && y && x.length > 2 && x.length === y.length && x.every((part, i) => part.denominator === y[i]!.denominator);
  return paired ? relation(qualityDifference(x, y, EACH_AXIS)) : unpaired(a.quality, b.quality);
}

/** How a compares with b on both axes. */
function compared(a: FrontierPoint, b: FrontierPoint): Relation[] {
  return [latencyRelation(a, b), qualityRelation(a, b)];
}

/** Whether a beats b beyond doubt: separably better on one axis and better, or exactly the same, on the other. */
export function beatsSeparably(a: FrontierPoint, b: FrontierPoint): boolean {
  const relations = compared(a, b);
  return relations.includes('better') && relations.every((each) => each === 'better' || each === 'same');
}

/** Whether a may beat b, for all that can be told: it is separably worse on neither axis, and not exactly the same on both. */
export function mayBeat(a: FrontierPoint, b: FrontierPoint): boolean {
  const relations = compared(a, b);
  return !relations.includes('worse') && relations.some((each) => each !== 'same');
}

/** The status of every configuration, in the order given. */
export function frontier(points: readonly FrontierPoint[]): FrontierStatus[] {
  const measured = points.filter((point) => point.latency.value !== null && point.quality.value !== null);
  return points.map((point): FrontierStatus => {
    const { name } = point;
    if (!measured.includes(point)) return { name, status: 'unmeasured', by: [] };
    const named = (test: typeof mayBeat): string[] =>
      measured.filter((other) => other !== point && test(other, point)).map((other) => other.name);
    const beaters = named(beatsSeparably);
    if (beaters.length > 0) return { name, status: 'dominated', by: beaters };
    const rivals = named(mayBeat);
    return { name, status: rivals.length > 0 ? 'tied' : 'frontier', by: rivals };
  });
}
