/**
 * The body of `POST /v1/chat/completions`: what is honoured, and a plain refusal for everything else (see fields.ts).
 */
import { z } from 'zod';
import type { ChatMessage } from '../text/chat.js';
import { ApiError } from './errors.js';
import { refusalOf } from './fields.js';
import { messageSchema } from './messages.js';

/** Seeds are 64-bit integers. JavaScript reads one beyond 2^53 as the nearest that it can hold. */
const seed = z
  .number()
  .refine((value) => Number.isInteger(value) && Math.abs(value) <= 2 ** 63, 'a whole number of 64 bits')
  .nullish();

/** Variables of the template that the request itself decides. */
const OWN_VARIABLES = ['messages', 'tools', 'add_generation_prompt'];

const templateVariables = z.record(z.string(), z.json()).superRefine((variables, context) => {
  for (const name of OWN_VARIABLES) {
    if (Object.hasOwn(variables, name)) {
      context.addIssue({ code: 'custom', path: [name], message: 'decided by the request itself: accepted are other variables' });
    }
  }
});

/** Every piece of an answer is held against every beginning of a stop string. */
const LONGEST_STOP = 1024;
const stopString = z.string().min(1).max(LONGEST_STOP);

const honoured = {
  model: z.string(),
  messages: z.array(messageSchema).min(1),
  stream: z.boolean().nullish(),
  stream_options: z
    .strictObject({
      include_usage: z.boolean().nullish(),
      include_obfuscation: z.literal(false, 'not supported by the embedded engine: leave it out or false').nullish(),
      continuous_usage_stats: z.literal(false, 'not supported by the embedded engine: leave it out or false').nullish(),
    })
    .nullish(),
  max_tokens: z.number().int().min(1).nullish(),
  max_completion_tokens: z.number().int().min(1).nullish(),
  temperature: z.number().min(0).max(2).nullish(),
  top_p: z.number().gt(0).max(1).nullish(),
  top_k: z.number().int().min(-1).nullish(),
  seed,
  stop: z
    .union([stopString, z.array(stopString).max(16)], `a string of at most ${LONGEST_STOP} characters, or a list of at most 16`)
    .nullish(),
  ignore_eos: z.boolean().nullish(),
  chat_template_kwargs: templateVariables.nullish(),
  response_format: z
    .strictObject({
      type: z.literal('text', 'json_object and json_schema are not supported by the embedded engine; accepted is {"type": "text"}'),
    })
    .nullish(),
};
const HONOURED = Object.keys(honoured);

const schema = z.looseObject(honoured);

/** What is wrong with one field. */
interface Wrong {
  where: string;
  message: string;
  code: 'invalid_value' | 'unsupported_parameter';
}

/** Fields of a body that are not honoured and ask for something. */
function unsupportedFields(body: unknown): Wrong[] {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) return [];
  return Object.entries(body).flatMap(([where, value]): Wrong[] => {
    const message = HONOURED.includes(where) ? undefined : refusalOf(where, value, HONOURED);
    return message === undefined ? [] : [{ where, message, code: 'unsupported_parameter' }];
  });
}

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

/** Parses and validates a body. @throws ApiError 400 naming the first wrong field and what it accepts */
export function parseChatRequest(text: string): ChatRequest {
  if (text.trim() === '') throw new ApiError(400, 'the request body is empty; a JSON object is needed', 'invalid_json');
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch (error) {
    throw new ApiError(400, `the request body is not JSON: ${(error as Error).message}`, 'invalid_json');
  }
  const parsed = schema.safeParse(body);
  const issues = parsed.success ? [] : parsed.error.issues;
  const wrong = [
    ...issues.map((issue): Wrong => ({ where: whereOf(issue), message: issue.message, code: 'invalid_value' })),
    ...unsupportedFields(body),
  ];
  const [first] = wrong;
  if (!parsed.success || first) {
    const lines = wrong.map(({ where, message }) => `${where || 'body'}: ${message}`);
    throw new ApiError(400, lines.join('; '), first?.code ?? null, first?.where || null);
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

/** The field that an issue is about: a key too many is named itself. */
function whereOf(issue: z.core.$ZodIssue): string {
  const path = issue.code === 'unrecognized_keys' ? [...issue.path, issue.keys[0]!] : issue.path;
  return path.map(String).join('.');
}
