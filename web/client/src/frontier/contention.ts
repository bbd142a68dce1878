/** What agents that share an endpoint get of it, as tables on a sweep's pages. */
import { addedTable, CONTENTION_NOTES, contentionTable, tenantTable, type ContentionTable } from '../../../../harness/report/contention.js';
import type { SummaryTask } from '../../../../harness/evidence/summary.js';
import { el } from '../element.js';
import { figureCell } from './table.js';

/** The tables of a task, or of one of its configurations; none where nothing was played so. */
export function contentionTables({ contention = [], rewardUnit }: SummaryTask, configuration?: string): HTMLElement[] {
  const told = contention.filter((each) => configuration === undefined || each.configuration === configuration);
  return [
    ...tableOf('Agents that ask one endpoint at once', contentionTable(told, rewardUnit), CONTENTION_NOTES.counts),
    ...tableOf('What more agents cost each', addedTable(told, rewardUnit), CONTENTION_NOTES.added),
    ...tableOf('Shares of tenants', tenantTable(told), CONTENTION_NOTES.tenants),
  ];
}

function tableOf(caption: string, { heads, lines }: ContentionTable, note: string): HTMLElement[] {
  if (lines.length === 0) return [];
  const head = el('tr', {}, ...['configuration', ...heads].map((each) => el('th', { scope: 'col' }, each)));
  const body = lines.map((line) => {
    const cells = line.cells.map((cell) => (typeof cell === 'string' ? el('td', {}, cell) : figureCell(cell)));
    return el('tr', {}, el('th', { scope: 'row' }, line.head), ...cells);
  });
  const table = el('table', {}, el('caption', {}, caption), el('thead', {}, head), el('tbody', {}, ...body));
  return [
    el('div', { class: 'sweep-table frontier-table', tabindex: '0', role: 'region', 'aria-label': caption }, table),
    el('p', { class: 'quiet' }, note),
  ];
}
