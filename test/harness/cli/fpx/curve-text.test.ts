import { expect } from 'chai';
import fc from 'fast-check';
import { assign, type Rule } from '../../../../fpx/assignment/assign.js';
import type { Format } from '../../../../fpx/formats/precision.js';
import { curvePoints, curveText, type CurvePoint } from '../../../../harness/cli/fpx/curve-text.js';
import { anyCalibration, madeCalibration, TIMES } from '../../../fpx/assignment/made-calibration.js';

const TWO: Format[] = ['fp8', 'fp4'];
const ANY = fc.oneof(
  fc.record({ rule: fc.constant('gamma' as const), gamma: fc.double({ min: 0, max: 1, noNaN: true }) }),
  fc.record({ rule: fc.constantFrom('greedy', 'knapsack'), budget: fc.constant('bits'), most: fc.double({ min: 4.6, max: 9, noNaN: true }) }),
) as fc.Arbitrary<Rule>; // prettier-ignore

describe('the curve as a table', () => {
  it('always has its ends and one chosen map, on the curve or beside a better one', () => {
    fc.assert(
      fc.property(anyCalibration, ANY, fc.integer({ min: 0, max: 6 }), (calibration, rule, most) => {
        const assignment = assign(calibration, rule, TWO, 'error');
        const { front, onFront } = assignment;
        const points = curvePoints(calibration, assignment, 'error', most);
        const curve = points.filter((point) => point.onCurve);
        expect(curve).to.have.length.at.most(most === 0 ? front.length : Math.min(front.length, most + 2));
        const at = points.findIndex(({ chosen }) => chosen);
        expect(points.filter(({ chosen }) => chosen)).to.have.length(1);
        expect(points[at]!.onCurve).to.equal(onFront);
        expect([curve[0]!.cost, curve.at(-1)!.cost]).to.deep.equal([front.costs[0]! / 1e9, front.costs[front.length - 1]! / 1e9]);
        if (onFront) return;
        const better = points[at - 1]!;
        expect(better.bitsPerWeight).to.be.at.most(points[at]!.bitsPerWeight);
        expect(better.cost).to.be.at.most(points[at]!.cost);
        expect(better.cost < points[at]!.cost || better.bitsPerWeight < points[at]!.bitsPerWeight).to.equal(true);
      }),
    );
  });

  it('shows what is limited first, and times only where there are any', () => {
    const head = (budget: 'bits' | 'latency', times?: typeof TIMES) => {
      const calibration = madeCalibration(1, () => ({}), times);
      const points: CurvePoint[] = curvePoints(calibration, assign(calibration, { rule: 'gamma', gamma: 0 }, TWO, 'nats'), 'nats', 0);
      return curveText(points, budget, 'nats', 80).split('\n')[0]!.trim().split(/ {2,}/);
    };
    expect(head('bits')).to.deep.equal(['bits', 'nats', 'FP4 layers', 'FP4 weights', 'format']);
    expect(head('bits', TIMES).slice(0, 3)).to.deep.equal(['bits', 'ms', 'nats']);
    expect(head('latency', TIMES).slice(0, 3)).to.deep.equal(['ms', 'bits', 'nats']);
  });
});
