/** Reads a sweep's folder for its report: the summary of its last whole run where there is one, and every match from its own trace. */
import { existsSync, readFileSync, statSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { z } from 'zod';
import { latencyDistribution, type LatencyDistribution } from '../../../scoring/figures/distribution.js';
import type { Trace } from '../../../scoring/trace/trace.js';
import { fileFault } from '../../host/fault.js';
import { taskNamed, taskNames } from '../../match/tasks.js';
import { agreementCautions, agreementOf, type Agreement, type CountedMatch } from './agreement.js';
import { cellForm, readMatch, ResultsError, traceFiles, type KnownCell, type MatchRecord } from './matches.js';
import { summaryOfTraces } from './partial.js';
import { summaryForm, type SweepSummary } from './summary.js';

export { ResultsError } from './matches.js';

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
}

/** Whether this path is a folder, and so perhaps a sweep's results. */
export function isFolder(path: string): boolean {
  return existsSync(path) && statSync(path).isDirectory();
}

/** @throws ResultsError when there is neither a summary nor a finished trace, or a file of it cannot be read */
export async function readResults(path: string): Promise<SweepResults> {
  const folder = resolve(path);
  if (!isFolder(folder)) throw new ResultsError(`${path}: no such folder; accepted: the results folder of a sweep, such as results/quick`);
  const files = traceFiles(folder);
  const told = readJson(folder, 'summary.json', summaryForm);
  if (!told && files.length === 0)
    throw new ResultsError(`${path}: neither summary.json nor a finished trace in traces/; accepted: the results folder of a sweep`);
  const cells = told && readJson(folder, 'cells.json', z.looseObject({ cells: z.array(cellForm) }))?.cells;
  const known = cells && new Map<string, KnownCell>(cells.map((cell) => [cell.id, cell]));
  const matches: MatchRecord[] = [];
  const traces: { record: MatchRecord; trace: Trace }[] = [];
  const counted = new Map<string, Map<string, CountedMatch[]>>();
  for (const file of files) {
    const read = await readMatch(folder, file, known);
    if (!read) continue;
    const { record } = read;
    matches.push(record);
    if (record.standing === 'counted' && record.purpose === 'measure') {
      const ofTask = counted.get(record.task) ?? new Map<string, CountedMatch[]>();
      const own = ofTask.get(record.configuration) ?? [];
      own.push({ record, samples: read.samples, ...(read.rewardRange ? { rewardRange: read.rewardRange } : {}) });
      counted.set(record.task, ofTask.set(record.configuration, own));
    }
    if (!told) traces.push({ record, trace: read.trace });
  }
  const summary = told ?? summaryOfTraces(basename(folder), traces);
  if (Object.keys(summary.tasks).length === 0)
    throw new ResultsError(`${path}: no match of a task that is known here; accepted: the results folder of a sweep`);
  for (const [name, task] of Object.entries(summary.tasks)) task.tick ??= tickOf(name, traces);
  const distributions = new Map(
    [...counted].map(([task, byName]) => {
      const told = [...byName].flatMap(([name, each]) => {
        const distribution = latencyDistribution(each.map(({ samples }) => samples));
        return distribution ? [[name, distribution] as const] : [];
      });
      return [task, new Map(told)];
    }),
  );
  const agreement = told && agreementOf(told, counted);
  return {
    name: basename(folder),
    summary,
    cautions: [...(agreement ? agreementCautions(agreement) : []), ...cautionsOf(summary, told !== undefined, matches, files)],
    matches,
    ...(agreement ? { agreement } : {}),
    distributions,
  };
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
  const others = matches.filter(({ standing }) => standing === 'other').length;
  if (others > 0)
    cautions.push(
      `${count(others, 'match')} in traces/ ${others === 1 ? 'is' : 'are'} in no figure here: played after the summary was written, for an earlier form of the plan, or a copy under another name.`,
    );
  const read = new Set(matches.map(({ file }) => file));
  const unread = files.filter((file) => !read.has(file));
  if (unread.length > 0)
    cautions.push(
      `${unread.length} ${unread.length === 1 ? 'file' : 'files'} in traces/ could not be read as a match of a task that is known here, such as ${unread[0]}; tickbench replay says why.`,
    );
  return cautions;
}

/** A JSON file of the folder in its form; undefined where there is none. @throws ResultsError */
function readJson<T>(folder: string, file: string, form: z.ZodType<T>): T | undefined {
  const path = join(folder, file);
  if (!existsSync(path)) return undefined;
  let data: unknown;
  try {
    data = JSON.parse(readFileSync(path, 'utf8'));
  } catch (error) {
    throw new ResultsError(`${path}: ${error instanceof SyntaxError ? `no JSON (${error.message})` : fileFault(error)}`);
  }
  const parsed = form.safeParse(data);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new ResultsError(`${path}: not as a sweep writes it: ${issue!.path.join('.') || 'the whole'}: ${issue!.message}`);
}
