/** `quantize` and `export` say the same of the same deployment: what one writes beside weights is what the other tells to look for. */
import { expect } from 'chai';
import fc from 'fast-check';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { deploymentOf, FP4_INPUTS } from '../../../fpx/checkpoint/deployment.js';
import { exportFor, type Target } from '../../../fpx/export/export.js';
import { modelShape } from '../../../fpx/export/model-shapes.js';
import { quantizeFolder } from '../../../fpx/quantize/quantized-folder.js';
import { deployableMaps } from '../precision-maps.js';
import { writeRandomModel } from '../random-model.js';

const SHAPE = { dModel: 32, ffWidth: 64, layers: 3, heads: 2, vocabSize: 12 };

describe('what quantize writes and what export tells', () => {
  let folder: string;
  let model: string;
  let targets = 0;
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'tickbench-agreement-'));
    model = writeRandomModel(join(folder, 'model'), SHAPE).folder;
  });
  after(() => rmSync(folder, { recursive: true }));

  const json = (text: string): Record<string, unknown> => JSON.parse(text) as Record<string, unknown>;
  const exported = (target: Target, deployment: ReturnType<typeof deploymentOf>, name: string) =>
    json(exportFor(target, { ...deployment, model: modelShape(model) }).find((each) => each.name === name)!.text);

  it('is the same under every map, with FP4 inputs and without, in both forms', () => {
    const shape = modelShape(model);
    fc.assert(
      fc.property(deployableMaps(shape), fc.constantFrom(...FP4_INPUTS), (map, fp4) => {
        const deployment = deploymentOf(shape, map, fp4);
        fc.pre(deployment.formats.length > 0);
        const job = { source: model, precision: map, scales: 'written', fp4, largestInputs: new Array<number>(12).fill(3) } as const;
        const written = (form: 'compressed-tensors' | 'modelopt'): string => {
          const target = join(folder, `written-${targets++}`);
          expect(quantizeFolder({ ...job, form, target }).fp4).to.equal(fp4);
          return target;
        };
        const config = (target: string) => json(readFileSync(join(target, 'config.json'), 'utf8')).quantization_config;
        expect(config(written('compressed-tensors'))).to.deep.equal(exported('vllm', deployment, 'quantization_config.json'));
        const modelOpt = written('modelopt');
        expect(config(modelOpt)).to.deep.equal(exported('modelopt', deployment, 'quantization_config.json'));
        expect(json(readFileSync(join(modelOpt, 'hf_quant_config.json'), 'utf8'))).to.deep.equal(exported('modelopt', deployment, 'hf_quant_config.json')); // prettier-ignore
      }),
      { numRuns: 15 },
    );
  });
});
