import { expect } from 'chai';
import fc from 'fast-check';
import { deploymentOf } from '../../../fpx/export/deployment.js';
import { ExportError } from '../../../fpx/export/errors.js';
import { hfQuantConfig, modeloptConfig } from '../../../fpx/export/modelopt.js';
import { assignments, known } from './maps.js';

const ALGORITHM = { fp8: 'FP8_PER_CHANNEL_PER_TOKEN', fp4: 'NVFP4' };

interface Quantization {
  quant_algo: string;
  exclude_modules: string[];
  quantized_layers: Record<string, { quant_algo: string; group_size?: number }>;
}

describe('a ModelOpt export', () => {
  it('names every layer once, with its algorithm or as left out, alike in both files', () => {
    fc.assert(
      fc.property(assignments, ({ model, map }) => {
        const deployment = deploymentOf(model, map);
        fc.pre(deployment.formats.length === 2);
        const { quantization } = hfQuantConfig(deployment) as { quantization: Quantization };
        const config = modeloptConfig(deployment) as unknown as Quantization & {
          ignore: string[];
          config_groups: Record<string, { targets: string[]; weights: { num_bits: number } }>;
        };
        expect(quantization.quant_algo).to.equal('MIXED_PRECISION').and.equal(config.quant_algo);
        const left = ['lm_head', ...deployment.layers.filter(({ format }) => format === 'bf16').map(({ name }) => name)];
        expect(quantization.exclude_modules).to.deep.equal(left);
        expect(config.ignore).to.deep.equal(left);
        expect(config.quantized_layers).to.deep.equal(quantization.quantized_layers);
        const named = Object.keys(quantization.quantized_layers);
        expect([...named, ...left.slice(1)]).to.have.members(deployment.layers.map(({ name }) => name));
        expect(Object.values(config.config_groups).flatMap(({ targets }) => targets)).to.have.members(named);
        for (const { name, format } of deployment.layers) {
          if (format === 'bf16') continue;
          expect(quantization.quantized_layers[name]!.quant_algo).to.equal(ALGORITHM[format]);
          const group = Object.values(config.config_groups).find(({ targets }) => targets.includes(name))!;
          expect(group.weights.num_bits).to.equal(format === 'fp4' ? 4 : 8);
        }
      }),
      { numRuns: 10 },
    );
  });

  it('is flat where there is one algorithm, and refused where there is none', () => {
    const of = (format: 'fp4' | 'bf16') => deploymentOf(known('Qwen/Qwen3-0.6B'), { default: format, units: { 'layers.0.down': 'bf16' } });
    expect(hfQuantConfig(of('fp4'))).to.deep.equal({
      producer: { name: 'modelopt' },
      quantization: {
        quant_algo: 'NVFP4',
        group_size: 16,
        kv_cache_quant_algo: null,
        exclude_modules: ['lm_head', 'model.layers.0.mlp.down_proj'],
      },
    });
    expect(modeloptConfig(of('fp4'))).to.include({ quant_method: 'modelopt', quant_algo: 'NVFP4', group_size: 16 });
    expect(modeloptConfig(of('fp4'))).to.not.have.property('quantized_layers');
    expect(() => hfQuantConfig(of('bf16'))).to.throw(ExportError, /ModelOpt has nothing to do/);
  });
});
