/** What an injected outage cost each configuration, in a sweep's report. */
import { figureOf, type SummaryTask } from '../../evidence/summary.js';
import { RECOVERY_ABOUT, RECOVERY_COLUMNS } from '../columns.js';
import { figureCell } from './figures.js';
import { markup, type Part } from './markup.js';
import { wideTable } from './wide-table.js';

/** The recoveries of a task; nothing where no match had an outage. */
export function recoveryPart(name: string, task: SummaryTask): Part {
  const rows = task.rows.flatMap((row) => (row.recovery ? [{ row, told: row.recovery }] : []));
  if (rows.length === 0) return '';
  const columns = RECOVERY_COLUMNS(task.rewardUnit);
  const head = markup`<tr><th scope="col">configuration</th><th scope="col">injected</th>${columns.map(({ head: each, about }) => markup`<th scope="col" title="${about}">${each}</th>`)}<th scope="col">matches</th></tr>`; // prettier-ignore
  const body = rows.map(({ row, told }) => {
    const figures = columns.map(({ key, factor }) => figureCell(figureOf(row, key), { factor }));
    const more = [
      ...(told.unrecovered > 0 ? [`${told.unrecovered} never answered again`] : []),
      ...(told.spared > 0 ? [`${told.spared} ended before`] : []),
      ...(told.void > 0 ? [`+${told.void} void`] : []),
    ];
    return markup`<tr data-kind="${row.kind}"><th scope="row">${row.name}</th><td>${told.injected}</td>${figures}<td data-value="${told.matches}">${told.matches}${more.length > 0 && markup`<small>${more.join(', ')}</small>`}</td></tr>
`; // prettier-ignore
  });
  return markup`<h3>Recovery</h3>
${wideTable(`${name}: what an injected outage cost`, head, body)}
<p class="quiet">${RECOVERY_ABOUT}</p>`;
}
