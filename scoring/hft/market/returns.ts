/** What a seat made of its cash, and how steadily. */
import { mean, sampleStandardDeviation } from 'simple-statistics';
import type { Micros } from '../../../envs/environment.js';
import type { AccountPath } from './record.js';

/** Returns are taken over this long. */
export const RETURN_US = 1_000_000;

/** A Sharpe ratio of one match. Never annualised: a match is minutes long, and a year of it was not observed. */
export interface Sharpe {
  /** Mean over standard deviation of the changes of equity from one second to the next; null when they do not vary, or are under two. */
  perSecond: number | null;
  /** The same scaled to the whole match: times the square root of the number of seconds (as if seconds were independent). */
  perMatch: number | null;
  seconds: number;
  meanMicros: number | null;
  deviationMicros: number | null;
}

/**
 * The Sharpe ratio of a match (Sharpe 1994, riskless rate 0) on the changes of equity between whole seconds. A last part of a
 * second is left out.
 */
export function sharpe(path: AccountPath): Sharpe {
  const changes = changesOf(path, RETURN_US);
  if (changes.length < 2) return { perSecond: null, perMatch: null, seconds: changes.length, meanMicros: null, deviationMicros: null };
  const meanMicros = mean(changes);
  const deviationMicros = sampleStandardDeviation(changes);
  const perSecond = deviationMicros === 0 ? null : meanMicros / deviationMicros;
  const perMatch = perSecond === null ? null : perSecond * Math.sqrt(changes.length);
  return { perSecond, perMatch, seconds: changes.length, meanMicros, deviationMicros };
}

/** Changes of equity between multiples of `everyUs`, which must be among the sampled times. */
function changesOf(path: AccountPath, everyUs: Micros): number[] {
  const marks = path.equityMicros.filter((_, i) => path.at[i]! % everyUs === 0);
  return marks.slice(1).map((equity, i) => equity - marks[i]!);
}
