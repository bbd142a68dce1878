import { expect } from 'chai';
import fc from 'fast-check';
import { deploymentOf, FP4_INPUTS } from '../../../fpx/checkpoint/deployment.js';
import { modelOptConfig, parseModelOpt } from '../../../fpx/checkpoint/modelopt.js';
import { parsePrecisionMap } from '../../../fpx/formats/precision.js';
import { deployableMaps, publishedModules, TWELVE } from '../precision-maps.js';

const refuse = (what: string): never => {
  throw new Error(what);
};
const TARGET = { ...TWELVE, id: 'twelve' };
const parse = (raw: object) => parseModelOpt({ quant_method: 'modelopt', ...raw }, TWELVE, refuse);

describe('the configuration of ModelOpt', () => {
  it('says what is read back, unit by unit', () => {
    fc.assert(
      fc.property(deployableMaps(TWELVE), fc.constantFrom(...FP4_INPUTS), (map, fp4) => {
        const { config } = modelOptConfig(deploymentOf(TARGET, map, fp4));
        expect(parse(JSON.parse(JSON.stringify(config)) as object)).to.deep.equal(map);
      }),
    );
  });

  it('names each quantised layer once, in both files, and excludes the others', () => {
    fc.assert(
      fc.property(deployableMaps(TWELVE), fc.constantFrom(...FP4_INPUTS), (map, fp4) => {
        const { config, file } = modelOptConfig(deploymentOf(TARGET, map, fp4)) as Record<'config' | 'file', Record<string, unknown>>;
        const inFile = file.quantization as { quantized_layers?: Record<string, object>; exclude_modules: string[]; quant_algo: string };
        const modules = publishedModules(TWELVE);
        expect(inFile.exclude_modules).to.deep.equal(config.ignore);
        expect(inFile.quantized_layers).to.deep.equal(config.quantized_layers);
        const plain = modules.filter(([, unit]) => map.units[unit] === 'bf16').map(([name]) => name);
        expect([...inFile.exclude_modules].sort()).to.deep.equal(['lm_head', ...plain].sort());
        const targets = Object.values(config.config_groups as Record<string, { targets: string[] }>).flatMap((group) => group.targets);
        expect([...plain, ...targets].sort()).to.deep.equal(modules.map(([name]) => name).sort());
        if (inFile.quant_algo !== 'MIXED_PRECISION') return;
        const algorithms = {
          fp8: { quant_algo: 'FP8_PER_CHANNEL_PER_TOKEN' },
          fp4: { quant_algo: fp4 === 'w4a4' ? 'NVFP4' : 'W4A16_NVFP4', group_size: 16 },
        };
        const expected = modules
          .filter(([name]) => !plain.includes(name))
          .map(([name, unit]) => [name, algorithms[map.units[unit] as 'fp8']]);
        expect(inFile.quantized_layers).to.deep.equal(Object.fromEntries(expected));
      }),
      { numRuns: 40 },
    );
  });

  it('is flat where there is one algorithm', () => {
    const { config, file } = modelOptConfig(deploymentOf(TARGET, parsePrecisionMap('fp4')));
    expect(file).to.deep.equal({
      producer: { name: 'modelopt' },
      quantization: { quant_algo: 'W4A16_NVFP4', group_size: 16, kv_cache_quant_algo: null, exclude_modules: ['lm_head'] },
    });
    expect(config).to.include({ quant_method: 'modelopt', quant_algo: 'W4A16_NVFP4', group_size: 16 });
    expect(config).to.not.have.property('quantized_layers');
  });

  it('is read as other tools write it: with patterns for what is excluded, and in any case', () => {
    const { units } = parse({ quant_algo: 'nvfp4', ignore: ['lm_head', 'model.layers.1.*', 'model.layers.2.self_attn', '*.down_proj'] });
    const plain = Object.keys(units).filter((key) => units[key] === 'bf16');
    const downs = Object.keys(units).filter((key) => key.endsWith('down'));
    expect(new Set(plain)).to.deep.equal(
      new Set(['layers.1.qkv', 'layers.1.o', 'layers.1.gate_up', 'layers.2.qkv', 'layers.2.o', ...downs]),
    );
  });

  const q = 'model.layers.0.self_attn.q_proj';
  const refused: [what: string, raw: object, message: RegExp][] = [
    ['FP8 with one scale a matrix', { quant_algo: 'FP8' }, /quant_algo FP8; accepted are FP8_PER_CHANNEL_PER_TOKEN/],
    [
      'an algorithm within a mix',
      { quant_algo: 'MIXED_PRECISION', quantized_layers: { [q]: { quant_algo: 'W4A16_AWQ' } } },
      /q_proj: quant_algo W4A16_AWQ/,
    ],
    ['other groups', { quant_algo: 'NVFP4', group_size: 32 }, /group_size 32; accepted is 16/],
    ['a mix of nothing', { quant_algo: 'MIXED_PRECISION' }, /without quantized_layers/],
    ['a quantised cache', { quant_algo: 'NVFP4', kv_cache_scheme: { num_bits: 8 } }, /accepted is null[^]*kv_cache_scheme/],
    ['no algorithm', {}, /quant_algo/],
    [
      'half a fused layer',
      { quant_algo: 'MIXED_PRECISION', quantized_layers: { [q]: { quant_algo: 'NVFP4' } } },
      /q_proj is fp4 and .*k_proj bf16/,
    ],
  ];
  for (const [what, raw, message] of refused) it(`refuses ${what} by name`, () => expect(() => parse(raw)).to.throw(message));
});
