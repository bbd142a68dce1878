/**
 * Claims about who beats whom, tested on the seeds (or states) that all of them played: a claim holds, does not hold, or is not told apart.
 * A claim is never judged by point values. Every difference is paired; where a claim is one of several alternatives its intervals are
 * widened (Bonferroni), so that the chance of a wrong "holds" or "does not hold" stays at what the confidence says; where all parts of it
 * must be true together they need no widening (an intersection-union test, Berger 1982).
 */
import type { Range } from '../statistics/bounded.js';
import { CONFIDENCE, type Estimate } from '../statistics/estimate.js';
import { differenceInterval } from '../statistics/pairing.js';

export type Standing = 'holds' | 'does not hold' | 'not told apart' | 'not asked';

/** Somebody of whom something is claimed: a value for each seed, more being better. */
export interface Member {
  name: string;
  values: ReadonlyMap<number, number>;
  /** The single games behind `values`, where members play each other: two are then compared on what both played alike. */
  games?: readonly Game[];
}

/** A game against somebody: on which seed, from which seat, and what it was worth. */
export interface Game {
  seed: number;
  seat: number;
  against: string;
  value: number;
}

/** What the first had more than the second on the same seeds, with its 95 % interval. */
export interface Difference {
  first: string;
  second: string;
  difference: Estimate;
}

/** A claim's outcome with the differences that it rests on. `why`: for what is not asked. */
export interface Tested {
  standing: Standing;
  differences: Difference[];
  why?: string;
}

/** A claim that cannot be tested here, and why. */
export function notAsked(why: string): Tested {
  return { standing: 'not asked', differences: [], why };
}

/** Confidence of each of several intervals that must all hold at once. */
function each(of: number): number {
  return 1 - (1 - CONFIDENCE) / Math.max(1, of);
}

function isAbove({ low }: Estimate): boolean {
  return low !== null && low > 0;
}

function isBelow({ high }: Estimate): boolean {
  return high !== null && high < 0;
}

/**
 * What the first had more than the second, by seed. Of members that play each other: the mean over games that both played from the same
 * seat against the same one, and over those against each other, so that a game that does not count is missed by both.
 */
export function gapsBySeed(first: Member, second: Member): Map<number, number> {
  const gaps = new Map<number, number[]>();
  const add = (seed: number, gap: number): void => void gaps.set(seed, [...(gaps.get(seed) ?? []), gap]);
  if (first.games && second.games) {
    const keyOf = ({ seed, seat, against }: Game): string => `${seed} ${seat} ${against}`;
    const theirs = new Map(second.games.map((game) => [keyOf(game), game]));
    for (const game of first.games) {
      const own = game.against === second.name ? { ...game, seat: 1 - game.seat, against: first.name } : game;
      const other = theirs.get(keyOf(own));
      if (other) add(game.seed, game.value - other.value);
    }
  } else
    for (const [seed, value] of first.values) {
      const other = second.values.get(seed);
      if (other !== undefined) add(seed, value - other);
    }
  return new Map([...gaps].map(([seed, all]) => [seed, mean(all)]));
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function less(first: Member, second: Member, range?: Range, confidence = CONFIDENCE): Estimate {
  return differenceInterval([...gapsBySeed(first, second).values()], { range, confidence });
}

function shown(first: Member, second: Member, range?: Range): Difference {
  return { first: first.name, second: second.name, difference: less(first, second, range) };
}

/**
 * "The first beats every one of the others": holds when its difference to each lies above 0; does not hold when one of them is ahead of it
 * beyond doubt. @param range of one value
 */
export function beatsEach(first: Member, others: readonly Member[], range?: Range): Tested {
  if (others.length === 0) return notAsked(`there is nobody to compare ${first.name} with`);
  const differences = others.map((other) => shown(first, other, range));
  if (differences.every(({ difference }) => isAbove(difference))) return { standing: 'holds', differences };
  const isBeaten = others.some((other) => isBelow(less(first, other, range, each(others.length))));
  return { standing: isBeaten ? 'does not hold' : 'not told apart', differences };
}

/**
 * "One inside beats both ends": holds when one does, its intervals widened by how many are inside; does not hold when one end beats all that
 * are inside. @param ends the first and the last @param range of one value
 */
export function peaksInside(ends: readonly [Member, Member], inside: readonly Member[], range?: Range): Tested {
  if (inside.length === 0) return notAsked('there is nothing between the ends');
  const differences = inside.flatMap((member) => ends.map((end) => shown(member, end, range)));
  const confidence = each(inside.length);
  if (inside.some((member) => ends.every((end) => isAbove(less(member, end, range, confidence)))))
    return { standing: 'holds', differences };
  const isAtEnd = ends.some((end) => inside.every((member) => isBelow(less(member, end, range, each(ends.length)))));
  return { standing: isAtEnd ? 'does not hold' : 'not told apart', differences };
}

/**
 * "Each beats the one before it": holds when every step does; does not hold when one goes the other way beyond doubt.
 * @param range of one value
 */
export function rises(members: readonly Member[], range?: Range): Tested {
  if (members.length < 2) return notAsked('there are no two to compare');
  const steps = members.slice(1).map((member, i): [Member, Member] => [member, members[i]!]);
  const differences = steps.map(([later, earlier]) => shown(later, earlier, range));
  if (differences.every(({ difference }) => isAbove(difference))) return { standing: 'holds', differences };
  const falls = steps.some(([later, earlier]) => isBelow(less(later, earlier, range, each(steps.length))));
  return { standing: falls ? 'does not hold' : 'not told apart', differences };
}

/** Pairs of members that are compared as one: each group's name, and who of the first stands against whom of the second. */
export interface Pooling {
  first: string;
  second: string;
  pairs: readonly (readonly [Member, Member])[];
}

/**
 * "The first group beats every one of the others", each difference the mean over its pairs on the seeds that all of them have.
 * @param range of one value
 */
export function poolBeatsEach(pools: readonly Pooling[], range?: Range): Tested {
  if (pools.length === 0) return notAsked('there is nobody to compare with');
  const differences = pools.map(({ first, second, pairs }): Difference & { gaps: number[] } => {
    const [some, ...others] = pairs.map(([a, b]) => gapsBySeed(a, b));
    const seeds = [...(some?.keys() ?? [])].filter((seed) => others.every((each) => each.has(seed)));
    const gaps = seeds.map((seed) => mean([some!, ...others].map((each) => each.get(seed)!)));
    return { first, second, gaps, difference: differenceInterval(gaps, { range }) };
  });
  const told = differences.map(({ gaps: _gaps, ...each }) => each);
  if (told.every(({ difference }) => isAbove(difference))) return { standing: 'holds', differences: told };
  const confidence = each(pools.length);
  const isBeaten = differences.some(({ gaps }) => isBelow(differenceInterval(gaps, { range, confidence })));
  return { standing: isBeaten ? 'does not hold' : 'not told apart', differences: told };
}
