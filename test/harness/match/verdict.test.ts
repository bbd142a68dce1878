/** Which matches count, and what is said of those that do not. */
import { expect } from 'chai';
import fc from 'fast-check';
import { LatenessLog, nearestRank } from '../../../harness/match/lateness.js';
import { judge, type Evidence } from '../../../harness/match/verdict.js';
import { FAILURE_KINDS, type FailureKind, type SeatRecord, type TraceEvent, type Verdict } from '../../../scoring/trace/trace.js';

describe('verdicts', () => {
  const lateness = (samples: number[], tickRealUs = 1000) => {
    const log = new LatenessLog();
    for (const late of samples) log.add(late);
    return log.summary(tickRealUs);
  };
  const header: Evidence['header'] = { seats: [{ name: 'a', kind: 'model', addedUs: 0 }], speed: 1 };
  const calm = { tickRealUs: 1000, header, events: [], endedAt: 1_000_000, clockJumpsMs: [] };
  /** So many rejected answers, each with something of its own. */
  const decisions = (count: number, of: (i: number) => Partial<Extract<TraceEvent, { kind: 'reject' }>>): TraceEvent[] =>
    Array.from({ length: count }, (_, i): TraceEvent[] => [
      { kind: 'observe', seat: 0, seq: i, at: 10 * i, lateUs: 0 },
      { kind: 'reject', seat: 0, seq: i, at: 10 * i + 5, latencyUs: 5, realUs: 5, reason: 'x', ...of(i) },
    ]).flat();

  it('leave calls out that failed in an outage that was asked for, and no others', () => {
    const outage = { atUs: 40 };
    const asked: Evidence['header'] = { seats: [{ name: 'a', kind: 'model', addedUs: 0, outage }], speed: 1 };
    const answered: FailureKind | undefined = undefined;
    /** Of forty decisions those from the fifth to the ninth fail in the outage, and so many more after it. */
    const events = (more: number): TraceEvent[] => {
      const all = decisions(40, (i) => ((i >= 4 && i <= 9) || (i >= 20 && i < 20 + more) ? { failure: 'refused' } : { failure: answered }));
      const ends: TraceEvent[] = [{ kind: 'outage', seat: 0, at: 42, state: 'down' }, { kind: 'outage', seat: 0, at: 93, state: 'up', realUs: 51 }]; // prettier-ignore
      return [...all, ...ends].sort((x, y) => x.at - y.at);
    };
    const verdictOf = (more: number, of = asked): Verdict => judge({ ...calm, header: of, lateness: lateness([]), events: events(more) });
    expect(verdictOf(3)).to.deep.equal({
      ...{ counts: true, reasons: [] },
      notes: ['a, as the match was asked for: endpoint killed at 0 s, back at 0.00 s; 6 calls that failed meanwhile do not void it.'],
    });
    expect(verdictOf(4).reasons.join()).to.match(/^4 of 34 calls of a failed/);
    // Nobody is excused who was not to have one, whatever the events say.
    expect(verdictOf(0, header).reasons.join()).to.match(/^6 of 40 calls of a failed/);
    const none = judge({ ...calm, header: asked, lateness: lateness([]), events: decisions(40, () => ({})) });
    expect(none.notes).to.deep.equal(['a, as the match was asked for: it ended before that came.']);
  });

  it('count a match whose ticks were in time', () => {
    const samples = Array.from({ length: 10_000 }, (_, i) => (i % 200 === 0 ? 1900 : i % 100));
    expect(judge({ ...calm, lateness: lateness(samples) })).to.deep.equal({ counts: true, reasons: [] });
  });

  it('void one whose p99 was over half a tick, and one with a tick over two late', () => {
    const often = Array.from({ length: 1000 }, (_, i) => (i % 50 === 0 ? 501 : 0));
    expect(judge({ ...calm, lateness: lateness(often) }).reasons).to.have.length(1);
    expect(judge({ ...calm, lateness: lateness(often.map((late) => Math.min(late, 500))) }).counts).to.equal(true);
    const once = [...Array<number>(999).fill(0), 2001];
    expect(judge({ ...calm, lateness: lateness(once) }).reasons.join()).to.match(/^1 tick was over two ticks \(2\.00 ms\) late/);
    expect(judge({ ...calm, lateness: lateness([...Array<number>(999).fill(0), 2000]) }).counts).to.equal(true);
  });

  it('void one with a jump, an incomplete trace or an early stop, and say each', () => {
    const verdict = judge({ ...calm, lateness: lateness([]), clockJumpsMs: [60], traceFault: 'ENOSPC', stopped: 'interrupted' });
    expect(verdict.reasons).to.have.length(3);
    expect(verdict.reasons.join(' '))
      .to.match(/jumped by 60 ms/)
      .and.match(/ENOSPC/)
      .and.match(/interrupted/);
  });

  it('bear one disturbed decision in ten, which moves no median, and no more', () => {
    const played = (disturbed: number): TraceEvent[] =>
      decisions(40, (i) => ({ realUs: 20_000, wait: { harnessUs: i < disturbed ? 5_001 : 1_000 } }));
    expect(judge({ ...calm, lateness: lateness([]), events: played(4) }).counts).to.equal(true);
    const verdict = judge({ ...calm, lateness: lateness([]), events: played(5) });
    expect(verdict.reasons.join()).to.match(
      /This host was busy: 5 of 40 decisions of a .* the harness waiting .* 1\.00 ms at the median, 5\.00 ms at p90/,
    );
    const endpoint = decisions(40, (i) => ({ realUs: 20_000, wait: { harnessUs: 0, endpointUs: i < 5 ? 3_001 : 900 } }));
    expect(judge({ ...calm, lateness: lateness([]), events: endpoint }).reasons.join()).to.match(/5 of 40 .* the endpoint waiting/);
    const little = (harnessUs: number): TraceEvent[] => decisions(40, () => ({ realUs: 20_000, wait: { harnessUs } }));
    expect(judge({ ...calm, lateness: lateness([]), events: little(2_000) }).counts).to.equal(true);
    expect(judge({ ...calm, lateness: lateness([]), events: little(2_001) }).reasons.join()).to.match(
      /busy: most of 40 decisions of a found the harness waiting .* 2\.00 ms and 5 % .* 2\.00 ms at the median/,
    );
    const short = decisions(40, () => ({ realUs: 1_000, wait: { harnessUs: 500, endpointUs: 500 } }));
    expect(judge({ ...calm, lateness: lateness([]), events: short }).counts).to.equal(true);
  });

  it('ask for no quiet host in patient play, where every answer is charged the same', () => {
    const events = decisions(40, () => ({ realUs: 20_000, wait: { harnessUs: 10_000 } }));
    expect(judge({ ...calm, lateness: lateness([]), events }).counts).to.equal(false);
    const header = { ...calm.header, patient: true as const };
    expect(judge({ ...calm, header, lateness: lateness([]), events }).counts).to.equal(true);
  });

  it('take no agent’s word for how busy the host was', () => {
    const events = decisions(40, () => ({ telemetry: { cpuPermille: 1 } }));
    expect(judge({ ...calm, lateness: lateness([]), events }).counts).to.equal(true);
  });

  it('void one in which over a tenth of a model’s calls failed, by what failed; its own time limit is no failure', () => {
    const played = (failed: number, failure: FailureKind): TraceEvent[] => decisions(40, (i) => (i < failed ? { failure } : {}));
    for (const failure of FAILURE_KINDS.filter((kind) => kind !== 'timeout')) {
      expect(judge({ ...calm, lateness: lateness([]), events: played(4, failure) }).counts, failure).to.equal(true);
      const verdict = judge({ ...calm, lateness: lateness([]), events: played(5, failure) });
      expect(verdict.counts, failure).to.equal(false);
      expect(verdict.reasons.join()).to.match(/^5 of 40 calls of a failed \(12\.5 %; at most 10 % may\): 5 /);
      expect(verdict.unfinished, failure).to.equal(failure === 'budget' ? true : undefined);
    }
    expect(judge({ ...calm, lateness: lateness([]), events: played(39, 'timeout') }).counts).to.equal(true);
  });

  it('void one in which no answer of a model had any text; one with text is enough, and a stranger may say nothing', () => {
    const said = (answer: string, count: number): TraceEvent[] => decisions(count, () => ({ telemetry: { answer } }));
    const verdict = judge({ ...calm, lateness: lateness([]), events: said('', 40) });
    expect(verdict).to.include({ counts: false, unfinished: true });
    expect(verdict.reasons.join()).to.match(
      /^No answer of a had any text in the whole match \(40 observations\): its endpoint is broken, or all of its tokens/,
    );
    expect(judge({ ...calm, lateness: lateness([]), events: said('what?', 40) }).counts).to.equal(true);
    const seats: SeatRecord[] = [{ name: 'a', kind: 'stranger', addedUs: 0 }];
    expect(judge({ ...calm, header: { ...header, seats }, lateness: lateness([]), events: said('', 40) }).counts).to.equal(true);
  });

  it('void one in which no call of a model was answered, however that came; anybody else may be silent', () => {
    const silent: [string, TraceEvent[]][] = [
      ['out of its own time', decisions(40, () => ({ failure: 'timeout' }))],
      ['missed', [0, 1, 2].flatMap((seq): TraceEvent[] => [{ kind: 'observe', seat: 0, seq, at: 10 * seq, lateUs: 0 }, { kind: 'miss', seat: 0, seq, at: 10 * seq + 9, latencyUs: 9 }])],
      ['over before its first answer', [{ kind: 'observe', seat: 0, seq: 0, at: 0, lateUs: 0 }]],
    ]; // prettier-ignore
    for (const [how, events] of silent) {
      const verdict = judge({ ...calm, lateness: lateness([]), events });
      expect(verdict, how).to.include({ counts: false, unfinished: true });
      expect(verdict.reasons.join(), how).to.match(/^No call of a was answered in the whole match \(\d+ observations?\): /);
      for (const kind of ['bot', 'stranger', 'human'] as const) {
        const seats: SeatRecord[] = [{ name: 'a', kind, addedUs: 0 }];
        expect(judge({ ...calm, header: { ...header, seats }, lateness: lateness([]), events }).counts, kind).to.equal(true);
      }
    }
    const refused = judge({ ...calm, lateness: lateness([]), events: decisions(40, () => ({ failure: 'refused' })) });
    expect(refused.reasons, 'said once').to.have.length(1);
    const unread = decisions(40, (i) => (i === 7 ? {} : { failure: 'timeout' }));
    expect(judge({ ...calm, lateness: lateness([]), events: unread }).counts, 'an answer that is no action is an answer').to.equal(true);
  });

  it('call a match unfinished only when the budget alone ended it', () => {
    const mixed = (unpaid: number, dropped: number): Verdict =>
      judge({
        ...calm,
        lateness: lateness([]),
        events: decisions(40, (i) => (i < unpaid ? { failure: 'budget' } : i < unpaid + dropped ? { failure: 'dropped' } : {})),
      });
    expect(mixed(20, 4)).to.include({ counts: false, unfinished: true });
    expect(mixed(20, 5).unfinished).to.equal(undefined);
    expect(mixed(0, 5).unfinished).to.equal(undefined);
  });

  it('void one from which an agent of ours was away too long, and tell of a stranger’s absence, which voids nothing', () => {
    const away = (kind: SeatRecord['kind'], fromUs: number, toUs: number | null): Verdict =>
      judge({
        ...calm,
        header: { seats: [{ name: 'a', kind, addedUs: 0 }], speed: 1 },
        lateness: lateness([]),
        endedAt: 10_000_000,
        events: [
          { kind: 'leave', seat: 0, at: fromUs, reason: 'x' },
          { kind: 'miss', seat: 0, seq: 1, at: fromUs + 1, latencyUs: 1 },
          ...(toUs === null ? [] : [{ kind: 'return' as const, seat: 0, at: toUs }]),
        ],
      });
    const long = /agent of a was away once, for 1\.01 s of 10\.00 s; 1 observation went unanswered/;
    for (const kind of ['model', 'bot'] as const) {
      expect(away(kind, 1_000_000, 2_010_000).reasons.join(), kind).to.match(long);
      expect(away(kind, 1_000_000, 2_000_000), kind).to.deep.include({ counts: true, reasons: [] });
      expect(away(kind, 1_000_000, 2_000_000).notes, kind).to.have.length(1);
      expect(away(kind, 1_000_000, null).reasons.join(), kind).to.match(/9\.00 s of 10\.00 s, and not back at the end/);
    }
    for (const kind of ['stranger', 'human'] as const) {
      expect(away(kind, 0, null), kind).to.deep.include({ counts: true, reasons: [] });
      expect(away(kind, 1_000_000, 2_010_000).notes!.join(), kind).to.match(long);
    }
  });

  it('use nearest ranks over raw samples', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 1000 }), { minLength: 1, maxLength: 300 }), (samples) => {
        const summary = lateness(samples, 100);
        const sorted = [...samples].sort((a, b) => a - b);
        expect(summary.maxUs).to.equal(sorted.at(-1));
        const atMost = samples.filter((late) => late <= summary.p99Us).length;
        expect(atMost / samples.length).to.be.at.least(0.99);
        expect(samples.filter((late) => late < summary.p99Us).length / samples.length).to.be.lessThan(0.99);
        expect(summary.over).to.equal(samples.filter((late) => late > 200).length);
      }),
    );
    expect(nearestRank([], 0.5)).to.equal(0);
  });

  it('void one, where it has a budget of jitter, whose way to a stranger was unsteadier or is not known; no other is asked', () => {
    const seats: Evidence['header']['seats'] = [
      { name: 'far', kind: 'stranger', addedUs: 0 },
      { name: 'near', kind: 'bot', addedUs: 0 },
    ];
    const trips = (seat: number, us: number[]): TraceEvent => ({ kind: 'trips', seat, at: 5, us });
    const said = (jitterUs: number | undefined, ...events: TraceEvent[]): string[] =>
      judge({ ...calm, header: { seats, speed: 1, ...(jitterUs === undefined ? {} : { jitterUs }) }, lateness: lateness([]), events })
        .reasons;
    const wild = [...Array.from({ length: 8 }, () => 20_000), 90_000, 95_000];
    expect(said(undefined, trips(0, wild))).to.deep.equal([]);
    expect(said(70_000, trips(0, wild))).to.deep.equal([]);
    expect(said(69_000, trips(0, wild.slice(0, 4)), trips(0, wild.slice(4)))).to.deep.equal([
      'The way to far was unsteady: its round trips varied by 70.00 ms (least 20.00 ms, p90 90.00 ms, of 10), over the budget of 69.00 ms.',
    ]);
    const steady: TraceEvent = { kind: 'trips', seat: 0, at: 5, us: Array.from({ length: 18 }, () => 20_000) };
    expect(said(1000, { ...steady, lost: 2 })).to.deep.equal([]);
    expect(said(1000, { ...steady, lost: 3 })).to.deep.equal(['The way to far was unsteady: 3 of 21 pings never came back, and the budget of 1.00 ms bears a tenth at most.']); // prettier-ignore
    const few = ['9 of 10 round trips to far came back that are needed to hold the way to it to the budget of 70.00 ms.'];
    expect(said(70_000, trips(0, wild.slice(1)), trips(1, wild))).to.deep.equal(few);
    expect(said(70_000)).to.deep.equal([few[0]!.replace('9', '0')]);
  });

  it('void one in which one of several arms was dead, however seldom it was asked', () => {
    const telemetry = (arm: string): object => ({ telemetry: { choice: { arm, situation: 'any' } } });
    const played = (failed: number): TraceEvent[] =>
      decisions(100, (i) => ({ ...telemetry(i < 95 ? 'small' : 'large'), ...(i >= 100 - failed ? { failure: 'refused' as const } : {}) }));
    expect(judge({ ...calm, lateness: lateness([]), events: played(0) }).counts).to.equal(true);
    const verdict = judge({ ...calm, lateness: lateness([]), events: played(5) });
    expect(verdict).to.deep.equal({ counts: false, reasons: ['5 of 5 calls of large in a failed (100 %; at most 10 % may): 5 refused.'] });
    // What a stranger says about whom it asked voids nothing.
    const stranger: Evidence['header'] = { seats: [{ name: 'a', kind: 'stranger', addedUs: 0 }], speed: 1 };
    expect(judge({ ...calm, header: stranger, lateness: lateness([]), events: played(5) }).counts).to.equal(true);
    // An arm that is slow is no arm that is dead.
    const slow = decisions(100, (i) => ({ ...telemetry(i < 95 ? 'small' : 'large'), ...(i >= 95 ? { failure: 'timeout' as const } : {}) }));
    expect(judge({ ...calm, lateness: lateness([]), events: slow }).counts).to.equal(true);
  });

  it('void one whose planner was dead, unfinished when it was not paid for or said nothing at all', () => {
    const played = (of: (i: number) => object): Verdict =>
      judge({ ...calm, lateness: lateness([]), events: decisions(40, (i) => ({ telemetry: { ...of(i) } })) });
    const planner = (failure?: FailureKind) => (i: number) => ({
      planner: { ended: i % 4 === 3 ? 1 : 0, failures: i % 4 === 3 && failure ? [failure] : [] },
      ...(failure ? {} : { advice: [{ text: 'keep away', ageUs: 5 }] }),
    });
    expect(played(planner()).counts).to.equal(true);
    expect(played(planner('http')).reasons).to.deep.equal([
      '10 of 10 calls of planner in a failed (100 %; at most 10 % may): 10 answered with an error status.',
    ]);
    expect(played(planner('budget'))).to.include({ counts: false, unfinished: true });
    const silent = played(() => ({ planner: { ended: 0, failures: [] } }));
    expect(silent).to.include({ counts: false, unfinished: true });
    expect(silent.reasons.join()).to.match(/^The planner in a said nothing in the whole match \(40 decisions\)/);
  });
});
