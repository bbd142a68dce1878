/** The body of `POST /v1/chat/completions`: what is honoured, and a plain refusal for everything else (see fields.ts). */
import { z } from 'zod';
import type { ChatMessage } from '../text/chat.js';
import { parseBody } from './bodies.js';
import { ApiError } from './errors.js';
import { messageSchema } from './messages.js';
import { MOST_LOGPROBS, settingsFields, settingsOf, type AnswerSettings } from './settings.js';

/** Variables of the template that the request itself decides. */
const OWN_VARIABLES = ['messages', 'tools', 'add_generation_prompt'];

const templateVariables = z.record(z.string(), z.json()).superRefine((variables, context) => {
  for (const name of OWN_VARIABLES) {
    if (Object.hasOwn(variables, name)) {
      context.addIssue({ code: 'custom', path: [name], message: 'decided by the request itself: accepted are other variables' });
    }
  }
});

const schema = z.looseObject({
  ...settingsFields,
  messages: z.array(messageSchema).min(1),
  max_completion_tokens: z.number().int().min(1).nullish(),
  chat_template_kwargs: templateVariables.nullish(),
  logprobs: z.boolean().nullish(),
  top_logprobs: z.number().int().min(0).max(MOST_LOGPROBS).nullish(),
});

/** A request as the engine takes it. */
export interface ChatRequest {
  settings: AnswerSettings;
  messages: ChatMessage[];
  templateVariables: Record<string, unknown>;
}

/** Parses and validates a body. @throws ApiError 400 naming the first wrong field and what it accepts */
export function parseChatRequest(text: string): ChatRequest {
  const request = parseBody(schema, text);
  if (request.top_logprobs && !request.logprobs)
    throw new ApiError(400, 'top_logprobs: needs "logprobs": true beside it', 'invalid_value', 'top_logprobs');
  return {
    settings: settingsOf(request, {
      maxTokens: request.max_completion_tokens ?? request.max_tokens ?? undefined,
      logprobs: request.logprobs ? (request.top_logprobs ?? 0) : undefined,
    }),
    messages: request.messages,
    templateVariables: request.chat_template_kwargs ?? {},
  };
}
