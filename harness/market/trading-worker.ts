/** A thread's work: plays a match of the market again and reports on a seat. */
import { reportTrace } from './report.js';
import { TraceError } from '../traces/reader.js';
import type { Traded, TradingJob } from './trading.js';

export const work = ({ trace, seat }: TradingJob): Traded => {
  try {
    return { seat: reportTrace(trace).report.seats[seat]! };
  } catch (error) {
    if (!(error instanceof TraceError)) throw error;
    return { fault: error.message };
  }
};
