/** What can stand against latency in a task's charts, and how each row is told there. The report's charts and the page's share it. */
import type { Estimate } from '../../../scoring/statistics/estimate.js';
import type { ChartPoint } from '../charts/marks.js';
import { PLACES } from '../columns.js';
import { figureOf, type SummaryRow, type SummaryTask } from '../../evidence/summary.js';
import { figureText } from './figures.js';

/** A quality or a reward that can stand against latency. */
export interface Against {
  /** Its key among a row's figures in `summary.json`. */
  key: string;
  name: string;
  title: string;
  about: string;
  /** A share lies about 0 to 1; anything else gets an axis of its own. */
  scale: 'share' | 'free';
  unit: string;
}

/** The figure by which the summary's frontier is drawn. */
export function axisKey(task: SummaryTask): 'patientPlay' | 'probeQuality' | 'score' {
  if (task.axis === 'score') return 'score';
  return (task.axis ?? 'patient play') === 'patient play' && task.rows.some((row) => figureOf(row, 'patientPlay').value !== null)
    ? 'patientPlay'
    : 'probeQuality';
}

/** What a task's charts hold against latency: first the axis of its frontier. */
export function againstLatency(task: SummaryTask): Against[] {
  const patient: Against = { key: 'patientPlay', name: 'patient play', title: 'Patient play against latency', about: 'Patient play: what it would earn if the clock waited, from 0, a random player, to 1, the best known one.', scale: 'share', unit: '' }; // prettier-ignore
  const probes: Against = { key: 'probeQuality', name: 'probe quality', title: 'Probe quality against latency', about: 'Probe quality: the share of what was to be won or lost that its answers win on frozen states.', scale: 'share', unit: '' }; // prettier-ignore
  const reward: Against = { key: 'reward', name: `reward, ${task.rewardUnit}`, title: 'Reward against latency', about: 'What was really earned while the clock ran: mean reward of a match.', scale: 'free', unit: ` ${task.rewardUnit}` }; // prettier-ignore
  const score: Against = { key: 'score', name: 'score', title: 'Score against latency', about: `Score: ${task.score ?? "the plan's own formula"}, match by match.`, scale: 'free', unit: '' }; // prettier-ignore
  const all = { score: [score, reward, patient, probes], patientPlay: [patient, reward, probes], probeQuality: [probes, reward, patient] };
  return all[axisKey(task)];
}

/** A row as a mark of a chart. @param quality what stands against its latency */
export function pointOf(row: SummaryRow, quality: Estimate): ChartPoint {
  const { name, kind, status } = row;
  const isBot = kind === 'bot';
  const latency = figureOf(row, 'latencyMeanMs');
  const us = (value: number | null): number | null => (value === null ? null : value * 1000);
  const delay = row.injectedDelayMs === undefined ? '' : `${row.injectedDelayMs} ms`;
  const known = row.group !== undefined && row.group !== 'external';
  return {
    label: isBot ? delay : known ? (row.engine?.activations ?? name) : '',
    series: isBot ? `${row.group ?? name} bot` : known ? row.group! : name,
    kind: isBot ? 'bot' : 'model',
    latency: { ...latency, value: us(latency.value), low: us(latency.low), high: us(latency.high) },
    quality,
    status: status === 'anchor' ? 'unmeasured' : status,
    injected: isBot,
  };
}

/** What a mark tells: its name, and a line for each figure. */
export interface Tip {
  name: string;
  lines: readonly string[];
}

/** What a row's mark tells. */
export function tipOf(row: SummaryRow, { key, name, unit }: Against): Tip {
  const { status, by } = row;
  const place = PLACES[status] ?? status;
  return {
    name: row.name,
    lines: [
      `latency ${figureText(figureOf(row, 'latencyMeanMs'), 1, ' ms')}`,
      `${name.split(',')[0]} ${figureText(figureOf(row, key), 1, unit)}`,
      `${row.matches} ${row.matches === 1 ? 'match' : 'matches'}`,
      status === 'tied' ? `tied with ${by.join(', ')}` : status === 'dominated' ? `beaten by ${by.join(', ')}` : place,
      ...injectedLine(row),
    ],
  };
}

/** What of a row's latency is not measured. */
export function injectedLine({ injectedDelayMs, injectedLatency }: SummaryRow): string[] {
  return [
    ...(injectedDelayMs === undefined ? [] : [`injected delay ${injectedDelayMs} ms`]),
    ...(injectedLatency === undefined || injectedLatency === '' ? [] : [`injected: ${injectedLatency}`]),
  ];
}
