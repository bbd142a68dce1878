/** What formats cost the units of a model, against the same found the long way. */
import { expect } from 'chai';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { formatOf, summarizePrecision, UNITS, unitShape, type Format } from '../../../fpx/formats/precision.js';
import { Transformer } from '../../../fpx/model/transformer.js';
import { CalibrationError, parseCalibration, type Calibration } from '../../../fpx/sensitivity/calibration.js';
import { calibrateUnits, predictedCost } from '../../../fpx/sensitivity/calibrate.js';
import { randomMaps, randomMapsUnder } from '../../../fpx/sensitivity/random-maps.js';
import { hear } from '../../../fpx/sensitivity/answers.js';
import { fitLatency, predictUs } from '../../../fpx/sensitivity/latency.js';
import { writeRandomModel } from '../random-model.js';

const SHAPE = { dModel: 64, ffWidth: 96, layers: 2, heads: 4, kvHeads: 2, vocabSize: 50, maxPositions: 256 };
const prompts = [0, 1, 2].map((n) => ({
  tokens: Array.from({ length: 70 + n }, (_, i) => (i * (n + 3)) % 50),
  answer: [n + 1, 7, 9],
}));
const end = { tokens: new Set([2]), longest: 6 };
const plain = { default: 'bf16' as const, units: {} };

describe('the calibration of a model', () => {
  const folder = mkdtempSync(join(tmpdir(), 'tickbench-calibration-'));
  let model: Transformer;
  before(async () => {
    writeRandomModel(folder, SHAPE, 3);
    model = await Transformer.load(folder, plain);
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  const work = { prompts, end, maps: 3, seed: 2 };

  it('measures each unit alone: the likelihood that a model loaded with that one unit rounded loses', async () => {
    const { units } = calibrateUnits(model, work);
    expect(units.map(({ layer, unit }) => `${layer} ${unit}`)).to.deep.equal([0, 1].flatMap((layer) => UNITS.map((unit) => `${layer} ${unit}`))); // prettier-ignore
    for (const [index, format] of [
      [0, 'fp4-tensor'],
      [6, 'fp4'],
      [7, 'fp8'],
    ] as const) {
      const { layer, unit, formats } = units[index]!;
      const alone = await Transformer.load(folder, { default: 'bf16', units: { [`layers.${layer}.${unit}`]: format } });
      const bf16 = await Transformer.load(folder, plain);
      const lost = prompts.map((prompt) => hear(bf16, prompt).logProbability - hear(alone, prompt).logProbability);
      expect(formats[format].nats).to.be.closeTo((lost[0]! + lost[1]! + lost[2]!) / 3, 1e-12);
      expect(formats[format].snrDb).to.be.closeTo(-20 * Math.log10(formats[format].error), 1e-9);
    }
    for (const { formats } of units) {
      expect(formats.fp8.error).to.be.within(0.005, 0.06);
      expect(formats.fp4.error).to.be.within(formats.fp8.error, 0.2);
      expect(formats['fp4-tensor'].error).to.be.above(formats.fp4.error);
    }
  });

  it('measures each layer with all of its units in one format, and their outputs taken together', async () => {
    const { layers } = calibrateUnits(model, { ...work, maps: 0 });
    const perLayer = UNITS.reduce((sum, unit) => sum + unitShape(model.config, unit).rows * unitShape(model.config, unit).depth, 0);
    expect(layers!.map(({ layer, weights }) => [layer, weights])).to.deep.equal([0, 1].map((layer) => [layer, perLayer]));
    const lost = async (layer: number, format: Format): Promise<number> => {
      const whole = await Transformer.load(folder, { default: 'bf16', units: { [`layers.${layer}.*`]: format } });
      model.use(plain);
      return prompts.reduce((sum, prompt) => sum + hear(model, prompt).logProbability - hear(whole, prompt).logProbability, 0) / 3;
    };
    expect(layers![0]!.formats['fp4-tensor'].nats).to.be.closeTo(await lost(0, 'fp4-tensor'), 1e-12);
    expect(layers![1]!.formats.fp4.nats).to.be.closeTo(await lost(1, 'fp4'), 1e-12);
    // The error the long way: squares of all outputs of the second layer's units on BF16's inputs.
    let [noise, signal] = [0, 0];
    model.use(plain);
    model.listen(({ layer, output }) => {
      if (layer !== 1) return;
      const before = [...output('bf16')];
      output('fp4').forEach((value, i) => ((noise += (value - before[i]!) ** 2), (signal += before[i]! ** 2)));
    });
    for (const prompt of prompts) hear(model, prompt);
    model.listen(undefined);
    expect(layers![1]!.formats.fp4.error).to.be.closeTo(Math.sqrt(noise / signal), 1e-9);
  });

  it('tells whether costs add up, on maps that differ by their seed alone', () => {
    const { additivity, units } = calibrateUnits(model, work);
    const maps = randomMaps(SHAPE.layers, 3, 2);
    expect(maps)
      .to.deep.equal(randomMaps(SHAPE.layers, 3, 2))
      .and.not.deep.equal(randomMaps(SHAPE.layers, 3, 3));
    additivity!.maps.forEach(({ predicted, measured }, i) => {
      let sum = 0;
      for (const { layer, unit, formats } of units) {
        const format = formatOf(maps[i]!, layer, unit);
        if (format !== 'bf16') sum += formats[format].nats;
      }
      expect(predicted).to.equal(sum);
      model.use(maps[i]!);
      const mixed = prompts.map((prompt) => hear(model, prompt).logProbability);
      model.use(plain);
      const before = prompts.map((prompt) => hear(model, prompt).logProbability);
      expect(measured).to.be.closeTo(before.reduce((all, each, at) => all + each - mixed[at]!, 0) / 3, 1e-12);
    });
  });

  it('goes on from what is known, asks the task what answers lose, and leaves the model in BF16', () => {
    const asked: string[] = [];
    const told: string[] = [];
    const known = new Map([['0 qkv fp8', { error: 9, snrDb: 1, nats: 5, natsError: 0, quality: 0.25 }]]);
    const judge = (answers: readonly (readonly number[])[]) => (asked.push(answers.join(' ')), { quality: 0.5, qualityError: 0.125 });
    const { units } = calibrateUnits(model, { ...work, maps: 0, known, judge, measured: (key) => told.push(key) });
    expect(units[0]!.formats.fp8).to.deep.equal(known.get('0 qkv fp8'));
    expect(told)
      .to.have.length(2 * 5 * 3 - 1)
      .and.include('1 * fp4')
      .and.not.include('0 qkv fp8');
    expect(asked).to.have.length(told.length);
    expect(units[1]!.formats.fp4).to.include({ quality: 0.5, qualityError: 0.125 });
    const now = hear(model, prompts[0]!).logProbability;
    model.use(plain);
    expect(hear(model, prompts[0]!).logProbability).to.equal(now);
  });

  it('makes a latency of what each unit takes in its format, and tells how far off that is', () => {
    // A clock by which whatever is timed takes a microsecond: every unit the same, so a request is nothing but what is fixed.
    let us = 0;
    const latency = fitLatency(model, prompts[0]!, randomMaps(SHAPE.layers, 4, 1), () => us++);
    for (const unit of UNITS) expect(new Set(Object.values(latency.unitUs[unit]))).to.have.length(1);
    expect(latency).to.include({ promptTokens: 70, answerTokens: 3 });
    expect(predictUs(latency, plain, SHAPE.layers)).to.be.closeTo(1, 1e-9);
    expect(latency.heldOutError).to.be.closeTo(0, 1e-9);
  });

  it('is refused, with the place, when a unit is missing or a figure is none', () => {
    const { units, layers: byLayer } = calibrateUnits(model, { ...work, maps: 0 });
    const { layers, dModel, ffWidth, heads, kvHeads, headWidth } = model.config;
    const whole: Calibration = {
      tickbench: 'calibration.v1',
      model: { name: 'm', identity: 'x', shape: { layers, dModel, ffWidth, heads, kvHeads, headWidth } },
      prompts: { source: 'file', count: 3, tokens: 210, hash: 'y' },
      units,
    };
    expect(parseCalibration(JSON.parse(JSON.stringify(whole)), 'c.json')).to.deep.equal(whole);
    expect(() => parseCalibration({ ...whole, units: units.slice(1) }, 'c.json')).to.throw(CalibrationError, /c\.json: units must be those of 2 layers/); // prettier-ignore
    expect(parseCalibration({ ...whole, layers: byLayer }, 'c.json').layers).to.deep.equal(byLayer);
    expect(() => parseCalibration({ ...whole, layers: byLayer!.slice(1) }, 'c.json')).to.throw(CalibrationError, /layers must be 0 to 1 in order, or left out/); // prettier-ignore
    const broken = JSON.parse(JSON.stringify(whole)) as { units: { formats: { fp8: { nats: unknown } } }[] };
    broken.units[3]!.formats.fp8.nats = 'much';
    expect(() => parseCalibration(broken, 'c.json')).to.throw(CalibrationError, /units\[3\]\.formats\.fp8\.nats/);
  });

  it('adds up by the measure that is asked for', () => {
    const { units } = calibrateUnits(model, { ...work, maps: 0 });
    const map = { default: 'fp8' as const, units: { 'layers.*.o': 'fp4' as const } };
    const error = units.reduce((sum, { unit, formats }) => sum + formats[unit === 'o' ? 'fp4' : 'fp8'].error, 0);
    expect(predictedCost({ units }, map, 'error')).to.be.closeTo(error, 1e-12);
    expect(predictedCost({ units }, map, 'quality')).to.equal(0);
  });
});

describe('random maps', () => {
  const shape = { layers: 4, dModel: 64, ffWidth: 96, heads: 4, kvHeads: 2, headWidth: 16 };

  it('of given bits are as large as they may be, differ, and leave every unit in FP8 or FP4', () => {
    const drawn = randomMapsUnder(shape, { bitsPerWeight: 6, count: 30, seed: 5 });
    expect(drawn).to.deep.equal(randomMapsUnder(shape, { bitsPerWeight: 6, count: 30, seed: 5 }));
    expect(new Set(drawn.map(({ units }) => Object.keys(units).sort().join())).size).to.be.above(20);
    for (const map of drawn) {
      expect(summarizePrecision(map, shape).bitsPerWeight).to.be.at.most(6 + 1e-9);
      expect(new Set(Object.values(map.units))).to.deep.equal(new Set(['fp4']));
      // Without the unit that was drawn last it is too large.
      const last = Object.keys(map.units).at(-1)!;
      const units = Object.fromEntries(Object.entries(map.units).filter(([key]) => key !== last));
      expect(summarizePrecision({ ...map, units }, shape).bitsPerWeight).to.be.above(6);
    }
  });

  it('never end without an end: bits below those of FP4 give FP4 everywhere', () => {
    const [map] = randomMapsUnder(shape, { bitsPerWeight: 1, count: 1, seed: 5, fp4: 'fp4-tensor' });
    expect(Object.values(map!.units)).to.deep.equal(Array(16).fill('fp4-tensor'));
  });
});
