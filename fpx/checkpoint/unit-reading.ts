/** Reads a unit's matrix from a checkpoint in the format asked for: rounded now, or as it was saved. */

import { formatOf, unitShape, type Format, type Unit } from '../formats/precision.js';
import { quantizeMatrix, type QuantizedMatrix } from '../quantize/matrix.js';
import type { ScaleRule } from '../quantize/nvfp4.js';
import type { ModelConfig } from './model-config.js';
import { readQuantized, type DeployedFormat } from './quantized-layout.js';
import type { Checkpoint } from './safetensors.js';
import { modulesOf } from './units.js';

/**
 * A unit's matrix, its layers one under the other. `format` is the saved one where the checkpoint is quantised (see saved-formats.ts).
 * @throws CheckpointError
 */
export function readUnit(
  checkpoint: Checkpoint,
  config: ModelConfig,
  layer: number,
  unit: Unit,
  format: Format,
  rule?: ScaleRule,
): QuantizedMatrix {
  const { rows, depth } = unitShape(config, unit);
  const modules = modulesOf(config, layer, unit);
  const saved = config.saved && formatOf(config.saved.map, layer, unit);
  if (config.saved && saved !== 'bf16') return readQuantized(checkpoint, config.saved.form, saved as DeployedFormat, modules, depth);
  const values = new Float32Array(rows * depth);
  let at = 0;
  for (const { name, rows: partRows } of modules) {
    values.set(checkpoint.read(`${name}.weight`, [partRows, depth]).values, at);
    at += partRows * depth;
  }
  return quantizeMatrix(format, values, depth, rule);
}
