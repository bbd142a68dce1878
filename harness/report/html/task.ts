/** A task's part of a sweep's report: what to take and why, its charts, and its figures in tables. */
import { decisionsNeeded, LEAST_BEYOND, type LatencyDistribution } from '../../../scoring/figures/distribution.js';
import { taskNamed, taskNames } from '../../match/tasks.js';
import { LOST_COLUMNS, PLACED, PLACES, playColumns } from '../columns.js';
import type { SweepResults } from '../sweep/folder.js';
import { figureOf, type SummaryRow, type SummaryTask } from '../../evidence/summary.js';
import { placeChart } from './chart.js';
import { axisKey, injectedLine } from './against.js';
import { frontierCharts, latencyChart } from './charts.js';
import { contentionPart } from './contention.js';
import { figureCell, minus } from './figures.js';
import { markup, type Markup, type Part } from './markup.js';
import { ratingsPart } from './ratings.js';
import { recoveryPart } from './recovery.js';
import { situationsPart } from './situations.js';
import { wideTable } from './wide-table.js';
import { workloadPart } from './workload.js';

/** What a task is called in full; its name where it is not known here. */
export function titleOf(name: string): string {
  return taskNames().includes(name) ? taskNamed(name).title : name;
}

/** A part of an id: letters, digits and dashes. */
export function slug(name: string): string {
  return name.toLowerCase().replace(/[^a-z0-9]+/g, '-').replace(/^-|-$/g, ''); // prettier-ignore
}

/** The part of a task. @param anchor the id it is reached by @returns its HTML, and style rules of its charts */
export function taskSection(results: SweepResults, name: string, anchor: string): { markup: Markup; rules: string[] } {
  const task = results.summary.tasks[name]!;
  const spread = results.distributions.get(name) ?? new Map<string, LatencyDistribution>();
  const [first, ...others] = frontierCharts(anchor, task).map(placeChart);
  const latencies = latencyChart(anchor, task, spread);
  const placed = latencies && placeChart(latencies);
  const rules = [first, ...others, placed].flatMap((each) => each?.rules ?? []);
  const section = markup`<section class="of-task" id="${anchor}" aria-labelledby="${anchor}-title">
<h2 id="${anchor}-title">${titleOf(name)}</h2>
${verdicts(results, name)}
${first?.markup ?? markup`<p class="quiet">No frontier: nothing has both a latency and a quality.</p>`}
<h3>Figures</h3>
${figures(results, name, task)}
${situationsPart(name, task)}
${others.length > 0 ? markup`<h3>Quality and reward against latency</h3><div class="charts">${others.map((each) => each.markup)}</div>` : ''}
<h3>Latency</h3>
${placed?.markup}
${latencyTable(name, task, spread)}
<h3>Lost play</h3>
${lostPlay(name, task)}
${ratingsPart(results, name)}
${workloadPart(results, name, task)}
${recoveryPart(name, task)}
${contentionPart(results, name, task)}
${injected(task)}
${voided(results, name)}
</section>`; // prettier-ignore
  return { markup: section, rules };
}

function verdicts({ summary }: SweepResults, name: string): Part {
  return summary.verdicts
    .filter(({ task, answer, sentence }) => task === name && (answer ?? sentence) !== undefined)
    .map(
      ({ answer, sentence, details }) => markup`<div class="verdict"><p>${answer ?? sentence}</p>
${details.length > 0 && markup`<ul>${details.map((each) => markup`<li>${each}</li>`)}</ul>`}</div>`,
    ); // prettier-ignore
}

/** A row's name with what it is, as its table's first cell. */
function rowHead({ name, kind, engine }: SummaryRow): Markup {
  const what = kind === 'bot' ? 'bot, delay injected' : engine?.activations === undefined ? kind : `${kind}, ${engine.activations}${engine.bitsPerWeight === undefined ? '' : `, ${Number(engine.bitsPerWeight.toFixed(2))} bits`}`; // prettier-ignore
  return markup`<th scope="row">${name}<small>${what}</small></th>`;
}

function bodyRow(row: SummaryRow, cells: Part): Markup {
  return markup`<tr data-kind="${row.kind}">${rowHead(row)}${cells}</tr>
`; // prettier-ignore
}

/** What is read first stands first: on a phone the columns behind these are scrolled to. */
const FIRST = ['reward', 'latencyMeanMs'];

function figures({ agreement }: SweepResults, name: string, task: SummaryTask): Part {
  if (task.rows.length === 0) return markup`<p class="quiet">No configuration was measured.</p>`;
  const measured = playColumns(task.rewardUnit).filter(({ key }) => task.rows.some((row) => figureOf(row, key).value !== null));
  const columns = [
    ...FIRST.flatMap((key) => measured.find((each) => each.key === key) ?? []),
    ...measured.filter(({ key }) => !FIRST.includes(key)),
  ];
  const untrue = (row: SummaryRow, key: string): Part => {
    const found = agreement?.disagreements.find((each) => each.task === name && each.configuration === row.name && each.key === key);
    return found && markup`<small class="untrue">its traces: ${minus(found.traces)}</small>`;
  };
  const head = markup`<tr><th scope="col">configuration</th><th scope="col" class="place" title="${PLACED}">frontier</th>${columns.map(({ head: each, about }) => markup`<th scope="col" title="${about}">${each}</th>`)}<th scope="col">matches</th></tr>`; // prettier-ignore
  const body = task.rows.map((row) => {
    const by = row.by.length > 0 && markup`<small>${row.status === 'tied' ? 'with' : 'by'} ${row.by.join(', ')}</small>`;
    const cells = columns.map(({ key, factor }) =>
      figureCell(figureOf(row, key), { factor, units: unitsOf(key), below: untrue(row, key) }),
    );
    const lost = [...(row.void > 0 ? [`+${row.void} void`] : []), ...(row.playedAgain > 0 ? [`${row.playedAgain} played again`] : [])];
    return bodyRow(row, [
      markup`<td class="place">${PLACES[row.status] ?? row.status}${by}</td>`,
      cells,
      markup`<td data-value="${row.matches}">${row.matches}${lost.length > 0 && markup`<small>${lost.join(', ')}</small>`}${untrue(row, 'matches')}</td>`,
    ]); // prettier-ignore
  });
  const speeds = [...new Set(task.rows.map(({ speed, clock }) => `${speed ?? '?'}x life on the ${clock ?? '?'} clock`))].join(' and ');
  return [
    wideTable(`${name}: latency, quality and reward of each configuration`, head, body),
    markup`<p class="quiet">Below each figure its 95 % interval; two matches have none. Latency: observation pushed to action landed, mean over the actions, in world time at ${speeds}.${task.rewardAbout === '' ? '' : ` Reward: ${task.rewardAbout.replace(/[.]$/, '')}.`}${task.patient && axisKey(task) === 'patientPlay' ? ` Patient play: whole matches at ${Number(task.patient.latencyMs.toFixed(1))} ms for everybody, charged while the clock waits; 0 = ${task.patient.zero}, 1 = ${task.patient.one}.` : ''} Frontier: each other configuration is slower or worse beyond doubt; tied: that cannot be told; beaten: another is better beyond doubt.</p>`,
  ]; // prettier-ignore
}

/** What the sample size of a figure counts. */
function unitsOf(key: string): string {
  return key === 'probeQuality' ? 'states' : key === 'patientPlay' ? 'seeds' : 'matches';
}

function latencyTable(name: string, task: SummaryTask, spread: ReadonlyMap<string, LatencyDistribution>): Part {
  const rows = task.rows.filter((row) => spread.has(row.name));
  if (rows.length === 0) return markup`<p class="quiet">No trace of a counting match is here to tell how latencies are spread.</p>`;
  const head = markup`<tr><th scope="col">configuration</th>${['p50, ms', 'p90, ms', 'p99, ms', 'p50, real ms', 'p90, real ms', 'decisions', 'without action'].map((each) => markup`<th scope="col">${each}</th>`)}</tr>`; // prettier-ignore
  const body = rows.map((row) => {
    const { p50, p90, p99, decisions, unanswered } = spread.get(row.name)!;
    const real = (key: string): Markup => (row.kind === 'bot' ? markup`<td class="none">injected</td>` : figureCell(figureOf(row, key)));
    return bodyRow(row, [
      [p50, p90, p99].map((each) => figureCell(each, { factor: 1e-3 })),
      real('realLatencyP50Ms'),
      real('realLatencyP90Ms'),
      markup`<td data-value="${decisions}">${decisions}</td>
        <td data-value="${unanswered}">${unanswered}</td>`,
    ]);
  });
  return [
    wideTable(`${name}: quantiles of latency`, head, body),
    markup`<p class="quiet">p99 is told only where at least ${LEAST_BEYOND} decisions lie beyond it, which takes ${decisionsNeeded(0.99)} of them: with fewer it would be little more than the slowest few. Decisions that brought no action stay in as never answered; failed calls are left out. In real time a match at 20x life is twenty times shorter than in world time.</p>`,
  ]; // prettier-ignore
}

function lostPlay(name: string, task: SummaryTask): Part {
  const columns = LOST_COLUMNS.filter(({ key }) => task.rows.some((row) => figureOf(row, key).value !== null));
  if (columns.length === 0) return markup`<p class="quiet">Nothing was counted.</p>`;
  const head = markup`<tr><th scope="col">configuration</th>${columns.map(({ head: each, about }) => markup`<th scope="col" title="${about}">${each}</th>`)}</tr>`; // prettier-ignore
  const body = task.rows.map((row) => bodyRow(row, columns.map(({ key }) => shareCell(row, key)))); // prettier-ignore
  return [
    wideTable(`${name}: play that was lost on the way`, head, body),
    markup`<p class="quiet">${columns.map(({ head: each, about }) => `${each.split(',')[0]}: ${about}`).join('; ')}.</p>`,
  ];
}

/** A share with a bar as long as it is large. */
function shareCell(row: SummaryRow, key: string): Markup {
  const estimate = figureOf(row, key);
  if (estimate.value === null) return figureCell(estimate);
  const length = Math.max(0, Math.min(1, estimate.value)) * 100;
  const bar = markup`<svg class="bar" viewBox="0 0 100 4" preserveAspectRatio="none" aria-hidden="true"><rect width="100" height="4" class="rail" /><rect width="${length.toFixed(2)}" height="4" class="share" /></svg>`; // prettier-ignore
  return figureCell(estimate, { factor: 100, below: bar });
}

function injected(task: SummaryTask): Part {
  const said = task.rows.flatMap((row) => {
    const outage = row.recovery ? [`in further matches: ${row.recovery.injected}`] : [];
    const lines = [...injectedLine(row), ...outage, ...(row.engine?.notes ?? []).map((note) => `engine: ${note}`)];
    return lines.length > 0 ? [markup`<li><b>${row.name}</b>: ${lines.join('; ')}</li>`] : [];
  });
  return markup`<h3>Injected and emulated</h3>
${said.length > 0 ? markup`<ul class="plain">${said}</ul>` : markup`<p class="quiet">No delay and no outage was injected, and no engine told of emulated arithmetic.</p>`}
<p class="quiet">Opponents of the measured seats are bots with given delays. Patient matches charge everybody a given latency while the clock waits; wall-clock confirmations may add one: the list of matches tells where.</p>`; // prettier-ignore
}

function voided({ matches, summary }: SweepResults, name: string): Part {
  const bad = matches.filter(({ task, standing }) => task === name && (standing === 'void' || standing === 'set aside'));
  const unfinished = summary.tasks[name]!.unfinished;
  const rows = bad.map(({ configuration, seed, purpose, standing, reasons }) => markup`<tr><th scope="row">${configuration}</th><td>${seed}</td><td>${PURPOSES[purpose]}</td><td>${standing === 'void' ? 'void' : 'played again'}</td><td class="reason">${reasons.length > 0 ? reasons.join(' ') : 'It counts by itself, but is of another plan.'}</td></tr>
`); // prettier-ignore
  const head = markup`<tr>${['configuration', 'seed', 'played for', 'what became of it', 'why it does not count'].map((each) => markup`<th scope="col">${each}</th>`)}</tr>`; // prettier-ignore
  return markup`<h3>Void matches</h3>
${bad.length === 0 ? markup`<p class="quiet">None.</p>` : markup`<details${bad.length <= 5 ? markup` open` : ''}><summary>${bad.length} ${bad.length === 1 ? 'match is' : 'matches are'} in no figure</summary>${wideTable(`${name}: void matches and why they do not count`, head, rows)}</details>`}
${unfinished.length > 0 && markup`<h3>Unfinished</h3><ul class="plain">${unfinished.map(({ entrant, unplayed, void: lost, reasons }) => markup`<li><b>${entrant}</b>: ${[...(unplayed > 0 ? [`${unplayed} not played`] : []), ...(lost > 0 ? [`${lost} void`] : [])].join(', ')}${reasons.length > 0 ? ` (${reasons.slice(0, 3).join(' ')})` : ''}</li>`)}</ul>`}`; // prettier-ignore
}

/** What a match was played for, in words. */
export const PURPOSES = {
  measure: 'measurement',
  patient: 'patient play',
  confirm: 'confirmation',
  recovery: 'recovery, with an injected outage',
  contention: 'contention',
} as const;
