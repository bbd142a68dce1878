/** Intervals of means. */
import { expect } from 'chai';
import { meanInterval } from '../../../scoring/statistics/means.js';

describe('means', () => {
  it('gives a mean its t interval', () => {
    const { value, low, high, n } = meanInterval([1, 2, 3, 4]);
    expect([value, n]).to.deep.equal([2.5, 4]);
    expect(high! - value!).to.be.closeTo(3.18245 * Math.sqrt(5 / 3 / 4), 1e-4);
    expect(value! - low!).to.be.closeTo(high! - value!, 1e-12);
    expect(meanInterval([7])).to.deep.equal({ value: 7, low: null, high: null, n: 1 });
  });
});
