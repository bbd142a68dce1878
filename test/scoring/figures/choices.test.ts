/** Whom a team asked and what its planner came to: counted as an obvious count does it, and as people read it. */
import { expect } from 'chai';
import fc from 'fast-check';
import { adviceOf, choicesOf } from '../../../scoring/figures/choices.js';
import { askingsOf } from '../../../scoring/trace/askings.js';
import { saidText } from '../../../scoring/trace/said.js';
import type { FailureKind, Telemetry, TraceEvent } from '../../../scoring/trace/trace.js';

interface Asked {
  arm: string;
  situation: string;
  gain: number | null;
  failure?: FailureKind;
  seat: number;
}

const asked: fc.Arbitrary<Asked> = fc.record(
  {
    arm: fc.constantFrom('small', 'large'),
    situation: fc.constantFrom('near', 'far'),
    gain: fc.option(fc.integer({ min: -99, max: 99 })),
    failure: fc.constantFrom<FailureKind>('http', 'timeout', 'dropped'),
    seat: fc.constantFrom(0, 1),
  },
  { requiredKeys: ['arm', 'situation', 'gain', 'seat'] },
);

/** The events of such decisions, each credited by the one after the next. */
function eventsOf(decisions: readonly Asked[]): TraceEvent[] {
  return decisions.map(({ arm, situation, failure, seat }, i): TraceEvent => {
    const before = decisions[i - 2];
    const isOwn = before?.gain !== null && before?.seat === seat;
    const telemetry: Telemetry = {
      choice: { arm, situation },
      ...(isOwn ? { earned: [{ seq: i - 2, gain: before.gain!, overUs: 5 }] } : {}),
    };
    const common = { seat, seq: i, at: i, latencyUs: 1, realUs: 1, telemetry };
    if (failure) return { kind: 'reject', ...common, reason: failure, failure };
    return { kind: 'act', ...common, action: { plan: [] }, landing: { at: i, accepted: true } };
  });
}

describe('a team’s choices', () => {
  it('are counted by situation and arm, with the gains that were told of them', () => {
    fc.assert(
      fc.property(fc.array(asked, { maxLength: 60 }), (decisions) => {
        const events = eventsOf(decisions);
        const own = decisions.filter(({ seat }) => seat === 0);
        const figures = choicesOf({ events }, 0);
        expect(figures.reduce((sum, figure) => sum + figure.decisions, 0)).to.equal(own.length);
        for (const { arm, situation, decisions: count, share, credited, meanGain } of figures) {
          const same = (each: Asked): boolean => each.seat === 0 && each.arm === arm && each.situation === situation;
          expect(count).to.equal(decisions.filter(same).length);
          expect(share).to.be.closeTo(count / own.length, 1e-12);
          const gains = decisions.flatMap((each, i) =>
            same(each) && each.gain !== null && decisions[i + 2]?.seat === 0 ? [each.gain] : [],
          );
          expect(credited).to.equal(gains.length);
          if (gains.length === 0) expect(meanGain).to.equal(null);
          else expect(meanGain).to.be.closeTo(gains.reduce((sum, gain) => sum + gain, 0) / gains.length, 1e-9);
        }
      }),
    );
  });

  it('have a failed call at the arm that was asked, slowness left out, and none at another seat', () => {
    fc.assert(
      fc.property(fc.array(asked, { maxLength: 60 }), (decisions) => {
        for (const { who, calls, failures, row } of askingsOf(eventsOf(decisions), 0)) {
          const own = decisions.filter(({ seat, arm }) => seat === 0 && (who === '' || arm === who));
          const failed = own.map(({ failure }) => failure !== undefined && failure !== 'timeout');
          expect([calls, failures.length]).to.deep.equal([own.length, failed.filter(Boolean).length]);
          expect(row).to.equal(failed.length - 1 - failed.lastIndexOf(false));
        }
      }),
    );
  });
});

describe('a planner’s advice', () => {
  const act = (seq: number, telemetry: Telemetry): TraceEvent => ({
    ...{ kind: 'act', seat: 0, seq, at: seq, latencyUs: 1, realUs: 1, telemetry },
    ...{ action: { plan: [] }, landing: { at: seq, accepted: true } },
  });

  it('is counted with its age, finished and unfinished, and its calls', () => {
    const events = [
      act(1, { planner: { ended: 0, failures: [] } }),
      act(2, { planner: { ended: 1, failures: ['http'] }, advice: [{ text: 'ke', ageUs: 10, unfinished: true }] }),
      act(3, { planner: { ended: 1, failures: [] }, advice: [{ text: 'keep', ageUs: 20 }] }),
      act(4, { planner: { ended: 0, failures: [] }, advice: [{ text: 'keep', ageUs: 40 }, { text: 'go', ageUs: 10, unfinished: true }] }), // prettier-ignore
    ];
    expect(adviceOf({ events }, 0)).to.deep.equal({ decisions: 4, finished: 2, unfinished: 2, ageP50Us: 20, calls: 2, failed: 1 });
    expect(adviceOf({ events }, 1)).to.equal(undefined);
    expect(adviceOf({ events: [act(1, { answer: 'hold;' })] }, 0)).to.equal(undefined);
  });

  it('is read beside what was said, as is who was asked', () => {
    expect(saidText(undefined, 'hold;')).to.equal('hold;');
    expect(saidText({ answer: 'buy 2;', choice: { arm: 'small', situation: 'quiet, flat' } }, 'x')).to.equal('[small: quiet, flat] buy 2;');
    const advice = [{ text: 'keep away', ageUs: 1_250_000 }, { text: 'now', ageUs: 40_000, unfinished: true as const }]; // prettier-ignore
    expect(saidText({ advice }, 'jab;')).to.equal('jab; [advised 1.3 s ago: keep away] [advised 0.0 s ago, unfinished: now]');
  });
});
