/** How the entrants of a market task traded: their matches played again when nothing is being measured any more. */
import { marketRow, type MarketRow } from '../../scoring/market/comparison.js';
import type { MarketSeatReport } from '../../scoring/market/schema.js';
import { reportTrace } from '../traces/market-report.js';
import { TraceError } from '../traces/reader.js';
import type { CellResult } from './run.js';

/** The only task with an order book. */
export const MARKET_TASK = 'hft';

/**
 * One row for each entrant of the market's cells that count, by name. A match that cannot be played again is told to `say` and left out;
 * it counts as void here.
 */
export function tradingRows(results: readonly CellResult[], say: (line: string) => void): Map<string, MarketRow> {
  const seats = new Map<string, { played: MarketSeatReport[]; voided: number }>();
  for (const { cell, trace } of results) {
    if (cell.task.name !== MARKET_TASK || cell.purpose !== 'measure') continue;
    const { name } = cell.entrant;
    const entry = seats.get(name) ?? { played: [], voided: 0 };
    seats.set(name, entry);
    const seat = trace.footer?.verdict.counts ? seatOf({ cell, trace }, say) : undefined;
    if (seat) entry.played.push(seat);
    else entry.voided++;
  }
  return new Map([...seats].map(([name, { played, voided }]) => [name, marketRow(name, played, voided)]));
}

function seatOf({ cell, trace }: Pick<CellResult, 'cell' | 'trace'>, say: (line: string) => void): MarketSeatReport | undefined {
  try {
    return reportTrace(trace).report.seats[cell.seat];
  } catch (error) {
    if (!(error instanceof TraceError)) throw error;
    say(`left out of how ${cell.entrant.name} traded: ${error.message}`);
    return undefined;
  }
}
