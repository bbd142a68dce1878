/**
 * Which configuration to take for a task, and how sure that is: the one that earned most where the clock did not wait, those that
 * cannot be told from it, and those that earned less beyond doubt. Compared on the seeds that both played, so that a hard seed counts
 * against nobody.
 */
import type { Range } from '../statistics/bounded.js';
import { CONFIDENCE, type Estimate } from '../statistics/estimate.js';
import { meanInterval } from '../statistics/means.js';
import { pairedDifference, rangedDifference, type SeedValues } from '../statistics/pairing.js';

/** A configuration as it is compared. */
export interface Candidate {
  name: string;
  /** Its reward by seed, in the task's shown unit; matches that do not count are not in it. */
  rewards: ReadonlyMap<number, number>;
  /** Where each of these lies, where that is not the same of all. */
  ranges?: ReadonlyMap<number, Range>;
  /** These are of a part of it (see `SeedValues`). */
  isPart?: boolean;
  reward: Estimate;
  /** World latency, mean over actions, microseconds. */
  latency: Estimate;
}

/** One that was compared with the one to take. */
export interface Compared {
  name: string;
  /** What the one to take earned more, on the seeds both played. */
  difference: Estimate;
}

export interface Recommendation {
  /** The configuration to take; null when no match of any counts. */
  take: string | null;
  /**
   * Why it: it earned most; or nothing separates it from the one that did, and it is the fastest of those, or (`earning`) the fastest of those among
   * them that are told from earning nothing, where not all are.
   */
  because: 'most' | 'fastest' | 'earning' | 'only' | 'none';
  /** Those whose reward cannot be told from that of the one to take. */
  tied: Compared[];
  /** Those that earned less beyond doubt: their interval, wide enough for all comparisons at once, lies above 0. */
  less: Compared[];
  /** Those without a match that counts: nothing can be said of them. */
  unmeasured: string[];
}

/**
 * The recommendation among configurations that played the same seeds at the same speed. Where nothing separates any of them from the
 * one that earned most, whoever earns something beyond doubt, all of them looked at together, comes before who does not, and then latency
 * decides, since it is measured far better than reward.
 * @param range where every reward lies, in the shown unit; absent: without bound
 * @param nothing the reward of who does nothing; absent where no such reward is known
 */
export function recommend(candidates: readonly Candidate[], range?: Range, nothing?: number): Recommendation {
  const measured = candidates.filter(({ rewards }) => rewards.size > 0);
  const unmeasured = candidates.filter(({ rewards }) => rewards.size === 0).map(({ name }) => name);
  const [first] = [...measured].sort((a, b) => b.reward.value! - a.reward.value!);
  if (!first) return { take: null, because: 'none', tied: [], less: [], unmeasured };
  // All comparisons together hold with the usual confidence (Bonferroni). Any pair may be among those looked at, since whoever earned most is
  // only known from the rewards themselves: of ten that are alike, the first and the last would else be told apart far too often.
  const pairs = (measured.length * (measured.length - 1)) / 2;
  const confidence = 1 - (1 - CONFIDENCE) / Math.max(1, pairs);
  const against = (one: Candidate): (Compared & { how: 'less' | 'more' | 'tied' })[] =>
    measured
      .filter((other) => other !== one)
      .map((other) => {
        const difference = range
          ? pairedDifference(one.rewards, other.rewards, { confidence, range })
          : rangedDifference(seedValues(one), seedValues(other), confidence);
        const { low, high } = difference;
        return { name: other.name, difference, how: low !== null && low > 0 ? 'less' : high !== null && high < 0 ? 'more' : 'tied' };
      });
  const taken = (one: Candidate, because: Recommendation['because']): Recommendation => {
    const others = against(one);
    const those = (isLess: boolean): Compared[] =>
      others.filter(({ how }) => (how === 'less') === isLess).map(({ name, difference }) => ({ name, difference }));
    return { take: one.name, because, tied: those(false), less: those(true), unmeasured };
  };
  if (measured.length === 1) return taken(first, 'only');
  const most = taken(first, 'most');
  if (most.less.length > 0) return most;
  // Who earned less than somebody beyond doubt is not taken for being fast.
  const open = measured.filter((one) => against(one).every(({ how }) => how !== 'more'));
  // One of several that earn nothing looks as if it did something oftener than one alone: these intervals hold together, too.
  const each = 1 - (1 - CONFIDENCE) / measured.length;
  const earning = open.filter(({ rewards }) => {
    const { low } = meanInterval([...rewards.values()], { confidence: each, ...(range ? { range } : {}) });
    return nothing !== undefined && low !== null && low > nothing;
  });
  const fastestOf = (among: readonly Candidate[]): Candidate | undefined =>
    [...among].sort((a, b) => (a.latency.value ?? Infinity) - (b.latency.value ?? Infinity))[0];
  const fastest = fastestOf(open) ?? first;
  const surest = fastestOf(earning) ?? fastest;
  return taken(surest, surest === fastest ? 'fastest' : 'earning');
}

function seedValues({ rewards, ranges, isPart = false }: Candidate): SeedValues {
  return { bySeed: rewards, ...(ranges ? { ranges, isPart } : {}) };
}
