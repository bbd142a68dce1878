/** Precisions of a size as one, where they answer alike. */
import { expect } from 'chai';
import { agreement, latencyRatio, poolDifference, pooled, type Poolable } from '../../../scoring/figures/pooling.js';

const member = (name: string, quality: number, answers: (string | null)[], rewards: [number, number][]): Poolable => ({
  name,
  answers,
  rewards: new Map(rewards),
  patient: [1, 2, 3, 4].map((i) => ({ numerator: 10 * quality + (i % 2), denominator: 10 })),
  probes: [1, 2, 3, 4].map((i) => ({ numerator: 20 * quality - (i % 2), denominator: 20 })),
});
const seeds = (rewards: number[]): [number, number][] => rewards.map((reward, i) => [i, reward]);

describe('pooling of precisions', () => {
  it('goes by the least agreement of any two, and by none where they were not asked the same', () => {
    const answers = (text: string) => ({ answers: [...text].map((each) => (each === '-' ? null : each)) });
    expect(agreement([answers('aab-'), answers('aab-'), answers('aac-')])).to.equal(0.75);
    expect(agreement([answers('a')])).to.equal(1);
    expect(agreement([answers('aa'), answers('a')])).to.equal(undefined);
    expect(agreement([answers(''), answers('')])).to.equal(undefined);
  });

  it('plays the seeds that all have, by their mean, and compares in pairs', () => {
    const small = pooled([member('a', 0.4, ['x'], seeds([1, 3, 5, 7])), member('b', 0.6, ['x'], [...seeds([3, 5, 7]), [9, 99]])]);
    expect([...small.rewards]).to.deep.equal(seeds([2, 4, 6]));
    const large = pooled([member('c', 0.9, ['y'], seeds([4, 6.5, 7.5, 9]))]);
    const { reward, patient, probes } = poolDifference(large, small);
    expect(reward.value).to.be.closeTo(2, 1e-9);
    expect(reward.n).to.equal(3);
    expect(patient.value).to.be.closeTo(0.4, 1e-9);
    expect(probes.value).to.be.closeTo(0.4, 1e-9);
    // Who did not play the same is not compared.
    expect(poolDifference(large, { ...small, patient: small.patient.slice(1) }).patient.value).to.equal(null);
  });

  it('tells how many times as late one is as another, over the seeds of both', () => {
    const parts = (latencies: number[]) => latencies.map((latency, seed) => ({ seed, numerator: latency * 10, denominator: 10 }));
    const ratio = latencyRatio(parts([50, 60, 70, 80]), [...parts([100, 120, 140, 160]), { seed: 9, numerator: 1, denominator: 0 }]);
    expect(ratio).to.include({ value: 0.5, n: 4 });
    expect([ratio.low, ratio.high]).to.deep.equal([0.5, 0.5]);
  });
});
