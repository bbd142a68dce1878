/**
 * The published rule of precision assignment (FPX, "Win Fast or Lose Slow", arXiv 2505.19481): of all linear layers the share gamma whose
 * outputs FP4 changes least gets FP4, the rest FP8.
 */
import { unitShape, type BlockShape, type Format, type Unit } from '../formats/precision.js';

/** What of a calibration the published rule looks at: each unit's relative output error in either kind of FP4. */
export interface OutputErrors {
  model: { shape: BlockShape };
  units: readonly { unit: Unit; formats: Readonly<Record<'fp4' | 'fp4-tensor', { error: number }>> }[];
}

/**
 * The format of every unit, in the order of the calibration's units. Units are taken in the order of their relative output error in FP4,
 * equal ones in the order of layers and within a layer qkv, o, gate_up, down. A unit counts as the linear layers it fuses (3, 1, 2, 1) and
 * is never divided: the first that would lift the count above gamma times all linear layers ends the list, so that the share is at most
 * gamma and FP4 units are those of the smallest errors, none passed over.
 * @param gamma from 0 to 1 @param fp4 which kind of FP4
 */
export function assignByGamma(calibration: OutputErrors, gamma: number, fp4: 'fp4' | 'fp4-tensor' = 'fp4'): Format[] {
  const { units, model } = calibration;
  const linearLayers = units.map(({ unit }) => unitShape(model.shape, unit).linearLayers);
  const all = linearLayers.reduce((sum, count) => sum + count, 0);
  // 0.7 x 350 is not quite 245 in floating point.
  const most = Math.floor(gamma * all + 1e-9);
  const formats = units.map((): Format => 'fp8');
  // Sorting leaves equal ones in the model's order.
  const byError = units.map((_, i) => i).sort((a, b) => units[a]!.formats[fp4].error - units[b]!.formats[fp4].error);
  let count = 0;
  for (const i of byError) {
    count += linearLayers[i]!;
    if (count > most) break;
    formats[i] = fp4;
  }
  return formats;
}
