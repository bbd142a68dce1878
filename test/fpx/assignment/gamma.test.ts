import { expect } from 'chai';
import fc from 'fast-check';
import { assignByGamma } from '../../../fpx/assignment/gamma.js';
import { smallestMap } from '../../../fpx/assignment/smallest-map.js';
import { summarizePrecision, UNITS, unitShape } from '../../../fpx/formats/precision.js';
import { anyCalibration, madeCalibration, shapeOf } from './made-calibration.js';

/** Linear layers of each unit. */
const FUSED = UNITS.map((unit) => unitShape(shapeOf(1), unit).linearLayers);

describe('the published rule', () => {
  it('gives FP4 to exactly gamma of the linear layers where units add up to it', () => {
    // Errors rise from unit to unit, so that after whole layers the count is a multiple of 7.
    const rising = madeCalibration(10, (layer, unit) => ({ error: layer * 4 + UNITS.indexOf(unit) }));
    for (const tenths of [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10]) {
      const formats = assignByGamma(rising, tenths / 10);
      expect(formats).to.deep.equal(Array.from({ length: 40 }, (_, i) => (i < tenths * 4 ? 'fp4' : 'fp8')));
      expect(summarizePrecision(smallestMap(formats), rising.model.shape).gammaByCount).to.equal(tenths / 10);
    }
  });

  it('counts exactly where floating point would fall short', () => {
    const rising = madeCalibration(50, (layer, unit) => ({ error: layer * 4 + UNITS.indexOf(unit) }));
    expect(0.7 * 350).to.be.lessThan(245);
    expect(assignByGamma(rising, 0.7).filter((format) => format === 'fp4')).to.have.length(35 * 4);
  });

  it('never passes gamma, never passes over a unit, and takes as many as fit', () => {
    fc.assert(
      fc.property(anyCalibration, fc.double({ min: 0, max: 1, noNaN: true }), fc.constantFrom('fp4', 'fp4-tensor'), (calibration, gamma, fp4) => {
        const formats = assignByGamma(calibration, gamma, fp4 as 'fp4');
        const all = calibration.units.map(({ formats: costs }, i) => ({ error: costs[fp4 as 'fp4'].error, i, count: FUSED[i % 4]!, isFp4: formats[i] === fp4 }));
        const total = all.reduce((sum, { count }) => sum + count, 0);
        const taken = all.filter(({ isFp4 }) => isFp4);
        const left = all.filter(({ isFp4 }) => !isFp4).sort((a, b) => a.error - b.error || a.i - b.i);
        const share = taken.reduce((sum, { count }) => sum + count, 0) / total;
        expect(share).to.be.at.most(gamma + 1e-9);
        const [next] = left;
        if (next === undefined) return;
        expect(share + next.count / total).to.be.greaterThan(gamma);
        for (const { error, i } of taken) expect(error < next.error || (error === next.error && i < next.i)).to.equal(true);
      }),
    ); // prettier-ignore
  });

  it('stops at a unit that fits in part only, though a smaller one would fit whole', () => {
    const down = madeCalibration(1, (_layer, unit) => ({ error: { o: 1, qkv: 2, down: 3, gate_up: 4 }[unit] }));
    // 3 of 7 linear layers: o is one, qkv would make four.
    expect(assignByGamma(down, 3 / 7)).to.deep.equal(['fp8', 'fp4', 'fp8', 'fp8']);
    expect(assignByGamma(down, 4 / 7)).to.deep.equal(['fp4', 'fp4', 'fp8', 'fp8']);
  });
});
