/** The table of a task, for people: every figure with its interval and sample size, real and world time side by side. */
import Table from 'cli-table3';
import type { AnyTask } from '../../envs/environment.js';
import type { Estimate } from '../../scoring/statistics.js';
import type { TaskReport } from './run.js';
import type { Row } from './rows.js';

/** A number with as many decimals as its size deserves. */
export function figure(value: number): string {
  const size = Math.abs(value);
  const decimals = size >= 100 ? 0 : size >= 10 ? 1 : size >= 0.1 || size === 0 ? 2 : size >= 0.01 ? 3 : 4;
  const text = value.toFixed(decimals);
  return Number(text) === 0 ? (0).toFixed(decimals) : text;
}

/** `value`, and below it its interval and sample size. Nothing measured is a dash, never a zero. */
function lines(estimate: Estimate, factor = 1, unit = ''): [string, string] {
  const { value, low, high, n } = estimate;
  if (value === null) return ['-', 'not measured'];
  const end = (bound: number | null, open: string): string => (bound === null ? open : figure(bound * factor));
  const interval = low === null && high === null ? 'no interval' : `${end(low, '?')} to ${end(high, estimate.atLeast ? '...' : '?')}`;
  return [`${estimate.atLeast ? '>= ' : ''}${figure(value * factor)}${unit}`, `${interval} (${n})`];
}

/** World time in milliseconds, and in ticks where a tick is something people count in (a frame). */
function worldLatency(name: string, world: Estimate, tick: { us: number; name: string }): string {
  const [shown, interval] = lines(world, 1 / 1000, ' ms');
  const ticks = world.value !== null && /^\w+$/.test(tick.name) ? ` = ${figure(world.value / tick.us)} ${tick.name}s` : '';
  return `${name} ${shown}${ticks}\n    ${interval}`;
}

function realCell(row: Row): string {
  const { summary } = row;
  if (row.kind === 'bot') return 'injected';
  return [
    `p50 ${lines(summary.realP50Us, 1 / 1000, ' ms')[0]}`,
    `p90 ${lines(summary.realP90Us, 1 / 1000, ' ms')[0]}`,
    `${lines(summary.perRealSecond)[0]} landed/s`,
    lines(summary.perRealSecond)[1],
  ].join('\n');
}

const cell = (estimate: Estimate, factor = 1, unit = ''): string => lines(estimate, factor, unit).join('\n');

function nameCell(row: Row): string {
  const bits = row.engine
    ? `${figure(row.engine.bitsPerWeight)} bits, ${row.engine.activations}`
    : row.kind === 'bot'
      ? 'injected delay'
      : 'external endpoint';
  const clock = `${row.clock === 'wall' ? 'wall clock' : 'virtual clock'}, ${row.speed}x life`;
  return [row.name, bits, ...(row.injected === '' ? [] : row.injected.split(', ').map((leg) => `injected ${leg}`)), clock].join('\n');
}

function statusCell(row: Row): string {
  if (row.status === 'anchor') return 'anchor (bot)';
  if (row.status === 'frontier') return 'FRONTIER';
  if (row.status === 'unmeasured') return 'not measured';
  const by = row.by.slice(0, 2).join(',\n');
  return `${row.status === 'tied' ? 'tied with' : 'beaten by'}\n${by}${row.by.length > 2 ? `,\n+${row.by.length - 2}` : ''}`;
}

/** Renders one task's table, with a line that says what its figures are and how the winner did on the wall clock. */
export function renderTable(task: AnyTask, tickOf: { us: number; name: string }, report: TaskReport): string {
  const unit = task.reward.unit;
  const table = new Table({
    head: [
      'configuration',
      'latency, world time',
      'real time',
      'probe quality',
      'decided, landed',
      `latency cost, ${unit}`,
      `reward, ${unit}`,
      'lost play',
      'frontier',
    ],
    style: { head: [], border: [], compact: false, 'padding-left': 0, 'padding-right': 1 },
  });
  for (const row of report.rows) {
    const { summary } = row;
    const isBot = row.kind === 'bot';
    table.push([
      nameCell(row),
      [worldLatency('p50', summary.worldP50Us, tickOf), worldLatency('p90', summary.worldP90Us, tickOf)].join('\n'),
      realCell(row),
      cell(summary.probeQuality),
      isBot ? '-' : [cell(summary.decidedQuality), cell(summary.landedQuality)].join('\n'),
      isBot ? '-' : cell(summary.latencyCost),
      cell(summary.reward),
      lostPlay(summary),
      statusCell(row),
    ]);
  }
  return [`${task.title} (${task.name})`, table.toString(), ...trading(report), ...notes(task, report)].join('\n');
}

/** How the configurations traded, where that was told. */
function trading(report: TaskReport): string[] {
  const rows = report.rows.flatMap((row) => row.trading ?? []);
  if (rows.length === 0) return [];
  const table = new Table({
    head: [
      'how they traded',
      'fills a match',
      'maker share, %',
      'making: markout 1 s, ticks',
      'taking: markout 1 s, ticks',
      'taken at another price than seen, %',
    ],
    style: { head: [], border: [], 'padding-left': 0, 'padding-right': 1 },
  });
  for (const { name, fills, makerShare, makerMarkout1s, takerMarkout1s, staleTaking } of rows) {
    table.push([name, cell(fills), cell(makerShare, 100), cell(makerMarkout1s), cell(takerMarkout1s), cell(staleTaking, 100)]);
  }
  return [
    table.toString(),
    'Markout: the mid a second after a fill less its price, in favour of the seat, before fees. More: tickbench report TRACE...',
  ];
}

/** Answers that were no legal action, and those that never came; answers that came to a changed situation; time without a plan. */
function lostPlay({ invalid, failed, missed, stale, idle }: Row['summary']): string {
  const parts: [string, Estimate][] = [
    ['invalid', invalid],
    ['failed', failed],
    ['missed', missed],
    ['stale', stale],
    ['idle', idle],
  ];
  return parts
    .flatMap(([name, part]) => (part.value === null || (name === 'failed' && part.value === 0) ? [] : `${name} ${share(part)}`))
    .join('\n');
}

function share(estimate: Estimate): string {
  return estimate.value === null ? '-' : `${figure(estimate.value * 100)} %`;
}

function notes(task: AnyTask, report: TaskReport): string[] {
  const models = report.rows.filter((row) => row.kind !== 'bot');
  const voided = report.rows.reduce((sum, row) => sum + row.summary.voided, 0);
  const replayed = report.rows.reduce((sum, row) => sum + row.replayed, 0);
  const valued = models.reduce((sum, row) => sum + row.summary.valued, 0);
  const result = [
    `Below each figure: 95 % interval (sample size: matches; for probe quality, matches the ${models[0]?.summary.probesAsked ?? 0} states come from).`,
    task.lacks?.oracle === undefined
      ? `Decided, landed and latency cost: ${valued} decisions of the models' matches, valued by the oracle. Reward: ${task.reward.about}`
      : `No quality: ${task.lacks.oracle}. Reward: ${task.reward.about}`,
  ];
  const idle = report.rows.some((row) => row.summary.idle.value !== null);
  result.push(
    `Lost play: answers that were no legal action (invalid), whose call failed, or that never came (missed), of all decisions${idle ? '; landed answers to a situation that had changed (stale); frames free to act without a plan (idle)' : ''}. Intervals: summary.json.`,
  );
  if (voided + replayed > 0) result.push(`Void: ${replayed} matches were played again, ${voided} are left out of every figure.`);
  const [first] = report.confirmation;
  if (first) {
    const good = report.confirmation.filter(({ trace }) => trace.footer?.verdict.counts);
    const rewards = good.map(({ cell: each, trace }) => figure(trace.footer!.results.reward[each.seat]! / task.reward.scale));
    const late = good.map(({ trace }) => figure(trace.footer!.lateness.p99Us / 1000));
    const bad = report.confirmation.filter(({ trace }) => !trace.footer?.verdict.counts);
    if (good.length > 0) {
      result.push(
        `Wall clock: ${first.cell.entrant.name} played ${good.length} more matches in real time at ${first.cell.speed}x life: reward ${rewards.join(', ')} ${task.reward.unit}; tick lateness p99 ${late.join(', ')} ms.`,
      );
    }
    for (const { trace } of bad)
      result.push(`Wall clock: a match of ${first.cell.entrant.name} is void: ${trace.footer?.verdict.reasons.join('; ') ?? 'cut off'}`);
  }
  return result;
}
