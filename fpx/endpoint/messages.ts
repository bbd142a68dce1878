/** The conversation of a request, as OpenAI's clients write it and as a chat template takes it. */

import { z } from 'zod';
import type { ChatMessage } from '../text/chat.js';

const textPart = z.strictObject(
  { type: z.literal('text', 'only text parts are accepted'), text: z.string() },
  {
    error: (issue) =>
      issue.code === 'unrecognized_keys' ? `a text part with ${issue.keys.join(', ')}; accepted are type and text` : undefined,
  },
);

const CONTENT = 'a string, or a list of {"type": "text", "text": ...}';
const content = z.union([z.string(), z.array(textPart)], CONTENT).transform((value) => textOf(value));

function textOf(value: string | { text: string }[]): string {
  return typeof value === 'string' ? value : value.map((part) => part.text).join('');
}

/** Parts of an answer that a client sends back as it got them, and that hold nothing. */
const nothing = z.union([z.null(), z.array(z.unknown()).max(0)], 'not supported by the embedded engine: leave it out').optional();

const named = { name: z.string().nullish() };

const asked = z.strictObject({ role: z.enum(['system', 'developer', 'user']), content, ...named });
const answered = z.strictObject({
  role: z.literal('assistant'),
  /** Null in answers that call tools, and in those cut off before their first word. */
  content: content.nullish(),
  ...named,
  reasoning_content: z.string().nullish(),
  reasoning: z.string().nullish(),
  ...{ refusal: nothing, audio: nothing, annotations: nothing, tool_calls: nothing, function_call: nothing },
});

/** One message; roles of tools are refused, for there are none. */
export const messageSchema = z
  .discriminatedUnion('role', [asked, answered], 'accepted roles are system, developer, user and assistant')
  .transform((message): ChatMessage => {
    const { role, name } = message;
    const spoken = { role: role === 'developer' ? 'system' : role, content: message.content ?? '', ...(name ? { name } : {}) };
    if (message.role !== 'assistant') return spoken;
    const thought = message.reasoning_content ?? message.reasoning;
    return thought ? { ...spoken, reasoning_content: thought } : spoken;
  });
