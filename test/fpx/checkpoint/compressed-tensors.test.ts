import { expect } from 'chai';
import fc from 'fast-check';
import { compressedTensorsConfig, parseCompressedTensors } from '../../../fpx/checkpoint/compressed-tensors.js';
import { deploymentOf, FP4_INPUTS, type Fp4Inputs } from '../../../fpx/checkpoint/deployment.js';
import { parsePrecisionMap } from '../../../fpx/formats/precision.js';
import { deployableMaps, publishedModules, TWELVE } from '../precision-maps.js';

interface Written {
  format: string;
  ignore: string[];
  config_groups: Record<string, { format: string; targets: string[]; weights: Record<string, unknown>; input_activations: unknown }>;
}

const refuse = (what: string): never => {
  throw new Error(what);
};
const written = (map: unknown, fp4?: Fp4Inputs) =>
  compressedTensorsConfig(deploymentOf({ ...TWELVE, id: 'twelve' }, parsePrecisionMap(map), fp4)) as unknown as Written;

/** Formats of the groups that take a name, by the rules of the server: whoever is ignored is in none. */
function takenBy({ ignore, config_groups: groups }: Written, name: string): string[] {
  if (ignore.includes(name)) return [];
  // Python's re.match: from the beginning, not to the end.
  const takes = (target: string) => target.startsWith('re:') && new RegExp(target.slice(3)).exec(name)?.index === 0;
  return Object.values(groups).flatMap(({ format, targets }) => targets.filter(takes).map(() => format));
}

describe('the configuration of compressed-tensors', () => {
  it('takes every layer by one pattern of its own format, and nothing else', () => {
    const formats = { fp8: ['float-quantized'], fp4: ['nvfp4-pack-quantized'], bf16: [] as string[], 'fp4-tensor': [] as string[] };
    fc.assert(
      fc.property(deployableMaps(TWELVE), (map) => {
        const config = written(map);
        for (const [name, unit] of publishedModules(TWELVE)) {
          expect(takenBy(config, name), name).to.deep.equal(formats[map.units[unit]!]);
          expect(config.ignore.includes(name)).to.equal(map.units[unit] === 'bf16');
          for (const other of [`${name}.lora`, `x${name}`, name.replace('layers.', 'layers.1'), name.replaceAll('.', '_'), `${name}2`]) {
            if (!publishedModules(TWELVE).some(([each]) => each === other)) expect(takenBy(config, other), other).to.deep.equal([]);
          }
        }
        for (const other of ['lm_head', 'model.embed_tokens', 'model.norm', 'Linear', 'model.layers.12.mlp.down_proj']) {
          expect(takenBy(config, other), other).to.deep.equal([]);
        }
        expect(Object.values(config.config_groups).flatMap(({ targets }) => targets)).to.not.include('Linear');
      }),
      { numRuns: 40 },
    );
  });

  it('says what is read back, unit by unit', () => {
    fc.assert(
      fc.property(deployableMaps(TWELVE), fc.constantFrom(...FP4_INPUTS), (map, fp4) => {
        expect(parseCompressedTensors(JSON.parse(JSON.stringify(written(map, fp4))), TWELVE, refuse)).to.deep.equal(map);
      }),
    );
  });

  it('is written as published', () => {
    const mixed = written({ default: 'bf16', units: { 'layers.0.down': 'fp8', 'layers.3.down': 'fp8', 'layers.2.gate_up': 'fp4' } });
    expect(mixed.format).to.equal('mixed-precision');
    expect(mixed.config_groups).to.deep.equal({
      group_0: {
        targets: ['re:^model\\.layers\\.(0|3)\\.mlp\\.down_proj$'],
        format: 'float-quantized',
        weights: { num_bits: 8, type: 'float', strategy: 'channel', dynamic: false, symmetric: true },
        input_activations: { num_bits: 8, type: 'float', strategy: 'token', dynamic: true, symmetric: true },
      },
      group_1: {
        targets: ['re:^model\\.layers\\.(2)\\.mlp\\.(gate|up)_proj$'],
        format: 'nvfp4-pack-quantized',
        weights: {
          ...{ num_bits: 4, type: 'float', strategy: 'tensor_group', group_size: 16, dynamic: false, symmetric: true },
          scale_dtype: 'torch.float8_e4m3fn',
        },
        input_activations: null,
      },
    });
    expect(mixed.ignore).to.have.length(1 + 7 * 12 - 4);
    const both = written('fp4', 'w4a4').config_groups['group_0']!;
    expect(both.input_activations).to.deep.equal({
      num_bits: 4,
      type: 'float',
      strategy: 'tensor_group',
      group_size: 16,
      dynamic: 'local',
      symmetric: true,
    });
    expect({ ...both, input_activations: null }).to.deep.equal(written('fp4').config_groups['group_0']);
    expect(written('fp8')).to.include({ format: 'float-quantized', quant_method: 'compressed-tensors', quantization_status: 'compressed' });
    expect(written('fp8').ignore).to.deep.equal(['lm_head']);
  });

  /** The configuration of all layers in one format, as other tools write it. */
  const foreign = (weights: object, more: object = {}, group: object = {}) => ({
    ...{ quant_method: 'compressed-tensors', format: 'nvfp4-pack-quantized', ignore: ['lm_head'], kv_cache_scheme: null },
    config_groups: { group_0: { targets: ['Linear'], weights, input_activations: null, output_activations: null, ...group } },
    ...more,
  });
  const NVFP4 = { num_bits: 4, type: 'float', strategy: 'tensor_group', group_size: 16, symmetric: true, dynamic: false };
  const FP8 = { num_bits: 8, type: 'float', strategy: 'channel', symmetric: true, dynamic: false, observer: 'minmax' };
  const LOCAL = { ...NVFP4, dynamic: 'local', observer: 'static_minmax' };
  const parse = (raw: object) => parseCompressedTensors(raw, TWELVE, refuse);

  it('is read as other tools write it: by class, with what is ignored by name or pattern', () => {
    expect(new Set(Object.values(parse(foreign(NVFP4)).units))).to.deep.equal(new Set(['fp4']));
    const older = {
      format: 'float-quantized',
      quantization_status: 'frozen',
      sparsity_config: { format: 'dense', sparsity_structure: 'x' },
    };
    const token = { ...FP8, strategy: 'token', dynamic: true, observer: 'memoryless', group_size: null };
    const fp8 = parse(foreign(FP8, older, { input_activations: token })).units;
    expect(new Set(Object.values(fp8))).to.deep.equal(new Set(['fp8']));
    const { units } = parse(
      foreign(NVFP4, { ignore: ['lm_head', 're:.*self_attn.*', 'model.layers.1.mlp.down_proj'] }, { input_activations: LOCAL }),
    );
    const fp4 = Object.entries(units).filter(([, format]) => format === 'fp4');
    expect(fp4.map(([key]) => key)).to.deep.equal(Object.keys(units).filter((key) => /gate_up|down/.test(key) && key !== 'layers.1.down'));
  });

  it('finds a name before a class, whichever group comes first', () => {
    const groups = {
      group_0: { targets: ['Linear'], weights: NVFP4, format: 'nvfp4-pack-quantized' },
      group_1: { targets: ['re:.*down_proj$'], weights: FP8, format: 'float-quantized' },
    };
    const { units } = parse(foreign(NVFP4, { config_groups: groups, format: 'mixed-precision' }));
    expect([units['layers.3.down'], units['layers.3.o']]).to.deep.equal(['fp8', 'fp4']);
  });

  const refused: [what: string, raw: object, message: RegExp][] = [
    [
      'integers',
      foreign({ ...NVFP4, type: 'int' }),
      /group_0: format nvfp4-pack-quantized with weights of num_bits 4, type int.*accepted are/,
    ],
    ['groups of 32', foreign({ ...NVFP4, group_size: 32 }), /group_size 32.*group_size 16/],
    ['one FP8 scale a matrix', foreign({ ...FP8, strategy: 'tensor' }, { format: 'float-quantized' }), /strategy tensor.*strategy channel/],
    ['FP8 under the format of FP4', foreign(FP8), /format nvfp4-pack-quantized with weights of num_bits 8/],
    ['an order of activations', foreign({ ...NVFP4, actorder: 'group' }), /actorder group/],
    ['other block scales', foreign({ ...NVFP4, scale_dtype: 'torch.uint8' }), /scale_dtype torch\.uint8/],
    [
      'static FP8 activations',
      foreign(FP8, { format: 'float-quantized' }, { input_activations: { ...FP8, strategy: 'tensor' } }),
      /input_activations of .*strategy tensor/,
    ],
    ['a quantised cache', foreign(NVFP4, { kv_cache_scheme: { num_bits: 8 } }), /accepted is null[^]*kv_cache_scheme/],
    ['sparsity', foreign(NVFP4, { sparsity_config: { format: 'sparse-24' } }), /sparsity_config/],
    ['transforms', foreign(NVFP4, { transform_config: { config_groups: {} } }), /transform_config/],
    [
      'what is not compressed',
      foreign(NVFP4, { quantization_status: 'calibration' }),
      /accepted are compressed and frozen[^]*quantization_status/,
    ],
    ['a key it does not know', foreign({ ...NVFP4, rotation: 1 }), /rotation/],
    ['no groups', { format: 'x' }, /config_groups/],
    ['a broken pattern', foreign(NVFP4, { ignore: ['re:('] }), /"re:\(" is no pattern/],
    [
      'half a fused layer',
      foreign(NVFP4, { ignore: ['model.layers.2.self_attn.k_proj'] }),
      /layers\.2\.self_attn\.q_proj is fp4 and model\.layers\.2\.self_attn\.k_proj bf16.*one format/,
    ],
  ];
  for (const [what, raw, message] of refused) it(`refuses ${what} by name`, () => expect(() => parse(raw)).to.throw(message));
});
