/** The exchange of latency for reward in one sentence: what each other configuration brings beside the one to take. */
import { figure, intervalText } from '../../../../harness/report/figures.js';
import { minus } from '../../../../harness/report/html/figures.js';
import { figureOf, type SummaryTask } from '../../../../harness/evidence/summary.js';
import type { SummaryVerdict } from './summary.js';

/** Configurations that are named; the verdict's own sentences have all. */
const MOST_NAMED = 6;

/**
 * The sentence; undefined where the verdict compares nobody. Its differences are the verdict's own, reckoned match by match on the same seeds,
 * with their signs turned: what the other one earned more than the one to take.
 */
export function exchangeText({ take, tied, less }: SummaryVerdict, task: SummaryTask): string | undefined {
  const latencyOf = (name: string) => {
    const row = task.rows.find((each) => each.name === name);
    return row && figureOf(row, 'latencyMeanMs').value;
  };
  const own = take ? latencyOf(take) : undefined;
  if (!take || typeof own !== 'number') return undefined;
  const compared = [...tied, ...less].flatMap(({ name, difference }) => {
    const { value, low, high } = difference;
    const latency = latencyOf(name);
    return typeof latency !== 'number' || value === null ? [] : [{ name, latency, value: -value, low: turned(high), high: turned(low) }];
  });
  if (compared.length === 0) return undefined;
  const [unit, what] = task.axis === 'score' ? ['', 'score'] : [` ${task.rewardUnit}`, 'reward'];
  const named = compared.sort((a, b) => a.latency - b.latency).slice(0, MOST_NAMED);
  const parts = named.map(({ name, latency, value, low, high }) => {
    const more = `${value > 0 ? '+' : ''}${figure(value)}${unit}`;
    return `${name} at ${figure(latency)} ms brings ${more} (${intervalText({ value, low, high, n: 0 })})`;
  });
  const left = compared.length - named.length;
  const isTold = compared.some(({ low, high }) => (low !== null && low > 0) || (high !== null && high < 0));
  const notes = [
    ...(left > 0 ? [`${left} more in the verdict`] : []),
    ...(compared.length > 1 ? ['all intervals together at 95 %'] : []),
    ...(isTold ? [] : [compared.length > 1 ? 'none of these differences is told from zero' : 'the difference is not told from zero']),
  ];
  return minus(`Latency in exchange for ${what}, beside ${take} at ${figure(own)} ms: ${parts.join(', ')}${notes.map((note) => `; ${note}`).join('')}.`); // prettier-ignore
}

const turned = (end: number | null): number | null => (end === null ? null : -end);
