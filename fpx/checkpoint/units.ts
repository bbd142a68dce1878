/** The linear layers of a checkpoint, as transformers names them, and the units that servers fuse them into. */

import { unitShape, UNITS, type BlockShape, type Unit } from '../formats/precision.js';

/** One linear layer: its matrix is [rows][inputs of its unit]. */
export interface LinearModule {
  /** `model.layers.0.self_attn.q_proj` */
  name: string;
  rows: number;
}

/** Where each unit's layers are in a block, and their names before `_proj`, in the order in which servers put them one under the other. */
export const PROJECTIONS: Record<Unit, { within: 'self_attn' | 'mlp'; names: readonly string[] }> = {
  qkv: { within: 'self_attn', names: ['q', 'k', 'v'] },
  o: { within: 'self_attn', names: ['o'] },
  gate_up: { within: 'mlp', names: ['gate', 'up'] },
  down: { within: 'mlp', names: ['down'] },
};

/** Names of a unit's linear layers in one block. */
export function layerNames(layer: number, unit: Unit): string[] {
  const { within, names } = PROJECTIONS[unit];
  return names.map((name) => `model.layers.${layer}.${within}.${name}_proj`);
}

/** The linear layers of a unit, one under the other. */
export function modulesOf(shape: BlockShape, layer: number, unit: Unit): LinearModule[] {
  const keys = shape.kvHeads * shape.headWidth;
  const { rows } = unitShape(shape, unit);
  const parts = unit === 'qkv' ? [rows - 2 * keys, keys, keys] : PROJECTIONS[unit].names.map((_, __, all) => rows / all.length);
  return layerNames(layer, unit).map((name, i) => ({ name, rows: parts[i]! }));
}

/** Every unit of every layer. */
export function* unitsOf(shape: BlockShape): Generator<{ layer: number; unit: Unit }> {
  for (let layer = 0; layer < shape.layers; layer++) for (const unit of UNITS) yield { layer, unit };
}
