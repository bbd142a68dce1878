/** A task's charts for its report: the frontier, what else stands against latency, and how latencies are spread. */
import type { LatencyDistribution } from '../../../scoring/figures/distribution.js';
import { drawFrontierAs, type FrontierChart } from '../charts/frontier.js';
import { drawLatencies, type LatencyCurve } from '../charts/latency.js';
import { figureOf, type SummaryTask } from '../../evidence/summary.js';
import { againstLatency, injectedLine, pointOf, tipOf, type Tip } from './against.js';
import { figureText } from './figures.js';
import type { PageChart } from './chart.js';

const DEFAULT_TICK = { us: 1000, name: 'ms' };

/** The charts of latency against quality and reward; those for which nothing was measured are left out. */
export function frontierCharts(id: string, task: SummaryTask): PageChart[] {
  return againstLatency(task).flatMap((against, place) => {
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
