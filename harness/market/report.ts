/** A market match's report from its trace: played again, looked on, digest checked. */
import { MarketRecorder } from '../../scoring/hft/market/recorder.js';
import type { MarketRecord } from '../../scoring/hft/market/record.js';
import { reportMarket } from '../../scoring/hft/market/report.js';
import type { MarketReport } from '../../scoring/hft/market/schema.js';
import type { Trace } from '../../scoring/trace/trace.js';
import { TraceError } from '../traces/reader.js';
import { replayFault, replayTrace } from '../traces/replay.js';

export interface ReportedMatch {
  report: MarketReport;
  record: MarketRecord;
}

/**
 * Plays a market's trace again and reports on it. A trace without an end is reported up to where it was cut off, and is void.
 * @throws TraceError when it was played by other rules, or is not as it says: its figures would be of another match
 */
export function reportTrace(trace: Trace): ReportedMatch {
  let recorder: MarketRecorder | undefined;
  const replay = replayTrace(trace, undefined, {
    begin: (env) => (recorder = new MarketRecorder(env)),
    reach: (to) => recorder!.reach(to),
    passed: (event) => {
      if (event.kind === 'observe') recorder!.observed(event.seat, event.seq);
    },
    landing: (event) => recorder!.landing(event.seat, event.seq, event.action),
    landed: () => recorder!.landed(),
  });
  const wrong = replayFault(replay);
  if (wrong !== null) throw new TraceError(`${trace.header.id}: ${wrong}; no figures`);
  const record = recorder!.finish();
  return { report: reportMarket(trace, record, replay.digest), record };
}
