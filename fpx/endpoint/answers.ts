/**
 * The bodies of chat completions, whole and in chunks, as OpenAI documents them, plus one extension object: `tickbench`.
 */
import type { Generation } from '../model/generate.js';

/** Where the time of a request went, in real microseconds; sent as `tickbench` with every part of the answer, as it is until then. */
export interface Timing {
  /** Applying the chat template and tokenising. */
  encodeUs: number;
  /** Waiting for the slot. */
  queueUs: number;
  promptUs: number;
  decodeUs: number;
  /** Share of the computing time really spent on a processor; under 900 the request was contended. */
  cpuPermille: number;
  /** Token counts that streams tell only at their end otherwise. */
  promptTokens: number;
  cachedTokens: number;
}

export interface Usage {
  prompt_tokens: number;
  completion_tokens: number;
  total_tokens: number;
  prompt_tokens_details: { cached_tokens: number };
}

/** Token counts of a finished generation. */
export function usageOf(generation: Generation): Usage {
  return {
    prompt_tokens: generation.promptTokens,
    completion_tokens: generation.completionTokens,
    total_tokens: generation.promptTokens + generation.completionTokens,
    prompt_tokens_details: { cached_tokens: generation.cachedTokens },
  };
}

/** What every part of one answer repeats. */
export interface AnswerHead {
  id: string;
  /** Unix seconds. */
  created: number;
  model: string;
  system_fingerprint: string;
}

/** The answer to a request without streaming. */
export function completion(head: AnswerHead, generation: Generation, timing: Timing): object {
  const message = { role: 'assistant', content: generation.text, refusal: null };
  return {
    ...head,
    object: 'chat.completion',
    choices: [{ index: 0, message, logprobs: null, finish_reason: generation.finish }],
    usage: usageOf(generation),
    tickbench: timing,
  };
}

/** One chunk of a streamed answer. */
export function chunk(head: AnswerHead, delta: { role?: 'assistant'; content?: string }, finish: string | null): object {
  return { ...head, object: 'chat.completion.chunk', choices: [{ index: 0, delta, logprobs: null, finish_reason: finish }] };
}

/** The chunk after the last one that has a choice: token counts, when they were asked for. */
export function usageChunk(head: AnswerHead, usage: Usage): object {
  return { ...head, object: 'chat.completion.chunk', choices: [], usage };
}
