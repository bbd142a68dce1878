/** A task's report for people: a table that fits a terminal, what may be read from it, and the whole of it for those who ask. */
import type { AnyTask } from '../../envs/environment.js';
import type { Estimate } from '../../scoring/statistics/estimate.js';
import { isTeam } from '../configuration/team.js';
import { addedTable, CONTENTION_NOTES, contentionTable, tenantTable } from '../report/contention.js';
import { figure, inCell, inLine, inLineOfAnyScale, intervalText, valueText } from '../report/figures.js';
import { latencySummary } from '../../scoring/figures/latency.js';
import { patientEnds } from '../../scoring/reward/patient.js';
import { tableText, wrapped } from '../report/text.js';
import { recoveryTable } from './recovery-table.js';
import type { TaskReport } from './run.js';
import type { Row } from './rows.js';

/**
 * What `sweep` prints of a task: each configuration's latency, quality, reward and place, and how to read them.
 * @param columns how wide the terminal is
 */
export function renderTable(task: AnyTask, report: TaskReport, columns: number): string {
  const isPatient = report.rows.some(({ quality }) => quality.axis === 'patient play');
  const isScored = report.rows.some(({ score }) => score);
  const rows = report.rows.map((row) => [
    row.name,
    latencyText(row.summary),
    ...(isPatient ? [valueText(row.quality.figure)] : []),
    valueText(row.summary.probeQuality),
    inLine(row.summary.reward),
    ...(isScored ? [row.score ? inLineOfAnyScale(row.score.figure) : '-'] : []),
    place(row),
  ]);
  const models = report.rows.filter((row) => row.kind !== 'bot');
  const matches = (models.length > 0 ? models : report.rows).map((row) => row.summary.matches);
  const speeds = [...new Set(report.rows.map(({ clock, speed }) => `${speed}x life on the ${clock} clock`))];
  return [
    `${task.title} (${task.name})`,
    '',
    tableText(
      [
        'configuration',
        'latency, ms',
        ...(isPatient ? ['patient'] : []),
        isPatient ? 'probes' : 'quality',
        `reward, ${task.reward.unit}`,
        ...(isScored ? ['score'] : []),
        'frontier',
      ],
      rows,
      columns,
      ['left', 'right', ...(isPatient ? (['right'] as const) : []), 'right', 'left', ...(isScored ? (['left'] as const) : []), 'left'],
    ),
    ...contended(task, report, columns),
    '',
    wrapped(
      [
        `Latency: mean over actions, in brackets p50 and p90, in world time at ${speeds.join(' and ')}. Reward: ${sentence(task.reward.about)} In brackets its 95 % interval over ${spread(matches)} matches of a ${models.length > 0 ? 'model' : 'bot'}.`,
        ...(isPatient ? [patientAbout(task, report)] : []),
        ...scoreAbout(report),
        ...hostsAbout(report),
        ...losses(report),
        ...confirmation(task, report),
      ].join('\n'),
      columns,
    ),
  ].join('\n');
}

/** What agents that asked one endpoint at once got of it. */
function contended({ reward }: AnyTask, { contended: told }: TaskReport, columns: number): string[] {
  if (told.length === 0) return [];
  const tables = [
    ['Contention', contentionTable(told, reward.unit), CONTENTION_NOTES.counts],
    ['What more agents cost each', addedTable(told, reward.unit), CONTENTION_NOTES.added],
    ['Shares of tenants', tenantTable(told), CONTENTION_NOTES.tenants],
  ] as const;
  return tables.flatMap(([title, { heads, lines }, note]) => {
    if (lines.length === 0) return [];
    const cells = lines.map((line) => [line.head, ...line.cells.map((cell) => (typeof cell === 'string' ? cell : inCell(cell)))]);
    return ['', title, '', tableText(['configuration', ...heads], cells, columns), '', wrapped(note, columns)];
  });
}

/** The plan's own reward, and matches that have none. */
function scoreAbout({ rows }: TaskReport): string[] {
  const by = rows.find(({ score }) => score)?.score?.by;
  if (by === undefined) return [];
  const missing = rows.flatMap(({ name, score }) => (score?.missing ?? []).map(({ id, why }) => `${name}, ${id}: ${why}`));
  return [
    `Score: ${by}, match by match. The frontier and the one to take are by it.`,
    ...(missing.length > 0 ? [`No score of ${matchCount(missing.length)}. The first: ${missing[0]}.`] : []),
  ];
}

/** Which host each row is of, where hosts are told. */
function hostsAbout({ hosts, rows }: TaskReport): string[] {
  const of = ({ name, cpu, cores, node }: TaskReport['hosts'][number]): string => {
    const own = rows.filter(({ host }) => host === name).map((row) => row.name);
    return `${name} (${cpu ?? 'unknown processor'}, ${cores ?? '?'} cores, Node ${node ?? '?'}) measured ${own.join(', ')}.`;
  };
  return hosts.length === 0 ? [] : [`Hosts, whose latencies are never pooled: ${hosts.map(of).join(' ')}`];
}

/** What the frontier's axis is, in a sentence. */
function patientAbout(task: AnyTask, { task: { plan }, rows }: TaskReport): string {
  const { random, best } = patientEnds(task, plan.patient.options);
  const [shown] = rows.filter((row) => row.kind !== 'bot');
  return (
    `The frontier: what a configuration would earn if the clock waited (patient play: whole matches at ${figure(task.patient!.latencyUs / 1000)} ms for everybody, ` +
    `0 = ${random.bot}, 1 = ${best.bot}; ${shown?.quality.figure.n ?? 0} seeds), against how late it is. Reward is what is left of it when the clock runs. ` +
    'Probes: quality on frozen states, cheaper, and beside it.'
  );
}

/** Everything behind that table, figure by figure with interval and sample size: what `--wide` adds. */
export function renderDetails(task: AnyTask, tickOf: { us: number; name: string }, report: TaskReport, columns: number): string {
  const { unit } = task.reward;
  const table = (title: string, head: string[], cells: (row: Row) => string[]): string =>
    `${title}\n\n${tableText(
      ['configuration', ...head],
      report.rows.map((row) => [row.name, ...cells(row)]),
      columns,
    )}`;
  return [
    table('What was played', ['what it is', 'clock', 'matches', 'frontier'], (row) => [
      whatItIs(row),
      `${row.clock}, ${row.speed}x life`,
      played(row),
      standing(row),
    ]),
    table(
      'Latency',
      ['mean, world time', 'p50, world time', 'p90, world time', 'p50, real', 'p90, real', 'landed a real second'],
      ({ kind, summary }) => [
        worldLatency(summary.worldMeanUs, tickOf),
        worldLatency(summary.worldP50Us, tickOf),
        worldLatency(summary.worldP90Us, tickOf),
        ...(kind === 'bot'
          ? ['injected', 'injected', '-']
          : [valueText(summary.realP50Us, 1e-3, ' ms'), valueText(summary.realP90Us, 1e-3, ' ms'), inCell(summary.perRealSecond)]),
      ],
    ),
    table('Quality', ['patient play', 'probes', 'decided', 'landed', `latency cost, ${unit}`], ({ kind, summary, patient, trained }) => [
      patient ? inCell(patient.play) : '-',
      `${inCell(summary.probeQuality)}${trained ? `\ntraining oracle: ${valueText(trained)}` : ''}`,
      ...(kind === 'bot' ? ['-', '-', '-'] : [inCell(summary.decidedQuality), inCell(summary.landedQuality), inCell(summary.latencyCost)]),
    ]),
    ...situations(report, columns),
    table('Reward and lost play', [`reward, ${unit}`, 'invalid', 'failed', 'missed', 'stale', 'idle'], ({ summary }) => [
      inCell(summary.reward),
      ...[summary.invalid, summary.failed, summary.missed, summary.stale, summary.idle].map(share),
    ]),
    ...recoveryTable(task, report, columns),
    ...trading(report, columns),
    wrapped(notes(task, report).join('\n'), columns),
  ].join('\n\n');
}

/** Probe quality by kinds of situation, a column each: nothing where the task tells none apart. */
function situations({ rows }: TaskReport, columns: number): string[] {
  const names = [...new Set(rows.flatMap(({ summary }) => summary.probeSituations.map(({ situation }) => situation)))].sort();
  if (names.length === 0) return [];
  const cells = rows.map(({ name, summary }) => [
    name,
    ...names.map((each) => {
      const found = summary.probeSituations.find(({ situation }) => situation === each);
      return found ? inCell(found.quality) : '-';
    }),
  ]);
  return [`Probe quality by situation\n\n${tableText(['configuration', ...names], cells, columns)}`];
}

/** The frontier's latency, with p50 and p90 beside it. */
function latencyText({ worldMeanUs, worldP50Us, worldP90Us }: Row['summary']): string {
  if (worldMeanUs.value === null) return '-';
  return `${valueText(worldMeanUs, 1e-3)} (${valueText(worldP50Us, 1e-3)}, ${valueText(worldP90Us, 1e-3)})`;
}

/** World time in milliseconds, and in ticks where a tick is something people count in (a frame). */
function worldLatency(world: Estimate, tick: { us: number; name: string }): string {
  if (world.value === null) return '-';
  const ticks = /^\w+$/.test(tick.name) ? ` = ${figure(world.value / tick.us)} ${tick.name}s` : '';
  return `${valueText(world, 1e-3, ' ms')}${ticks}\n${intervalText(world, 1e-3)} (${world.n})`;
}

function whatItIs({ engine, kind, entrant, injected }: Row): string {
  const setup = entrant.configuration;
  const what = engine
    ? `${figure(engine.bitsPerWeight)} bits, ${engine.activations}`
    : kind === 'bot'
      ? 'bot, delay injected'
      : setup && isTeam(setup)
        ? `${setup.team} team`
        : 'external endpoint';
  return injected === '' ? what : `${what}\ninjected ${injected}`;
}

function played({ summary, replayed }: Row): string {
  const { matches, voided } = summary;
  return [`${matches}`, ...(voided > 0 ? [`+${voided} void`] : []), ...(replayed > 0 ? [`${replayed} again`] : [])].join('\n');
}

/** A row's mark in the narrow table. */
function place(row: Row): string {
  if (row.status === 'anchor') return 'bot';
  if (row.status === 'frontier') return 'FRONTIER';
  if (row.status === 'unmeasured') return 'not measured';
  return row.status === 'tied' ? 'tied' : 'beaten';
}

/** The same with names. */
function standing(row: Row): string {
  if (row.status !== 'tied' && row.status !== 'dominated') return place(row);
  return `${row.status === 'tied' ? 'tied with' : 'beaten by'}\n${row.by.join(',\n')}`;
}

/** How the configurations traded, where that was told. */
function trading(report: TaskReport, columns: number): string[] {
  const rows = report.rows.flatMap((row) => row.trading ?? []);
  if (rows.length === 0) return [];
  const cells = rows.map(({ name, fills, makerShare, makerMarkout1s, takerMarkout1s, staleTaking }) => [
    name,
    inCell(fills),
    inCell(makerShare, 100),
    inCell(makerMarkout1s),
    inCell(takerMarkout1s),
    inCell(staleTaking, 100),
  ]);
  const head = [
    'configuration',
    'fills\na match',
    'maker\nshare, %',
    'making: markout\n1 s, ticks',
    'taking: markout\n1 s, ticks',
    'not the price\nseen, %',
  ];
  return [
    `How they traded\n\n${tableText(head, cells, columns)}`,
    wrapped(
      'Markout: the mid a second after a fill less its price, in favour of the seat, before fees. More: tickbench report TRACE...',
      columns,
    ),
  ];
}

function share(estimate: Estimate): string {
  return estimate.value === null ? '-' : `${figure(estimate.value * 100)} %`;
}

/** Matches that are in no figure, in a line; none where there are none. */
function losses(report: TaskReport): string[] {
  const voided = report.rows.reduce((sum, row) => sum + row.summary.voided, 0);
  const replayed = report.rows.reduce((sum, row) => sum + row.replayed, 0);
  const reasons = [
    ...new Set(
      report.cells.flatMap(({ trace }) => (trace.footer?.verdict.counts ? [] : (trace.footer?.verdict.reasons.slice(0, 1) ?? ['cut off']))),
    ),
  ];
  if (voided + replayed === 0) return [];
  const first = reasons.length > 0 ? ` The first: ${reasons[0]}` : '';
  return [
    `Void: ${matchCount(replayed)} ${replayed === 1 ? 'was' : 'were'} played again, ${voided} ${voided === 1 ? 'is' : 'are'} left out of every figure.${first}`,
  ];
}

function notes(task: AnyTask, report: TaskReport): string[] {
  const models = report.rows.filter((row) => row.kind !== 'bot');
  const valued = models.reduce((sum, row) => sum + row.summary.valued, 0);
  const idle = report.rows.some((row) => row.summary.idle.value !== null);
  return [
    'Frontier: each other configuration is slower or worse beyond doubt. Tied: nothing tells it from one that may be faster and better. Beaten: another is both, or one of them and equal in the other, beyond doubt.',
    `Below each figure: 95 % interval (sample size: matches; for probe quality, matches the ${models[0]?.summary.probesAsked ?? 0} states come from).`,
    task.lacks?.oracle === undefined
      ? `Decided, landed and latency cost: ${valued} decisions of the models' matches, valued by the oracle. Reward: ${sentence(task.reward.about)}`
      : `No quality: ${task.lacks.oracle}. Reward: ${sentence(task.reward.about)}`,
    `Lost play: answers that were no legal action (invalid), whose call failed, or that never came (missed), of all decisions${idle ? '; landed answers to a situation that had changed (stale); frames free to act without a plan (idle)' : ''}. Intervals: summary.json.`,
  ];
}

/** How the winner did in real time. */
function confirmation(task: AnyTask, report: TaskReport): string[] {
  const [first] = report.confirmation;
  if (!first) return [];
  const good = report.confirmation.filter(({ trace }) => trace.footer?.verdict.counts);
  const rewards = good.map(({ cell: each, trace }) => figure(trace.footer!.results.reward[each.seat]! / task.reward.scale));
  const addedUs = first.cell.planned.seats[first.cell.seat]!.addedUs;
  const latency = good.length > 0 ? latencySummary(good.map(({ cell: { seat }, trace }) => ({ trace, seat }))).worldP50Us : undefined;
  const before = report.rows.find(({ entrant }) => entrant === first.cell.entrant)?.summary.worldP50Us;
  const late = good.map(({ trace }) => figure(trace.footer!.lateness.p99Us / 1000));
  const bad = report.confirmation.filter(({ trace }) => !trace.footer?.verdict.counts);
  return [
    ...(good.length > 0
      ? [
          `Wall clock: ${first.cell.entrant.name} played ${good.length} more ${good.length === 1 ? 'match' : 'matches'} in real time at ${first.cell.speed}x life, p50 ${valueText(latency!, 1e-3, ' ms')} of world time${addedUs > 0 ? ` (${figure(addedUs / 1000)} ms of it added, so that it is as late as it was measured)` : ''}${before ? `, measured ${valueText(before, 1e-3, ' ms')}` : ''}: reward ${rewards.join(', ')} ${task.reward.unit}; tick lateness p99 ${late.join(', ')} ms.`,
        ]
      : []),
    ...(bad.length > 0
      ? [
          `Wall clock: ${matchCount(bad.length)} of ${first.cell.entrant.name} ${bad.length === 1 ? 'is' : 'are'} void. ${bad.length === 1 ? 'Why' : 'The first'}: ${bad[0]!.trace.footer?.verdict.reasons[0] ?? 'cut off'}`,
        ]
      : []),
  ];
}

/** `1 match`, `2 matches`. */
function matchCount(count: number): string {
  return `${count} match${count === 1 ? '' : 'es'}`;
}

/** Text that ends in a full stop. */
function sentence(text: string): string {
  return /[.!?]$/.test(text) ? text : `${text}.`;
}

function spread(counts: readonly number[]): string {
  const [low, high] = [Math.min(...counts, Infinity), Math.max(...counts, 0)];
  return low >= high ? `${high}` : `${low} to ${high}`;
}
