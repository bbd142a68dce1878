/** The families of models that the engine computes: what sets them apart, and what their config.json means where it is silent. */

export const ARCHITECTURES = ['LlamaForCausalLM', 'Qwen2ForCausalLM', 'Qwen3ForCausalLM'] as const;
export type Architecture = (typeof ARCHITECTURES)[number];

/** All three share one layout (RMSNorm, grouped-query attention with rotary positions, SwiGLU); these are the differences. */
export interface Family {
  /** config.json's `model_type`. */
  modelType: string;
  /** Biases of attention: of queries, keys, values and output if `attention_bias` says so, or always of the first three alone. */
  attentionBias: 'attention_bias' | 'qkv';
  /** Queries and keys go through an RMSNorm of each head, before they turn. */
  qkNorms: boolean;
  /** Defaults of config.json's keys; undefined: hidden_size / heads, and as many as there are heads. */
  headWidth?: number;
  kvHeads?: number;
}

export const FAMILIES: Record<Architecture, Family> = {
  LlamaForCausalLM: { modelType: 'llama', attentionBias: 'attention_bias', qkNorms: false },
  Qwen2ForCausalLM: { modelType: 'qwen2', attentionBias: 'qkv', qkNorms: false, kvHeads: 32 },
  Qwen3ForCausalLM: { modelType: 'qwen3', attentionBias: 'attention_bias', qkNorms: true, headWidth: 128, kvHeads: 32 },
};
