/** The largest magnitudes that come into units on real prompts: what servers scale FP4 inputs by. */
import { UNITS } from '../formats/precision.js';
import type { UnitInput } from '../model/forward.js';
import type { Transformer } from '../model/transformer.js';
import type { Prompt } from './answers.js';
import { listenToAll } from './unit-inputs.js';

/**
 * Of each unit's inputs over all prompts and their answers, the model in BF16, layer by layer in the order of UNITS. The model is left in BF16.
 * @param onPrompt told how many are done
 */
export function largestInputs(model: Transformer, prompts: readonly Prompt[], onPrompt?: (done: number) => void): number[] {
  const largest = new Array<number>(model.config.layers * UNITS.length).fill(0);
  const listener = ({ layer, unit, values }: UnitInput): void => {
    const at = layer * UNITS.length + UNITS.indexOf(unit);
    for (const value of values()) largest[at] = Math.max(largest[at]!, Math.abs(value));
  };
  listenToAll(model, prompts, listener, onPrompt);
  return largest;
}
