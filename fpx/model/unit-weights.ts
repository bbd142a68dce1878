/**
 * The linear layers of a model's blocks, in every format that was asked for. A unit is rounded to a format once and kept, so that maps which
 * agree on a unit share it, and changing between maps neither reads the checkpoint again nor takes memory again.
 */

import type { Checkpoint } from '../checkpoint/safetensors.js';
import type { ModelConfig } from '../checkpoint/model-config.js';
import { formatOf, unitShape, UNITS, type Format, type PrecisionMap, type Unit } from '../formats/precision.js';
import type { KernelMemory } from '../kernels/kernels.js';
import { Linear } from './linear.js';

/** The checkpoint's matrices that a unit is, one under the other: their names and rows. */
export function matricesOf(config: ModelConfig, layer: number, unit: Unit): [name: string, rows: number][] {
  const { dModel, ffWidth, heads, kvHeads, headWidth } = config;
  const [attention, mlp] = [`model.layers.${layer}.self_attn`, `model.layers.${layer}.mlp`];
  switch (unit) {
    case 'qkv':
      return [
        [`${attention}.q_proj.weight`, heads * headWidth],
        [`${attention}.k_proj.weight`, kvHeads * headWidth],
        [`${attention}.v_proj.weight`, kvHeads * headWidth],
      ];
    case 'o':
      return [[`${attention}.o_proj.weight`, dModel]];
    case 'gate_up':
      return [
        [`${mlp}.gate_proj.weight`, ffWidth],
        [`${mlp}.up_proj.weight`, ffWidth],
      ];
    case 'down':
      return [[`${mlp}.down_proj.weight`, dModel]];
  }
}

export class UnitWeights {
  private readonly placed = new Map<string, Linear>();

  constructor(
    private readonly memory: KernelMemory,
    private readonly checkpoint: Checkpoint,
    private readonly config: ModelConfig,
  ) {}

  /** A unit in a format; placed by the first call. An address in memory stays, a view of it may be detached. */
  get(layer: number, unit: Unit, format: Format): Linear {
    const key = `${layer} ${unit} ${format}`;
    const known = this.placed.get(key);
    if (known) return known;
    const { rows, depth } = unitShape(this.config, unit);
    const linear = Linear.place(this.memory, format, this.read(layer, unit), rows, depth);
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

  private read(layer: number, unit: Unit): Float32Array {
    const { rows, depth } = unitShape(this.config, unit);
    const values = new Float32Array(rows * depth);
    let at = 0;
    for (const [name, partRows] of matricesOf(this.config, layer, unit)) {
      values.set(this.checkpoint.read(name, [partRows, depth]).values, at);
      at += partRows * depth;
    }
    return values;
  }
}
