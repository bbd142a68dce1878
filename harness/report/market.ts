/** A market match's report from its trace: played again, looked on, digest checked. */
import { MarketRecorder } from '../../scoring/market/recorder.js';
import type { MarketRecord } from '../../scoring/market/record.js';
import { reportMarket } from '../../scoring/market/report.js';
import type { MarketReport } from '../../scoring/market/schema.js';
import type { Trace } from '../../scoring/trace.js';
import { TraceError } from '../traces/reader.js';
import { replayTrace } from '../traces/replay.js';

export interface ReportedMatch {
  report: MarketReport;
  record: MarketRecord;
}

/**
 * Plays a market's trace again and reports on it. A trace without an end is reported up to where it was cut off, and is void.
 * @throws TraceError when it was played by other rules, or does not give the recorded digest: its figures would be of another world
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
  if (trace.footer && !replay.same) {
    const where = replay.diverged ? `; first difference at event ${replay.diverged.event}` : '';
    throw new TraceError(
      `${trace.header.id}: playing it again gives digest ${replay.digest}, recorded was ${replay.expected}${where}; no figures`,
    );
  }
  const record = recorder!.finish();
  return { report: reportMarket(trace, record, replay.digest), record };
}
