/**
 * Claims about who beats whom, tested on the seeds (or states) that all of them played: a claim holds, does not hold, or is not told apart.
 * A claim is never judged by point values. Every difference is paired; where a claim is one of several alternatives its intervals are
 * widened (Bonferroni), so that the chance of a wrong "holds" or "does not hold" stays at what the confidence says; where all parts of it
 * must be true together they need no widening (an intersection-union test, Berger 1982).
 */
import type { Range } from '../statistics/bounded.js';
import { CONFIDENCE, type Estimate } from '../statistics/estimate.js';
import { pairedDifference } from '../statistics/pairing.js';

export type Standing = 'holds' | 'does not hold' | 'not told apart' | 'not asked';

/** Somebody of whom something is claimed: a value for each seed, more being better. */
export interface Member {
  name: string;
  values: ReadonlyMap<number, number>;
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

function less(first: Member, second: Member, range?: Range, confidence = CONFIDENCE): Estimate {
  return pairedDifference(first.values, second.values, { range, confidence });
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

/** Several as one: on each seed that all played, the mean of what they had. @throws RangeError for none */
export function poolOf(name: string, members: readonly Member[]): Member {
  const [first, ...others] = members;
  if (!first) throw new RangeError('a pool of nobody');
  const values = new Map<number, number>();
  for (const [seed, value] of first.values) {
    const all = [value, ...others.map((other) => other.values.get(seed))];
    if (all.every((one) => one !== undefined)) values.set(seed, all.reduce((sum, one) => sum + one, 0) / all.length);
  }
  return { name, values };
}
