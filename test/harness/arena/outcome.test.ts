/** Who has won: by results, by who was gone, and by who flooded a match that the host could not keep. */
import { expect } from 'chai';
import fc from 'fast-check';
import { byTrace, byTwoAlone } from '../../../harness/arena/outcome.js';
import { seatOf, type AgentFigures, type AloneOutcome, type GameNumber } from '../../../harness/arena/order.js';
import { taskNamed } from '../../../harness/match/tasks.js';
import type { Trace, TraceEvent } from '../../../scoring/trace/trace.js';

const hft = taskNamed('hft');

/** A match of the market by its end alone. */
function ended(rewards: [number, number], events: TraceEvent[], reasons: string[] = []): Trace {
  const verdict = { counts: reasons.length === 0, reasons };
  const results = { over: true, endedAt: 1, reward: rewards, seats: [{}, {}] };
  return { header: {}, events, footer: { results, verdict } } as unknown as Trace;
}

const leave = (seat: number): TraceEvent => ({ kind: 'leave', seat, at: 0, reason: 'connection closed (1006)' });
const back = (seat: number): TraceEvent => ({ kind: 'return', seat, at: 0 });
const flood = (seat: number): TraceEvent => ({ kind: 'error', seat, at: 0, code: 'too-frequent', detail: '9 frames dropped' });

describe('how a match of the arena ended', () => {
  const games = fc.constantFrom<GameNumber>(0, 1);

  it('is by who earned more, where the task calls nobody a winner, whichever seat each had', () => {
    fc.assert(
      fc.property(games, fc.tuple(fc.integer(), fc.integer()), (game, rewards) => {
        const { status, points } = byTrace(hft, ended(rewards, []), game, ['a', 'b']);
        const own = rewards[seatOf(0, game)]! - rewards[seatOf(1, game)]!;
        expect([status, points]).to.deep.equal(['played', own > 0 ? 1 : own < 0 ? 0 : 0.5]);
      }),
    );
  });

  it('is lost by whoever was gone at its end, whatever was earned and whatever the host did; one that came back was not gone', () => {
    fc.assert(
      fc.property(games, fc.boolean(), fc.boolean(), fc.array(fc.constantFrom('late')), (game, one, other, reasons) => {
        const events = [leave(0), back(0), ...(one ? [leave(seatOf(0, game))] : []), ...(other ? [leave(seatOf(1, game))] : [])];
        const { status, points, why } = byTrace(hft, ended([5, 5], events, reasons), game, ['a', 'b']);
        if (one && other) expect([status, points]).to.deep.equal(['void', null]);
        else if (one || other) {
          expect([status, points]).to.deep.equal(['forfeited', one ? 0 : 1]);
          expect(why).to.match(new RegExp(`^${one ? 'a' : 'b'} was gone at the end`));
        } else expect([status, points]).to.deep.equal(reasons.length > 0 ? ['void', null] : ['played', 0.5]);
      }),
    );
  });

  it('is void where the host was late, but lost by one who alone sent too much meanwhile: nobody voids what it is losing', () => {
    fc.assert(
      fc.property(games, fc.boolean(), fc.boolean(), (game, one, other) => {
        const events = [...(one ? [flood(seatOf(0, game))] : []), ...(other ? [flood(seatOf(1, game))] : [])];
        const { status, points } = byTrace(hft, ended([9, 1], events, ['The ticks were late.']), game, ['a', 'b']);
        expect([status, points]).to.deep.equal(one !== other ? ['forfeited', one ? 0 : 1] : ['void', null]);
        expect(byTrace(hft, ended([9, 1], events), game, ['a', 'b']).status, 'a match that counts is played').to.equal('played');
      }),
    );
  });

  it('in which each played alone is by who earned more, unless one was gone or a world does not count; what does not count has no reward', () => {
    const half = fc.record({ absent: fc.boolean(), flooded: fc.boolean(), spoilt: fc.boolean(), reward: fc.integer() });
    fc.assert(
      fc.property(half, half, (...halves) => {
        const [one, other] = halves.map(({ absent, flooded, spoilt, reward }, i): AloneOutcome => ({
          ...{ came: true, flooded, reward, figures: {} as AgentFigures, trace: `trace-${i}` },
          ...{ absent: absent ? `${i} was gone` : null, spoilt: spoilt ? 'The ticks were late.' : null },
        }));
        const { status, points, rewards, trace, otherTrace } = byTwoAlone([one!, other!], ['a', 'b']);
        const [a, b] = halves;
        const isSpoilt = a!.spoilt || b!.spoilt;
        const lost = a!.absent !== b!.absent ? a!.absent : !a!.absent && isSpoilt && a!.flooded !== b!.flooded ? a!.flooded : null;
        if (lost !== null) expect([status, points]).to.deep.equal(['forfeited', lost ? 0 : 1]);
        else if (a!.absent || isSpoilt) expect([status, points]).to.deep.equal(['void', null]);
        else expect([status, points]).to.deep.equal(['played', a!.reward > b!.reward ? 1 : a!.reward < b!.reward ? 0 : 0.5]);
        expect(rewards).to.deep.equal(halves.map(({ absent, spoilt, reward }) => (absent || spoilt ? null : reward)));
        expect([trace, otherTrace]).to.deep.equal(['trace-0', 'trace-1']);
      }),
    );
  });
});
