/** Figures of the board as text. */
import type { Estimate } from './told.js';

/** A number, with a true minus; a dash where there is none. */
export function numberText(value: number | null, digits: number): string {
  return value === null ? '–' : value.toFixed(digits).replace('-', '−');
}

/** A figure with its interval, where there is one. */
export function estimateText(estimate: Estimate | undefined, digits: number): string {
  if (typeof estimate?.value !== 'number') return '–';
  const end = (value: number | null): string => (value === null ? '?' : numberText(value, digits));
  const { value, low, high, atLeast } = estimate;
  return `${atLeast ? '≥ ' : ''}${end(value)}${low === null && high === null ? '' : ` (${end(low)} to ${end(high)})`}`;
}
