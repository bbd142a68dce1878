/**
 * The bodies of completions, whole and in chunks, as OpenAI documents them for chats and for texts, plus one extension object: `tickbench`.
 */
import type { Generation } from '../model/answer.js';
import type { ToldToken } from '../model/logprobs.js';
import type { Tokenizer } from '../text/tokenizer.js';
import type { RequestKind } from './prompt.js';
import { chatLogprobs, textLogprobs } from './told-tokens.js';

/** Where the time of a request went, in real microseconds; sent as `tickbench` with every part of the answer, as it is until then. */
export interface Timing {
  /** Applying the chat template and tokenising. */
  encodeUs: number;
  /** Waiting for its turn, and for memory. */
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

/** A part of an answer: text that is new, and, where they were asked for, the tokens that are new. */
export interface Part {
  text: string;
  tokens: readonly ToldToken[] | undefined;
  /** The first part of this answer. */
  first: boolean;
  /** Null while more is to come. */
  finish: string | null;
}

/** How one kind of answer is written. */
export interface AnswerShape {
  /** What its id begins with. */
  idPrefix: string;
  whole(head: AnswerHead, generation: Generation, tokens: readonly ToldToken[] | undefined): object;
  chunk(head: AnswerHead, part: Part): object;
  /** The chunk after the last one that has a choice: token counts, when they were asked for. */
  usageChunk(head: AnswerHead, usage: Usage): object;
}

/** The shapes of a model's answers. */
export function answerShapes(tokenizer: Tokenizer): Record<RequestKind, AnswerShape> {
  const chatTokens = (tokens: readonly ToldToken[] | undefined) => (tokens ? chatLogprobs(tokenizer, tokens) : null);
  const textTokens = (tokens: readonly ToldToken[] | undefined) => (tokens ? textLogprobs(tokenizer, tokens) : null);
  return {
    chat: {
      idPrefix: 'chatcmpl',
      whole: (head, { text, finish }, tokens) => {
        const message = { role: 'assistant', content: text, refusal: null };
        const choice = { index: 0, message, logprobs: chatTokens(tokens), finish_reason: finish };
        return { ...head, object: 'chat.completion', choices: [choice] };
      },
      chunk: (head, { text, tokens, first, finish }) => {
        // The last chunk of an answer is empty but for the tokens that were held back, or for the role when nothing came before it.
        const delta = { ...(first ? { role: 'assistant' } : {}), ...(first || finish === null ? { content: text } : {}) };
        const choice = { index: 0, delta, logprobs: chatTokens(tokens), finish_reason: finish };
        return { ...head, object: 'chat.completion.chunk', choices: [choice] };
      },
      usageChunk: (head, usage) => ({ ...head, object: 'chat.completion.chunk', choices: [], usage }),
    },
    text: {
      idPrefix: 'cmpl',
      whole: (head, { text, finish }, tokens) => {
        const choice = { index: 0, text, logprobs: textTokens(tokens), finish_reason: finish };
        return { ...head, object: 'text_completion', choices: [choice] };
      },
      chunk: (head, { text, tokens, finish }) => {
        const choice = { index: 0, text, logprobs: textTokens(tokens), finish_reason: finish };
        return { ...head, object: 'text_completion', choices: [choice] };
      },
      usageChunk: (head, usage) => ({ ...head, object: 'text_completion', choices: [], usage }),
    },
  };
}
