/** From a format for each linear layer, as files have it, to one for each unit, as servers compute it. */

import { type BlockShape, type Format, type PrecisionMap } from '../formats/precision.js';
import type { DeployedFormat } from './quantized-layout.js';
import type { Refuse } from './rope.js';
import { modulesOf, unitsOf } from './units.js';

/** The map that names every unit; layers of a unit that differ are refused, since servers fuse them. */
export function mapOfModules(
  shape: BlockShape,
  formatOfModule: (module: string) => DeployedFormat | undefined,
  refuse: Refuse,
): PrecisionMap {
  const units: Record<string, Format> = {};
  for (const { layer, unit } of unitsOf(shape)) {
    const formats = modulesOf(shape, layer, unit).map(({ name }) => ({ name, format: formatOfModule(name) ?? ('bf16' as const) }));
    const other = formats.find(({ format }) => format !== formats[0]!.format);
    if (other !== undefined) {
      const [a, b] = [formats[0]!, other];
      refuse(`${a.name} is ${a.format} and ${b.name} ${b.format}; accepted is one format for layers that are served fused`);
    }
    units[`layers.${layer}.${unit}`] = formats[0]!.format;
  }
  return { default: 'bf16', units };
}
