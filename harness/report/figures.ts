/** Figures as people read them: one way to write a number, an interval, and what was not measured. */
import type { Estimate } from '../../scoring/statistics/estimate.js';

/** A number with as many decimals as its size deserves. */
export function figure(value: number): string {
  const size = Math.abs(value);
  const decimals = size >= 100 ? 0 : size >= 10 ? 1 : size >= 0.1 || size === 0 ? 2 : size >= 0.01 ? 3 : 4;
  const text = value.toFixed(decimals);
  return Number(text) === 0 ? (0).toFixed(decimals) : text;
}

/** As `figure`; with three significant digits and an exponent where decimals would leave nothing of it, or a row of digits that nobody knows. */
function anyFigure(value: number): string {
  const size = Math.abs(value);
  return size === 0 || (size >= 0.001 && size < 1e9) ? figure(value) : value.toExponential(2);
}

/** The value alone; what nobody measured is a dash, never a zero. @param factor into the unit shown */
export function valueText({ value, atLeast }: Estimate, factor = 1, unit = ''): string {
  return value === null ? '-' : `${atLeast ? '>= ' : ''}${figure(value * factor)}${unit}`;
}

/** The interval as `low to high`: an end that too few units could tell is `?`, one without a bound `...`. */
export function intervalText({ low, high, atLeast }: Estimate, factor = 1): string {
  if (low === null && high === null) return 'no interval';
  const end = (bound: number | null, open: string): string => (bound === null ? open : figure(bound * factor));
  return `${end(low, '?')} to ${end(high, atLeast ? '...' : '?')}`;
}

/** A value and its interval in one line, as `1.13 (0.90 to 1.31)`. */
export function inLine(estimate: Estimate, factor = 1, unit = ''): string {
  const { value, low, high } = estimate;
  if (value === null) return '-';
  return low === null && high === null
    ? valueText(estimate, factor, unit)
    : `${valueText(estimate, factor, unit)} (${intervalText(estimate, factor)})`;
}

/** A value and its interval in one line, of any scale: a user's own formula may be in millionths or in billions. */
export function inLineOfAnyScale({ value, low, high }: Estimate): string {
  if (value === null) return '-';
  const end = (bound: number | null): string => (bound === null ? '?' : anyFigure(bound));
  return low === null && high === null ? anyFigure(value) : `${anyFigure(value)} (${end(low)} to ${end(high)})`;
}

/** A value, and below it its interval and its number of independent units. */
export function inCell(estimate: Estimate, factor = 1, unit = ''): string {
  if (estimate.value === null) return '-';
  return `${valueText(estimate, factor, unit)}\n${intervalText(estimate, factor)} (${estimate.n})`;
}
