/** Costs weighed against what is expected of them: nearer to the truth than what was measured, where that is noisy. */
import { expect } from 'chai';
import { UNITS } from '../../../fpx/formats/precision.js';
import { assign } from '../../../fpx/assignment/assign.js';
import { CalibrationError, CHEAPER, type Calibration } from '../../../fpx/sensitivity/calibration.js';
import { weighed } from '../../../fpx/sensitivity/weighing.js';
import { madeCalibration } from '../assignment/made-calibration.js';
import { gaussians } from '../random-model.js';

const LAYERS = 5;
const ERRORS = { fp8: 0.02, fp4: 0.06, 'fp4-tensor': 0.15 } as const;

/** A model whose units lose by their kind, each somewhat more or less than its output's error lets expect, as measured with an error. */
function drawn(seed: number, noise: number, scatter = 0.3): { measured: Calibration; truth: Calibration } {
  const next = gaussians(seed);
  const factors = [20, 2, 6, 3];
  const sizes = new Map<string, number>();
  const truth = madeCalibration(LAYERS, (layer, unit, format) => {
    const key = `${layer} ${unit}`;
    if (!sizes.has(key)) sizes.set(key, 0.7 + Math.abs(next()) * 0.6);
    const error = ERRORS[format] * sizes.get(key)!;
    return { error, nats: factors[UNITS.indexOf(unit)]! * error * error * Math.max(0.1, 1 + scatter * next()), natsError: noise };
  });
  const measured = { ...truth, units: truth.units.map((each) => ({ ...each, formats: mapFormats(each.formats, (costs) => ({ ...costs, nats: costs.nats + noise * next() })) })) }; // prettier-ignore
  return { measured, truth };
}

type Formats = Calibration['units'][number]['formats'];

function mapFormats(formats: Formats, change: (costs: Formats['fp8']) => Formats['fp8']): Formats {
  return Object.fromEntries(CHEAPER.map((format) => [format, change(formats[format])])) as Formats;
}

const natsOf = ({ units }: Calibration): number[] => units.flatMap(({ formats }) => CHEAPER.map((format) => formats[format].nats));
const distance = (a: readonly number[], b: readonly number[]): number =>
  Math.sqrt(a.reduce((sum, each, i) => sum + (each - b[i]!) ** 2, 0));
const seeds = Array.from({ length: 40 }, (_, i) => i + 1);

describe('weighed costs', () => {
  it('are nearer to the truth than noisy ones, and no farther than exact ones', () => {
    for (const noise of [0.02, 0.1]) {
      const ratios = seeds.map((seed) => {
        const { measured, truth } = drawn(seed, noise);
        return distance(natsOf(weighed(measured)), natsOf(truth)) / distance(natsOf(measured), natsOf(truth));
      });
      expect(ratios.filter((ratio) => ratio < 1).length, `noise ${noise}`).to.be.above(36);
      expect(ratios.reduce((sum, ratio) => sum + ratio, 0) / ratios.length).to.be.below(0.75);
    }
    const { measured } = drawn(1, 1e-7);
    expect(distance(natsOf(weighed(measured)), natsOf(measured))).to.be.below(1e-5);
  });

  it('choose maps that truly cost less, at the same bits', () => {
    const trueCost = (chosenBy: Calibration, truth: Calibration): number =>
      assign(chosenBy, { rule: 'knapsack', budget: 'bits', most: 6 }, ['fp8', 'fp4-tensor'], 'nats').formats.reduce((sum, format, i) => sum + truth.units[i]!.formats[format as 'fp8'].nats, 0); // prettier-ignore
    for (const noise of [0.05, 0.2]) {
      let [byWeighed, byMeasured, best] = [0, 0, 0];
      for (const seed of seeds) {
        const { measured, truth } = drawn(seed, noise);
        byWeighed += trueCost(weighed(measured), truth);
        byMeasured += trueCost(measured, truth);
        best += trueCost(truth, truth);
      }
      // What is lost by not knowing the truth is a third smaller at least.
      expect(byWeighed - best, `noise ${noise}`).to.be.within(0, ((byMeasured - best) * 2) / 3);
    }
  });

  it('keep what differs from one kind of unit to another, and everything but nats', () => {
    const { measured } = drawn(3, 0.005);
    const after = weighed(measured);
    const [qkv, o] = [0, 1].map((kind) => after.units.filter((_, i) => i % UNITS.length === kind).reduce((sum, { formats }) => sum + formats['fp4-tensor'].nats, 0)); // prettier-ignore
    expect(qkv! / o!).to.be.within(5, 20);
    expect({ ...after, units: [] }).to.deep.equal({ ...measured, units: [] });
    after.units.forEach((each, i) => {
      const restored = mapFormats(each.formats, (costs) => costs);
      for (const format of CHEAPER) restored[format] = { ...restored[format], nats: measured.units[i]!.formats[format].nats };
      expect({ ...each, formats: restored }).to.deep.equal(measured.units[i]);
    });
  });

  it('are not made of one prompt, whose error nobody knows', () => {
    const { measured } = drawn(1, 0);
    expect(() => weighed({ ...measured, prompts: { ...measured.prompts, count: 1 } })).to.throw(CalibrationError, /2 prompts or more/);
  });

  it('are figures even where nothing cost anything, or everything came out below nothing', () => {
    for (const nats of [0, -0.01]) {
      const flat = madeCalibration(LAYERS, (_, __, format) => ({ error: ERRORS[format], nats, natsError: 0.01 }));
      for (const each of natsOf(weighed(flat))) expect(each).to.be.within(-0.01, 0.001);
    }
    const exact = madeCalibration(LAYERS, () => ({ error: 0, nats: 0, natsError: 0 }));
    expect(natsOf(weighed(exact)).every((each) => each === 0)).to.equal(true);
  });
});
