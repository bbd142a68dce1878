/**
 * Two configurations compared on the seeds (or states) that both played: what the first has more than the second, figure by figure, with
 * intervals, and whether that is real. A figure's p is the least error at which its interval still leaves out nought, so the two cannot
 * disagree; where several pairs are compared at once, p is Holm's (1979).
 */
import type { AnyTask } from '../../envs/environment.js';
import { bySeed, shownRange } from '../reward/reward.js';
import { CONFIDENCE, type Estimate } from '../statistics/estimate.js';
import { pairedDifference } from '../statistics/pairing.js';
import { ratioDifference, type RatioPart } from '../statistics/ratios.js';
import { shareDifference, type SharePart } from '../statistics/shares.js';
import { decisionsOf, isPlay } from '../trace/decisions.js';
import type { PlayedSeat } from './latency.js';
import { seatRates, type SeatRates } from './rates.js';

/** Who is compared: matches that count, and the answers to frozen states by kinds of situation, each kind's sums by source match. */
export interface Comparable {
  name: string;
  matches: readonly PlayedSeat[];
  /** Patient matches. */
  patient?: readonly PlayedSeat[];
  /** `all` first, then the task's kinds. */
  probes?: ReadonlyMap<string, readonly RatioPart[]>;
}

/** One figure of a comparison. */
export interface ComparedFigure {
  /** Such as `reward` or `quality: news`. */
  figure: string;
  unit: string;
  /** First less second. */
  difference: Estimate;
  /** The chance of so large a difference where there is none; null where there is no interval. */
  p: number | null;
  /** The same, held for all pairs and situations of the figure at once. */
  holm: number | null;
  real: boolean;
}

export interface Comparison {
  first: string;
  second: string;
  figures: ComparedFigure[];
  /** Seeds that both played, and those that one alone did. */
  seeds: { both: number; onlyFirst: number[]; onlySecond: number[] };
}

type Interval = (confidence: number) => Estimate;
type Found = Omit<ComparedFigure, 'difference' | 'p' | 'holm' | 'real'> & { interval: Interval; family: string };

/** Compares all pairs, in the order given. */
export function compareAll(task: AnyTask, members: readonly Comparable[]): Comparison[] {
  const pairs = members.flatMap((first, i) =>
    members.slice(i + 1).map((second) => ({ first, second, found: figuresOf(task, first, second) })),
  );
  const all = pairs.flatMap(({ found }) =>
    found.map((each) => ({ ...each, difference: each.interval(CONFIDENCE), p: pOf(each.interval) })),
  );
  const families = new Map<string, typeof all>();
  for (const each of all) families.set(each.family, [...(families.get(each.family) ?? []), each]);
  const adjusted = new Map(
    [...families.values()].flatMap((family) => holm(family.map(({ p }) => p)).map((p, i) => [family[i]!, p] as const)),
  );
  let next = 0;
  return pairs.map(({ first, second, found }): Comparison => {
    const figures = all.slice(next, (next += found.length)).map((each): ComparedFigure => {
      const { figure, unit, difference, p } = each;
      const among = adjusted.get(each)!;
      return { figure, unit, difference, p, holm: among, real: among !== null && among < 1 - CONFIDENCE };
    });
    return { first: first.name, second: second.name, figures, seeds: seedsOf(first, second) };
  });
}

/** Holm's step-down values: null stays null and counts for nothing. */
export function holm(values: readonly (number | null)[]): (number | null)[] {
  const order = values.flatMap((p, i) => (p === null ? [] : [{ p, i }])).sort((a, b) => a.p - b.p);
  const result: (number | null)[] = values.map(() => null);
  let least = 0;
  order.forEach(({ p, i }, rank) => {
    least = Math.max(least, Math.min(1, (order.length - rank) * p));
    result[i] = least;
  });
  return result;
}

/** The least error at which an interval leaves out nought, by bisection; null where it has no ends. */
export function pOf(interval: Interval): number | null {
  const usual = interval(CONFIDENCE);
  if (usual.low === null || usual.high === null) return null;
  if (usual.low === usual.high) return usual.value === 0 ? 1 : 0; // no spread at all
  const isOutside = (error: number): boolean => {
    const { low, high } = interval(1 - error);
    return low! > 0 || high! < 0;
  };
  if (!isOutside(1 - 1e-9)) return 1;
  let [low, high] = [1e-9, 1 - 1e-9];
  if (isOutside(low)) return low;
  for (let step = 0; step < 40; step++) {
    const middle = Math.sqrt(low * high);
    if (isOutside(middle)) high = middle;
    else low = middle;
  }
  return high;
}

function figuresOf(task: AnyTask, first: Comparable, second: Comparable): Found[] {
  const shares = (['stale', 'missed', 'invalid'] as const).map((key): Found => {
    const [a, b] = paired(sharesBySeed(first, key), sharesBySeed(second, key));
    return {
      figure: key,
      family: key,
      unit: 'of 1',
      interval: (confidence) => shareDifference(a.map(sharePart), b.map(sharePart), confidence),
    };
  });
  const [late, early] = paired(latencyBySeed(first), latencyBySeed(second));
  return [
    { figure: 'latency', family: 'latency', unit: 'ms', interval: (confidence) => ratioDifference(late, early, confidence) },
    { figure: 'reward', family: 'reward', unit: task.reward.unit, interval: rewards(task, first.matches, second.matches) },
    ...(first.patient && second.patient
      ? [
          {
            figure: 'patient play',
            family: 'patient play',
            unit: task.reward.unit,
            interval: rewards(task, first.patient, second.patient),
          },
        ]
      : []),
    ...qualities(first, second),
    ...shares,
  ];
}

/** Quality on frozen states: all of them, then by kinds of situation, each on the states that both answered. */
function qualities({ probes: first }: Comparable, { probes: second }: Comparable): Found[] {
  return [...(first ?? [])].flatMap(([kind, a]): Found[] => {
    const b = second?.get(kind);
    if (b?.length !== a.length || a.some(({ denominator }, i) => denominator !== b[i]!.denominator)) return [];
    const isAll = kind === 'all';
    return [
      {
        figure: isAll ? 'quality' : `quality: ${kind}`,
        family: isAll ? 'quality' : 'quality by situation',
        unit: 'of 1',
        interval: (confidence) => ratioDifference(a, b, confidence),
      },
    ];
  });
}

function rewards(task: AnyTask, first: readonly PlayedSeat[], second: readonly PlayedSeat[]): Interval {
  const range = shownRange(task, [...first, ...second]);
  const [a, b] = [bySeed(task, first), bySeed(task, second)];
  return (confidence) => pairedDifference(a, b, { confidence, range });
}

/** Sums over each seed's matches. */
function sumsBySeed({ matches }: Comparable, partOf: (match: PlayedSeat) => RatioPart | null): Map<number, RatioPart> {
  const sums = new Map<number, RatioPart>();
  for (const match of matches) {
    const part = partOf(match);
    if (!part || part.denominator === 0) continue;
    const { seed } = match.trace.header;
    const { numerator, denominator } = sums.get(seed) ?? { numerator: 0, denominator: 0 };
    sums.set(seed, { numerator: numerator + part.numerator, denominator: denominator + part.denominator });
  }
  return sums;
}

function sharesBySeed(member: Comparable, key: keyof SeatRates): Map<number, RatioPart> {
  return sumsBySeed(member, (match) => {
    const part = seatRates(match)[key];
    return part && { numerator: part.count, denominator: part.of };
  });
}

const sharePart = ({ numerator, denominator }: RatioPart): SharePart => ({ successes: numerator, trials: denominator });

/** The time waited for each action that landed, in milliseconds of world time. */
function latencyBySeed(member: Comparable): Map<number, RatioPart> {
  return sumsBySeed(member, ({ trace, seat }) => {
    const decisions = decisionsOf(trace, seat).filter(isPlay);
    const waited = decisions.reduce((sum, { latencyUs }) => sum + latencyUs / 1000, 0);
    return { numerator: waited, denominator: decisions.filter(({ outcome }) => outcome === 'act').length };
  });
}

/** What both have, in the same order. */
function paired(a: ReadonlyMap<number, RatioPart>, b: ReadonlyMap<number, RatioPart>): [RatioPart[], RatioPart[]] {
  const seeds = [...a.keys()].filter((seed) => b.has(seed));
  return [seeds.map((seed) => a.get(seed)!), seeds.map((seed) => b.get(seed)!)];
}

function seedsOf(first: Comparable, second: Comparable): Comparison['seeds'] {
  const [a, b] = [first, second].map(({ matches }) => new Set(matches.map(({ trace }) => trace.header.seed)));
  const only = (own: Set<number>, other: Set<number>): number[] => [...own].filter((seed) => !other.has(seed)).sort((x, y) => x - y);
  return { both: [...a!].filter((seed) => b!.has(seed)).length, onlyFirst: only(a!, b!), onlySecond: only(b!, a!) };
}
