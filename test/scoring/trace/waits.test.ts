/** Which decisions a busy host disturbed. */
import { expect } from 'chai';
import { absenceOf } from '../../../scoring/trace/absence.js';
import type { ProcessorWait, TraceEvent } from '../../../scoring/trace/trace.js';
import { waitsOf } from '../../../scoring/trace/waits.js';

const rejected = (realUs: number, wait?: ProcessorWait, seat = 0): TraceEvent => ({
  kind: 'reject',
  seat,
  seq: 1,
  at: 1,
  latencyUs: 1,
  realUs,
  reason: 'x',
  ...(wait ? { wait } : {}),
});

describe('waits for a processor', () => {
  it('disturb a decision by their share of its latency, and never when they are short', () => {
    const disturbed = (realUs: number, wait: ProcessorWait): boolean => waitsOf([rejected(realUs, wait)], 1).disturbed === 1;
    // What a busy host once added to a scripted 110 ms.
    expect([4, 5, 6, 7, 15].map((addedMs) => disturbed(110_000, { harnessUs: addedMs * 1000 }))).to.deep.equal([
      false,
      false,
      true,
      true,
      true,
    ]);
    expect([5_000, 5_001].map((harnessUs) => disturbed(2_000, { harnessUs }))).to.deep.equal([false, true]);
    expect([3_000, 3_001].map((endpointUs) => disturbed(2_000, { harnessUs: 0, endpointUs }))).to.deep.equal([false, true]);
    expect([10_000, 10_001].map((endpointUs) => disturbed(100_000, { harnessUs: 0, endpointUs }))).to.deep.equal([false, true]);
  });

  it('are counted seat by seat, where they were measured; a miss took its limit at the match’s speed', () => {
    const miss: TraceEvent = { kind: 'miss', seat: 1, seq: 1, at: 1, latencyUs: 400_000, wait: { harnessUs: 11_000 } };
    const events = [rejected(50_000), rejected(50_000, { harnessUs: 7 }), rejected(50_000, { harnessUs: 3 }), miss];
    expect(waitsOf(events, 2, 0)).to.deep.equal({
      measured: 2,
      disturbed: 0,
      harness: { us: [3, 7], disturbed: 0, unusual: 0 },
      endpoint: { us: [], disturbed: 0, unusual: 0 },
    });
    expect([1, 2].map((speed) => waitsOf(events, speed, 1).disturbed)).to.deep.equal([0, 1]);
    expect(waitsOf(events, 1).measured).to.equal(3);
  });
});

describe('absences', () => {
  it('add up, the last to the match’s end, and count what went unanswered meanwhile', () => {
    const at = (kind: 'leave' | 'return', time: number): TraceEvent =>
      kind === 'leave' ? { kind, seat: 0, at: time, reason: 'x' } : { kind, seat: 0, at: time };
    const miss = (time: number, seat = 0): TraceEvent => ({ kind: 'miss', seat, seq: 1, at: time, latencyUs: 1 });
    const events = [miss(5), at('leave', 10), miss(15), miss(16, 1), at('return', 30), miss(35), at('leave', 50), miss(60)];
    expect(absenceOf(events, 0, 100)).to.deep.equal({ times: 2, awayUs: 70, missed: 2, gone: true });
    expect(absenceOf(events.slice(0, 6), 0, 100)).to.deep.equal({ times: 1, awayUs: 20, missed: 1, gone: false });
    expect(absenceOf(events, 1, 100)).to.equal(null);
  });
});
