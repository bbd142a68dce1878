/** What one match's report says beside its figures: time lost on a busy host, an absence, a match that a budget ended. */
import { expect } from 'chai';
import { renderMatch, reportMatch } from '../../../harness/report/run.js';
import type { Trace } from '../../../scoring/trace/trace.js';
import { TICK, toy, toyTrace, type ToyMove } from '../../scoring/oracle/toy.js';

const moves: ToyMove[] = [
  { observedAt: TICK, latencyUs: TICK, press: 'A' },
  { observedAt: 3 * TICK, latencyUs: TICK, outcome: 'reject', failure: 'refused' },
  { observedAt: 5 * TICK, latencyUs: 2 * TICK, press: 'B' },
];

function report(change: (trace: Trace) => void = () => undefined): string {
  const trace = toyTrace(moves);
  change(trace);
  return renderMatch(toy, reportMatch(toy, trace, 'x.jsonl.gz'), 400);
}

describe('the report of a match', () => {
  it('leaves failed calls out of latency and tells them as failed', () => {
    const { seats } = reportMatch(toy, toyTrace(moves), 'x');
    expect([seats[0]!.worldP50Us, seats[0]!.worldP90Us, seats[0]!.decisions]).to.deep.equal([TICK, 2 * TICK, 3]);
    expect(seats[0]!.rates.failed).to.deep.equal({ count: 1, of: 3 });
    expect(report())
      .to.match(/verdict: counts\n/)
      .and.not.to.match(/waited for a processor|away/);
  });

  it('says how long the harness waited for a processor, and that a budget ended it', () => {
    const said = report((trace) => {
      for (const event of trace.events) if (event.kind === 'act') event.wait = { harnessUs: 3000, endpointUs: 20 };
      trace.footer!.verdict = { counts: false, reasons: ['No money.'], unfinished: true, notes: ['It was away.'] };
    });
    expect(said)
      .to.match(/player: the harness waited for a processor p50 3 ms, p90 3 ms, its endpoint p90 0\.02 ms; \d of 2 decisions disturbed/)
      .and.match(/verdict: unfinished, void\. No money\.\nIt was away\.\n/);
  });

  it('has a seat’s absence', () => {
    const trace = toyTrace(moves);
    trace.events.push({ kind: 'leave', seat: 0, at: 400_000, reason: 'gone' });
    expect(reportMatch(toy, trace, 'x').seats[0]!.absence).to.deep.equal({ times: 1, awayUs: 600_000, missed: 0, gone: true });
  });
});
