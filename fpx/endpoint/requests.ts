/**
 * The body of `POST /v1/chat/completions`: what is accepted, and a plain refusal for what this engine does not do.
 *
 * A field that would change the answer and is not supported is refused, never ignored; a field that is unknown
 * altogether (a router's `program_id`, say) passes.
 */
import { z } from 'zod';
import type { ChatMessage } from '../chat.js';
import { ApiError } from './errors.js';

const contentPart = z.looseObject({
  type: z.literal('text', 'only text parts are accepted'),
  text: z.string(),
});

const message = z
  .looseObject({
    role: z.enum(['system', 'developer', 'user', 'assistant']),
    content: z.union([z.string(), z.array(contentPart)], 'a string, or a list of {"type": "text", "text": ...}'),
  })
  .transform(({ role, content }): ChatMessage => ({
    role: role === 'developer' ? 'system' : role,
    content: typeof content === 'string' ? content : content.map((part) => part.text).join(''),
  }));

const none = (what: string) => z.literal(0, `${what} is not supported by the embedded engine: leave it out or 0`).nullish();

const schema = z.looseObject({
  model: z.string(),
  messages: z.array(message).min(1),
  stream: z.boolean().nullish(),
  stream_options: z.looseObject({ include_usage: z.boolean().nullish() }).nullish(),
  max_tokens: z.number().int().min(1).nullish(),
  max_completion_tokens: z.number().int().min(1).nullish(),
  temperature: z.number().min(0).max(2).nullish(),
  top_p: z.number().gt(0).max(1).nullish(),
  top_k: z.number().int().min(-1).nullish(),
  seed: z.number().int().nullish(),
  stop: z.union([z.string().min(1), z.array(z.string().min(1)).max(16)], 'a string, or a list of at most 16').nullish(),
  n: z.literal(1, 'only n = 1 is supported by the embedded engine').nullish(),
  ignore_eos: z.boolean().nullish(),
  chat_template_kwargs: z.record(z.string(), z.json()).nullish(),
  response_format: z
    .looseObject({
      type: z.literal('text', 'json_object and json_schema are not supported by the embedded engine; accepted is {"type": "text"}'),
    })
    .nullish(),
  logprobs: z.literal(false, 'logprobs are not supported by the embedded engine').nullish(),
  tools: z.array(z.unknown()).max(0, 'tools are not supported by the embedded engine').nullish(),
  logit_bias: z.record(z.string(), none('logit_bias')).nullish(),
  presence_penalty: none('presence_penalty'),
  frequency_penalty: none('frequency_penalty'),
  repetition_penalty: z.literal(1, 'repetition_penalty is not supported by the embedded engine: leave it out or 1').nullish(),
});

/** A request as the engine takes it, defaults filled in as OpenAI documents them. */
export interface ChatRequest {
  model: string;
  messages: ChatMessage[];
  stream: boolean;
  includeUsage: boolean;
  /** Undefined: up to the end of the context. */
  maxTokens: number | undefined;
  temperature: number;
  topP: number;
  topK: number;
  seed: number | undefined;
  stop: string[];
  ignoreEnd: boolean;
  templateVariables: Record<string, unknown>;
}

/** Validates a body. @throws ApiError 400 naming the first wrong field and what it accepts */
export function parseChatRequest(body: unknown): ChatRequest {
  const parsed = schema.safeParse(body);
  if (!parsed.success) {
    const lines = parsed.error.issues.map((issue) => `${issue.path.join('.') || 'body'}: ${issue.message}`);
    throw new ApiError(400, lines.join('; '), 'invalid_value', parsed.error.issues[0]?.path.join('.') || null);
  }
  const request = parsed.data;
  return {
    model: request.model,
    messages: request.messages,
    stream: request.stream ?? false,
    includeUsage: request.stream_options?.include_usage ?? false,
    maxTokens: request.max_completion_tokens ?? request.max_tokens ?? undefined,
    temperature: request.temperature ?? 1,
    topP: request.top_p ?? 1,
    topK: Math.max(0, request.top_k ?? 0),
    seed: request.seed ?? undefined,
    stop: typeof request.stop === 'string' ? [request.stop] : (request.stop ?? []),
    ignoreEnd: request.ignore_eos ?? false,
    templateVariables: request.chat_template_kwargs ?? {},
  };
}
