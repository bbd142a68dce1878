/** The bootstrap over matches. */
import { expect } from 'chai';
import { keyOf, Stream } from '../../../envs/random.js';
import { clusterBootstrap } from '../../../scoring/statistics/bootstrap.js';
import { meanInterval } from '../../../scoring/statistics/means.js';

describe('bootstrap', () => {
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
});
