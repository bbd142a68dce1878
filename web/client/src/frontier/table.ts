/** A frontier's figures as a table, for whoever cannot see the plot and whoever wants to read numbers. */
import { PLACED, PLACES } from '../../../../harness/report/columns.js';
import { intervalText, valueText } from '../../../../harness/report/figures.js';
import { injectedLine, type Against } from '../../../../harness/report/html/against.js';
import { minus } from '../../../../harness/report/html/figures.js';
import { figureOf, type SummaryRow } from '../../../../harness/evidence/summary.js';
import type { Estimate } from '../../../../scoring/statistics/estimate.js';
import { el } from '../element.js';

/** Where a row's name and its matches lead. */
export interface RowLinks {
  configuration(name: string): string;
  matches(name: string): string;
}

/** The table. @param columns what stands against latency */
export function figureTable(caption: string, rows: readonly SummaryRow[], columns: readonly Against[], links: RowLinks): HTMLElement {
  const shown = columns.filter(({ key }) => rows.some((row) => figureOf(row, key).value !== null));
  const heads = ['configuration', 'frontier', 'latency, ms', ...shown.map(({ name }) => name), 'matches'];
  const head = el('tr', {}, ...heads.map((each) => el('th', { scope: 'col', ...(each === 'frontier' ? { title: PLACED } : {}) }, each)));
  const body = rows.map((row) =>
    el(
      'tr',
      { 'data-kind': row.kind },
      el(
        'th',
        { scope: 'row' },
        el('a', { href: links.configuration(row.name) }, row.name),
        ...[...injectedLine(row), ...notesOf(row)].map((line) => el('small', {}, line)),
      ),
      el('td', { class: 'place-text' }, placeText(row)),
      figureCell(figureOf(row, 'latencyMeanMs')),
      ...shown.map(({ key }) => figureCell(figureOf(row, key))),
      el('td', {}, el('a', { href: links.matches(row.name), 'aria-label': `${row.matches} matches of ${row.name}` }, String(row.matches))),
    ),
  );
  const table = el('table', {}, el('caption', {}, caption), el('thead', {}, head), el('tbody', {}, ...body));
  return el('div', { class: 'sweep-table frontier-table', tabindex: '0', role: 'region', 'aria-label': caption }, table);
}

/** A value with its 95 % interval below it. @param factor into the unit shown */
export function figureCell(estimate: Estimate, factor = 1): HTMLElement {
  if (estimate.value === null) return el('td', {}, '\u2013');
  return el('td', {}, minus(valueText(estimate, factor)), el('small', {}, minus(intervalText(estimate, factor))));
}

/** What the engine says of a configuration, such as that its arithmetic is emulated. */
export const notesOf = ({ engine }: SummaryRow): string[] => (engine?.notes ?? []).map((note) => `engine: ${note}`);

/** A row's place, and beside whom. */
export function placeText({ status, by }: Pick<SummaryRow, 'status' | 'by'>): string {
  const place = PLACES[status] ?? status;
  if (by.length === 0) return place;
  return `${place} ${status === 'tied' ? 'with' : 'by'} ${by.join(', ')}`;
}
