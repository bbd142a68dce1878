/** A sweep's figures as a table below its pictures: latency, quality, reward, and what of the play was lost on the way. */
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

type Column = { key: string; head: string; about: string; factor?: number; digits: number };

const columns = (rewardUnit: string): Column[] => [
  { key: 'latencyMeanMs', head: 'latency, ms', about: 'observation pushed to action landed, world time: mean over the actions', digits: 1 },
  { key: 'latencyP50Ms', head: 'p50, ms', about: 'the same, median', digits: 1 },
  { key: 'latencyP90Ms', head: 'p90, ms', about: 'the same, reached by nine in ten', digits: 1 },
  {
    key: 'patientPlay',
    head: 'patient play',
    about: 'what it would earn if the clock waited: 0 as a random player, 1 as the best known one',
    digits: 2,
  },
  { key: 'probeQuality', head: 'probes', about: 'probe quality: of the best that could be done on frozen states', digits: 2 },
  { key: 'reward', head: `reward, ${rewardUnit}`, about: 'mean reward of a match', digits: 3 },
  { key: 'invalid', head: 'invalid, %', about: 'answers that were no legal action, of all decisions', factor: 100, digits: 1 },
  { key: 'failed', head: 'failed, %', about: 'calls without an answer, of all decisions', factor: 100, digits: 1 },
  { key: 'missed', head: 'missed, %', about: 'no answer within the time limit, of all decisions', factor: 100, digits: 1 },
  { key: 'stale', head: 'stale, %', about: 'landed answers to a situation that had changed', factor: 100, digits: 1 },
  { key: 'idle', head: 'idle, %', about: 'frames free to act without a plan', factor: 100, digits: 1 },
];

const PLACED = 'frontier: each other configuration is slower or worse beyond doubt; tied: that cannot be told; beaten: another is better';

/** A row's place as the printed table says it. */
const PLACES: Partial<Record<string, string>> = {
  frontier: 'FRONTIER',
  tied: 'tied',
  dominated: 'beaten',
  anchor: 'bot',
  unmeasured: 'not measured',
};

/** The table of one task. A figure nobody measured is a dash; its interval (95 %) and matches are told by the cell's title. */
export function sweepTable(title: string, { rewardUnit, rows }: TaskSummary): HTMLElement {
  const shown = columns(rewardUnit).filter(({ key }) => rows.some((row) => typeof row.figures[key]?.value === 'number'));
  const placed = rows.some(({ status }) => status !== undefined);
  const head = el('tr', {}, el('th', { scope: 'col' }, title), ...shown.map((each) => el('th', { scope: 'col', title: each.about }, each.head)), ...(placed ? [el('th', { scope: 'col', title: PLACED }, 'frontier')] : [])); // prettier-ignore
  const body = rows.map(({ name, kind, figures, status, by = [] }) =>
    el(
      'tr',
      { 'data-kind': kind },
      el('th', { scope: 'row' }, name),
      ...shown.map((column) => cell(figures[column.key], column)),
      ...(placed ? [el('td', { title: by.length > 0 ? `${status === 'tied' ? 'with' : 'by'} ${by.join(', ')}` : '' }, PLACES[status ?? ''] ?? '\u2013')] : []), // prettier-ignore
    ),
  );
  return el('div', { class: 'sweep-table' }, el('table', {}, el('thead', {}, head), el('tbody', {}, ...body)));
}

function cell(estimate: Estimate | undefined, { factor = 1, digits }: Column): HTMLElement {
  if (typeof estimate?.value !== 'number') return el('td', {}, '\u2013');
  const text = (value: number): string => (value * factor).toFixed(digits).replace('-', '\u2212');
  const { value, low, high, n, atLeast } = estimate;
  const interval =
    low === null && high === null ? 'no interval' : `${low === null ? '?' : text(low)} to ${high === null ? '?' : text(high)}`;
  return el('td', { title: `95 %: ${interval}; ${n} matches` }, `${atLeast ? '\u2265 ' : ''}${text(value)}`);
}
