/** Intervals of shares. */
import { expect } from 'chai';
import { clusteredShare, wilson } from '../../../scoring/statistics/shares.js';

describe('shares', () => {
  it("is Wilson's interval", () => {
    // Newcombe 1998, method 3: 81 of 263 gives 0.2553 to 0.3662; 0 of 20 gives 0 to 0.1611.
    const { low, high } = wilson(81, 263);
    expect(low).to.be.closeTo(0.2553, 5e-5);
    expect(high).to.be.closeTo(0.3662, 5e-5);
    const none = wilson(0, 20);
    expect([none.low, none.value]).to.deep.equal([0, 0]);
    expect(none.high).to.be.closeTo(0.1611, 5e-5);
    expect(wilson(20, 20).high).to.equal(1);
  });

  it('widens a share that comes in clusters', () => {
    const even = Array.from({ length: 10 }, () => ({ successes: 5, trials: 10 }));
    const clumped = Array.from({ length: 10 }, (_, i) => ({ successes: i % 2 ? 10 : 0, trials: 10 }));
    const narrow = clusteredShare(even);
    const wide = clusteredShare(clumped);
    expect([narrow.value, wide.value, narrow.n]).to.deep.equal([0.5, 0.5, 10]);
    // Matches that are more alike than chance makes them say more than as many single trials.
    expect(narrow.high! - narrow.low!).to.be.below(wilson(50, 100).high! - wilson(50, 100).low!);
    expect(wide.high! - wide.low!).to.be.greaterThan(2 * (narrow.high! - narrow.low!));
  });
});
