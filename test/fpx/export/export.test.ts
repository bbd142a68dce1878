import { expect } from 'chai';
import fc from 'fast-check';
import { parse } from 'yaml';
import { deploymentOf } from '../../../fpx/checkpoint/deployment.js';
import { ExportError } from '../../../fpx/export/errors.js';
import { exportFor, remarksBeside, TARGETS } from '../../../fpx/export/export.js';
import { recipeYaml } from '../../../fpx/export/recipe.js';
import type { Format } from '../../../fpx/formats/precision.js';
import { assignments, known } from './maps.js';

const of = (map: Format, units: Record<string, Format> = {}) => deploymentOf(known('Qwen/Qwen3-8B'), { default: map, units });
const mixed = of('fp8', { 'layers.*.down': 'fp4' });
const names = (...a: Parameters<typeof exportFor>) => exportFor(...a).map(({ name }) => name);
const first = (...a: Parameters<typeof exportFor>) => exportFor(...a)[0]!.text;

describe('an export', () => {
  it('is a file or more for each target, the chief one first', () => {
    expect(names('vllm', mixed)).to.deep.equal(['serve.sh', `${mixed.name}.yaml`, 'quantization_config.json']);
    expect(names('sglang', of('fp8'))).to.deep.equal(['serve.sh', 'Qwen3-8B-fp8.yaml', 'quantization_config.json']);
    expect(names('vllm', of('bf16'))).to.deep.equal(['serve.sh', 'Qwen3-8B-bf16.yaml']);
    expect(names('llm-compressor', mixed)).to.deep.equal(['recipe.yaml']);
    expect(names('llm-compressor', mixed, { script: true })).to.deep.equal(['quantize.py', 'recipe.yaml']);
    expect(names('modelopt', mixed)).to.deep.equal(['hf_quant_config.json', 'quantization_config.json', 'README.txt']);
    expect(() => exportFor('vllm', mixed, { script: true })).to.throw(ExportError, /--script goes with --for llm-compressor/);
    for (const target of ['llm-compressor', 'modelopt'] as const)
      expect(() => exportFor(target, of('bf16'))).to.throw(ExportError, /every layer stays bf16/);
  });

  it('fits 80 columns', () => {
    fc.assert(
      fc.property(assignments, fc.constantFrom(...TARGETS), ({ model, map }, target) => {
        const deployment = deploymentOf(model, map);
        fc.pre(deployment.formats.length > 0);
        for (const { name, text } of exportFor(target, deployment, { script: target === 'llm-compressor' }))
          for (const line of text.split('\n')) expect(line.length, `${name}: ${line}`).to.be.at.most(80);
      }),
      { numRuns: 12 },
    );
  });

  it('says in every comment, and beside JSON, that FP4 is weight-only below compute capability 10.0', () => {
    for (const target of TARGETS) {
      const files = exportFor(target, mixed, { capability: 9, script: target === 'llm-compressor' });
      const commented = files.filter(({ name }) => !name.endsWith('.json'));
      expect(commented, target).to.not.be.empty;
      for (const { name, text } of commented) expect(text, `${target} ${name}`).to.match(/fp4 +36 .*weight-only \(W4A16\)/);
    }
    expect(remarksBeside('modelopt', mixed, { capability: 9 })).to.include('weight-only (W4A16)');
    expect(remarksBeside('vllm', mixed)).to.equal(undefined);
  });

  it('sends a mix to SGLang by way of ModelOpt, and says why', () => {
    const told = first('sglang', mixed).replaceAll(/\n# ?/g, ' ');
    expect(told).to.include('compressed-tensors with several groups is not assured').and.include('export --for modelopt');
    expect(told).to.include(`--model-path ./${mixed.name}-modelopt `);
    for (const deployment of [of('fp8'), of('fp4', { 'layers.0.o': 'bf16' })]) {
      expect(first('sglang', deployment)).to.include(`--model-path ./${deployment.name} `);
      expect(first('sglang', deployment)).to.not.include('modelopt');
    }
    expect(first('sglang', of('bf16'))).to.include('--model-path Qwen/Qwen3-8B ');
  });

  it('serves with no format named, since servers find it in the checkpoint', () => {
    expect(first('vllm', mixed)).to.match(
      new RegExp(`\nexec vllm serve ./${mixed.name} \\\\\n {2}--served-model-name ${mixed.name} \\\\\n {2}--max-model-len 4096 `),
    );
    for (const target of ['vllm', 'sglang'] as const) expect(first(target, mixed)).to.not.include('--quantization');
  });

  it('of the recipe parses to the recipe that is in the script', () => {
    const [script, recipe] = exportFor('llm-compressor', mixed, { script: true });
    expect(parse(recipe!.text)).to.deep.equal(parse(recipeYaml(mixed)));
    expect(script!.text).to.include(`RECIPE = r"""\n${recipe!.text}"""`);
  });
});
