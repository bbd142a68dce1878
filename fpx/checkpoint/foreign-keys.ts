/**
 * Keys of config.json that the engine does not compute with. Those that change no result pass; those that would change one, the multipliers
 * and switches of other families above all, are refused by name unless their value changes nothing.
 */

import type { Refuse } from './rope.js';

/** Keys that say nothing about arithmetic, as patterns of whole names. Names that begin with `_` are the libraries' own. */
const HARMLESS = wholeNames(
  ...['_.*', 'architectures', 'model_type', 'name', 'license', 'transformers_version', 'transformers\\.js_config', 'unsloth_.*'],
  ...['torch_dtype', 'dtype', 'use_cache', 'use_bfloat16', 'torchscript', 'return_dict.*', 'output_(attentions|hidden_states|scores)'],
  ...['(bos|eos|pad|sep|cls|unk|mask|decoder_start)_token_id', 'vocab_file', 'tokenizer_class', 'keys_to_ignore_at_inference'],
  ...['initializer_range', 'initializer_cutoff_factor', '.*dropout(_prob|_rate)?', '.*_pdrop', 'neftune_noise_alpha'],
  ...['gradient_checkpointing', 'chunk_size_feed_forward', 'pretraining_tp', 'attention_softmax_in_fp32'],
  ...['(_?attn|attention)_implementation', 'use_(sdpa|flash_attn|flash_attention)', 'is_encoder_decoder', 'is_llama_config'],
  ...['id2label', 'label2id', 'num_labels', 'problem_type', 'task_specific_params', 'finetuned', 'finetuning_task', 'max_window_layers'],
  // Settings of generation, as old versions of the library wrote them; requests have their own.
  ...['temperature', 'top_[kp]', 'typical_p', 'repetition_penalty', 'length_penalty', '(max|min)_length', 'num_beams'],
);

function wholeNames(...patterns: string[]): RegExp {
  return new RegExp(`^(${patterns.join('|')})$`);
}

/** Computed elsewhere, or checked there. */
const USED = new Set([
  ...['vocab_size', 'hidden_size', 'intermediate_size', 'num_hidden_layers', 'num_attention_heads', 'num_key_value_heads', 'head_dim'],
  ...['max_position_embeddings', 'rms_norm_eps', 'rope_theta', 'rope_scaling', 'rope_parameters', 'original_max_position_embeddings'],
  ...['tie_word_embeddings', 'attention_bias', 'use_sliding_window', 'sliding_window', 'layer_types', 'quantization_config'],
]);

/** Values of other keys that are what the engine computes anyway. Multipliers of Granite, Gemma, Cohere and MiniCPM, and switches. */
function neutralValues(sizes: { dModel: number; headWidth: number }): Record<string, readonly unknown[]> {
  return {
    ...{ hidden_act: ['silu', 'swish'], hidden_activation: ['silu', 'swish'], mlp_bias: [false] },
    ...{ partial_rotary_factor: [1], rotary_pct: [1], rotary_dim: [sizes.headWidth], rope_interleaved: [false], rope_interleave: [false] },
    ...{ position_embedding_type: ['rotary', 'rope'], is_causal: [true], use_rope: [true], scale_attn_weights: [true] },
    ...{ embedding_multiplier: [1], residual_multiplier: [1], attention_multiplier: [sizes.headWidth ** -0.5], logits_scaling: [1] },
    ...{ logit_scale: [1], lm_head_multiplier: [1], scale_emb: [1], scale_depth: [], dim_model_base: [sizes.dModel] },
    ...{ query_pre_attn_scalar: [sizes.headWidth], is_decoder: [true, false], add_cross_attention: [false] },
  };
}

/** Parts of names that speak of arithmetic: a key that is not known and is called so is not passed over. */
const ARITHMETIC = new RegExp(
  [
    ...['scal', 'multipl', 'soft_?cap', 'factor', 'alpha', 'clip', 'norm', 'bias', 'mup', 'logit', 'softmax', 'residual', 'embed'],
    ...['rope', 'rotary', 'alibi', 'position_emb', 'interleav', 'window', 'chunk', 'sink', 'sparse', 'attn', 'attention', 'parallel'],
    ...['expert', 'moe', 'router', 'mlp', 'ffn', 'activation', '_act$', 'mamba', 'conv', 'recurren', 'lora', 'adapter', '_layers?$'],
    ...['compress', 'quant', 'n_predict'],
  ].join('|'),
  'i',
);

const isSilent = (value: unknown): boolean =>
  value === null ||
  value === undefined ||
  value === false ||
  value === '' ||
  (typeof value === 'object' && Object.keys(value).length === 0);

/** Refuses keys whose values would change a result; returns the names of keys that are neither known nor speak of arithmetic. */
export function checkForeignKeys(
  config: Readonly<Record<string, unknown>>,
  sizes: { dModel: number; headWidth: number },
  refuse: Refuse,
): string[] {
  const neutral = neutralValues(sizes);
  const unknown: string[] = [];
  for (const [key, value] of Object.entries(config)) {
    if (USED.has(key) || HARMLESS.test(key)) continue;
    const values = Object.hasOwn(neutral, key) ? neutral[key] : undefined;
    if (values?.includes(value)) continue;
    if (key === 'auto_map') {
      const names = Object.keys((value ?? {}) as object).filter((each) => each.startsWith('AutoModel'));
      if (names.length > 0) refuse(`auto_map: ${names.join(', ')}: the checkpoint brings code of its own for the model, which is not run`);
      continue;
    }
    // A switch that is on by default is off when it says so; all others are silent when they are.
    if (isSilent(value) && (value !== false || values === undefined || !values.includes(true))) continue;
    if (values !== undefined || ARITHMETIC.test(key)) {
      const fine = values !== undefined && values.length > 0 ? ` or ${values.map((each) => JSON.stringify(each)).join(' or ')}` : '';
      refuse(`${key} ${shown(value)} is not computed by this engine; accepted is leaving it out${fine}`);
    }
    unknown.push(key);
  }
  return unknown;
}

function shown(value: unknown): string {
  const text = JSON.stringify(value);
  return text.length > 60 ? `${text.slice(0, 57)}...` : text;
}
