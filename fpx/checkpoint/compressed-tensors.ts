/**
 * config.json's `quantization_config` in the form of compressed-tensors, which llm-compressor writes and vLLM and transformers read:
 * groups of linear layers, each with a scheme for weights and activations, and a list of layers left alone.
 *
 * vLLM looks at `ignore` first, then for a target that is the layer's name or a pattern (`re:`, matched from the beginning of the name),
 * then for its class; the first match wins. A target `Linear` would therefore be found before the pattern of a fused layer: what is written here
 * names every layer by a pattern that ends with `$`.
 */

import { z } from 'zod';
import { UNITS, type BlockShape, type PrecisionMap } from '../formats/precision.js';
import { NVFP4_BLOCK } from '../quantize/nvfp4.js';
import { namesIn, OUTPUT_LAYER, type Deployable, type Deployment, type Fp4Inputs } from './deployment.js';
import { mapOfModules } from './module-formats.js';
import type { DeployedFormat } from './quantized-layout.js';
import type { Refuse } from './rope.js';
import { PROJECTIONS } from './units.js';

const FLOAT = { type: 'float', symmetric: true } as const;
const FP4 = { num_bits: 4, ...FLOAT, strategy: 'tensor_group', group_size: NVFP4_BLOCK } as const;

/** Schemes of each format; of FP4 with the inputs that are rounded, too: a server that rounds them needs the scale that the checkpoint holds of them. */
const SCHEMES = {
  fp8: {
    format: 'float-quantized',
    weights: { num_bits: 8, ...FLOAT, strategy: 'channel', dynamic: false },
    input_activations: { num_bits: 8, ...FLOAT, strategy: 'token', dynamic: true },
  },
  fp4: {
    format: 'nvfp4-pack-quantized',
    weights: { ...FP4, dynamic: false, scale_dtype: 'torch.float8_e4m3fn' },
    input_activations: { ...FP4, dynamic: 'local' },
  },
} as const satisfies Record<DeployedFormat, object>;

/** The scheme of a format in a deployment. FP4's inputs are left as they are under `w4a16`. */
export function schemeOfFormat(format: DeployedFormat, fp4: Fp4Inputs) {
  const scheme = SCHEMES[format];
  return format === 'fp4' && fp4 === 'w4a16' ? { ...scheme, input_activations: null } : scheme;
}

/** Characters of a pattern: more would not fit a line of what is exported. */
const LONGEST_TARGET = 62;

/**
 * Patterns for the linear layers of a deployment that are in a format. All layers of a unit stand in one, because a fused layer takes its first
 * shard's format for all; of many blocks there are several, each short enough for a line.
 */
export function targetsIn({ layers }: Deployment, format: Deployable): string[] {
  return UNITS.flatMap((unit) => {
    const blocks = [...new Set(layers.filter((each) => each.unit === unit && each.format === format).map(({ layer }) => layer))];
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
  });
}

/** The `quantization_config` of a deployment that quantises at least one layer. */
export function compressedTensorsConfig(deployment: Deployment): Record<string, unknown> {
  const { formats, fp4 } = deployment;
  const groups = formats.map((format) => ({ targets: targetsIn(deployment, format), ...schemeOfFormat(format, fp4) }));
  return {
    quant_method: 'compressed-tensors',
    format: groups.length === 1 ? groups[0]!.format : 'mixed-precision',
    quantization_status: 'compressed',
    ignore: [OUTPUT_LAYER, ...namesIn(deployment, 'bf16')],
    config_groups: Object.fromEntries(groups.map((group, i) => [`group_${i}`, group])),
    kv_cache_scheme: null,
  };
}

const schemeSchema = z.strictObject({
  num_bits: z.number(),
  type: z.string(),
  strategy: z.string().nullish(),
  group_size: z.number().nullish(),
  symmetric: z.boolean().nullish(),
  dynamic: z.union([z.boolean(), z.string()]).nullish(),
  actorder: z.unknown().optional(),
  block_structure: z.unknown().optional(),
  scale_dtype: z.string().nullish(),
  scale_format: z.string().nullish(),
  zp_dtype: z.unknown().optional(),
  observer: z.unknown().optional(),
  observer_kwargs: z.unknown().optional(),
});
type Scheme = z.output<typeof schemeSchema>;

const groupSchema = z.strictObject({
  targets: z.array(z.string()),
  format: z.string().nullish(),
  weights: schemeSchema,
  input_activations: schemeSchema.nullish(),
  output_activations: z.null().optional(),
});

const silent = z
  .unknown()
  .refine((value) => value === null || value === undefined || (typeof value === 'object' && Object.keys(value).length === 0), {
    error: 'accepted is null',
  })
  .optional();

/** `frozen` is what older versions of the library write for weights that are final. */
const STATUSES = ['compressed', 'frozen'] as const;

const configSchema = z.looseObject({
  format: z.string(),
  quantization_status: z.enum(STATUSES, { error: `accepted are ${STATUSES.join(' and ')}` }).nullish(),
  ignore: z.array(z.string()).nullish(),
  config_groups: z.record(z.string(), groupSchema),
  kv_cache_scheme: silent,
  sparsity_config: z.union([z.looseObject({ format: z.literal('dense') }), silent]),
  transform_config: silent,
});

/** The formats that a `quantization_config` of this form gives each unit. */
export function parseCompressedTensors(raw: unknown, shape: BlockShape, refuse: Refuse): PrecisionMap {
  const parsed = configSchema.safeParse(raw);
  if (!parsed.success) return refuse(z.prettifyError(parsed.error));
  const { ignore, config_groups: groups, format: whole } = parsed.data;
  const ignored = matcher(ignore ?? [], refuse);
  const found = Object.entries(groups).map(([name, group]) => ({
    format: formatOfGroup(name, group, whole, refuse),
    matches: matcher(group.targets, refuse),
    all: group.targets.includes('Linear'),
  }));
  return mapOfModules(
    shape,
    (module) => (ignored(module) ? undefined : (found.find(({ matches }) => matches(module)) ?? found.find(({ all }) => all))?.format),
    refuse,
  );
}

/** Whether a name is one of a list, or begins as one of its patterns says. */
function matcher(names: readonly string[], refuse: Refuse): (module: string) => boolean {
  const exact = new Set(names);
  const patterns = names
    .filter((name) => name.startsWith('re:'))
    .map((name) => {
      try {
        return new RegExp(`^(?:${name.slice(3)})`);
      } catch {
        return refuse(`"${name}" is no pattern`);
      }
    });
  return (module) => exact.has(module) || patterns.some((pattern) => pattern.test(module));
}

function formatOfGroup(name: string, group: z.output<typeof groupSchema>, whole: string, refuse: Refuse): DeployedFormat {
  const { weights, input_activations: inputs } = group;
  const packing = group.format ?? whole;
  const format = (['fp8', 'fp4'] as const).find((each) => SCHEMES[each].format === packing && agrees(weights, SCHEMES[each].weights));
  if (format === undefined) {
    return refuse(
      `config_groups.${name}: format ${packing} with weights of ${told(weights)}; accepted are float-quantized with ` +
        `${told(SCHEMES.fp8.weights)}, and nvfp4-pack-quantized with ${told(SCHEMES.fp4.weights)}`,
    );
  }
  const rounded = SCHEMES[format].input_activations;
  if (inputs && !agrees(inputs, rounded)) {
    return refuse(`config_groups.${name}: input_activations of ${told(inputs)}; accepted are null and ${told(rounded)}`);
  }
  return format;
}

type Told = Pick<Scheme, 'num_bits' | 'type' | 'strategy' | 'group_size' | 'symmetric' | 'dynamic' | 'scale_dtype'>;

/** Whether a scheme is another in everything that changes its values. */
function agrees(scheme: Scheme, other: Told): boolean {
  const plain = ({ num_bits, type, strategy, group_size, symmetric, dynamic }: Told) =>
    JSON.stringify([num_bits, type, strategy, group_size ?? null, symmetric ?? true, dynamic ?? false]);
  const dtype = scheme.scale_dtype?.replace('torch.', '') ?? null;
  const scales = scheme.num_bits === 4 ? dtype === null || dtype === 'float8_e4m3fn' : true;
  const packed = scheme.scale_format ?? 'e4m3';
  return plain(scheme) === plain(other) && scales && packed === 'e4m3' && !scheme.actorder && !scheme.block_structure;
}

function told(scheme: Told & { actorder?: unknown; scale_format?: string | null }): string {
  const { num_bits, type, strategy, group_size, symmetric, dynamic, scale_dtype, actorder, scale_format } = scheme;
  return Object.entries({ num_bits, type, strategy, group_size, symmetric, dynamic, scale_dtype, scale_format, actorder })
    .filter(([, value]) => value !== undefined && value !== null)
    .map(([key, value]) => `${key} ${String(value)}`)
    .join(', ');
}
