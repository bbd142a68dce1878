/** `tickbench report TRACE...`: plays matches again and tells how each seat traded; several of them, side by side over matches. Sweeps: report-sweep.ts. */
import { Command, InvalidArgumentError } from 'commander';
import { extname } from 'node:path';
import { standings } from '../../scoring/figures/standings.js';
import type { Trace } from '../../scoring/trace/trace.js';
import { taskNamed, taskNames } from '../match/tasks.js';
import { readTraceFile } from '../traces/reader.js';
import { verifyTrace } from '../traces/bots.js';
import { replayFault } from '../traces/replay.js';
import { teamLines, teamReport } from '../report/choices.js';
import { renderMatch, reportMatch } from '../report/run.js';
import { renderStandings, standingJson } from '../report/standings.js';
import { fitted, terminalColumns, wrapped } from '../report/text.js';
import { compareTrading, reportJsonSchema, reportTrading, type TradingFlags } from './market/report.js';
import { isFolder } from '../evidence/sweep-folder.js';
import { reportSweep, type SweepReportFlags } from './report-sweep.js';
import { UsageError, whole } from './values.js';

interface ReportFlags extends TradingFlags, Pick<SweepReportFlags, 'html' | 'site'> {
  schema?: boolean;
}

/** The verb, for the program that assembles them. */
export function reportCommand(): Command {
  return new Command('report')
    .argument(
      '[traces...]',
      'trace files, .jsonl.gz or .jsonl; several are compared, one row a name. With --html or --site: the results folder of a sweep',
    )
    .option('--seat <n>', 'only this seat (one trace)', whole)
    .option('--json', 'print one JSON object')
    .option('--schema', 'print the JSON Schema of a report and stop')
    .option('--chart <file>', 'draw mid, inventory and equity over time (one trace): .svg or .png', chartFile)
    .option('--symbol <symbol>', 'which symbol the chart shows (default: the first)')
    .option('--html <file>', 'write the report of a whole sweep (its results folder) as one HTML file that needs nothing else')
    .option('--site <folder>', 'write it as a folder for any web server, every match to be watched in it; empty or not there')
    .addHelpText(
      'after',
      `
Examples:
  $ tickbench report results/matches/hft-20250101120000-1.jsonl.gz
  $ tickbench report match.jsonl.gz --seat 0 --chart match.png
  $ tickbench report results/quick/traces/hft-*.jsonl.gz --json
  $ tickbench report results/quick --html quick.html --site quick-site`,
    )
    .action(report);
}

async function report(paths: string[], flags: ReportFlags): Promise<void> {
  if (flags.schema) return print(JSON.stringify(reportJsonSchema(), null, 2));
  if (flags.html !== undefined || flags.site !== undefined) return sweepReport(paths, flags);
  if (paths.length === 0) throw new UsageError('a trace file is expected, or several');
  if (isFolder(paths[0]!))
    throw new UsageError(`${paths[0]}: is a folder; accepted: traces, or of a sweep's results --html FILE or --site DIR`);
  if (paths.length > 1) return compare(paths, flags);
  const { trace, fault } = await readTraceFile(paths[0]!);
  if (!trace.footer) process.exitCode = 1;
  if (flags.symbol !== undefined && flags.chart === undefined)
    throw new UsageError('--symbol goes with --chart; the report has every symbol');
  if (!taskNamed(trace.header.task).trades) return generic(trace, paths[0]!, flags, fault);
  const { text, counts } = await reportTrading(trace, flags, fault);
  if (!counts) process.exitCode = 1;
  print(flags.json ? text : [text, ...teamsOf(trace, flags.seat)].join('\n'));
}

/** A whole sweep as a file or a site. */
async function sweepReport(paths: readonly string[], flags: ReportFlags): Promise<void> {
  const { lines, isContradicted } = await reportSweep(paths, flags);
  if (isContradicted) process.exitCode = 1;
  print(fitted(lines.join('\n'), process.stdout));
}

/** Whom teams asked, where there are any. @param only this seat alone */
function teamsOf(trace: Trace, only?: number): string[] {
  const columns = terminalColumns();
  const task = taskNamed(trace.header.task);
  const lines = trace.header.seats.flatMap(({ name }, seat) =>
    only === undefined || seat === only ? teamLines(task, name, teamReport(trace, seat), columns) : [],
  );
  return lines.length > 0 ? [wrapped(lines.join('\n'), columns)] : [];
}

async function compare(paths: readonly string[], flags: ReportFlags): Promise<void> {
  if (flags.chart !== undefined || flags.seat !== undefined || flags.symbol !== undefined)
    throw new UsageError('--chart, --symbol and --seat are for one trace');
  const { task } = (await readTraceFile(paths[0]!)).trace.header;
  if (!taskNamed(task).trades) return standing(task, paths, flags);
  print(await compareTrading(paths, flags.json === true));
}

/** Several matches of a task whose seats do not trade: one row a name, human seats apart. Every digest is checked; void matches are counted and left out. */
async function standing(name: string, paths: readonly string[], flags: ReportFlags): Promise<void> {
  const task = taskNamed(name);
  const traces = new Map<string, Trace>();
  for (const path of paths) {
    const { trace } = await readTraceFile(path);
    const { header, footer } = trace;
    if (header.task !== name)
      throw new UsageError(`${path}: a match of ${header.task}, the first one is of ${name}; only matches of one task are compared`);
    const wrong = footer ? replayFault(verifyTrace(trace)) : null;
    if (wrong !== null) throw new UsageError(`${path}: ${wrong}`);
    const key = `${header.id} ${footer?.digest}`;
    if (traces.has(key)) throw new UsageError(`${path}: the match ${header.id} was named before; a match counts once`);
    traces.set(key, trace);
  }
  const rows = standings(task, [...traces.values()]);
  const matches = [...traces.values()].map(({ header }) => header.id);
  print(
    flags.json
      ? JSON.stringify({ report: 'standings.v1', task: name, rules: task.rules, matches, rows: rows.map(standingJson) })
      : renderStandings(task, rows, terminalColumns()),
  );
}

/** Where seats do not trade: the figures every match has, from the trace, digest checked. */
function generic(trace: Trace, path: string, flags: ReportFlags, fault?: string): void {
  if (flags.chart !== undefined || flags.symbol !== undefined || flags.seat !== undefined)
    throw new UsageError(`--chart, --symbol and --seat are for matches of ${trading()}; this is one of ${trace.header.task}`);
  if (!trace.footer) throw new UsageError(`${path}: the trace is incomplete and void: ${fault}`);
  const wrong = replayFault(verifyTrace(trace));
  if (wrong !== null) throw new UsageError(`${path}: ${wrong}`);
  const task = taskNamed(trace.header.task);
  const figures = reportMatch(task, trace, path);
  if (!figures.verdict.counts) process.exitCode = 1;
  print(
    flags.json
      ? JSON.stringify(figures)
      : `${renderMatch(task, figures, terminalColumns())}\n${wrapped(`Fills, markouts and the like are reported for matches of ${trading()}.`, terminalColumns())}`,
  );
}

/** The tasks whose seats trade. */
function trading(): string {
  return taskNames().filter((name) => taskNamed(name).trades).join(' or '); // prettier-ignore
}

function chartFile(text: string): string {
  if (['.svg', '.png'].includes(extname(text))) return text;
  throw new InvalidArgumentError('a file name ending in .svg or .png is expected');
}

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}
