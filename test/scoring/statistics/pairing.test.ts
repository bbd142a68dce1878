/** Paired comparison. */
import { expect } from 'chai';
import { pairedDifference } from '../../../scoring/statistics/pairing.js';

describe('pairing', () => {
  it('pairs differences by seed, so that what the seeds share cancels', () => {
    const a = new Map([[1, 101], [2, 11], [3, 1001], [9, 0]]); // prettier-ignore
    const b = new Map([[1, 100], [2, 10], [3, 1000], [8, 0]]); // prettier-ignore
    expect(pairedDifference(a, b)).to.deep.equal({ value: 1, low: 1, high: 1, n: 3 });
  });
});
