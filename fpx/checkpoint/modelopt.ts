/**
 * The form of NVIDIA's TensorRT Model Optimizer: an algorithm for each linear layer, or one for all that are not excluded. It is in
 * config.json's `quantization_config`, which vLLM prefers, and in hf_quant_config.json, where older servers look for it.
 *
 * "FP8" there means one scale for a whole matrix; FP8 by rows is FP8_PER_CHANNEL_PER_TOKEN. "NVFP4" rounds activations to FP4 and needs a
 * calibrated `input_scale`; weights alone are W4A16_NVFP4.
 */

import { z } from 'zod';
import type { BlockShape, PrecisionMap } from '../formats/precision.js';
import { NVFP4_BLOCK } from '../quantize/nvfp4.js';
import { namesIn, OUTPUT_LAYER, type Deployment, type Fp4Inputs } from './deployment.js';
import { mapOfModules } from './module-formats.js';
import type { DeployedFormat } from './quantized-layout.js';
import type { Refuse } from './rope.js';

/** What each format is called, FP4 by what becomes of its inputs. */
function writtenAs(format: DeployedFormat, fp4: Fp4Inputs): { quant_algo: string; group_size?: number } {
  if (format === 'fp8') return { quant_algo: 'FP8_PER_CHANNEL_PER_TOKEN' };
  return { quant_algo: fp4 === 'w4a4' ? 'NVFP4' : 'W4A16_NVFP4', group_size: NVFP4_BLOCK };
}

/** Names that are read. */
const ALGORITHMS: Record<string, DeployedFormat> = { FP8_PER_CHANNEL_PER_TOKEN: 'fp8', NVFP4: 'fp4', W4A16_NVFP4: 'fp4' };

/** The same in the words of groups, which other readers of `quantization_config` look at. */
function groupOf(format: DeployedFormat, fp4: Fp4Inputs): object {
  if (format === 'fp8')
    return {
      weights: { dynamic: false, num_bits: 8, type: 'float', strategy: 'channel' },
      input_activations: { dynamic: true, num_bits: 8, type: 'float', strategy: 'token' },
    };
  const side = { dynamic: false, num_bits: 4, type: 'float', group_size: NVFP4_BLOCK };
  return fp4 === 'w4a4' ? { weights: side, input_activations: side } : { weights: side };
}

/** `quantization_config` and the content of hf_quant_config.json of a deployment that quantises at least one layer. */
export function modelOptConfig(deployment: Deployment): { config: Record<string, unknown>; file: Record<string, unknown> } {
  const { formats: used, fp4, layers: all } = deployment;
  const exclude = [OUTPUT_LAYER, ...namesIn(deployment, 'bf16')];
  const layers = Object.fromEntries(all.flatMap(({ name, format }) => (format === 'bf16' ? [] : [[name, writtenAs(format, fp4)]])));
  const algorithm = used.length === 1 ? writtenAs(used[0]!, fp4) : { quant_algo: 'MIXED_PRECISION', quantized_layers: layers };
  const producer = { name: 'modelopt' };
  return {
    config: {
      quant_method: 'modelopt',
      config_groups: Object.fromEntries(
        used.map((format, i) => [`group_${i}`, { ...groupOf(format, fp4), targets: namesIn(deployment, format) }]),
      ),
      ignore: exclude,
      ...algorithm,
      producer,
    },
    file: { producer, quantization: { kv_cache_quant_algo: null, exclude_modules: exclude, ...algorithm } },
  };
}

const algorithmFields = { quant_algo: z.string(), group_size: z.number().nullish() };

const configSchema = z.looseObject({
  ...algorithmFields,
  ignore: z.array(z.string()).nullish(),
  quantized_layers: z.record(z.string(), z.looseObject(algorithmFields)).nullish(),
  kv_cache_scheme: z.null({ error: 'accepted is null' }).optional(),
});

/** The formats that a `quantization_config` of this form gives each unit. */
export function parseModelOpt(raw: unknown, shape: BlockShape, refuse: Refuse): PrecisionMap {
  const parsed = configSchema.safeParse(raw);
  if (!parsed.success) return refuse(z.prettifyError(parsed.error));
  const { ignore, quantized_layers: layers, ...whole } = parsed.data;
  const excluded = (ignore ?? []).map(wildcard);
  const mixed = whole.quant_algo.toUpperCase() === 'MIXED_PRECISION';
  if (mixed && !layers) return refuse('quant_algo MIXED_PRECISION without quantized_layers');
  const one = mixed ? undefined : algorithmOf('', whole, refuse);
  const each = new Map(Object.entries((mixed && layers) || {}).map(([name, layer]) => [name, algorithmOf(`${name}: `, layer, refuse)]));
  return mapOfModules(
    shape,
    (module) => (excluded.some((pattern) => pattern.test(module)) ? undefined : (one ?? each.get(module))),
    refuse,
  );
}

function algorithmOf(
  where: string,
  { quant_algo: name, group_size: size }: z.output<z.ZodObject<typeof algorithmFields>>,
  refuse: Refuse,
): DeployedFormat {
  const format = Object.hasOwn(ALGORITHMS, name.toUpperCase()) ? ALGORITHMS[name.toUpperCase()] : undefined;
  if (format === undefined)
    return refuse(`${where}quant_algo ${name}; accepted are ${Object.keys(ALGORITHMS).join(', ')}, and a mix of them`);
  if (format === 'fp4' && (size ?? NVFP4_BLOCK) !== NVFP4_BLOCK) return refuse(`${where}group_size ${size}; accepted is ${NVFP4_BLOCK}`);
  return format;
}

/** A name or shell pattern; it also stands for whatever is below it. */
function wildcard(pattern: string): RegExp {
  const escaped = pattern.replace(/[.+^${}()|[\]\\]/g, '\\$&');
  return new RegExp(`^${escaped.replaceAll('*', '.*').replaceAll('?', '.')}(\\.|$)`);
}
