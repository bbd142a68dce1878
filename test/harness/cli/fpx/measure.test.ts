/** `tickbench fpx measure`, as a user runs it. */
import { expect } from 'chai';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Transformer } from '../../../../fpx/model/transformer.js';
import { hear } from '../../../../fpx/sensitivity/answers.js';
import type { MeasuredMap } from '../../../../harness/cli/fpx/measure.js';
import { writeRandomModel } from '../../../fpx/random-model.js';
import { fpxHere } from './here.js';

const SHAPE = { dModel: 64, ffWidth: 96, layers: 2, heads: 4, kvHeads: 2, vocabSize: 50, maxPositions: 256 };
const PROMPTS = [0, 1, 2].map((n) => ({ tokens: Array.from({ length: 20 }, (_, i) => (i * (n + 3)) % 50), answer: [n, 5, 8] }));

describe('tickbench fpx measure', function () {
  this.timeout(60_000);
  const folder = mkdtempSync(join(tmpdir(), 'tickbench-measure-'));
  before(() => {
    writeRandomModel(join(folder, 'small'), SHAPE, 3);
    writeFileSync(join(folder, 'prompts.jsonl'), PROMPTS.map((each) => JSON.stringify(each)).join('\n'));
    writeFileSync(join(folder, 'mixed.yaml'), 'endpoint:\n  kind: embedded\n  model: small\n  precision: { default: fp8, units: { "layers.*.o": fp4 } }\nrequest: {}\n'); // prettier-ignore
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  it('tells what maps cost against BF16, and what random maps of as many bits do', async () => {
    const { code, out, err } = await fpxHere(['measure', 'small', 'bf16', 'fp4', 'mixed.yaml', '--prompts', 'prompts.jsonl', '--random', '5', '--json'], folder); // prettier-ignore
    expect({ code, err }).to.deep.equal({ code: 0, err: '' });
    const { maps, random } = JSON.parse(out) as { maps: MeasuredMap[]; random: MeasuredMap[] };
    const likely = async (map: Parameters<typeof Transformer.load>[1]): Promise<number[]> => {
      const model = await Transformer.load(join(folder, 'small'), map);
      return PROMPTS.map((prompt) => hear(model, prompt).logProbability);
    };
    const [plain, fp4] = [await likely({ default: 'bf16', units: {} }), await likely({ default: 'fp4', units: {} })];
    expect(maps.map(({ name }) => name)).to.deep.equal(['bf16', 'fp4', 'mixed.yaml']);
    expect(maps[0]!.nats.value).to.equal(0);
    expect(maps[1]!.nats.value).to.be.closeTo(plain.reduce((sum, each, i) => sum + each - fp4[i]!, 0) / 3, 1e-12);
    expect(maps[1]!.perplexity).to.be.closeTo(Math.exp(-fp4.reduce((sum, each) => sum + each, 0) / 9), 1e-9);
    expect(random).to.have.length(5);
    for (const { bitsPerWeight } of random) expect(bitsPerWeight).to.be.at.most(maps[2]!.bitsPerWeight + 1e-9);
  });

  it('takes a map from a file of its own, and a checkpoint that was written under it: they cost the same', async () => {
    writeFileSync(join(folder, 'alone.yaml'), 'default: fp8\nunits: { layers.*.o: fp4, layers.0.down: bf16 }\n');
    for (const form of ['compressed-tensors', 'modelopt']) {
      const written = await fpxHere(['quantize', 'small', '--map', 'alone.yaml', '--to', `written-${form}`, '--form', form], folder);
      expect([written.code, written.err]).to.deep.equal([0, '']);
      for (const line of written.out.split('\n')) expect(line.length, line).to.be.at.most(80);
    }
    const { code, out, err } = await fpxHere(['measure', 'small', 'alone.yaml', 'written-compressed-tensors', 'written-modelopt', '--prompts', 'prompts.jsonl', '--json'], folder); // prettier-ignore
    expect({ code, err }).to.deep.equal({ code: 0, err: '' });
    const [alone, ...written] = (JSON.parse(out) as { maps: MeasuredMap[] }).maps;
    expect(alone!.nats.value).not.to.equal(0);
    for (const { name, ...each } of written) {
      expect(name).to.match(/^written-/);
      expect({ name: 'alone.yaml', ...each }).to.deep.equal(alone);
    }
  });

  it('prints a table of 80 columns with the prediction of a calibration', async () => {
    const calibrated = await fpxHere(['calibrate', 'small', '--prompts', 'prompts.jsonl', '--maps', '2'], folder);
    expect(calibrated.code).to.equal(0);
    const { code, out } = await fpxHere(['measure', 'small', 'fp8', 'mixed.yaml', '--prompts', 'prompts.jsonl', '--calibration', 'small.calibration.json', '--random', '3', '--time'], folder); // prettier-ignore
    expect(code).to.equal(0);
    expect(out)
      .to.include('predicted')
      .and.include('mixed.yaml')
      .and.match(/3 random maps of FP8 and FP4 at \d\.\d\d bits/);
    for (const line of out.split('\n')) expect(line.length, line).to.be.at.most(80);
  });

  it('says, as `quantize` does, that a map seems to be made for a model of fewer layers', async () => {
    writeRandomModel(join(folder, 'deep'), { ...SHAPE, layers: 4 }, 3);
    const units = '{ layers.0.o: fp4, layers.1.o: fp4, layers.2.down: fp4 }';
    writeFileSync(
      join(folder, 'three.yaml'),
      `endpoint: { kind: embedded, model: small, precision: { default: fp8, units: ${units} } }\nrequest: {}\n`,
    );
    const said = [
      await fpxHere(['measure', 'deep', 'three.yaml', '--prompts', 'prompts.jsonl'], folder),
      await fpxHere(['quantize', 'deep', '--map', 'three.yaml', '--to', 'quantised'], folder),
    ];
    for (const { code, err } of said) {
      expect(code).to.equal(0);
      expect(err.replaceAll(/\s+/g, ' ')).to.match(
        /^note: .*names layers 0 to 2 by number and none of layer 3, .*made for a model of 3 layers/,
      );
    }
  });

  it('refuses what it cannot measure, in a sentence', async () => {
    writeFileSync(
      join(folder, 'far.yaml'),
      'size: 1M\nendpoint: { kind: openai, url: "http://127.0.0.1:1/v1", model: x }\nrequest: { maxTokens: 8, timeoutMs: 100 }\nprompt: reference\n',
    );
    const refused = async (...args: string[]): Promise<string> => {
      const { code, err } = await fpxHere(['measure', 'small', ...args, '--prompts', 'prompts.jsonl'], folder);
      expect(code).to.be.above(0);
      expect(err).not.to.match(/\n {4}at /);
      return err;
    };

    writeRandomModel(join(folder, 'wider'), { ...SHAPE, ffWidth: 128 }, 3);
    expect((await fpxHere(['quantize', 'wider', '--map', 'fp8', '--to', 'wider-fp8'], folder)).code).to.equal(0);
    expect(await refused('far.yaml')).to.include('far.yaml: no endpoint.precision; only configurations of kind embedded');
    expect(await refused('small')).to.match(
      /map small: its weights are not quantised; accepted: a folder that `quantize` wrote of .*small/,
    );
    expect(await refused('wider-fp8')).to.match(/map wider-fp8: is of another model: ffWidth is 128, that of .*small 96/);
    expect(await refused('fp5')).to.include('fp5');
    const ofQuantised = await fpxHere(['measure', 'wider-fp8', 'fp8', '--prompts', 'prompts.jsonl'], folder);
    expect(ofQuantised.err).to.match(
      /wider-fp8: its weights are quantised already \(compressed-tensors\), .*accepted: the model that it was made of/,
    );
    writeFileSync(join(folder, 'beyond.jsonl'), '{"tokens": [1, 2], "answer": [3]}\n{"tokens": [1, 50], "answer": [3]}\n');
    const beyond = await fpxHere(['measure', 'small', 'fp8', '--prompts', 'beyond.jsonl'], folder);
    expect(beyond.err).to.include('prompt 2: token 50 is not in the vocabulary; accepted: 0 to 49');
    const made = JSON.parse(readFileSync(join(folder, 'small.calibration.json'), 'utf8')) as { model: object };
    writeFileSync(join(folder, 'other.json'), JSON.stringify({ ...made, model: { ...made.model, identity: 'another' } }));
    expect(await refused('fp8', '--calibration', 'other.json')).to.include('other.json: is of small with other files (another, these are');
    expect(await refused('fp8', '--calibration', 'prompts.jsonl')).to.include('--calibration prompts.jsonl');
  });
});
