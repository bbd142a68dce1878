/** One worker that plays matches of the market again and reports on a seat of each. */
import type { MarketSeatReport } from '../../scoring/hft/market/schema.js';
import type { Trace } from '../../scoring/trace/trace.js';
import { serve } from '../host/pool.js';
import { reportTrace } from '../report/market.js';
import { TraceError } from '../traces/reader.js';

/** One seat of one match. */
export interface TradingJob {
  trace: Trace;
  seat: number;
}

/** How the seat traded, or why the match cannot be played again. */
export type Traded = { seat: MarketSeatReport } | { fault: string };

await serve(({ trace, seat }: TradingJob): Traded => {
  try {
    return { seat: reportTrace(trace).report.seats[seat]! };
  } catch (error) {
    if (!(error instanceof TraceError)) throw error;
    return { fault: error.message };
  }
});
