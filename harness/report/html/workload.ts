/** What each configuration's matches asked of its server, in a sweep's report. */
import type { SummaryTask } from '../../evidence/summary.js';
import type { SweepResults } from '../sweep/folder.js';
import { figureCell } from './figures.js';
import { markup, type Part } from './markup.js';
import { wideTable } from './wide-table.js';

const COLUMNS = ['prompt, tokens', 'of it cached, %', 'answer, tokens', 'first token, real ms', 'idle, %', 'calls'];

/** The workloads of a task; nothing where no server told of tokens. */
export function workloadPart({ workloads }: SweepResults, name: string, task: SummaryTask): Part {
  const known = workloads.get(name);
  const rows = task.rows.flatMap((row) => {
    const found = known?.get(row.name);
    return found ? [{ row, found }] : [];
  });
  if (rows.length === 0) return '';
  const head = markup`<tr><th scope="col">configuration</th>${COLUMNS.map((each) => markup`<th scope="col">${each}</th>`)}</tr>`;
  const body = rows.map(({ row, found: { promptTokens, reuse, answerTokens, firstTokenUs, idle, calls } }) => markup`<tr data-kind="${row.kind}"><th scope="row">${row.name}</th>${figureCell(promptTokens)}${figureCell(reuse, { factor: 100 })}${figureCell(answerTokens)}${figureCell(firstTokenUs, { factor: 1e-3 })}${figureCell(idle, { factor: 100 })}<td data-value="${calls}">${calls}</td></tr>
`); // prettier-ignore
  return markup`<h3>Workload</h3>
${wideTable(`${name}: what the measured matches asked of the model's server`, head, body)}
<p class="quiet">Means over calls that came back and whose tokens the server counted; a decision that was missed is in the idle share alone. Cached: prompt tokens that it says it had. First token: from the request, in real time. Idle: share of the match's world time in which no decision was open.</p>`; // prettier-ignore
}
