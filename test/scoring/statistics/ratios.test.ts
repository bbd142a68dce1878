/** Intervals of ratios of sums. */
import { expect } from 'chai';
import { keyOf, Stream } from '../../../envs/random.js';
import { ratioOfSums } from '../../../scoring/statistics/ratios.js';

describe('ratios of sums', () => {
  it('is a ratio of sums, not a mean of ratios, and ignores clusters without weight', () => {
    const parts = [
      { numerator: 1, denominator: 1 },
      { numerator: 0, denominator: 9 },
      { numerator: 0, denominator: 0 },
    ];
    expect(ratioOfSums(parts).value).to.be.closeTo(0.1, 1e-12);
    expect(ratioOfSums([{ numerator: 0, denominator: 0 }]).value).to.equal(null);
    const exact = ratioOfSums([1, 2, 3].map((d) => ({ numerator: d / 2, denominator: d })));
    expect([exact.low, exact.high]).to.deep.equal([0.5, 0.5]);
  });

  it('covers the true ratio about as often as it says', () => {
    const stream = new Stream(keyOf(4, 4), 0);
    let covered = 0;
    const trials = 1000;
    for (let trial = 0; trial < trials; trial++) {
      const parts = Array.from({ length: 12 }, () => {
        const denominator = 50 + stream.below(101);
        return { numerator: 0.4 * denominator + stream.between(-30, 30), denominator };
      });
      const { low, high } = ratioOfSums(parts);
      if (low! <= 0.4 && 0.4 <= high!) covered++;
    }
    expect(covered / trials).to.be.within(0.93, 0.97);
  });
});
