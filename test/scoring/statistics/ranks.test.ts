/** Rank correlation. */
import { expect } from 'chai';
import { spearman } from '../../../scoring/statistics/ranks.js';

describe('ranks', () => {
  it('ranks with ties', () => {
    expect(spearman([1, 2, 3, 4], [10, 20, 20, 40])).to.be.closeTo(0.9487, 1e-4);
    expect(spearman([1, 2, 3], [9, 5, 1])).to.be.closeTo(-1, 1e-12);
  });
});
