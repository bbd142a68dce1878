/** Quantiles of distributions against published tables. */
import { expect } from 'chai';
import { normalQuantile, studentQuantile } from '../../../scoring/statistics/distributions.js';

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

  it('refuses what has no quantile', () => {
    expect(() => studentQuantile(0.975, 0)).to.throw(RangeError, 'degrees');
    expect(() => normalQuantile(1)).to.throw(RangeError, 'quantile at 1');
  });
});
