/**
 * The formats that a quantised checkpoint holds its units in, as config.json's `quantization_config` says, and what a configuration may ask
 * of such a checkpoint: `as-saved`, or a precision map that agrees with it unit by unit. Nothing is rounded a second time.
 */

import { AS_SAVED, formatOf, PrecisionMapError, type BlockShape, type PrecisionChoice, type PrecisionMap } from '../formats/precision.js';
import { parseCompressedTensors } from './compressed-tensors.js';
import { parseModelOpt } from './modelopt.js';
import type { QuantizedForm } from './quantized-layout.js';
import type { Refuse } from './rope.js';
import { unitsOf } from './units.js';

/** What a quantised checkpoint is. */
export interface SavedFormats {
  form: QuantizedForm;
  /** Names every unit of every layer; the rest is as it was. */
  map: PrecisionMap;
}

/** Reads config.json's `quantization_config`; whatever else than both forms is refused by name. */
export function parseSavedFormats(raw: { quant_method?: unknown }, shape: BlockShape, refuse: Refuse): SavedFormats {
  const told: Refuse = (what) => refuse(`quantization_config: ${what}`);
  switch (raw.quant_method) {
    case 'compressed-tensors':
      return { form: 'compressed-tensors', map: parseCompressedTensors(raw, shape, told) };
    case 'modelopt':
      return { form: 'modelopt', map: parseModelOpt(raw, shape, told) };
    default: {
      const method = typeof raw.quant_method === 'string' ? raw.quant_method : 'of an unnamed method';
      return told(
        `the weights are quantised already (${method}); accepted are F32, F16 and BF16 weights, and quant_method compressed-tensors or modelopt`,
      );
    }
  }
}

/**
 * The map that a model is loaded with. @throws PrecisionMapError where `as-saved` is asked of a checkpoint that is not quantised, or a map
 * differs from what a quantised one holds
 */
export function settlePrecision(choice: PrecisionChoice, config: BlockShape & { saved?: SavedFormats }): PrecisionMap {
  const { saved } = config;
  if (choice === AS_SAVED) {
    if (saved !== undefined) return saved.map;
    throw new PrecisionMapError(
      `precision "${AS_SAVED}": the checkpoint is not quantised; accepted are bf16, fp8, fp4, fp4-tensor, or a map`,
    );
  }
  if (saved === undefined) return choice;
  for (const { layer, unit } of unitsOf(config)) {
    const [asked, held] = [formatOf(choice, layer, unit), formatOf(saved.map, layer, unit)];
    if (asked === held) continue;
    throw new PrecisionMapError(
      `precision map: layers.${layer}.${unit} is ${asked}, and the checkpoint, quantised before (${saved.form}), holds it in ${held}; ` +
        `accepted are "${AS_SAVED}", or a map that agrees with the checkpoint unit by unit`,
    );
  }
  return choice;
}
