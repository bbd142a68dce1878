/** What `tickbench report` tells of matches whose seats trade: fills, markouts, races, queues, and a chart. */
import { writeFileSync } from 'node:fs';
import { extname } from 'node:path';
import { compareMatches } from '../../../scoring/hft/market/comparison.js';
import type { MarketReport } from '../../../scoring/hft/market/schema.js';
import type { Trace } from '../../../scoring/trace/trace.js';
import { fileFault } from '../../host/fault.js';
import { renderComparison, renderMarketReport } from '../../market/report-text.js';
import { reportTrace } from '../../market/report.js';
import { terminalColumns } from '../../report/text.js';
import { readTraceFile } from '../../traces/reader.js';
import { UsageError } from '../values.js';

export { reportJsonSchema } from '../../../scoring/hft/market/schema.js';

/** The flags that are about one match's seats, symbols and chart, and how it is printed. */
export interface TradingFlags {
  seat?: number;
  symbol?: string;
  json?: boolean;
  chart?: string;
}

/** One match. @param fault what is wrong with its file, if anything @returns what to print, and whether the match counts */
export async function reportTrading(trace: Trace, flags: TradingFlags, fault?: string): Promise<{ text: string; counts: boolean }> {
  const match = reportTrace(trace);
  const { report } = match;
  const seats = report.seats.filter(({ seat }) => flags.seat === undefined || seat === flags.seat);
  if (seats.length === 0) throw new UsageError(`--seat ${flags.seat}: the match has seats 0 to ${report.seats.length - 1}`);
  if (flags.chart !== undefined) await draw(flags.chart, match, seats[0]!.seat, flags.symbol);
  const shown: MarketReport = { ...report, seats };
  const text = flags.json ? JSON.stringify(shown) : renderMarketReport(shown, terminalColumns(), fault);
  return { text, counts: report.counts };
}

/** Several matches: one row a name. Void ones are counted and left out; those that cannot be played again end the command. @returns what to print */
export async function compareTrading(paths: readonly string[], json: boolean): Promise<string> {
  const reports: MarketReport[] = [];
  let task: string | undefined;
  for (const path of paths) {
    const { trace } = await readTraceFile(path);
    task ??= trace.header.task;
    if (trace.header.task !== task)
      throw new UsageError(`${path}: a match of ${trace.header.task}; the first one is of ${task}; only matches of one task are compared`);
    if (reports.some(({ id, digest }) => id === trace.header.id && digest === trace.footer?.digest))
      throw new UsageError(`${path}: the match ${trace.header.id} was named before; a match counts once`);
    reports.push(reportTrace(trace).report);
  }
  const rows = compareMatches(reports);
  if (!json) return renderComparison(rows, terminalColumns());
  return JSON.stringify({ report: 'markets.v1', matches: reports.map(({ id }) => id), rows });
}

async function draw(file: string, match: ReturnType<typeof reportTrace>, seat: number, symbol?: string): Promise<void> {
  const index = symbol === undefined ? 0 : match.record.symbols.indexOf(symbol);
  if (index < 0) throw new UsageError(`--symbol ${symbol}: the match has ${match.record.symbols.join(', ')}`);
  const { renderMatchChart } = await import('../../market/chart.js'); // a large library, which only pictures need
  const { svg, png } = renderMatchChart(match.report, match.record, seat, index);
  try {
    writeFileSync(file, extname(file) === '.svg' ? svg : png);
  } catch (error) {
    throw new UsageError(`--chart ${file}: ${fileFault(error)}`);
  }
}
