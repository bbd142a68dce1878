/** Reads a sweep's folder for its report: the summary of its last whole run where there is one, and every match from its own trace. */
import { basename, resolve } from 'node:path';
import { latencyDistribution, type LatencyDistribution } from '../../../scoring/figures/distribution.js';
import { recovery } from '../../../scoring/figures/recovery.js';
import type { PlayedSeat } from '../../../scoring/figures/latency.js';
import { workload, workloadOf, type MatchWorkload, type Workload } from '../../../scoring/figures/workload.js';
import type { Trace } from '../../../scoring/trace/trace.js';
import { matchKeys, ResultsError } from '../../evidence/matches.js';
import type { SweepSummary } from '../../evidence/summary.js';
import { finishedTraces, isFolder, keptSummary, listedCells } from '../../evidence/sweep-folder.js';
import { taskNamed, taskNames } from '../../match/tasks.js';
import { agreementCautions, agreementOf, type Agreement, type MeasuredMatches } from './agreement.js';
import type { ConfigurationContention, NamedMatch } from '../../sweep/contention/results.js';
import { contentionByTask, contentionAgreement } from './contention.js';
import { reportedMatch, type Known, type MatchRecord } from './matches.js';
import { summaryOfTraces } from './partial.js';

/** Everything that a sweep's report is made from. */
export interface SweepResults {
  /** The folder's name. */
  name: string;
  summary: SweepSummary;
  /** What is not whole about it, a sentence each. */
  cautions: string[];
  matches: MatchRecord[];
  /** Whether the summary says what the traces say; absent where it was made from them. */
  agreement?: Agreement;
  /** How latencies are spread, in world microseconds: by task, then by configuration. */
  distributions: Map<string, Map<string, LatencyDistribution>>;
  /** What matches asked of their servers: by task, then by configuration; none of those whose servers told no tokens. */
  workloads: Map<string, Map<string, Workload>>;
  /** What agents that asked one endpoint at once got of it, by task. */
  contention: Map<string, ConfigurationContention[]>;
}

/** @throws ResultsError when there is neither a summary nor a finished trace, or a file of it cannot be read */
export async function sweepResults(path: string): Promise<SweepResults> {
  const folder = resolve(path);
  if (!isFolder(folder)) throw new ResultsError(`${path}: no such folder; accepted: the results folder of a sweep, such as results/quick`);
  const files = finishedTraces(folder);
  const told = keptSummary(folder);
  if (!told && files.length === 0)
    throw new ResultsError(`${path}: neither summary.json nor a finished trace in traces/; accepted: the results folder of a sweep`);
  const cells = told && listedCells(folder);
  const names = new Map(Object.entries(told?.tasks ?? {}).map(([task, { rows }]) => [task, rows.map(({ name }) => name)]));
  const known: Known = { names, ...(cells ? { cells: { byTrace: firstBy(cells, ({ trace }) => trace), byId: firstBy(cells, ({ id }) => id) } } : {}) }; // prettier-ignore
  const matches: MatchRecord[] = [];
  const traces: { record: MatchRecord; trace: Trace }[] = [];
  const measured = new Map<string, Map<string, MeasuredMatches>>();
  const asked = new Map<string, Map<string, MatchWorkload[]>>();
  const undisturbed = new Map<string, PlayedSeat[]>();
  const disturbed = new Map<string, { record: MatchRecord; played: PlayedSeat[] }>();
  const together = new Map<string, NamedMatch[]>();
  const seen = new Set<string>();
  for (const file of files) {
    const read = await reportedMatch(folder, file, known);
    if (!read) continue;
    const { record, trace } = read;
    matches.push(record);
    if (record.standing === 'counted' || record.standing === 'void') {
      const keys = matchKeys(trace);
      if (keys.some((key) => seen.has(key))) record.standing = 'other';
      for (const key of keys) seen.add(key);
    }
    const of = JSON.stringify([record.task, record.configuration]);
    const played = { trace: { ...trace, events: [] }, seat: record.seat };
    if (record.purpose === 'recovery' && (record.standing === 'counted' || record.standing === 'void'))
      disturbed.set(of, { record, played: [...(disturbed.get(of)?.played ?? []), { trace, seat: record.seat }] });
    if (record.purpose === 'measure' && record.standing === 'counted') undisturbed.set(of, [...(undisturbed.get(of) ?? []), played]);
    if (record.purpose === 'contention' && (record.standing === 'counted' || record.standing === 'void'))
      together.set(record.task, [...(together.get(record.task) ?? []), { trace, seat: record.seat, configuration: record.configuration }]);
    if (record.purpose === 'measure' && (record.standing === 'counted' || record.standing === 'void')) {
      const ofTask = measured.get(record.task) ?? new Map<string, MeasuredMatches>();
      const own = ofTask.get(record.configuration) ?? { counted: [], voided: 0 };
      // One that was cut off says nothing of whether it counted.
      if (record.standing === 'void') own.voided += trace.footer ? 1 : 0;
      else own.counted.push({ record, samples: read.samples, ...(read.rewardRange ? { rewardRange: read.rewardRange } : {}) });
      measured.set(record.task, ofTask.set(record.configuration, own));
      const load = record.standing === 'counted' ? workloadOf(trace, record.seat) : null;
      if (load) {
        const loads = asked.get(record.task) ?? new Map<string, MatchWorkload[]>();
        asked.set(record.task, loads.set(record.configuration, [...(loads.get(record.configuration) ?? []), load]));
      }
    }
    if (!told) traces.push({ record, trace });
  }
  for (const [of, { record, played }] of disturbed) {
    const ofTask = measured.get(record.task) ?? new Map<string, MeasuredMatches>();
    const own = ofTask.get(record.configuration) ?? { counted: [], voided: 0 };
    own.recovery = recovery(taskNamed(record.task), played, undisturbed.get(of) ?? []);
    measured.set(record.task, ofTask.set(record.configuration, own));
  }
  const contention = contentionByTask(together);
  const summary = told ?? summaryOfTraces(basename(folder), traces, contention);
  if (Object.keys(summary.tasks).length === 0)
    throw new ResultsError(`${path}: ${told ? 'no task in summary.json' : 'no match of a task that is known here'}; accepted: the results folder of a sweep`); // prettier-ignore
  for (const [name, task] of Object.entries(summary.tasks)) task.tick ??= tickOf(name, traces);
  const distributions = new Map(
    [...measured].map(([task, byName]) => {
      const spread = [...byName].flatMap(([name, { counted }]) => {
        const distribution = latencyDistribution(counted.map(({ samples }) => samples));
        return distribution ? [[name, distribution] as const] : [];
      });
      return [task, new Map(spread)];
    }),
  );
  const agreement = told && agreementOf(told, measured, matches, cells);
  if (agreement) {
    const { disagreements, ...held } = contentionAgreement(told, contention, cells);
    agreement.disagreements.push(...disagreements);
    agreement.contention = held;
  }
  return {
    name: basename(folder),
    summary,
    cautions: [
      ...(agreement ? agreementCautions(agreement) : []),
      ...(told && !cells ? ['cells.json is not there: whose match each is, and what it was played for, is told by its trace alone.'] : []),
      ...cautionsOf(summary, told !== undefined, matches, files),
    ],
    matches,
    ...(agreement ? { agreement } : {}),
    distributions,
    contention,
    workloads: new Map([...asked].map(([task, loads]) => [task, new Map([...loads].map(([name, each]) => [name, workload(each)!]))])),
  };
}

/** The first of those that share a key. */
function firstBy<T>(all: readonly T[], keyOf: (one: T) => string): Map<string, T> {
  return new Map([...all].reverse().map((one) => [keyOf(one), one]));
}

/** A task's tick where its summary does not tell it: with the task's usual options. */
function tickOf(name: string, traces: readonly { record: MatchRecord; trace: Trace }[]): { us: number; name: string } | undefined {
  if (!taskNames().includes(name)) return undefined;
  const task = taskNamed(name);
  const options = traces.find(({ record }) => record.task === name && record.purpose === 'measure')?.trace.header.options;
  return task.tick(task.parseOptions(options ?? {}));
}

function cautionsOf(summary: SweepSummary, isTold: boolean, matches: readonly MatchRecord[], files: readonly string[]): string[] {
  const cautions: string[] = [];
  const count = (n: number, what: string): string => `${n} ${what}${n === 1 ? '' : 'es'}`;
  if (!isTold)
    cautions.push(
      'This sweep has not come to its end: what is shown comes from the matches played so far, so there is no verdict, no quality and no frontier. The same command goes on with it.',
    );
  else if (!summary.finished)
    cautions.push('This sweep is unfinished: some cells were not played, or their matches do not count. The same command plays them.');
  const others = matches.filter(({ standing, strange }) => standing === 'other' && strange === undefined).length;
  if (others > 0)
    cautions.push(
      `${count(others, 'match')} in traces/ ${others === 1 ? 'is' : 'are'} in no figure here: played after the summary was written, for an earlier form of the plan, or a copy under another name.`,
    );
  const read = new Set(matches.map(({ file }) => file));
  const unread = files.filter((file) => !read.has(file));
  if (unread.length > 0)
    cautions.push(
      `${unread.length} ${unread.length === 1 ? 'file' : 'files'} in traces/ could not be read as a match of a task that is known here, or ${unread.length === 1 ? 'is a link' : 'are links'} out of the folder, such as ${unread[0]}; tickbench replay says why.`,
    );
  return cautions;
}
