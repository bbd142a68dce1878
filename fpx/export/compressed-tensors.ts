/**
 * The llm-compressor recipe of a deployment, and the `quantization_config` that the checkpoint made with it carries for vLLM. Layers are
 * named by full regular expressions: vLLM tries a class name such as "Linear" before a fused layer's shards, so none may stand beside
 * them. All layers of a unit stand in one expression, because a fused layer takes its first shard's format for all.
 */
import { stringify } from 'yaml';
import { UNITS, type Unit } from '../formats/precision.js';
import { NVFP4_BLOCK } from '../quantize/nvfp4.js';
import { mustQuantize, OUTPUT_LAYER, PROJECTIONS, type Deployable, type Deployment } from './deployment.js';
import { checkScheme, type Scheme } from './matching.js';

/** Characters of a regular expression: more would not fit a line of the recipe. */
const LONGEST_TARGET = 62;

const FP8 = {
  weights: { num_bits: 8, type: 'float', strategy: 'channel', dynamic: false, symmetric: true },
  input_activations: { num_bits: 8, type: 'float', strategy: 'token', dynamic: true, symmetric: true },
};
const FP4_FORM = { num_bits: 4, type: 'float', strategy: 'tensor_group', group_size: NVFP4_BLOCK };
const FP4 = {
  weights: { ...FP4_FORM, dynamic: false, symmetric: true, scale_dtype: 'float8_e4m3fn' },
  input_activations: { ...FP4_FORM, dynamic: 'local', symmetric: true },
};
const FORMS = { fp8: FP8, fp4: FP4 };
/** The same in a checkpoint, which names types as PyTorch prints them. */
const STORED = {
  fp8: { format: 'float-quantized', ...FP8 },
  fp4: { format: 'nvfp4-pack-quantized', ...FP4, weights: { ...FP4.weights, scale_dtype: 'torch.float8_e4m3fn' } },
};

/** Regular expressions that match a unit's linear layers in the given blocks, each short enough for a line. */
function targetsOf(unit: Unit, blocks: readonly number[]): string[] {
  const { within, names } = PROJECTIONS[unit];
  const projection = names.length === 1 ? names[0]! : `(${names.join('|')})`;
  const target = (some: readonly number[]): string => `re:^model\\.layers\\.(${some.join('|')})\\.${within}\\.${projection}_proj$`;
  const parts: number[][] = [];
  for (const block of blocks) {
    const last = parts.at(-1);
    if (last && target([...last, block]).length <= LONGEST_TARGET) last.push(block);
    else parts.push([block]);
  }
  return parts.map(target);
}

function targetsIn(deployment: Deployment, format: Deployable): string[] {
  return UNITS.flatMap((unit) => {
    const blocks = deployment.layers.filter((each) => each.unit === unit && each.format === format).map(({ layer }) => layer);
    return targetsOf(unit, [...new Set(blocks)]);
  });
}

/** What is left out and which layers each group takes. @throws ExportError when a layer would be taken otherwise than it was assigned */
export function schemeOf(deployment: Deployment): Scheme {
  const scheme = {
    ignore: [OUTPUT_LAYER, ...targetsIn(deployment, 'bf16')],
    groups: deployment.formats.map((format) => ({ format, targets: targetsIn(deployment, format) })),
  };
  checkScheme(scheme, deployment);
  return scheme;
}

/** The recipe, YAML, without the head that says what it is. @throws ExportError when there is nothing to quantise */
export function recipeYaml(deployment: Deployment): string {
  mustQuantize(deployment, 'llm-compressor');
  const { ignore, groups } = schemeOf(deployment);
  const config_groups = Object.fromEntries(groups.map(({ format, targets }, i) => [`group_${i}`, { targets, ...FORMS[format] }]));
  const recipe = { quant_stage: { quant_modifiers: { QuantizationModifier: { ignore, config_groups } } } };
  return stringify(recipe, { singleQuote: true, lineWidth: 0, aliasDuplicateObjects: false });
}

/** The `quantization_config` of the checkpoint's config.json: what to find there when the recipe has run. */
export function compressedTensorsConfig(deployment: Deployment): Record<string, unknown> {
  mustQuantize(deployment, 'compressed-tensors');
  const { ignore, groups } = schemeOf(deployment);
  return {
    quant_method: 'compressed-tensors',
    format: groups.length === 1 ? STORED[groups[0]!.format].format : 'mixed-precision',
    quantization_status: 'compressed',
    ignore,
    config_groups: Object.fromEntries(groups.map(({ format, targets }, i) => [`group_${i}`, { targets, ...STORED[format] }])),
  };
}
