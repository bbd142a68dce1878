import { expect } from 'chai';
import fc from 'fast-check';
import { assign, costOf, takenOf } from '../../../fpx/assignment/assign.js';
import { AssignmentError } from '../../../fpx/assignment/options.js';
import { predict } from '../../../fpx/assignment/prediction.js';
import { summarizePrecision, type Format } from '../../../fpx/formats/precision.js';
import { anyCalibration, everyAssignment, madeCalibration, TIMES } from './made-calibration.js';

const TWO: Format[] = ['fp8', 'fp4'];

describe('an assignment', () => {
  it('under bits a weight is the one that predicts the least cost of all that keep them', () => {
    fc.assert(
      fc.property(anyCalibration, fc.double({ min: 4.6, max: 9, noNaN: true }), fc.constantFrom('nats', 'error'), (calibration, most, by) => {
        const measure = by as 'nats';
        const { formats, onFront } = assign(calibration, { rule: 'knapsack', budget: 'bits', most }, TWO, measure);
        const chosen = predict(calibration, formats, measure);
        expect(onFront).to.equal(true);
        expect(chosen.bitsPerWeight).to.be.at.most(most + 1e-9);
        const all = everyAssignment(calibration.units.length, TWO).map((each) => predict(calibration, each, measure));
        const least = Math.min(...all.filter(({ bitsPerWeight }) => bitsPerWeight <= most).map(({ cost }) => cost));
        expect(chosen.cost).to.be.closeTo(least, 1e-9);
      }),
      { numRuns: 20 },
    ); // prettier-ignore
  });

  it('under a latency keeps it, fixed part included', () => {
    const calibration = madeCalibration(2, (layer, _unit, format) => ({ nats: format === 'fp8' ? 0.001 : 0.01 * (layer + 1) }), TIMES);
    // Two layers of (200 + 400 + 600 + 800) us in FP8 and a fixed ms: 5 ms; in FP4 4 ms.
    const at = (most: number) => predict(calibration, assign(calibration, { rule: 'knapsack', budget: 'latency', most }, TWO, 'nats').formats, 'nats');
    expect(at(5).label).to.equal('fp8');
    expect(at(5).latencyUs).to.equal(5000);
    expect(at(4)).to.deep.include({ label: 'fp4', latencyUs: 4000 });
    // 0.4 ms to save: down's and gate_up's 200 and 150 us of the first layer and 50 us more, FP4 costing half as much there.
    const between = at(4.6);
    expect(between.latencyUs).to.be.at.most(4600);
    expect(between.cost).to.be.closeTo(5 * 0.001 + 3 * 0.01, 1e-12);
  }); // prettier-ignore

  it('tells the least that is accepted, and accepts it', () => {
    const calibration = madeCalibration(3, () => ({ nats: 1 }), TIMES);
    for (const budget of ['bits', 'latency'] as const) {
      const choose = (most: number) => assign(calibration, { rule: 'greedy', budget, most }, TWO, 'nats');
      let told = '';
      try {
        choose(1);
      } catch (error) {
        expect(error).to.be.instanceOf(AssignmentError);
        told = (error as Error).message;
      }
      expect(told).to.match(/^1 (bits a weight|ms): fp8, fp4 take more than that; accepted: from [\d.]+$/);
      const least = Number(/from ([\d.]+)$/.exec(told)![1]);
      expect(new Set(choose(least).formats)).to.deep.equal(new Set(['fp4']));
      expect(() => choose(least - 0.002)).to.throw(AssignmentError);
    }
  });

  it('by the published rule is set against the curve', () => {
    // The published rule looks at errors alone; here the unit with the smallest error is the one that costs the most nats.
    const calibration = madeCalibration(1, (_layer, unit, format) =>
      format === 'fp8' ? {} : { error: { down: 0.1, qkv: 0.2, o: 0.3, gate_up: 0.4 }[unit], nats: { down: 5, qkv: 0.1, o: 0.1, gate_up: 0.1 }[unit] },
    );
    const { formats, onFront, front, point } = assign(calibration, { rule: 'gamma', gamma: 1 / 7 }, TWO, 'nats');
    expect(formats).to.deep.equal(['fp8', 'fp8', 'fp8', 'fp4']);
    expect(onFront).to.equal(false);
    // gate_up in FP4 instead saves more and costs 0.1.
    expect(costOf(front.costs[point]!)).to.equal(0.1);
    expect(assign(calibration, { rule: 'gamma', gamma: 1 }, ['fp4-tensor', 'fp8'], 'nats').formats).to.deep.equal(Array(4).fill('fp4-tensor'));
    for (const refused of [['fp8'], ['fp4', 'fp4-tensor'], ['bf16', 'fp4'], ['bf16', 'fp8', 'fp4']] as Format[][])
      expect(() => assign(calibration, { rule: 'gamma', gamma: 0.5 }, refused, 'nats')).to.throw(AssignmentError, 'accepted: fp8,fp4 or fp8,fp4-tensor');
  }); // prettier-ignore

  it("has the figures of the map's own summary and of the curve's point", () => {
    fc.assert(
      fc.property(anyCalibration, fc.nat(), (calibration, n) => {
        for (const budget of ['bits', 'latency'] as const) {
          const { front } = assign(calibration, { rule: 'knapsack', budget, most: 1e6 }, ['bf16', ...TWO], 'nats');
          const i = n % front.length;
          const { map, cost, bitsPerWeight, latencyUs } = predict(calibration, front.formatsAt(i), 'nats');
          expect(cost).to.equal(costOf(front.costs[i]!));
          const taken = takenOf(calibration, budget, front.takes[i]!);
          expect(taken).to.be.closeTo(budget === 'bits' ? bitsPerWeight : latencyUs! / 1000, 1e-9);
          expect(bitsPerWeight).to.equal(summarizePrecision(map, calibration.model.shape).bitsPerWeight);
        }
      }),
      { numRuns: 30 },
    );
  });

  it('bounds the standard error of its nats by the sum over units', () => {
    const calibration = madeCalibration(1, (_layer, _unit, format) => ({ nats: 0.1, natsError: format === 'fp8' ? 0.01 : 0.04 }));
    expect(predict(calibration, ['fp8', 'fp4', 'bf16', 'fp8'], 'nats').costError).to.be.closeTo(0.06, 1e-12);
    expect(predict(calibration, ['fp8', 'fp4', 'bf16', 'fp8'], 'error')).not.to.have.property('costError');
  });
});
