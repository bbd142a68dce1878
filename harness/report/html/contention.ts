/** What agents that share an endpoint get of it, in a sweep's report. */
import { addedTable, CONTENTION_NOTES, contentionTable, tenantTable, type ContentionTable } from '../contention.js';
import type { SummaryTask } from '../../evidence/summary.js';
import type { SweepResults } from '../sweep/folder.js';
import { figureCell } from './figures.js';
import { markup, type Part } from './markup.js';
import { wideTable } from './wide-table.js';

/** The contention of a task, reckoned from its traces; nothing where nobody was played so. */
export function contentionPart({ contention }: SweepResults, name: string, { rewardUnit }: SummaryTask): Part {
  const told = contention.get(name) ?? [];
  if (told.length === 0) return '';
  return markup`<h3>Contention</h3>
${table(`${name}: agents that ask one endpoint at once`, contentionTable(told, rewardUnit), CONTENTION_NOTES.counts)}
${table(`${name}: what more agents cost each`, addedTable(told, rewardUnit), CONTENTION_NOTES.added)}
${table(`${name}: shares of tenants`, tenantTable(told), CONTENTION_NOTES.tenants)}`; // prettier-ignore
}

function table(caption: string, { heads, lines }: ContentionTable, note: string): Part {
  if (lines.length === 0) return '';
  const head = markup`<tr><th scope="col">configuration</th>${heads.map((each) => markup`<th scope="col">${each}</th>`)}</tr>`;
  const body = lines.map((line) => markup`<tr><th scope="row">${line.head}</th>${line.cells.map((cell) => (typeof cell === 'string' ? markup`<td>${cell}</td>` : figureCell(cell, { units: 'groups' })))}</tr>
`); // prettier-ignore
  return [wideTable(caption, head, body), markup`<p class="quiet">${note}</p>`];
}
