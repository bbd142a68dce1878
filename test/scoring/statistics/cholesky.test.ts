/** Positive definite systems against the definition of what was solved. */
import { expect } from 'chai';
import fc from 'fast-check';
import { choleskyFactor, inverseFactored, product, solveFactored, zeros, type SquareMatrix } from '../../../scoring/statistics/cholesky.js';

/** B B' + 1 of any B is positive definite. */
const definite = fc.integer({ min: 1, max: 6 }).chain((size) =>
  fc.array(fc.integer({ min: -20, max: 20 }), { minLength: size * size, maxLength: size * size }).map((cells): SquareMatrix => {
    const [b, transposed] = [zeros(size), zeros(size)];
    cells.forEach((cell, i) => {
      b.values[i] = cell / 5;
      transposed.values[(i % size) * size + Math.floor(i / size)] = cell / 5;
    });
    const square = product(b, transposed);
    for (let i = 0; i < size; i++) square.values[i * size + i]! += 1;
    return square;
  }),
);

describe('cholesky', () => {
  it('property: a solution solves, and an inverse is one', () => {
    fc.assert(
      fc.property(definite, (matrix) => {
        const { size, values } = matrix;
        const factor = choleskyFactor(matrix)!;
        const right = Array.from({ length: size }, (_, i) => i - 1.5);
        const x = solveFactored(factor, right);
        for (let i = 0; i < size; i++) {
          const sum = Array.from({ length: size }, (_, j) => values[i * size + j]! * x[j]!).reduce((a, b) => a + b, 0);
          expect(sum).to.be.closeTo(right[i]!, 1e-6);
        }
        const unit = product(matrix, inverseFactored(factor));
        for (let i = 0; i < size; i++)
          for (let j = 0; j < size; j++) expect(unit.values[i * size + j]).to.be.closeTo(i === j ? 1 : 0, 1e-6);
      }),
    );
  });

  it('what is not positive definite has no factor', () => {
    expect(choleskyFactor({ size: 2, values: Float64Array.of(1, 2, 2, 1) })).to.equal(undefined);
    expect(choleskyFactor({ size: 2, values: Float64Array.of(1, 1, 1, 1) })).to.equal(undefined);
  });
});
