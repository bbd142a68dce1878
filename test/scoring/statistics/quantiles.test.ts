/** Quantiles against their definition. */
import { expect } from 'chai';
import fc from 'fast-check';
import { quantile } from '../../../scoring/statistics/quantiles.js';

describe('quantiles', () => {
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
});
