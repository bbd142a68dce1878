/** Statistics against brute force, published tables and simulation with a fixed seed. */
import { expect } from 'chai';
import fc from 'fast-check';
import { keyOf, Stream } from '../../../envs/random.js';
import {
  binomialCdf,
  clusterBootstrap,
  clusteredShare,
  meanInterval,
  normalQuantile,
  pairedDifference,
  quantile,
  quantileInterval,
  quantileIntervalRanks,
  ratioOfSums,
  spearman,
  studentQuantile,
  wilson,
} from '../../../scoring/statistics/statistics.js';

/** P(l <= B < u) by enumerating every outcome of n coins with P(head) = p. */
function coverageByEnumeration(n: number, p: number, l: number, u: number): number {
  let sum = 0;
  for (let outcome = 0; outcome < 1 << n; outcome++) {
    let heads = 0;
    for (let bit = 0; bit < n; bit++) heads += (outcome >> bit) & 1;
    if (heads >= l && heads < u) sum += p ** heads * (1 - p) ** (n - heads);
  }
  return sum;
}

describe('statistics', () => {
  it('takes quantiles as order statistics', () => {
    fc.assert(
      fc.property(
        fc.array(fc.integer({ min: 0, max: 50 }), { minLength: 1, maxLength: 40 }),
        fc.integer({ min: 1, max: 99 }),
        (values, percent) => {
          const sorted = [...values].sort((a, b) => a - b);
          const p = percent / 100;
          const obvious = sorted.find((value) => sorted.filter((other) => other <= value).length * 100 >= percent * sorted.length);
          expect(quantile(sorted, p)).to.equal(obvious);
        },
      ),
    );
  });

  it('holds the confidence of order-statistic intervals, and no narrower one does', () => {
    for (const [n, p] of [
      [8, 0.5],
      [12, 0.5],
      [14, 0.9],
      [14, 0.3],
    ] as const) {
      const [low, high] = quantileIntervalRanks(n, p, 0.9);
      const l = low === null ? 0 : low + 1;
      const u = high === null ? n + 1 : high + 1;
      expect(coverageByEnumeration(n, p, l, u)).to.be.at.least(0.9);
      if (low !== null) expect(coverageByEnumeration(n, p, 0, l + 1)).to.be.greaterThan(0.05);
      if (high !== null) expect(coverageByEnumeration(n, p, u - 1, n + 1)).to.be.greaterThan(0.05);
    }
    // Textbook: 95 % for the median of 10 is the 2nd to the 9th; p90 has no upper end before 36 samples at this confidence.
    expect(quantileIntervalRanks(10, 0.5)).to.deep.equal([1, 8]);
    expect(quantileIntervalRanks(35, 0.9)[1]).to.equal(null);
    expect(quantileIntervalRanks(36, 0.9)[1]).to.equal(35);
    const many = Array.from({ length: 2000 }, (_, i) => i);
    const { value, low, high } = quantileInterval(many, 0.99);
    expect(value).to.equal(1979);
    expect(low!).to.be.within(1968, 1975);
    expect(high!).to.be.within(1984, 1992);
  });

  it('sums the binomial distribution without underflow', () => {
    const cdf = binomialCdf(5000, 0.5);
    expect(cdf[2499]! + (cdf[2500]! - cdf[2499]!) / 2).to.be.closeTo(0.5, 1e-9);
    expect(cdf[5000]).to.be.closeTo(1, 1e-9);
  });

  it('matches the tables of the normal and Student distributions', () => {
    expect(normalQuantile(0.975)).to.be.closeTo(1.959964, 1e-6);
    const table: [number, number, number][] = [
      [0.975, 1, 12.7062],
      [0.975, 2, 4.30265],
      [0.975, 3, 3.18245],
      [0.975, 5, 2.57058],
      [0.95, 10, 1.81246],
      [0.995, 30, 2.75],
      [0.975, 120, 1.97993],
    ];
    for (const [p, degrees, t] of table) expect(studentQuantile(p, degrees)).to.be.closeTo(t, 1e-4 * t);
    expect(studentQuantile(0.025, 7)).to.be.closeTo(-studentQuantile(0.975, 7), 1e-9);
  });

  it('gives a mean its t interval', () => {
    const { value, low, high, n } = meanInterval([1, 2, 3, 4]);
    expect([value, n]).to.deep.equal([2.5, 4]);
    expect(high! - value!).to.be.closeTo(3.18245 * Math.sqrt(5 / 3 / 4), 1e-4);
    expect(value! - low!).to.be.closeTo(high! - value!, 1e-12);
    expect(meanInterval([7])).to.deep.equal({ value: 7, low: null, high: null, n: 1 });
  });

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
    expect(narrow.low).to.be.closeTo(wilson(50, 100).low!, 1e-12);
    expect(wide.high! - wide.low!).to.be.greaterThan(2 * (narrow.high! - narrow.low!));
  });

  it('bootstraps clusters the same way each time, and about as wide as theory says', () => {
    const stream = new Stream(keyOf(3, 3), 0);
    const clusters = Array.from({ length: 40 }, () => stream.below(1000));
    const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
    const settings = { replicates: 1000, seed: 1 };
    const interval = clusterBootstrap(clusters, mean, settings);
    expect(clusterBootstrap(clusters, mean, settings)).to.deep.equal(interval);
    const theory = meanInterval(clusters);
    expect((interval.high! - interval.low!) / (theory.high! - theory.low!)).to.be.within(0.85, 1.1);
    expect(clusterBootstrap([5], mean, settings)).to.deep.equal({ low: null, high: null });
  });

  it('pairs differences by seed, so that what the seeds share cancels', () => {
    const a = new Map([[1, 101], [2, 11], [3, 1001], [9, 0]]); // prettier-ignore
    const b = new Map([[1, 100], [2, 10], [3, 1000], [8, 0]]); // prettier-ignore
    expect(pairedDifference(a, b)).to.deep.equal({ value: 1, low: 1, high: 1, n: 3 });
  });

  it('ranks with ties', () => {
    expect(spearman([1, 2, 3, 4], [10, 20, 20, 40])).to.be.closeTo(0.9487, 1e-4);
    expect(spearman([1, 2, 3], [9, 5, 1])).to.be.closeTo(-1, 1e-12);
  });
});
