/** One worker that plays matches of the market again and reports on a seat of each. */
import { serve } from '../host/pool.js';
import { reportTrace } from './report.js';
import { TraceError } from '../traces/reader.js';
import type { Traded, TradingJob } from './trading.js';

await serve(({ trace, seat }: TradingJob): Traded => {
  try {
    return { seat: reportTrace(trace).report.seats[seat]! };
  } catch (error) {
    if (!(error instanceof TraceError)) throw error;
    return { fault: error.message };
  }
});
