/** A task's charts for its report: the frontier, what else stands against latency, and how latencies are spread. */
import type { LatencyDistribution } from '../../../scoring/figures/distribution.js';
import type { Estimate } from '../../../scoring/statistics/estimate.js';
import { drawFrontierAs, type ChartPoint, type FrontierChart } from '../charts/frontier.js';
import { drawLatencies, type LatencyCurve } from '../charts/latency.js';
import { PLACES } from '../columns.js';
import { figureOf, type SummaryRow, type SummaryTask } from '../sweep/summary.js';
import { figureText } from './figures.js';
import type { PageChart, Tip } from './chart.js';

/** A quality or a reward that can stand against latency. */
interface Against {
  key: string;
  name: string;
  title: string;
  about: string;
  scale: FrontierChart['scale'];
  unit: string;
}

const DEFAULT_TICK = { us: 1000, name: 'ms' };

/** The figure by which the summary's frontier is drawn. */
export function axisKey(task: SummaryTask): 'patientPlay' | 'probeQuality' | 'score' {
  if (task.axis === 'score') return 'score';
  return (task.axis ?? 'patient play') === 'patient play' && task.rows.some((row) => figureOf(row, 'patientPlay').value !== null)
    ? 'patientPlay'
    : 'probeQuality';
}

/** The charts of latency against quality and reward; those for which nothing was measured are left out. */
export function frontierCharts(id: string, task: SummaryTask): PageChart[] {
  const axis = axisKey(task);
  const patient: Against = { key: 'patientPlay', name: 'patient play', title: 'Patient play against latency', about: 'Patient play: what it would earn if the clock waited, from 0, a random player, to 1, the best known one.', scale: 'share', unit: '' }; // prettier-ignore
  const probes: Against = { key: 'probeQuality', name: 'probe quality', title: 'Probe quality against latency', about: 'Probe quality: the share of what was to be won or lost that its answers win on frozen states.', scale: 'share', unit: '' }; // prettier-ignore
  const reward: Against = { key: 'reward', name: `reward, ${task.rewardUnit}`, title: 'Reward against latency', about: 'What was really earned while the clock ran: mean reward of a match.', scale: 'free', unit: ` ${task.rewardUnit}` }; // prettier-ignore
  const score: Against = { key: 'score', name: 'score', title: 'Score against latency', about: `Score: ${task.score ?? "the plan's own formula"}, match by match.`, scale: 'free', unit: '' }; // prettier-ignore
  const all = { score: [score, reward, patient, probes], patientPlay: [patient, reward, probes], probeQuality: [probes, reward, patient] };
  return all[axis].flatMap((against, place) => {
    const isAxis = place === 0;
    const points = task.rows.map((row) => pointOf(row, figureOf(row, against.key)));
    if (points.every(({ latency, quality }) => latency.value === null || quality.value === null)) return [];
    const chart: FrontierChart = {
      title: '',
      subtitle: '',
      tick: task.tick ?? DEFAULT_TICK,
      quality: against.name,
      scale: against.scale,
      staircase: isAxis,
      points,
    };
    return {
      id: `${id}-${against.key.toLowerCase()}`,
      title: isAxis ? `The frontier: ${against.name} against latency` : against.title,
      about: `${against.about} Bars: 95 % intervals.${task.rows.some(({ kind }) => kind === 'bot') ? ' Bots are anchors: their delay is injected.' : ''}`,
      isHalf: !isAxis,
      draw: (place) => drawFrontierAs(place, chart),
      tips: task.rows.map((row) => tipOf(row, against)),
    };
  });
}

function pointOf(row: SummaryRow, quality: Estimate): ChartPoint {
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

function tipOf(row: SummaryRow, { key, name, unit }: Against): Tip {
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

/** Curves that fit a chart so that they can be told apart. */
const MOST_CURVES = 12;

/** The chart of how latencies are spread; undefined where none was measured. Where models played, bots, whose delays are given, are left out. */
export function latencyChart(id: string, task: SummaryTask, spread: ReadonlyMap<string, LatencyDistribution>): PageChart | undefined {
  const own = task.rows.filter((row) => spread.has(row.name));
  const models = own.filter(({ kind }) => kind !== 'bot');
  const rows = (models.length > 0 ? models : own).slice(0, MOST_CURVES);
  const tips: Tip[] = [];
  const curves = rows.map((row): LatencyCurve => {
    const { p50, p90, p99, curve, decisions } = spread.get(row.name)!;
    const quantiles = [
      { word: 'p50', share: 0.5, estimate: p50 },
      { word: 'p90', share: 0.9, estimate: p90 },
      { word: 'p99', share: 0.99, estimate: p99 },
    ].filter(({ estimate }) => estimate.value !== null && !estimate.atLeast);
    for (const { word, estimate } of quantiles)
      tips.push({
        name: `${row.name}, ${word}`,
        lines: [figureText(estimate, 1e-3, ' ms'), `${decisions} decisions in ${estimate.n} matches`, ...injectedLine(row)],
      });
    return {
      name: row.name,
      isInjected: row.kind === 'bot',
      curve,
      quantiles: quantiles.map(({ share, estimate }) => ({ share, us: estimate.value! })),
    };
  });
  if (curves.every(({ curve }) => curve.every((us) => us === null))) return undefined;
  const left = (models.length > 0 ? models : own).length - rows.length;
  return {
    id: `${id}-latencies`,
    title: 'How latencies are spread',
    about: `Which share of the decisions had brought an action by when, observation pushed to action landed. A curve that ends below the top: the rest brought none.${left > 0 ? ` The first ${MOST_CURVES} configurations; the table has all.` : ''}`,
    draw: (place) => drawLatencies(place, curves),
    tips,
  };
}
