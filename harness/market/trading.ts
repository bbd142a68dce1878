/** How seats traded, as a sweep keeps and tables it: a seat's report of each match, and one row over an entrant's matches. */
import { z } from 'zod';
import { marketReport, type MarketSeatReport } from '../../scoring/hft/market/schema.js';
import type { Trace } from '../../scoring/trace/trace.js';

export { marketRow as tradingRow, type MarketRow as TradingRow } from '../../scoring/hft/market/comparison.js';
export type { MarketSeatReport as TradingSeat } from '../../scoring/hft/market/schema.js';

/** One seat of one match. */
export interface TradingJob {
  trace: Trace;
  seat: number;
}

/** How the seat traded, or why the match cannot be played again. */
export type Traded = { seat: MarketSeatReport } | { fault: string };

/** The form in which that is kept. */
export const tradedForm: z.ZodType<Traded> = z.union([
  z.object({ seat: marketReport.shape.seats.element }),
  z.object({ fault: z.string() }),
]);

/** The worker that finds it, as `runJobs` takes it. */
export const TRADING_WORKER = new URL('./trading-worker.js', import.meta.url);
