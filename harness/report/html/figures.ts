/** Figures in a page: a value with its interval below, and its name, interval and sample size for who hovers. */
import type { Estimate } from '../../../scoring/statistics/estimate.js';
import { intervalText, valueText } from '../figures.js';
import { markup, type Markup, type Part } from './markup.js';

/** A real minus sign: it is as wide as a plus. */
export function minus(text: string): string {
  return text.replace(/(^|[\s(])-(?=\d)/g, '$1\u2212');
}

/** A figure as a table's cell. @param units what the sample size counts @param below what is drawn under it */
export function figureCell(
  estimate: Estimate,
  { factor = 1, units = 'matches', below }: { factor?: number; units?: string; below?: Part } = {},
): Markup {
  const { value, n } = estimate;
  if (value === null) return markup`<td class="none">–${below}</td>`;
  const interval = minus(intervalText(estimate, factor));
  return markup`<td data-value="${value * factor}" title="95 % interval: ${interval}; ${n} ${units}">${minus(valueText(estimate, factor))}<small>${interval}</small>${below}</td>`; // prettier-ignore
}

/** A figure in a sentence: `157 ms (145 to 169)`. */
export function figureText(estimate: Estimate, factor = 1, unit = ''): string {
  if (estimate.value === null) return 'not measured';
  return minus(`${valueText(estimate, factor, unit)} (95 %: ${intervalText(estimate, factor)})`);
}
