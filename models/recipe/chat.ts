/** The tokens of a decision's prompt: the messages that the model agent sends, in the models' own chat template. */
import type { Prompt } from '../../harness/configuration/prompts.js';
import type { BpeEncoder } from './bpe.js';

/** A conversation as the models are trained on it: a role's token, its text; what the assistant said ends with `</s>`. */
export const CHAT_TEMPLATE =
  "{{ bos_token }}{% for message in messages %}{{ '<|' + message['role'] + '|>' + message['content'] }}" +
  "{% if message['role'] == 'assistant' %}{{ eos_token }}{% endif %}{% endfor %}" +
  "{% if add_generation_prompt %}{{ '<|assistant|>' }}{% endif %}";

/** The tokens up to where the answer begins: what `CHAT_TEMPLATE` gives for a system and a user message. */
export function chatTokens(encoder: BpeEncoder, { system, user }: Prompt): number[] {
  return [
    encoder.id('<s>'),
    encoder.id('<|system|>'),
    ...encoder.encode(system),
    encoder.id('<|user|>'),
    ...encoder.encode(user),
    encoder.id('<|assistant|>'),
  ];
}
