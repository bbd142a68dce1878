/**
 * Fields of a request that this engine does not honour. Such a field is refused by name, never ignored: an answer without it would be
 * taken for one with it. What asks for nothing (null, or the value that stands for what happens anyway) passes.
 */

/** Fields that only say who asks, or what for: any value. */
const HARMLESS = new Set([
  ...['user', 'metadata', 'safety_identifier', 'prompt_cache_key', 'request_id', 'program_id', 'session_id', 'job_id'],
  ...['parallel_tool_calls', 'agent_hints', 'agent_hint', 'rid'],
]);

/** Fields that hold hints about the caller for whoever schedules, and may hold more: these members change no answer. */
const HOLDS_HINTS: Record<string, string> = { nvext: 'agent_hints', vllm_xargs: 'agentic_context' };

/** Values that ask for what is done anyway. */
const NEUTRAL: Record<string, readonly unknown[]> = {
  ...{ store: [false], service_tier: ['auto', 'default'], modalities: [['text']], verbosity: ['medium'], priority: [0] },
  ...{ n: [1], best_of: [1], use_beam_search: [false], length_penalty: [1], echo: [false], suffix: [''], return_token_ids: [false] },
  ...{ logit_bias: [{}], presence_penalty: [0], frequency_penalty: [0], repetition_penalty: [1] },
  ...{ min_p: [0], typical_p: [1], min_tokens: [0], stop_token_ids: [[]], bad_words: [[]], include_stop_str_in_output: [false] },
  ...{ tools: [[]], functions: [[]], tool_choice: ['none'], function_call: ['none'] },
  ...{ skip_special_tokens: [true], spaces_between_special_tokens: [true], detokenize: [true], cache_prompt: [true] },
  ...{ return_tokens_as_token_ids: [false], documents: [[]], mm_processor_kwargs: [{}], logits_processors: [[]] },
  ...{ no_stop_trim: [false], stop_regex: [[], ''], separate_reasoning: [true], stream_reasoning: [true], return_hidden_states: [false] },
  ...{
    repeat_penalty: [1],
    mirostat: [0],
    dynatemp_range: [0],
    xtc_probability: [0],
    dry_multiplier: [0],
    top_n_sigma: [-1],
    id_slot: [-1],
  },
  ...{ n_probs: [0], n_keep: [0], min_keep: [0], timings_per_token: [false], return_progress: [false], top_a: [0] },
  ...{ add_generation_prompt: [true], continue_final_message: [false], add_special_tokens: [false], include_reasoning: [true] },
};

/** Names of the past, and what is written today. */
const TODAY: Record<string, string> = {
  guided_json: 'write response_format with a json_schema, or structured_outputs: {"json": ...}',
  guided_regex: 'write structured_outputs: {"regex": ...}',
  guided_choice: 'write structured_outputs: {"choice": [...]}',
};

/** What is wrong with a field that the engine does not honour; undefined when its value asks for nothing. */
export function refusalOf(field: string, value: unknown, honoured: readonly string[]): string | undefined {
  if (value === null || value === undefined || HARMLESS.has(field)) return undefined;
  if (Object.hasOwn(HOLDS_HINTS, field) && typeof value === 'object') {
    const [more] = Object.entries(value).flatMap(([name, each]) => (name === HOLDS_HINTS[field] || each === null ? [] : [name]));
    return more === undefined ? undefined : `${more} is not supported by the embedded engine: leave it out (of ${field} it takes ${HOLDS_HINTS[field]})`; // prettier-ignore
  }
  const neutral = Object.hasOwn(NEUTRAL, field) ? NEUTRAL[field]! : [];
  const given = JSON.stringify(value);
  if (neutral.some((each) => JSON.stringify(each) === given)) return undefined;
  if (Object.hasOwn(TODAY, field)) return `not supported by the embedded engine: ${TODAY[field]}`;
  if (neutral.length > 0) {
    return `not supported by the embedded engine: leave it out, or ${neutral.map((each) => JSON.stringify(each)).join(' or ')}`;
  }
  return `not supported by the embedded engine: leave it out (it honours ${honoured.join(', ')})`;
}
