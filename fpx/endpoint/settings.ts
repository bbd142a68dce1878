/** What chat and text completions are asked for alike: how to sample, when to end, in which form, what to tell beside the text. */
import { z } from 'zod';
import type { AnswerFormat } from '../grammar/format.js';
import { ApiError } from './errors.js';
import { formatOf, responseFormat, structuredOutputs } from './formats.js';

/** Seeds are 64-bit integers. JavaScript reads one beyond 2^53 as the nearest that it can hold. */
const seed = z
  .number()
  .refine((value) => Number.isInteger(value) && Math.abs(value) <= 2 ** 63, 'a whole number of 64 bits')
  .nullish();

/** Every piece of an answer is held against every beginning of a stop string. */
const LONGEST_STOP = 1024;
const stopString = z.string().min(1).max(LONGEST_STOP);

/** Likeliest tokens that are told in each place, at most. */
export const MOST_LOGPROBS = 20;

/** The fields, by name. */
export const settingsFields = {
  model: z.string(),
  stream: z.boolean().nullish(),
  stream_options: z
    .strictObject({
      include_usage: z.boolean().nullish(),
      include_obfuscation: z.literal(false, 'not supported by the embedded engine: leave it out or false').nullish(),
      continuous_usage_stats: z.literal(false, 'not supported by the embedded engine: leave it out or false').nullish(),
    })
    .nullish(),
  max_tokens: z.number().int().min(1).nullish(),
  temperature: z.number().min(0).max(2).nullish(),
  top_p: z.number().gt(0).max(1).nullish(),
  top_k: z.number().int().min(-1).nullish(),
  seed,
  stop: z
    .union([stopString, z.array(stopString).max(16)], `a string of at most ${LONGEST_STOP} characters, or a list of at most 16`)
    .nullish(),
  ignore_eos: z.boolean().nullish(),
  response_format: responseFormat.nullish(),
  structured_outputs: structuredOutputs.nullish(),
};

/** How an answer is to be made, defaults filled in as OpenAI documents them. */
export interface AnswerSettings {
  model: string;
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
  /** Undefined: any text. */
  format: AnswerFormat | undefined;
  /** How many of the likeliest tokens are told in each place; undefined: no log-probabilities at all. */
  logprobs: number | undefined;
}

/** Reads the settings of a body that its schema has taken. @throws ApiError for a form that cannot be followed */
export function settingsOf(
  request: z.output<z.ZodObject<typeof settingsFields>>,
  { maxTokens, logprobs }: Pick<AnswerSettings, 'maxTokens' | 'logprobs'>,
): AnswerSettings {
  const format = formatOf(request);
  if (format && request.ignore_eos)
    throw new ApiError(400, 'ignore_eos: an answer in a form cannot go on after its end: leave it out', 'invalid_value', 'ignore_eos');
  return {
    model: request.model,
    stream: request.stream ?? false,
    includeUsage: request.stream_options?.include_usage ?? false,
    maxTokens,
    temperature: request.temperature ?? 1,
    topP: request.top_p ?? 1,
    topK: Math.max(0, request.top_k ?? 0),
    seed: request.seed ?? undefined,
    stop: typeof request.stop === 'string' ? [request.stop] : (request.stop ?? []),
    ignoreEnd: request.ignore_eos ?? false,
    format,
    logprobs,
  };
}
