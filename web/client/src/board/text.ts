/** Figures of the board as text. */
import type { AnswersAccount } from '../../../../harness/answers/account.js';
import type { Estimate } from '../../../../scoring/statistics/estimate.js';
import { decimals } from '../format.js';

/** A number, with a true minus; a dash where there is none. */
export function numberText(value: number | null, digits: number): string {
  return value === null ? '–' : decimals(value, digits);
}

/** A figure with its interval, where there is one. */
export function estimateText(estimate: Estimate | undefined, digits: number): string {
  if (typeof estimate?.value !== 'number') return '–';
  const end = (value: number | null): string => (value === null ? '?' : numberText(value, digits));
  const { value, low, high, atLeast } = estimate;
  return `${atLeast ? '≥ ' : ''}${end(value)}${low === null && high === null ? '' : ` (${end(low)} to ${end(high)})`}`;
}

/** How many of an embedded model's answers came again, in words. */
export function answersText({ compared, equal, decisions, unanswered }: AnswersAccount): string {
  const count = (value: number): string => value.toLocaleString('en');
  if (compared === 0) return 'none';
  const all = decisions - unanswered;
  return `${count(equal)} of ${count(compared)} equal${compared < all ? `, of ${count(all)} in all` : ''}`;
}

/** The beginning of a hash, by which people tell two apart. */
export const hashText = (hash: string): string => hash.slice(0, 12);
