/** `tickbench report TRACE...`: plays matches again and tells how each seat traded; several of them, side by side over matches. */
import { Command, InvalidArgumentError } from 'commander';
import { writeFileSync } from 'node:fs';
import { extname } from 'node:path';
import { compareMatches } from '../../scoring/hft/market/comparison.js';
import { reportJsonSchema, type MarketReport } from '../../scoring/hft/market/schema.js';
import { standings } from '../../scoring/figures/standings.js';
import type { Trace } from '../../scoring/trace/trace.js';
import { fileFault } from '../host/fault.js';
import { taskNamed } from '../match/tasks.js';
import { reportTrace } from '../report/market.js';
import { readTraceFile } from '../traces/reader.js';
import { replayFault, replayTrace } from '../traces/replay.js';
import { renderComparison, renderMarketReport } from '../report/market-text.js';
import { renderMatch, reportMatch } from '../report/run.js';
import { renderStandings, standingJson } from '../report/standings.js';
import { terminalColumns } from '../report/text.js';
import { UsageError, whole } from './values.js';

interface ReportFlags {
  seat?: number;
  symbol?: string;
  json?: boolean;
  schema?: boolean;
  chart?: string;
}

/** The verb, for the program that assembles them. */
export function reportCommand(): Command {
  return new Command('report')
    .argument('[traces...]', 'trace files, .jsonl.gz or .jsonl; several are compared, one row a name')
    .description('play a match again and tell how each seat traded: yield, risk, fills, markouts, races, queue, fees, refusals')
    .option('--seat <n>', 'only this seat (one trace)', whole)
    .option('--json', 'print one JSON object')
    .option('--schema', 'print the JSON Schema of a report and stop')
    .option('--chart <file>', 'draw mid, inventory and equity over time (one trace): .svg or .png', chartFile)
    .option('--symbol <symbol>', 'which symbol the chart shows (default: the first)')
    .addHelpText(
      'after',
      `
Examples:
  $ tickbench report results/matches/hft-20250101120000-1.jsonl.gz
  $ tickbench report match.jsonl.gz --seat 0 --chart match.png
  $ tickbench report results/quick/traces/hft-*.jsonl.gz --json`,
    )
    .action(report);
}

async function report(paths: string[], flags: ReportFlags): Promise<void> {
  if (flags.schema) return print(JSON.stringify(reportJsonSchema(), null, 2));
  if (paths.length === 0) throw new UsageError('a trace file is expected, or several');
  if (paths.length > 1) return compare(paths, flags);
  const { trace, fault } = await readTraceFile(paths[0]!);
  if (!trace.footer) process.exitCode = 1;
  if (flags.symbol !== undefined && flags.chart === undefined)
    throw new UsageError('--symbol goes with --chart; the report has every symbol');
  if (trace.header.task !== 'hft') return generic(trace, paths[0]!, flags, fault);
  const match = reportTrace(trace);
  const { report } = match;
  if (!report.counts) process.exitCode = 1;
  const seats = report.seats.filter(({ seat }) => flags.seat === undefined || seat === flags.seat);
  if (seats.length === 0) throw new UsageError(`--seat ${flags.seat}: the match has seats 0 to ${report.seats.length - 1}`);
  if (flags.chart !== undefined) await draw(flags.chart, match, seats[0]!.seat, flags.symbol);
  const shown: MarketReport = { ...report, seats };
  print(flags.json ? JSON.stringify(shown) : renderMarketReport(shown, terminalColumns(), fault));
}

/** Several matches: one row a name. Void ones are counted and left out; those that cannot be played again end the command. */
async function compare(paths: readonly string[], flags: ReportFlags): Promise<void> {
  if (flags.chart !== undefined || flags.seat !== undefined || flags.symbol !== undefined)
    throw new UsageError('--chart, --symbol and --seat are for one trace');
  const first = await readTraceFile(paths[0]!);
  if (first.trace.header.task !== 'hft') return standing(first.trace.header.task, paths, flags);
  const reports: MarketReport[] = [];
  for (const path of paths) {
    const { trace } = await readTraceFile(path);
    if (trace.header.task !== 'hft')
      throw new UsageError(`${path}: a match of ${trace.header.task}; the first one is of hft; only matches of one task are compared`);
    if (reports.some(({ id, digest }) => id === trace.header.id && digest === trace.footer?.digest))
      throw new UsageError(`${path}: the match ${trace.header.id} was named before; a match counts once`);
    reports.push(reportTrace(trace).report);
  }
  const rows = compareMatches(reports);
  print(
    flags.json
      ? JSON.stringify({ report: 'markets.v1', matches: reports.map(({ id }) => id), rows })
      : renderComparison(rows, terminalColumns()),
  );
}

/** Several matches of a task without markets: one row a name, human seats apart. Every digest is checked; void matches are counted and left out. */
async function standing(name: string, paths: readonly string[], flags: ReportFlags): Promise<void> {
  const task = taskNamed(name);
  const traces = new Map<string, Trace>();
  for (const path of paths) {
    const { trace } = await readTraceFile(path);
    const { header, footer } = trace;
    if (header.task !== name)
      throw new UsageError(`${path}: a match of ${header.task}, the first one is of ${name}; only matches of one task are compared`);
    const wrong = footer ? replayFault(replayTrace(trace)) : null;
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

/** Other tasks have no markets to report on: the figures every match has, from the trace, digest checked. */
function generic(trace: Trace, path: string, flags: ReportFlags, fault?: string): void {
  if (flags.chart !== undefined || flags.symbol !== undefined || flags.seat !== undefined)
    throw new UsageError(`--chart, --symbol and --seat are for matches of hft; this is one of ${trace.header.task}`);
  if (!trace.footer) throw new UsageError(`${path}: the trace is incomplete and void: ${fault}`);
  const wrong = replayFault(replayTrace(trace));
  if (wrong !== null) throw new UsageError(`${path}: ${wrong}`);
  const task = taskNamed(trace.header.task);
  const figures = reportMatch(task, trace, path);
  if (!figures.verdict.counts) process.exitCode = 1;
  print(
    flags.json
      ? JSON.stringify(figures)
      : `${renderMatch(task, figures, terminalColumns())}\nFills, markouts and the like are reported for matches of hft.`,
  );
}

async function draw(file: string, match: ReturnType<typeof reportTrace>, seat: number, symbol?: string): Promise<void> {
  const index = symbol === undefined ? 0 : match.record.symbols.indexOf(symbol);
  if (index < 0) throw new UsageError(`--symbol ${symbol}: the match has ${match.record.symbols.join(', ')}`);
  const { renderMatchChart } = await import('../report/charts/match.js'); // a large library, which only pictures need
  const { svg, png } = renderMatchChart(match.report, match.record, seat, index);
  try {
    writeFileSync(file, extname(file) === '.svg' ? svg : png);
  } catch (error) {
    throw new UsageError(`--chart ${file}: ${fileFault(error)}`);
  }
}

function chartFile(text: string): string {
  if (['.svg', '.png'].includes(extname(text))) return text;
  throw new InvalidArgumentError('a file name ending in .svg or .png is expected');
}

function print(text: string): void {
  process.stdout.write(`${text}\n`);
}
