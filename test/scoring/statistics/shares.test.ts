/** Intervals of shares. */
import { expect } from 'chai';
import { keyOf, Stream } from '../../../envs/random.js';
import { ratioDifference } from '../../../scoring/statistics/ratios.js';
import { clusteredShare, shareDifference, wilson, type SharePart } from '../../../scoring/statistics/shares.js';
import { uniform } from './coverage.js';

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

  const matches = (count: number, successes: (i: number) => number, trials: number): SharePart[] =>
    Array.from({ length: count }, (_, i) => ({ successes: successes(i), trials }));

  it('that show no spread still differ by chance, and the more so the less was tried', () => {
    const difference = (trials: number) =>
      shareDifference(
        matches(3, () => 0, trials),
        matches(3, () => trials / 2, trials),
      );
    const [few, many] = [difference(2), difference(200)];
    expect([few.value, many.value, few.n]).to.deep.equal([-0.5, -0.5, 3]);
    expect(few.low).to.be.below(-0.5).and.at.least(-1);
    expect(few.high).to.be.above(0);
    expect(many.high!).to.be.within(-0.4999, -0.1);
    expect(shareDifference(matches(2, () => 0, 2), matches(2, () => 2, 2))).to.include({ value: -1, low: null, high: null }); // prettier-ignore
    expect(shareDifference(matches(3, () => 0, 0), matches(3, () => 0, 0)).value).to.equal(null); // prettier-ignore
  });

  it('of equals are told apart seldom, which their spread alone does not bring about', () => {
    const stream = new Stream(keyOf(6, 0xd5), 0);
    const drawn = () => matches(4, () => Array.from({ length: 8 }, () => uniform(stream) < 0.9).filter(Boolean).length, 8);
    const asRatios = (parts: readonly SharePart[]) => parts.map(({ successes, trials }) => ({ numerator: successes, denominator: trials }));
    const apart = { shares: 0, ratios: 0 };
    for (let trial = 0; trial < 2000; trial++) {
      const [a, b] = [drawn(), drawn()];
      const shares = shareDifference(a, b);
      const ratios = ratioDifference(asRatios(a), asRatios(b));
      if (shares.low! > 0 || shares.high! < 0) apart.shares++;
      if (ratios.low! > 0 || ratios.high! < 0) apart.ratios++;
    }
    expect(apart.shares / 2000).to.be.below(0.05);
    expect(apart.ratios).to.be.above(apart.shares);
  });
});
