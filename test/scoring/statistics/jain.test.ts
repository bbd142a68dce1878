/** Jain's index: how evenly something was shared out. */
import { expect } from 'chai';
import fc from 'fast-check';
import { jainIndex } from '../../../scoring/statistics/jain.js';

const got = fc.array(fc.integer({ min: 0, max: 1_000_000 }), { minLength: 1, maxLength: 20 }).filter((each) => each.some((x) => x > 0));

describe("Jain's index", () => {
  it('is 1 where all got the same, k of n where k of n share everything evenly, and nothing where nothing was shared', () => {
    expect(jainIndex([7, 7, 7])).to.equal(1);
    expect(jainIndex([5, 5, 0, 0])).to.equal(0.5);
    expect(jainIndex([3, 1])).to.equal(0.8); // 16 / (2 * 10)
    expect(jainIndex([0, 0])).to.equal(null);
    expect(jainIndex([])).to.equal(null);
  });

  it('lies between one over their number and 1, whatever the unit and the order', () => {
    fc.assert(
      fc.property(got, fc.integer({ min: 1, max: 1000 }), (each, unit) => {
        const index = jainIndex(each)!;
        expect(index).to.be.within(1 / each.length - 1e-12, 1 + 1e-12);
        expect(jainIndex([...each].reverse().map((x) => x * unit))).to.be.closeTo(index, 1e-12);
      }),
    );
  });
});
