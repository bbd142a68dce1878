import { expect } from 'chai';
import fc from 'fast-check';
import { frontOf } from '../../../fpx/assignment/front.js';
import { assignGreedily } from '../../../fpx/assignment/greedy.js';
import { BUDGETS, optionsOf, type Option } from '../../../fpx/assignment/options.js';
import { anyCalibration } from './made-calibration.js';

/** A unit that may be held in FP8 or FP4. */
const unit = (fp8: [takes: number, cost: number], fp4: [takes: number, cost: number]): Option[] => [
  { format: 'fp8', takes: fp8[0], cost: fp8[1] },
  { format: 'fp4', takes: fp4[0], cost: fp4[1] },
];

describe('cost per byte', () => {
  it('takes the step that costs least for what it saves', () => {
    const units = [unit([80, 0], [40, 8]), unit([8, 0], [4, 1]), unit([16, 0], [8, 1])];
    expect(assignGreedily(units, 104)).to.deep.equal(['fp8', 'fp8', 'fp8']);
    expect(assignGreedily(units, 103)).to.deep.equal(['fp8', 'fp8', 'fp4']);
    expect(assignGreedily(units, 95)).to.deep.equal(['fp4', 'fp8', 'fp4']);
    expect(assignGreedily(units, 52)).to.deep.equal(['fp4', 'fp4', 'fp4']);
    expect(assignGreedily(units, 51)).to.equal(undefined);
  });

  it('keeps any budget that can be kept, and is never below the curve', () => {
    fc.assert(
      fc.property(anyCalibration, fc.constantFrom(...BUDGETS), fc.double({ min: 0, max: 1, noNaN: true }), (calibration, budget, share) => {
        const units = optionsOf(calibration, ['bf16', 'fp8', 'fp4'], 'nats', budget);
        const front = frontOf(units);
        const [first, last] = [front.takes[0]!, front.takes[front.length - 1]!];
        const limit = Math.floor(first + share * (last - first));
        const formats = assignGreedily(units, limit)!;
        const chosen = units.map((options, i) => options.find(({ format }) => format === formats[i])!);
        expect(chosen.reduce((sum, { takes }) => sum + takes, 0)).to.be.at.most(limit);
        expect(chosen.reduce((sum, { cost }) => sum + cost, 0)).to.be.at.least(front.costs[front.within(limit)!]!);
        expect(assignGreedily(units, first - 1)).to.equal(undefined);
      }),
    );
  });
});
