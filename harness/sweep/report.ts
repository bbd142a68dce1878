/** What a sweep leaves in its folder beside the traces: cells as CSV and JSON, a summary, and each task's frontier as pictures. */
import { stringify } from 'csv-stringify/sync';
import { cpus } from 'node:os';
import { scaled, type Estimate } from '../../scoring/statistics/estimate.js';
import type { Summary } from '../../scoring/figures/summary.js';
import type { Workload } from '../../scoring/figures/workload.js';
import { latencySummary } from '../../scoring/figures/latency.js';
import { injectedText } from '../../scoring/trace/injected.js';
import { patientEnds } from '../../scoring/reward/patient.js';
import { rateSummary } from '../../scoring/figures/rates.js';
import { recoveryFigures } from '../../scoring/figures/recovery.js';
import { outageText } from '../../scoring/trace/outage.js';
import { canonicalJson } from '../configuration/hash.js';
import { packageVersion } from '../host/root.js';
import { taskNamed } from '../match/tasks.js';
import type { SummaryRow } from '../evidence/summary.js';
import { verdictsOf } from '../report/verdict.js';
import { hostOf } from './hosts.js';
import type { CellResult, TaskReport } from './run.js';
import type { SweepStore } from './store.js';

/** A cell as a flat record: the columns of cells.csv. Times in milliseconds. */
export function cellRecord({ cell, trace, voided, unfinished }: CellResult): Record<string, string | number | boolean | null> {
  const { footer, header } = trace;
  const latency = latencySummary([{ trace, seat: cell.seat }]);
  const rates = rateSummary([{ trace, seat: cell.seat }]);
  const ms = (estimate: Estimate): number | null => (estimate.value === null ? null : Math.round(estimate.value) / 1000);
  return {
    id: cell.id,
    task: cell.task.name,
    configuration: cell.entrant.name,
    identity: cell.entrant.identity,
    kind: cell.entrant.kind,
    purpose: cell.purpose,
    agents: header.contention?.agents ?? null,
    tenant: header.contention?.tenant?.name ?? null,
    seed: cell.seed,
    seat: cell.seat,
    clock: cell.clock,
    injectedLatency: injectedText(header.seats[cell.seat]?.latency),
    injectedOutage: outageText(header.seats[cell.seat]?.outage),
    speed: cell.speed,
    decisions: latency.decisions,
    realP50Ms: ms(latency.realP50Us),
    realP90Ms: ms(latency.realP90Us),
    worldMeanMs: ms(latency.worldMeanUs),
    worldP50Ms: ms(latency.worldP50Us),
    worldP90Ms: ms(latency.worldP90Us),
    rejectedShare: latency.rejected.value,
    invalidShare: rates.invalid.value,
    failedShare: rates.failed.value,
    missedShare: latency.missed.value,
    staleShare: rates.stale.value,
    idleShare: rates.idle.value,
    reward: footer ? footer.results.reward[cell.seat]! / cell.task.reward.scale : null,
    rewardUnit: cell.task.reward.unit,
    counts: footer?.verdict.counts ?? false,
    void: footer?.verdict.reasons.join('; ') ?? 'no footer',
    attemptsVoided: voided,
    unfinished: unfinished ?? null,
    latenessP99Ms: footer ? footer.lateness.p99Us / 1000 : null,
    digest: footer?.digest ?? null,
    rules: header.rules,
    host: hostOf(header).name,
    startedAt: header.startedAt,
    trace: `traces/${cell.id}.jsonl.gz`,
  };
}

const FIGURES = {
  latencyMeanMs: ['worldMeanUs', 1e-3],
  latencyP50Ms: ['worldP50Us', 1e-3],
  latencyP90Ms: ['worldP90Us', 1e-3],
  realLatencyP50Ms: ['realP50Us', 1e-3],
  realLatencyP90Ms: ['realP90Us', 1e-3],
  decisionsPerSecond: ['perRealSecond', 1],
  probeQuality: ['probeQuality', 1],
  decidedQuality: ['decidedQuality', 1],
  landedQuality: ['landedQuality', 1],
  latencyCost: ['latencyCost', 1],
  reward: ['reward', 1],
  rejected: ['rejected', 1],
  invalid: ['invalid', 1],
  failed: ['failed', 1],
  missed: ['missed', 1],
  stale: ['stale', 1],
  idle: ['idle', 1],
} as const;

/** The figures of a row that come from its matches, in the units of `summary.json`. */
export function figuresOf(summary: Pick<Summary, (typeof FIGURES)[keyof typeof FIGURES][0] | 'workload'>): Record<string, Estimate> {
  return {
    ...Object.fromEntries(Object.entries(FIGURES).map(([key, [from, factor]]) => [key, scaled(summary[from], factor)])),
    ...(summary.workload ? workloadFigures(summary.workload) : {}),
  };
}

/** A workload as figures of a row, those that were measured. Real milliseconds, watts and joules of the host's processors. */
export function workloadFigures(workload: Workload): Record<string, Estimate> {
  const { promptTokens, reuse, answerTokens, firstTokenUs, changedFirstTokenUs, idle, powerWatts, matchJoules, decisionJoules } = workload;
  const figures = {
    promptTokens,
    promptReused: reuse,
    answerTokens,
    firstTokenMs: scaled(firstTokenUs, 1e-3),
    changedFirstTokenMs: scaled(changedFirstTokenUs, 1e-3),
    nothingAsked: idle,
    powerWatts,
    matchJoules,
    decisionJoules,
  };
  return Object.fromEntries(Object.entries(figures).filter(([, { value }]) => value !== null));
}

/** The whole report as data: what `--json` prints and summary.json holds. Latencies in world milliseconds unless named real. */
export function summaryOf(name: string, reports: readonly TaskReport[], host: unknown): Record<string, unknown> {
  const tasks = reports.map(({ task, rows, unfinished, contended }) => {
    const { reward } = taskNamed(task.name);
    return [
      task.name,
      {
        rewardUnit: reward.unit,
        rewardAbout: reward.about,
        speed: task.plan.speed,
        axis: rows[0]?.quality.axis,
        tick: taskNamed(task.name).tick(taskNamed(task.name).parseOptions(task.plan.options)),
        ...(task.plan.score === undefined ? {} : { score: task.plan.score }),
        ...patientAccount(task),
        unfinished,
        ...(contended.length > 0 ? { contention: contended } : {}),
        rows: rows.map((row) => ({
          name: row.name,
          identity: row.entrant.identity,
          host: row.host,
          kind: row.kind,
          model: row.model,
          group: row.group,
          status: row.status,
          by: row.by,
          clock: row.clock,
          speed: row.speed,
          injectedDelayMs: row.entrant.bot ? row.entrant.bot.delayUs / 1000 : undefined,
          injectedLatency: row.injected === '' ? undefined : row.injected,
          engine: row.engine,
          matches: row.summary.matches,
          void: row.summary.voided,
          away: row.summary.away,
          playedAgain: row.replayed,
          decisions: row.summary.decisions,
          decisionsValued: row.summary.valued,
          probesAsked: row.summary.probesAsked,
          probesRejected: row.summary.probesRejected,
          probeQualityBySituation: row.summary.probeSituations,
          trading: row.trading,
          recovery: recoveryAccount(row),
          matchesWithoutScore: row.score?.missing,
          figures: {
            ...figuresOf(row.summary),
            ...(row.recovery ? recoveryFigures(row.recovery) : {}),
            ...(row.patient ? { patientPlay: row.patient.play } : {}),
            ...(row.score ? { score: row.score.figure } : {}),
            ...(row.trained ? { trainedProbeQuality: row.trained } : {}),
          },
        })),
      },
    ];
  });
  const verdicts = reports.flatMap((report) => verdictsOf(taskNamed(report.task.name), report));
  // Of all tasks, once each; none where everything was measured on the host that reports.
  const hosts = [...new Map(reports.flatMap((report) => report.hosts).map((each) => [canonicalJson(each), each])).values()];
  const finished = reports.every(({ unfinished }) => unfinished.length === 0);
  return {
    tickbench: 'summary.v1',
    verdicts,
    sweep: name,
    finished,
    version: packageVersion(),
    host,
    ...(hosts.length > 0 ? { hosts } : {}),
    cores: cpus().length,
    tasks: Object.fromEntries(tasks) as Record<string, unknown>,
  };
}

/** Of how many matches its recovery is told, and what was injected into them. */
export function recoveryAccount({ recovery }: Pick<TaskReport['rows'][number], 'recovery'>): SummaryRow['recovery'] {
  if (!recovery) return undefined;
  const { outage, matches, unrecovered, spared, voided } = recovery;
  return { injected: outage, matches, unrecovered, spared, void: voided };
}

/** How patient matches were played, and between whom what was earned is a scale. */
function patientAccount({ name, plan }: TaskReport['task']): object {
  if (plan.patient.matches === 0) return {};
  const task = taskNamed(name);
  const { random, best } = patientEnds(task, plan.patient.options);
  const patient = { matches: plan.patient.matches, latencyMs: task.patient!.latencyUs / 1000, zero: random.bot, one: best.bot };
  return {
    patient: { ...patient, about: 'reward of whole matches while the clock waits, charged this latency; 0 and 1 are what these bots earn' },
  };
}

/** Writes the cells and the summary. Pictures are drawn by the caller, who knows the chart. */
export function writeReport(store: SweepStore, reports: readonly TaskReport[], summary: unknown): void {
  const records = reports.flatMap(({ cells, patient, recovery, confirmation, contention }) =>
    [...cells, ...patient, ...recovery, ...confirmation, ...contention].map(cellRecord),
  );
  store.write('cells.json', JSON.stringify({ tickbench: 'cells.v1', cells: records }, null, 1));
  store.write('cells.csv', stringify(records, { header: true, cast: { boolean: String } }));
  store.write('summary.json', JSON.stringify(summary, null, 1));
}
