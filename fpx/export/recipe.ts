/**
 * The llm-compressor recipe of a deployment. Layers are named by full regular expressions: vLLM tries a class name such as "Linear" before a
 * fused layer's shards, so none may stand beside them.
 */
import { stringify } from 'yaml';
import { schemeOfFormat, targetsIn } from '../checkpoint/compressed-tensors.js';
import { OUTPUT_LAYER, type Deployment } from '../checkpoint/deployment.js';
import { mustQuantize } from './errors.js';
import { checkScheme, type Scheme } from './matching.js';

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
  const config_groups = Object.fromEntries(
    groups.map(({ format, targets }, i) => {
      const { weights, input_activations } = schemeOfFormat(format, deployment.fp4);
      // A checkpoint names types as PyTorch prints them, a recipe without the library's name.
      const plain = 'scale_dtype' in weights ? { ...weights, scale_dtype: weights.scale_dtype.replace('torch.', '') } : weights;
      return [`group_${i}`, { targets, weights: plain, ...(input_activations === null ? {} : { input_activations }) }];
    }),
  );
  const recipe = { quant_stage: { quant_modifiers: { QuantizationModifier: { ignore, config_groups } } } };
  return stringify(recipe, { singleQuote: true, lineWidth: 0, aliasDuplicateObjects: false });
}
