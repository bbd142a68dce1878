/** The way to an agent elsewhere: round trips, jitter, and how far its clock is. */
import { expect } from 'chai';
import fc from 'fast-check';
import { tripsOf } from '../../../scoring/trace/trips.js';
import type { TraceEvent } from '../../../scoring/trace/trace.js';

const trips = (seat: number, us: number[], aheadUs?: number[]): TraceEvent => ({
  kind: 'trips',
  seat,
  at: 0,
  us,
  ...(aheadUs ? { aheadUs } : {}),
});

describe('round trips to an agent elsewhere', () => {
  it('are those of its seat, from all of the match', () => {
    expect(tripsOf([trips(1, [5]), { kind: 'return', seat: 0, at: 3 }], 0)).to.equal(null);
    expect(tripsOf([trips(0, [], [3])], 0), 'a date alone is bounded by nothing').to.equal(null);
    const told = tripsOf([trips(0, [30, 10, 20]), trips(1, [1]), trips(0, [50, 40])], 0);
    expect(told).to.deep.equal({ count: 5, lost: 0, leastUs: 10, p50Us: 30, p90Us: 50, jitterUs: 40 });
    // What never came back took longer than everything else.
    const lossy: TraceEvent = { kind: 'trips', seat: 0, at: 0, us: [10, 20, 30, 40], lost: 4 };
    expect(tripsOf([lossy], 0)).to.deep.equal({ count: 4, lost: 4, leastUs: 10, p50Us: 40, p90Us: null, jitterUs: null });
    expect(tripsOf([{ ...lossy, lost: 5 }], 0)).to.include({ p50Us: null });
  });

  it('tell how far its clock is, whatever the way there and the way back take', () => {
    const way = fc.integer({ min: 1, max: 500_000 });
    fc.assert(
      fc.property(fc.integer({ min: -1e9, max: 1e9 }), fc.array(fc.tuple(way, way), { minLength: 1, maxLength: 20 }), (aheadUs, ways) => {
        // A message that tells the agent's date takes the way here; a round trip takes both.
        const event = trips(0, ways.map(([there, back]) => there + back), ways.map(([, back]) => aheadUs - back)); // prettier-ignore
        const { clock, leastUs } = tripsOf([event], 0)!;
        const shortest = Math.min(...ways.map(([, back]) => back));
        expect(clock!.withinUs).to.equal(Math.round(leastUs / 2));
        // True within half of the least round trip where the shortest way here is at most that round trip.
        if (shortest <= leastUs) expect(Math.abs(clock!.aheadUs - aheadUs)).to.be.at.most(leastUs / 2 + 1);
      }),
    );
  });
});
