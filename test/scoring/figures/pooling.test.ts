/** Precisions of a size as one, where they answer alike. */
import { expect } from 'chai';
import fc from 'fast-check';
import { agreement, alike, latencyRatio, poolDifference, pooled, type Poolable } from '../../../scoring/figures/pooling.js';

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

  it('leaves out who agrees least, one after another, until any two of the rest answer alike', () => {
    const base = 'a'.repeat(40);
    const other = (name: string, ...places: number[]) => ({ name, answers: [...base].map((each, i) => (places.includes(i) ? 'b' : each)) });
    const names = (...members: ReturnType<typeof other>[]) => alike(members).map(({ name }) => name);
    expect(names(other('fp4', 1, 2, 3), other('map'), other('fp8', 5))).to.deep.equal(['map', 'fp8']);
    expect(names(other('fp4', 1), other('map'), other('fp8', 5))).to.deep.equal(['fp4', 'map', 'fp8']);
    expect(names(other('fp4', 1, 2, 3), other('fp8')), 'no two do: the first').to.deep.equal(['fp4']);
    expect(names(other('a', 1, 2, 3), other('b', 1, 2, 3), other('c', 7, 8), other('d', 7, 8, 9)), 'of two pairs the one that agrees more').to.deep.equal(['a', 'b']); // prettier-ignore
    expect(alike([{ answers: ['a', 'b'] }, { answers: ['a'] }]), 'not asked the same').to.have.length(1);
    fc.assert(
      fc.property(fc.array(fc.array(fc.nat(39), { maxLength: 6 }), { minLength: 1, maxLength: 5 }), (all) => {
        const members = all.map((places, i) => other(String(i), ...places));
        const kept = alike(members);
        expect(kept.length).to.be.at.least(1);
        if (kept.length > 1) expect(agreement(kept)).to.be.at.least(0.95);
        else expect(kept).to.deep.equal([members[0]]);
        if (agreement(members)! >= 0.95) expect(kept).to.deep.equal(members);
      }),
    );
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
