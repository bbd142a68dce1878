import { expect } from 'chai';
import fc from 'fast-check';
import { addRow, leastSquaresFromZero, noSums, rankOf, type NormalSums } from '../../../fpx/sensitivity/non-negative.js';

const value = fc.double({ min: -5, max: 5, noNaN: true }).map((x) => Math.round(x * 100) / 100);

/** Rows of so many columns with what was measured last. */
const rowsOf = (columns: number) => fc.array(fc.array(value, { minLength: columns + 1, maxLength: columns + 1 }), { minLength: 6, maxLength: 12 }); // prettier-ignore

function sumsOf(rows: readonly number[][]): NormalSums {
  const sums = noSums(rows[0]!.length - 1);
  for (const row of rows) addRow(sums, row.slice(0, -1), row.at(-1)!);
  return sums;
}

function squares(rows: readonly number[][], solution: readonly number[]): number {
  return rows.reduce((sum, row) => sum + (row.at(-1)! - solution.reduce((all, each, i) => all + each * row[i]!, 0)) ** 2, 0);
}

/** The least that any non-negative solution leaves, by walking down from many places: slow and obvious. */
function walked(rows: readonly number[][], columns: number): number {
  const { gram, moments } = sumsOf(rows);
  const solution = new Array<number>(columns).fill(0);
  for (let sweep = 0; sweep < 20_000; sweep++)
    for (let i = 0; i < columns; i++) {
      if (gram[i]![i]! === 0) continue;
      const rest = gram[i]!.reduce((sum, each, j) => (j === i ? sum : sum + each * solution[j]!), 0);
      solution[i] = Math.max(0, (moments[i]! - rest) / gram[i]![i]!);
    }
  return squares(rows, solution);
}

describe('least squares from zero', () => {
  it('leave no more than going down coordinate by coordinate, and no coefficient is below 0', () => {
    const cases = fc.integer({ min: 1, max: 4 }).chain(rowsOf);
    fc.assert(
      fc.property(cases, (rows) => {
        const columns = rows[0]!.length - 1;
        const solution = leastSquaresFromZero(sumsOf(rows));
        expect(Math.min(...solution)).to.be.at.least(0);
        expect(squares(rows, solution)).to.be.at.most(walked(rows, columns) + 1e-6);
      }),
      { numRuns: 60 },
    );
  });

  it('find what rows were made of, and stay finite where columns are mixes of each other', () => {
    fc.assert(
      fc.property(rowsOf(3), fc.array(fc.integer({ min: 0, max: 9 }), { minLength: 3, maxLength: 3 }), (rows, truth) => {
        const made = rows.map((row) => [...row.slice(0, 3), truth.reduce((sum, each, i) => sum + each * row[i]!, 0)]);
        fc.pre(rankOf(sumsOf(made)) === 3);
        expect(squares(made, leastSquaresFromZero(sumsOf(made)))).to.be.closeTo(0, 1e-6);
        const doubled = made.map((row) => [row[0]!, row[0]! * 2, row[1]!, row[2]!, row[3]!]);
        expect(rankOf(sumsOf(doubled))).to.equal(3);
        expect(squares(doubled, leastSquaresFromZero(sumsOf(doubled)))).to.be.closeTo(0, 1e-6);
      }),
      { numRuns: 60 },
    );
  });

  it('forget a row that is taken off again', () => {
    fc.assert(
      fc.property(rowsOf(2), (rows) => {
        const sums = sumsOf(rows);
        addRow(sums, rows[0]!.slice(0, -1), rows[0]!.at(-1)!, -1);
        const without = sumsOf(rows.slice(1));
        sums.gram.flat().forEach((each, i) => expect(each).to.be.closeTo(without.gram.flat()[i]!, 1e-9));
        sums.moments.forEach((each, i) => expect(each).to.be.closeTo(without.moments[i]!, 1e-9));
      }),
    );
  });
});
