/** Quantiles and tails of distributions against published tables. */
import { expect } from 'chai';
import fc from 'fast-check';
import {
  binomialChance,
  chiSquaredTail,
  normalQuantile,
  studentizedRangeQuantile,
  studentQuantile,
} from '../../../scoring/statistics/distributions.js';

describe('distributions', () => {
  it('matches the tables of the normal and Student distributions', () => {
    expect(normalQuantile(0.975)).to.be.closeTo(1.959964, 1e-6);
    const table: [number, number, number][] = [
      [0.975, 1, 12.7062],
      [0.975, 2, 4.30265],
      [0.975, 3, 3.18245],
      [0.975, 5, 2.57058],
      [0.95, 10, 1.81246],
      [0.995, 30, 2.75],
      [0.975, 120, 1.97993],
    ];
    for (const [p, degrees, t] of table) expect(studentQuantile(p, degrees)).to.be.closeTo(t, 1e-4 * t);
    // Degrees of freedom need not be whole; tails as far out as many comparisons at once need.
    expect(studentQuantile(0.975, 1.7)).to.be.closeTo(5.11884, 1e-4);
    expect(studentQuantile(0.9999, 1)).to.be.closeTo(3183.1, 0.05);
    expect(studentQuantile(0.025, 7)).to.be.closeTo(-studentQuantile(0.975, 7), 1e-9);
  });

  it('matches the tables of the studentised range, of chi-squared and of the binomial', () => {
    const range: [number, number, number, number][] = [
      [0.95, 2, 5, 3.635],
      [0.95, 3, 10, 3.877],
      [0.95, 10, 20, 5.008],
      [0.99, 5, 30, 5.048],
      [0.95, 4, Infinity, 3.633],
    ];
    for (const [p, means, degrees, q] of range) expect(studentizedRangeQuantile(p, means, degrees)).to.be.closeTo(q, 1e-3);
    expect(chiSquaredTail(3.8415, 1)).to.be.closeTo(0.05, 1e-5);
    expect(chiSquaredTail(18.307, 10)).to.be.closeTo(0.05, 1e-5);
    expect(chiSquaredTail(-1, 3)).to.equal(1);
    expect(binomialChance(5, 10, 0.5)).to.be.closeTo(252 / 1024, 1e-12);
    expect(binomialChance(0, 4, 0)).to.equal(1);
  });

  it('the chances of all counts of successes sum to one', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 300 }), fc.double({ min: 0, max: 1, noNaN: true }), (trials, chance) => {
        let sum = 0;
        for (let k = 0; k <= trials; k++) sum += binomialChance(k, trials, chance);
        expect(sum).to.be.closeTo(1, 1e-9);
      }),
    );
  });

  it('refuses what has no quantile', () => {
    expect(() => studentQuantile(0.975, 0)).to.throw(RangeError, 'degrees');
    expect(() => normalQuantile(1)).to.throw(RangeError, 'quantile at 1');
    expect(() => studentizedRangeQuantile(0.95, 1, 10)).to.throw(RangeError, 'studentised range of 1');
    expect(() => binomialChance(1, 2, NaN)).to.throw(RangeError, 'binomial');
  });
});
