/** Comparisons of configurations: in pairs over seeds, and told as real no more often than they should be. */
import { expect } from 'chai';
import fc from 'fast-check';
import { keyOf, Stream } from '../../../envs/random.js';
import { hft } from '../../../envs/hft/task.js';
import { compareAll, holm, pOf, type Comparable } from '../../../scoring/figures/comparison.js';
import { studentQuantile } from '../../../scoring/statistics/distributions.js';
import { differenceInterval } from '../../../scoring/statistics/pairing.js';
import { recordedMatch } from '../reward/match-record.js';
import { normal } from '../statistics/coverage.js';

const member = (name: string, rewards: Record<number, number>, more: Partial<Comparable> = {}): Comparable => ({
  name,
  matches: Object.entries(rewards).map(([seed, reward]) => recordedMatch(Number(seed), reward, undefined)),
  ...more,
});

describe('scoring: comparisons', () => {
  it('are made on the seeds that both played, and tell who else played what', () => {
    const [found] = compareAll(hft, [
      member('a', { 1: 30_000, 2: 50_000, 3: 40_000, 9: 900_000 }),
      member('b', { 1: 10_000, 2: 20_000, 3: 30_000, 7: 0 }),
    ]);
    const reward = found!.figures.find(({ figure }) => figure === 'reward')!;
    expect(reward.difference).to.deep.equal(differenceInterval([2, 3, 1]));
    expect(found!.seeds).to.deep.equal({ both: 3, onlyFirst: [9], onlySecond: [7] });
    const latency = found!.figures.find(({ figure }) => figure === 'latency')!;
    expect(latency.difference.value).to.equal(0);
    expect(latency).to.include({ p: 1, real: false });
  });

  it('quality is compared by situation where both answered the same states, and nowhere else', () => {
    const parts = (numerators: number[]) => numerators.map((numerator) => ({ numerator, denominator: 10 }));
    const [a, b] = [
      new Map([
        ['all', parts([9, 8, 9, 7])],
        ['news', parts([5, 5, 6])],
      ]),
      new Map([
        ['all', parts([3, 2, 4, 1])],
        ['news', parts([5, 5])],
      ]),
    ];
    const names = compareAll(hft, [member('a', { 1: 0 }, { probes: a }), member('b', { 1: 0 }, { probes: b })])[0]!.figures;
    expect(names.find(({ figure }) => figure === 'quality')!.difference.value).to.be.closeTo(23 / 40, 1e-12);
    expect(names.map(({ figure }) => figure)).to.not.include('quality: news');
  });

  it("a figure's p is that of the t test that its interval comes from", () => {
    const interval = (confidence: number) => {
      const half = studentQuantile((1 + confidence) / 2, 7);
      return { value: 2.1, low: 2.1 - half, high: 2.1 + half, n: 8 };
    };
    // Two-sided: of t = 2.1 with 7 degrees of freedom.
    expect(pOf(interval)!).to.be.closeTo(0.0739, 1e-4);
    expect(pOf(() => ({ value: 1, low: null, high: null, n: 2 }))).to.equal(null);
    expect(pOf(() => ({ value: 0, low: 0, high: 0, n: 5 }))).to.equal(1);
  });

  it("property: Holm's are what his steps say", () => {
    fc.assert(
      fc.property(fc.array(fc.option(fc.double({ min: 0, max: 1, noNaN: true })), { maxLength: 8 }), (values) => {
        const sorted = values.filter((p) => p !== null).sort((a, b) => a - b);
        holm(values).forEach((found, i) => {
          const own = values[i]!;
          if (own === null) return expect(found).to.equal(null);
          const upTo = sorted.slice(0, sorted.lastIndexOf(own) + 1).map((p, k) => (sorted.length - k) * p);
          expect(found).to.be.closeTo(Math.min(1, Math.max(...upTo)), 1e-12);
        });
      }),
    );
  });

  it('of many equals hardly any is called real', () => {
    const stream = new Stream(keyOf(4, 0xc0), 0);
    let wrong = 0;
    for (let trial = 0; trial < 100; trial++) {
      const members = [0, 1, 2, 3].map((i) =>
        member(`m${i}`, Object.fromEntries(Array.from({ length: 8 }, (_, seed) => [seed, Math.round(10_000 * normal(stream))]))),
      );
      if (compareAll(hft, members).some(({ figures }) => figures.some(({ figure, real }) => figure === 'reward' && real))) wrong++;
    }
    expect(wrong).to.be.at.most(11);
  });
});
