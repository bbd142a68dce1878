/** A task's report as a frontier picture. */
import { renderFrontier, type ChartPoint, type RenderedChart } from '../report/charts/frontier.js';
import { taskNamed } from '../match/tasks.js';
import type { TaskReport } from './run.js';

/** Draws a task's frontier; undefined when nothing has both a latency and a probe quality. */
export function drawFrontier(report: TaskReport): RenderedChart | undefined {
  const task = taskNamed(report.task.name);
  const { plan } = report.task;
  const models = report.rows.filter((row) => row.kind !== 'bot');
  const matches = Math.max(0, ...models.map((row) => row.summary.matches));
  const axis = report.rows[0]?.quality.axis ?? 'probe quality';
  const shown = models[0]?.quality.figure.n ?? 0;
  const about =
    axis !== 'probe quality'
      ? `${axis} on ${shown} ${axis === 'score' ? 'matches' : 'seeds'}`
      : `quality on ${models[0]?.summary.probesAsked ?? 0} frozen states`;
  const speeds = [...new Set(models.map((row) => `${row.speed}x life (${row.clock} clock)`))].join(', ');
  const points = report.rows.map((row): ChartPoint => {
    const { summary } = row;
    const bot = row.entrant.bot;
    return {
      label: bot ? `${bot.delayUs / 1000} ms` : (row.engine?.activations ?? row.name),
      series: bot ? `${bot.name} bot` : row.group === 'external' ? row.name : row.group,
      kind: bot ? 'bot' : 'model',
      latency: summary.worldMeanUs,
      quality: row.quality.figure,
      status: row.status === 'anchor' ? 'unmeasured' : row.status,
      injected: bot !== undefined,
    };
  });
  if (points.every(({ latency, quality }) => latency.value === null || quality.value === null)) return undefined;
  return renderFrontier({
    title: `${task.title.split(':')[0]}: latency against ${axis === 'patient play' ? 'what it would earn if the clock waited' : axis === 'score' ? `score: ${shortened(plan.score!)}` : 'decision quality'}`,
    subtitle: `${matches} matches of a configuration at ${speeds}; ${about}; bars: 95 % intervals`,
    quality: axis,
    // A score may be of any size.
    scale: axis === 'score' ? 'free' : 'share',
    tick: task.tick(task.parseOptions(plan.options)),
    points,
  });
}

/** A formula as far as a title has room. */
function shortened(formula: string): string {
  return formula.length <= 48 ? formula : `${formula.slice(0, 45)}...`;
}
