/** Intervals of means. */
import { expect } from 'chai';
import fc from 'fast-check';
import { studentQuantile } from '../../../scoring/statistics/distributions.js';
import { meanInterval } from '../../../scoring/statistics/means.js';

describe('means', () => {
  it('gives a mean its t interval', () => {
    const { value, low, high, n } = meanInterval([1, 2, 3, 4]);
    expect([value, n]).to.deep.equal([2.5, 4]);
    // Four fifths of the three degrees of freedom: yields have heavy tails.
    expect(high! - value!).to.be.closeTo(studentQuantile(0.975, 2.4) * Math.sqrt(5 / 3 / 4), 1e-9);
    expect(value! - low!).to.be.closeTo(high! - value!, 1e-12);
    expect(meanInterval([7])).to.deep.equal({ value: 7, low: null, high: null, n: 1 });
  });

  it('knows from the range what a sample without spread does not tell', () => {
    const range = { low: -1, high: 1 };
    const won = meanInterval([1, 1, 1, 1, 1, 1], { range });
    expect([won.value, won.high]).to.deep.equal([1, 1]);
    expect(won.low!).to.be.within(-0.2, 0.5);
    const lost = meanInterval([-1, -1, -1, -1, -1, -1], { range });
    expect(lost.high!).to.be.closeTo(-won.low!, 1e-12);
    const twenty = meanInterval(new Array<number>(20).fill(1), { range });
    expect(twenty.low!).to.be.greaterThan(won.low!);
  });

  it('never leaves the range, and is as wide in every unit', () => {
    const range = { low: 0, high: 3 };
    fc.assert(
      fc.property(fc.array(fc.double({ min: 0, max: 3, noNaN: true }), { minLength: 3, maxLength: 20 }), (values) => {
        const { value, low, high } = meanInterval(values, { range });
        expect(low!).to.be.within(0, value! + 1e-9);
        expect(high!).to.be.within(value! - 1e-9, 3);
        const thousands = meanInterval(values.map((each) => 1000 * each - 500), { range: { low: -500, high: 2500 } }); // prettier-ignore
        expect(thousands.low!).to.be.closeTo(1000 * low! - 500, 1e-3);
        expect(thousands.high!).to.be.closeTo(1000 * high! - 500, 1e-3);
      }),
    );
  });
});
