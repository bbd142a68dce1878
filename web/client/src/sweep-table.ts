/** A sweep's figures as a table below its pictures: latency, quality, reward, and what of the play was lost on the way. */
import { LOST_COLUMNS, PLACED, PLACES, playColumns, type FigureColumn } from '../../../harness/report/columns.js';
import { el } from './element.js';

interface Estimate {
  value: number | null;
  low: number | null;
  high: number | null;
  n: number;
  atLeast?: true;
}

/** What `summary.json` holds of a task, as far as it is shown. Summaries of older sweeps lack some figures. */
export interface TaskSummary {
  rewardUnit: string;
  rows: { name: string; kind: string; status?: string; by?: string[]; figures: Partial<Record<string, Estimate>> }[];
}

/**
 * The table of one task. A figure nobody measured is a dash; its interval (95 %) and matches are told by the cell's title.
 * @param matchesOf the address of a configuration's matches
 */
export function sweepTable(title: string, { rewardUnit, rows: all }: TaskSummary, matchesOf: (name: string) => string): HTMLElement {
  // Of a damaged summary the rows that can be read.
  const rows = all.filter((row) => typeof row?.name === 'string' && typeof row.figures === 'object' && row.figures !== null);
  const shown = [...playColumns(rewardUnit), ...LOST_COLUMNS].filter(({ key }) =>
    rows.some((row) => typeof row.figures[key]?.value === 'number'),
  );
  const placed = rows.some(({ status }) => status !== undefined);
  const head = el('tr', {}, el('th', { scope: 'col' }, title), ...shown.map((each) => el('th', { scope: 'col', title: each.about }, each.head)), ...(placed ? [el('th', { scope: 'col', title: PLACED }, 'frontier')] : [])); // prettier-ignore
  const body = rows.map(({ name, kind, figures, status, by = [] }) =>
    el(
      'tr',
      { 'data-kind': kind },
      el('th', { scope: 'row' }, el('a', { href: matchesOf(name), title: 'its matches' }, name)),
      ...shown.map((column) => cell(figures[column.key], column)),
      ...(placed ? [el('td', { title: by.length > 0 ? `${status === 'tied' ? 'with' : 'by'} ${by.join(', ')}` : '' }, PLACES[status ?? ''] ?? '\u2013')] : []), // prettier-ignore
    ),
  );
  return el('div', { class: 'sweep-table' }, el('table', {}, el('thead', {}, head), el('tbody', {}, ...body)));
}

function cell(estimate: Estimate | undefined, { factor = 1, digits }: FigureColumn): HTMLElement {
  if (typeof estimate?.value !== 'number') return el('td', {}, '\u2013');
  const text = (value: number): string => (value * factor).toFixed(digits).replace('-', '\u2212');
  const { value, low, high, n, atLeast } = estimate;
  const interval =
    low === null && high === null ? 'no interval' : `${low === null ? '?' : text(low)} to ${high === null ? '?' : text(high)}`;
  return el('td', { title: `95 %: ${interval}; ${n} matches` }, `${atLeast ? '\u2265 ' : ''}${text(value)}`);
}
