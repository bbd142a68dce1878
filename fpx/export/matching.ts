/**
 * Which format a server gives a layer, by the rules vLLM goes by: what is ignored comes first, then targets in order, a name exactly and
 * `re:` from the name's start, and a fused layer by its shards. Exports are checked with it before anything is written.
 */
import { UNITS } from '../formats/precision.js';
import { OUTPUT_LAYER, type Deployable, type Deployment } from '../checkpoint/deployment.js';
import { layerNames } from '../checkpoint/units.js';
import { ExportError } from './errors.js';

/** What a checkpoint says of its layers. */
export interface Scheme {
  ignore: string[];
  groups: { format: Exclude<Deployable, 'bf16'>; targets: string[] }[];
}

/** Whether a target names a layer: the same text, or after `re:` an expression that matches from the name's start (not to its end). */
export function matches(target: string, layer: string): boolean {
  return target.startsWith('re:') ? new RegExp(`^(?:${target.slice(3)})`).test(layer) : target === layer;
}

/** The format of a layer on a server: BF16 where it is ignored, else that of the first target; undefined where nothing names it. */
export function servedFormat({ ignore, groups }: Scheme, layer: string): Deployable | undefined {
  if (ignore.some((target) => matches(target, layer))) return 'bf16';
  return groups.find(({ targets }) => targets.some((target) => matches(target, layer)))?.format;
}

/**
 * Sees to it that a scheme gives every layer what the deployment assigns it: each named by one group or ignored, never both, and all
 * shards of a fused layer alike. @throws ExportError naming the layer
 */
export function checkScheme(scheme: Scheme, { layers, model }: Deployment): void {
  const lists = [scheme.ignore, ...scheme.groups.map(({ targets }) => targets)];
  for (const { name, format } of layers) {
    const naming = lists.filter((targets) => targets.some((target) => matches(target, name))).length;
    if (naming !== 1) throw new ExportError(`${name} is named by ${naming} groups; exactly one is expected`);
    const served = servedFormat(scheme, name);
    if (served !== format) throw new ExportError(`${name} would be served in ${served} instead of ${format}`);
  }
  for (let layer = 0; layer < model.layers; layer++) {
    for (const unit of UNITS) {
      const formats = new Set(layerNames(layer, unit).map((name) => servedFormat(scheme, name)));
      if (formats.size !== 1) throw new ExportError(`layers.${layer}.${unit} is served fused and has ${[...formats].join(' and ')}`);
    }
  }
  if (servedFormat(scheme, OUTPUT_LAYER) !== 'bf16') throw new ExportError(`${OUTPUT_LAYER} must be left out`);
}
