/** Random precision maps for models that are exported. */
import fc from 'fast-check';
import { DEPLOYABLE } from '../../../fpx/checkpoint/deployment.js';
import { knownModels, type ModelShape } from '../../../fpx/export/model-shapes.js';
import { UNITS, type PrecisionMap } from '../../../fpx/formats/precision.js';

/** A known model, and a map that gives each of its units a format that can be deployed. */
export const assignments: fc.Arbitrary<{ model: ModelShape; map: PrecisionMap }> = fc.constantFrom(...knownModels()).chain((model) =>
  fc.array(fc.constantFrom(...DEPLOYABLE), { minLength: 4 * model.layers, maxLength: 4 * model.layers }).map((formats) => ({
    model,
    map: {
      default: 'bf16' as const,
      units: Object.fromEntries(formats.map((format, i) => [`layers.${Math.floor(i / 4)}.${UNITS[i % 4]!}`, format])),
    },
  })),
);

/** A known model by its name. */
export function known(id: string): ModelShape {
  const model = knownModels().find((each) => each.id === id);
  if (!model) throw new Error(`no model ${id}`);
  return model;
}
