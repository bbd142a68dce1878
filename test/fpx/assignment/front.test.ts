import { expect } from 'chai';
import fc from 'fast-check';
import { frontOf } from '../../../fpx/assignment/front.js';
import { AssignmentError, BUDGETS, MEASURES, optionsOf, type Option } from '../../../fpx/assignment/options.js';
import type { Format } from '../../../fpx/formats/precision.js';
import { anyCalibration, everyAssignment, madeCalibration, TIMES } from './made-calibration.js';

const TWO: Format[] = ['fp8', 'fp4'];

/** Sums of an assignment. */
function sums(units: readonly Option[][], formats: readonly Format[]): { takes: number; cost: number } {
  const options = units.map((each, i) => each.find(({ format }) => format === formats[i])!);
  return { takes: options.reduce((all, each) => all + each.takes, 0), cost: options.reduce((all, each) => all + each.cost, 0) };
}

describe('the curve of choices', () => {
  it('is what trying every assignment finds, whatever the costs, the budget and the formats', () => {
    const formats = fc.constantFrom<Format[]>(TWO, ['bf16', 'fp8'], ['fp8', 'fp4-tensor'], ['fp4']);
    fc.assert(
      fc.property(anyCalibration, formats, fc.constantFrom(...MEASURES), fc.constantFrom(...BUDGETS), (calibration, kinds, by, budget) => {
        const units = optionsOf(calibration, kinds, by, budget);
        const all = everyAssignment(units.length, kinds).map((each) => sums(units, each));
        all.sort((a, b) => a.takes - b.takes || a.cost - b.cost);
        const best = all.filter((each, i) => all.slice(0, i).every((before) => before.cost > each.cost));
        const front = frontOf(units);
        expect([...front.takes].map((takes, i) => ({ takes, cost: front.costs[i] }))).to.deep.equal(best);
      }),
      { numRuns: 60 },
    );
  });

  it('is that with three and four formats too', () => {
    fc.assert(
      fc.property(anyCalibration, fc.constantFrom(...BUDGETS), fc.constantFrom<Format[]>(['bf16', ...TWO], ['bf16', ...TWO, 'fp4-tensor']), (calibration, budget, kinds) => {
        const units = optionsOf(calibration, kinds, 'nats', budget).slice(0, 4);
        const all = everyAssignment(4, kinds).map((each) => sums(units, each));
        const front = frontOf(units);
        for (let i = 0; i < front.length; i++) {
          const within = all.filter(({ takes }) => takes <= front.takes[i]!);
          expect(front.costs[i]).to.equal(Math.min(...within.map(({ cost }) => cost)));
        }
        expect(front.takes[0]).to.equal(Math.min(...all.map(({ takes }) => takes)));
        expect(front.costs[front.length - 1]).to.equal(Math.min(...all.map(({ cost }) => cost)));
      }),
      { numRuns: 40 },
    ); // prettier-ignore
  });

  it('gives at every point the formats that take and cost what it says', () => {
    fc.assert(
      fc.property(anyCalibration, (calibration) => {
        const units = optionsOf(calibration, ['bf16', ...TWO], 'error', 'bits');
        const front = frontOf(units);
        for (let i = 0; i < front.length; i++)
          expect(sums(units, front.formatsAt(i))).to.deep.equal({ takes: front.takes[i], cost: front.costs[i] });
      }),
      { numRuns: 40 },
    );
  });

  it('rises in what is taken and falls in cost, strictly', () => {
    const calibration = madeCalibration(4, (layer, _unit, format) => ({ nats: (format === 'fp8' ? 0.001 : 0.01) * (layer + 1) }));
    const { takes, costs, length } = frontOf(optionsOf(calibration, ['bf16', ...TWO], 'nats', 'bits'));
    expect(length).to.be.greaterThan(20);
    for (let i = 1; i < length; i++) {
      expect(takes[i]).to.be.greaterThan(takes[i - 1]!);
      expect(costs[i]).to.be.lessThan(costs[i - 1]!);
    }
  });

  it('finds the dearest point within a budget', () => {
    const front = frontOf([[{ format: 'fp8', takes: 8, cost: 1 }, { format: 'fp4', takes: 4, cost: 5 }]]); // prettier-ignore
    expect([3, 4, 7.9, 8, 99].map((budget) => front.within(budget))).to.deep.equal([undefined, 0, 0, 1, 1]);
  });

  it('counts nats and quality below 0 as nothing, and BF16 as nothing', () => {
    const better = madeCalibration(1, () => ({ nats: -1, quality: -1, error: 0.5 }));
    for (const [measure, cost] of [['nats', 0], ['quality', 0], ['error', 5e8]] as const)
      expect(optionsOf(better, ['bf16', 'fp4'], measure, 'bits').map((each) => each.map((option) => option.cost))).to.deep.equal(
        Array.from({ length: 4 }, () => [0, cost]),
      ); // prettier-ignore
  });

  it('says what a calibration lacks', () => {
    const bare = madeCalibration(1, () => ({}));
    expect(() => optionsOf(bare, TWO, 'nats', 'latency')).to.throw(AssignmentError, 'the calibration has no times');
    expect(() => optionsOf(bare, TWO, 'quality', 'bits')).to.throw(AssignmentError, 'no quality for layer 0, qkv in fp8; accepted: nats or error');
    expect(optionsOf(madeCalibration(1, () => ({}), TIMES), TWO, 'nats', 'latency')[3]!.map(({ takes }) => takes)).to.deep.equal([800_000, 600_000]);
  }); // prettier-ignore
});
