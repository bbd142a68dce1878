/** The linear layers of a checkpoint, as transformers names them, and the units that servers fuse them into. */

import { unitShape, UNITS, type BlockShape, type Unit } from '../formats/precision.js';

/** One linear layer: its matrix is [rows][inputs of its unit]. */
export interface LinearModule {
  /** `model.layers.0.self_attn.q_proj` */
  name: string;
  rows: number;
}

/** Where each unit's layers are in a block, in the order in which servers put them one under the other. */
const PLACES: Record<Unit, readonly string[]> = {
  qkv: ['self_attn.q_proj', 'self_attn.k_proj', 'self_attn.v_proj'],
  o: ['self_attn.o_proj'],
  gate_up: ['mlp.gate_proj', 'mlp.up_proj'],
  down: ['mlp.down_proj'],
};

/** The names of a unit's linear layers within a block. */
export function placesOf(unit: Unit): readonly string[] {
  return PLACES[unit];
}

/** The linear layers of a unit, one under the other. */
export function modulesOf(shape: BlockShape, layer: number, unit: Unit): LinearModule[] {
  const keys = shape.kvHeads * shape.headWidth;
  const { rows } = unitShape(shape, unit);
  const parts = unit === 'qkv' ? [rows - 2 * keys, keys, keys] : PLACES[unit].map((_, __, all) => rows / all.length);
  return PLACES[unit].map((place, i) => ({ name: `model.layers.${layer}.${place}`, rows: parts[i]! }));
}

/** Every unit of every layer. */
export function* unitsOf(shape: BlockShape): Generator<{ layer: number; unit: Unit }> {
  for (let layer = 0; layer < shape.layers; layer++) for (const unit of UNITS) yield { layer, unit };
}
