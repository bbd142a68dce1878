/** Precision maps at random, of formats that servers load. */

import fc from 'fast-check';
import { UNITS, type BlockShape, type Format, type PrecisionMap } from '../../fpx/formats/precision.js';

/** A model of more than ten layers, so that layer 1's name begins layer 11's. */
export const TWELVE: BlockShape = { layers: 12, dModel: 64, ffWidth: 96, heads: 4, kvHeads: 2, headWidth: 16 };

const format = fc.constantFrom<Format>('bf16', 'fp8', 'fp4');

/** Maps that name every unit of `shape`, at least one of which is quantised. */
export function deployableMaps(shape: BlockShape): fc.Arbitrary<PrecisionMap> {
  const names = Array.from({ length: shape.layers }, (_, layer) => UNITS.map((unit) => `layers.${layer}.${unit}`)).flat();
  return fc
    .array(format, { minLength: names.length, maxLength: names.length })
    .filter((formats) => formats.some((each) => each !== 'bf16'))
    .map((formats) => ({ default: 'bf16' as const, units: Object.fromEntries(names.map((name, i) => [name, formats[i]!])) }));
}

/** The linear layers of transformers' Llama, with the unit of each, from the published names. */
export function publishedModules(shape: BlockShape): [name: string, key: string][] {
  const units = { qkv: ['q', 'k', 'v'], o: ['o'], gate_up: ['gate', 'up'], down: ['down'] };
  return Array.from({ length: shape.layers }, (_, layer) =>
    Object.entries(units).flatMap(([unit, parts]) =>
      parts.map((part): [string, string] => [
        `model.layers.${layer}.${unit === 'qkv' || unit === 'o' ? 'self_attn' : 'mlp'}.${part}_proj`,
        `layers.${layer}.${unit}`,
      ]),
    ),
  ).flat();
}
