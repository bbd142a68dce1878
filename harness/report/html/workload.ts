/** What each configuration's matches asked of its server, and the energy of the host meanwhile, in a sweep's report. */
import type { SummaryTask } from '../../evidence/summary.js';
import { workloadFigures } from '../../sweep/report.js';
import { NOT_MEASURED } from '../../../scoring/statistics/estimate.js';
import { energyText, WORKLOAD_COLUMNS } from '../columns.js';
import type { SweepResults } from '../sweep/folder.js';
import { figureCell } from './figures.js';
import { markup, type Part } from './markup.js';
import { wideTable } from './wide-table.js';

/** The workloads of a task; nothing where no server told of tokens. */
export function workloadPart({ workloads, summary }: SweepResults, name: string, task: SummaryTask): Part {
  const known = workloads.get(name);
  const rows = task.rows.flatMap((row) => {
    const found = known?.get(row.name);
    return found ? [{ row, figures: workloadFigures(found), calls: found.calls }] : [];
  });
  if (rows.length === 0) return '';
  const columns = WORKLOAD_COLUMNS.filter(({ key }) => rows.some(({ figures }) => figures[key]));
  const head = markup`<tr><th scope="col">configuration</th>${columns.map((each) => markup`<th scope="col" title="${each.about}">${each.head}</th>`)}<th scope="col">calls</th></tr>`; // prettier-ignore
  const body = rows.map(({ row, figures, calls }) => {
    const cells = columns.map(({ key, factor }) => figureCell(figures[key] ?? NOT_MEASURED, { factor }));
    return markup`<tr data-kind="${row.kind}"><th scope="row">${row.name}</th>${cells}<td data-value="${calls}">${calls}</td></tr>
`; // prettier-ignore
  });
  return markup`<h3>Workload</h3>
${wideTable(`${name}: what the measured matches asked of the model's server`, head, body)}
<p class="quiet">${columns.map(({ head: each, about }) => `${each.split(',')[0]}: ${about}`).join('; ')}. A decision that was missed is in the idle share alone. ${energyText(columns.some(({ key }) => key === 'matchJoules'), summary.host)}</p>`; // prettier-ignore
}
