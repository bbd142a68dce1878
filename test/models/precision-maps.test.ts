/**
 * Precision maps of a committed model, end to end: calibrated, assigned, quantised, loaded back. What is asserted of losses holds for the very states
 * that were calibrated on: that costs of units add up well enough for the knapsack to find what it looks for. Whether a map is the better one on other
 * states too takes far more of them than a test has time for; docs/fpx.md has such figures.
 */
import { expect } from 'chai';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { assign } from '../../fpx/assignment/assign.js';
import { predict } from '../../fpx/assignment/prediction.js';
import { QUANTIZED_FORMS } from '../../fpx/checkpoint/quantized-layout.js';
import { AS_SAVED, UNITS, type Format, type PrecisionMap } from '../../fpx/formats/precision.js';
import { Transformer } from '../../fpx/model/transformer.js';
import { quantizeFolder } from '../../fpx/quantize/quantized-folder.js';
import { hear, type Prompt } from '../../fpx/sensitivity/answers.js';
import { calibrateUnits } from '../../fpx/sensitivity/calibrate.js';
import type { Calibration, UnitCosts } from '../../fpx/sensitivity/calibration.js';
import { randomMapsUnder } from '../../fpx/sensitivity/random-maps.js';
import { sourceOf } from '../../harness/cli/fpx/prompts.js';
import { Subject } from '../../harness/cli/fpx/subject.js';
import { modelFolder } from '../../models/recipe/material.js';

const STATES = 8;
const FORMATS: Format[] = ['fp8', 'fp4-tensor'];
const plain: PrecisionMap = { default: 'bf16', units: {} };

describe('precision maps of the smallest reference model', function () {
  this.timeout(120_000);
  const folder = mkdtempSync(join(tmpdir(), 'tickbench-maps-'));
  let subject: Subject;
  let prompts: Prompt[];
  let calibration: Calibration;
  /** Nats that the states' answers lose under a map, in the mean. */
  const lossOf = (map: PrecisionMap): number => {
    const likely = (under: PrecisionMap): number => {
      subject.model.use(under);
      return prompts.reduce((sum, prompt) => sum + hear(subject.model, prompt).logProbability, 0);
    };
    return (likely(plain) - likely(map)) / prompts.length;
  };
  before(async () => {
    subject = await Subject.load(modelFolder('tb-1m'));
    prompts = subject.prompts((await sourceOf({ task: 'fighter', count: STATES })).prompts);
    const { layers, dModel, ffWidth, heads, kvHeads, headWidth } = subject.model.config;
    // What no map here uses is not measured.
    const none: UnitCosts = { error: 0, snrDb: null, nats: 0, natsError: 0 };
    const known = new Map<string, UnitCosts>();
    for (let layer = 0; layer < layers; layer++) {
      for (const unit of UNITS) known.set(`${layer} ${unit} fp4`, none);
      for (const format of ['fp8', 'fp4', 'fp4-tensor']) known.set(`${layer} * ${format}`, none);
    }
    const { units } = calibrateUnits(subject.model, { prompts, end: subject.end, known, maps: 0, seed: 1 });
    calibration = {
      tickbench: 'calibration.v1',
      model: { name: subject.name, identity: 'not asked', shape: { layers, dModel, ffWidth, heads, kvHeads, headWidth } },
      prompts: { source: 'fighter', count: prompts.length, tokens: 1, hash: 'not asked' },
      units,
    };
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  /** The published rule's map at a share of FP4, and the knapsack's at no more bits. */
  const mapsAt = (gamma: number) => {
    const published = predict(calibration, assign(calibration, { rule: 'gamma', gamma }, FORMATS, 'nats').formats, 'nats');
    const rule = { rule: 'knapsack', budget: 'bits', most: published.bitsPerWeight } as const;
    return { published, chosen: predict(calibration, assign(calibration, rule, FORMATS, 'nats').formats, 'nats') };
  };

  for (const gamma of [0.5, 0.7])
    it(`the one that is assigned at the bits of the published rule at gamma ${gamma} loses less than that, and than random ones in the mean`, () => {
      const { published, chosen } = mapsAt(gamma);
      expect(chosen.bitsPerWeight).to.be.at.most(published.bitsPerWeight + 1e-9);
      expect(chosen.cost).to.be.at.most(published.cost);
      const loss = lossOf(chosen.map);
      expect(loss).to.be.below(lossOf(published.map));
      const random = randomMapsUnder(subject.model.config, {
        bitsPerWeight: published.bitsPerWeight,
        fp4: 'fp4-tensor',
        count: 6,
        seed: 1,
      });
      expect(loss).to.be.below(random.reduce((sum, map) => sum + lossOf(map), 0) / random.length);
    });

  it('the assigned one, in formats that servers have, is written in both forms and loaded back with the same loss to the bit', async () => {
    const assigned = mapsAt(0.7).chosen.map;
    const deployed = (format: Format): Format => (format === 'fp4-tensor' ? 'fp4' : format);
    const units = Object.fromEntries(Object.entries(assigned.units).map(([key, format]) => [key, deployed(format)]));
    const precision: PrecisionMap = { ...assigned, default: deployed(assigned.default), units };
    subject.model.use(precision);
    const expected = prompts.map((prompt) => hear(subject.model, prompt).logProbability);
    subject.model.use(plain);
    expect(prompts.map((prompt) => hear(subject.model, prompt).logProbability)).to.not.deep.equal(expected);
    for (const form of QUANTIZED_FORMS) {
      const target = join(folder, form);
      quantizeFolder({ source: subject.folder, target, precision, form, scales: 'least-error' });
      const loaded = await Transformer.load(target, AS_SAVED);
      expect(prompts.map((prompt) => hear(loaded, prompt).logProbability)).to.deep.equal(expected);
    }
  });
});
