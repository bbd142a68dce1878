/**
 * The published measure of a layer's sensitivity: how far its output moves, on the inputs that come in real prompts, when its weights (and
 * the inputs, as the format has them) are rounded: ||W_q x_q - W x|| / ||W x||, sums over all tokens.
 */
import type { UnitInput } from '../model/forward.js';
import type { Transformer } from '../model/transformer.js';
import { UNITS, type Unit } from '../formats/precision.js';
import type { Prompt } from './answers.js';
import { listenToAll } from './unit-inputs.js';
import { CHEAPER, type Cheaper } from './calibration.js';

/** Squared sums over the outputs of a unit, or of several. */
interface Sums {
  signal: number;
  noise: Record<Cheaper, number>;
}

/** Relative output errors in each format. */
export type FormatErrors = Record<Cheaper, number>;

export interface OutputErrors {
  /** Of each unit, layer by layer in the order of UNITS. */
  units: { layer: number; unit: Unit; errors: FormatErrors }[];
  /** Of each layer: the outputs of its four units taken together, each unit on the input that it has in BF16. */
  layers: FormatErrors[];
}

/**
 * Runs the prompts and their answers through the model as it is in BF16 and compares each unit's output with the formats' on the same input.
 * The model is left in BF16. @param onPrompt told how many are done
 */
export function outputErrors(model: Transformer, prompts: readonly Prompt[], onPrompt?: (done: number) => void): OutputErrors {
  const { layers } = model.config;
  const sums = Array.from({ length: layers * UNITS.length }, noSums);
  const listener = ({ layer, unit, output }: UnitInput): void => {
    const sum = sums[layer * UNITS.length + UNITS.indexOf(unit)]!;
    const plain = output('bf16').slice();
    for (const value of plain) sum.signal += value * value;
    for (const format of CHEAPER) {
      const rounded = output(format);
      let noise = 0;
      for (let i = 0; i < plain.length; i++) noise += (rounded[i]! - plain[i]!) ** 2;
      sum.noise[format] += noise;
    }
  };
  listenToAll(model, prompts, listener, onPrompt);
  return {
    units: sums.map((sum, i) => ({ layer: Math.floor(i / UNITS.length), unit: UNITS[i % UNITS.length]!, errors: errorsOf(sum) })),
    layers: Array.from({ length: layers }, (_, layer) => errorsOf(together(sums.slice(layer * UNITS.length, (layer + 1) * UNITS.length)))),
  };
}

function noSums(): Sums {
  return { signal: 0, noise: { fp8: 0, fp4: 0, 'fp4-tensor': 0 } };
}

function together(units: readonly Sums[]): Sums {
  const all = noSums();
  for (const { signal, noise } of units) {
    all.signal += signal;
    for (const format of CHEAPER) all.noise[format] += noise[format];
  }
  return all;
}

function errorsOf({ signal, noise }: Sums): FormatErrors {
  return Object.fromEntries(CHEAPER.map((format) => [format, signal === 0 ? 0 : Math.sqrt(noise[format] / signal)])) as FormatErrors;
}
