/**
 * The linear layers of a model's blocks, in every format that was asked for. A unit is rounded to a format once and kept, so that maps which
 * agree on a unit share it, and changing between maps neither reads the checkpoint again nor takes memory again.
 */

import type { Checkpoint } from '../checkpoint/safetensors.js';
import type { ModelConfig } from '../checkpoint/model-config.js';
import { readUnit } from '../checkpoint/unit-reading.js';
import { formatOf, PrecisionMapError, unitShape, UNITS, type Format, type PrecisionMap, type Unit } from '../formats/precision.js';
import type { KernelMemory } from '../kernels/kernels.js';
import { Linear } from './linear.js';

export class UnitWeights {
  private readonly placed = new Map<string, Linear>();

  constructor(
    private readonly memory: KernelMemory,
    private readonly checkpoint: Checkpoint,
    private readonly config: ModelConfig,
  ) {}

  /** A unit in a format; placed by the first call. @throws PrecisionMapError for a unit that was saved in another one */
  get(layer: number, unit: Unit, format: Format): Linear {
    const key = `${layer} ${unit} ${format}`;
    const known = this.placed.get(key);
    if (known) return known;
    const { rows, depth } = unitShape(this.config, unit);
    const matrix = readUnit(this.checkpoint, this.config, layer, unit, format);
    if (matrix.format !== format)
      throw new PrecisionMapError(
        `layers.${layer}.${unit} was saved in ${matrix.format}; accepted: that format, or a checkpoint that was not quantised`,
      );
    const linear = Linear.placeRounded(this.memory, matrix, rows, depth);
    this.placed.set(key, linear);
    return linear;
  }

  /** The units of a layer as a map has them. */
  ofLayer(map: PrecisionMap, layer: number): Record<Unit, Linear> {
    return Object.fromEntries(UNITS.map((unit) => [unit, this.get(layer, unit, formatOf(map, layer, unit))])) as Record<Unit, Linear>;
  }

  /** Bytes of weights and scales of everything placed so far. */
  get bytes(): number {
    return [...this.placed.values()].reduce((sum, { bytes }) => sum + bytes, 0);
  }
}
