/**
 * What ModelOpt writes beside a deployment's tensors: hf_quant_config.json, which TensorRT-LLM and SGLang read, and the
 * `quantization_config` of config.json, which vLLM prefers. Every layer is named in full.
 */
import { NVFP4_BLOCK } from '../quantize/nvfp4.js';
import { mustQuantize, OUTPUT_LAYER, type Deployment } from './deployment.js';

/** ModelOpt's "FP8" is one static scale a tensor, so the format with a scale a row and a token has a longer name there. */
const ALGORITHMS = {
  fp8: { quant_algo: 'FP8_PER_CHANNEL_PER_TOKEN' },
  fp4: { quant_algo: 'NVFP4', group_size: NVFP4_BLOCK },
};
const SIDES = {
  fp8: {
    weights: { dynamic: false, num_bits: 8, type: 'float', strategy: 'channel' },
    input_activations: { dynamic: true, num_bits: 8, type: 'float', strategy: 'token' },
  },
  fp4: {
    weights: { dynamic: false, num_bits: 4, type: 'float', group_size: NVFP4_BLOCK },
    input_activations: { dynamic: false, num_bits: 4, type: 'float', group_size: NVFP4_BLOCK },
  },
};

function excluded({ layers }: Deployment): string[] {
  return [OUTPUT_LAYER, ...layers.filter(({ format }) => format === 'bf16').map(({ name }) => name)];
}

function quantized({ layers }: Deployment): Record<string, (typeof ALGORITHMS)[keyof typeof ALGORITHMS]> {
  return Object.fromEntries(layers.flatMap(({ name, format }) => (format === 'bf16' ? [] : [[name, ALGORITHMS[format]]])));
}

/** The one algorithm of all layers that are not left out, or each layer's own. */
function algorithms(deployment: Deployment): Record<string, unknown> {
  const [only, ...others] = deployment.formats;
  if (others.length === 0) return ALGORITHMS[only!];
  return { quant_algo: 'MIXED_PRECISION', quantized_layers: quantized(deployment) };
}

/** hf_quant_config.json. @throws ExportError when all is BF16 */
export function hfQuantConfig(deployment: Deployment): Record<string, unknown> {
  mustQuantize(deployment, 'ModelOpt');
  const quantization = { kv_cache_quant_algo: null, exclude_modules: excluded(deployment), ...algorithms(deployment) };
  return { producer: { name: 'modelopt' }, quantization };
}

/** The `quantization_config` of config.json. @throws ExportError when all is BF16 */
export function modeloptConfig(deployment: Deployment): Record<string, unknown> {
  mustQuantize(deployment, 'ModelOpt');
  const { formats, layers } = deployment;
  const groups = formats.map((format, i) => [
    `group_${i}`,
    { ...SIDES[format], targets: layers.filter((each) => each.format === format).map(({ name }) => name) },
  ]);
  return {
    quant_method: 'modelopt',
    producer: { name: 'modelopt' },
    config_groups: Object.fromEntries(groups),
    ignore: excluded(deployment),
    ...algorithms(deployment),
  };
}
