/** Everything that comes into the units of a model on real prompts. */
import type { UnitInput } from '../model/forward.js';
import type { Transformer } from '../model/transformer.js';
import { hear, type Prompt } from './answers.js';

/**
 * Runs the prompts and their answers through the model as it is in BF16, telling `listener` each unit's input. The model is left in BF16, and
 * nobody listens to it any more. @param onPrompt told how many are done
 */
export function listenToAll(
  model: Transformer,
  prompts: readonly Prompt[],
  listener: (input: UnitInput) => void,
  onPrompt?: (done: number) => void,
): void {
  model.use({ default: 'bf16', units: {} });
  model.listen(listener);
  try {
    for (const [i, prompt] of prompts.entries()) {
      hear(model, prompt);
      onPrompt?.(i + 1);
    }
  } finally {
    model.listen(undefined);
  }
}
