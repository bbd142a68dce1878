import { expect } from 'chai';
import fc from 'fast-check';
import { parse } from 'yaml';
import { compressedTensorsConfig } from '../../../fpx/checkpoint/compressed-tensors.js';
import { deploymentOf, type Deployment } from '../../../fpx/checkpoint/deployment.js';
import { ExportError } from '../../../fpx/export/errors.js';
import { recipeYaml, schemeOf } from '../../../fpx/export/recipe.js';
import { assignments, known } from './maps.js';

interface Group {
  targets: string[];
  format?: string;
  weights: { num_bits: number };
}
interface Lists {
  ignore: string[];
  config_groups: Record<string, Group>;
}

const SHARDS: Record<string, string[]> = { qkv_proj: ['q_proj', 'k_proj', 'v_proj'], gate_up_proj: ['gate_proj', 'up_proj'] };

/**
 * vLLM's way with a layer, written down apart from fpx/export/matching.ts: Python's re.match, then class names, then a fused layer's
 * shards.
 */
function vllm({ ignore, config_groups }: Lists, layer: string): string {
  const fused = Object.keys(SHARDS).find((name) => layer.endsWith(name));
  const shards = fused === undefined ? [layer] : SHARDS[fused]!.map((shard) => layer.replace(fused, shard));
  const named = (target: string, name: string): boolean =>
    target.startsWith('re:') ? (name.match(target.slice(3))?.index ?? -1) === 0 : target === name;
  const left = new Set(shards.map((name) => ignore.some((target) => named(target, name))));
  if (left.size > 1) return 'refused: shards differ';
  if (left.has(true)) return 'bf16';
  const targets = Object.entries(config_groups).flatMap(([group, each]) => each.targets.map((target) => ({ group, target })));
  const direct = targets.find(({ target }) => named(target, layer)) ?? targets.find(({ target }) => target === 'Linear');
  if (direct) return direct.group;
  const found = shards.map((name) => targets.find(({ target }) => named(target, name))?.group);
  return found.every((group) => group !== undefined) ? found[0]! : 'no scheme';
}

/** Each layer as the checkpoint names it, and as vLLM fuses it, with the format it was assigned. */
function served({ layers }: Deployment): Map<string, string> {
  return new Map(
    layers.flatMap(({ name, format }) => [
      [name, format],
      [name.replace(/\.[qkv]_proj$/, '.qkv_proj').replace(/\.(gate|up)_proj$/, '.gate_up_proj'), format],
    ]),
  );
}

function recipeOf(deployment: Deployment): Lists {
  const parsed = parse(recipeYaml(deployment)) as { quant_stage: { quant_modifiers: { QuantizationModifier: Lists } } };
  return parsed.quant_stage.quant_modifiers.QuantizationModifier;
}

const MAP = { default: 'fp8', units: { 'layers.*.gate_up': 'fp4', 'layers.3.down': 'bf16' } } as const;
const mixed = deploymentOf(known('Qwen/Qwen2.5-7B-Instruct'), MAP, 'w4a4');

describe('a compressed-tensors export', () => {
  it('gives every layer, fused or not, the format it was assigned, as vLLM reads recipe and checkpoint', () => {
    fc.assert(
      fc.property(assignments, ({ model, map }) => {
        const deployment = deploymentOf(model, map);
        for (const lists of [recipeOf(deployment), compressedTensorsConfig(deployment) as unknown as Lists]) {
          const format = (group: string): string => ({ 8: 'fp8', 4: 'fp4' })[lists.config_groups[group]?.weights.num_bits ?? 0] ?? group;
          for (const [name, assigned] of served(deployment)) expect(format(vllm(lists, name)), name).to.equal(assigned);
          expect(vllm(lists, 'lm_head')).to.equal('bf16');
        }
      }),
      { numRuns: 12 },
    );
  });

  it('names every layer in exactly one group or under ignore, by full expressions and never by a class', () => {
    fc.assert(
      fc.property(assignments, ({ model, map }) => {
        const deployment = deploymentOf(model, map);
        const { ignore, groups } = schemeOf(deployment);
        const lists = [ignore, ...groups.map(({ targets }) => targets)];
        for (const target of lists.flat())
          expect(target === 'lm_head' || /^re:\^model\\\.layers\\\.\([\d|]+\)\\\.(self_attn|mlp)\\\.[a-z()|]+_proj\$$/.test(target), target)
            .to.be.true;
        for (const { name } of deployment.layers)
          expect(lists.filter((targets) => targets.some((target) => new RegExp(target.slice(3)).test(name)))).to.have.length(1);
      }),
      { numRuns: 12 },
    );
  });

  it('has the numbers of each scheme', () => {
    const { ignore, config_groups } = recipeOf(mixed);
    expect(ignore).to.deep.equal(['lm_head', 're:^model\\.layers\\.(3)\\.mlp\\.down_proj$']);
    const { group_0, group_1, ...others } = config_groups;
    expect(others).to.deep.equal({});
    expect({ ...group_0, targets: [] }).to.deep.equal({
      targets: [],
      weights: { num_bits: 8, type: 'float', strategy: 'channel', dynamic: false, symmetric: true },
      input_activations: { num_bits: 8, type: 'float', strategy: 'token', dynamic: true, symmetric: true },
    });
    const fp4 = { num_bits: 4, type: 'float', strategy: 'tensor_group', group_size: 16, symmetric: true };
    expect({ ...group_1, targets: [] }).to.deep.equal({
      targets: [],
      weights: { ...fp4, dynamic: false, scale_dtype: 'float8_e4m3fn' },
      input_activations: { ...fp4, dynamic: 'local' },
    });
    const weightOnly = recipeOf(deploymentOf(known('Qwen/Qwen2.5-7B-Instruct'), MAP)).config_groups;
    expect(weightOnly['group_1']).to.not.have.property('input_activations');
    expect(weightOnly['group_1']!.weights).to.deep.equal(group_1!.weights);
    expect(weightOnly['group_0']).to.deep.equal(group_0);
  });

  it('calls a mixed checkpoint so at the top, and its groups by their own formats', () => {
    const config = compressedTensorsConfig(mixed) as unknown as Lists & { format: string };
    expect(config.format).to.equal('mixed-precision');
    expect(Object.values(config.config_groups).map(({ format }) => format)).to.deep.equal(['float-quantized', 'nvfp4-pack-quantized']);
    expect(config.config_groups['group_1']!.weights).to.include({ scale_dtype: 'torch.float8_e4m3fn', group_size: 16 });
    const one = compressedTensorsConfig(deploymentOf(known('Qwen/Qwen3-8B'), { default: 'fp4', units: {} }));
    expect(one).to.include({ format: 'nvfp4-pack-quantized', quant_method: 'compressed-tensors' });
  });

  it('fits 80 columns, and is refused where nothing is quantised', () => {
    fc.assert(
      fc.property(assignments, ({ model, map }) => {
        for (const line of recipeYaml(deploymentOf(model, map)).split('\n')) expect(line.length, line).to.be.at.most(80);
      }),
      { numRuns: 8 },
    );
    const plain = deploymentOf(known('Qwen/Qwen3-8B'), { default: 'bf16', units: {} });
    expect(() => recipeYaml(plain)).to.throw(ExportError, /every layer stays bf16/);
  });
});
