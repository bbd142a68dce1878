/** The body of `POST /v1/completions`: a text or its tokens, which the model goes on with. One prompt a request. */
import { z } from 'zod';
import { parseBody } from './bodies.js';
import { MOST_LOGPROBS, settingsFields, settingsOf, type AnswerSettings } from './settings.js';

/** Tokens of an answer when the request does not say. */
const DEFAULT_TOKENS = 16;

const tokens = z.array(z.number().int().min(0)).min(1);
const ONE_PROMPT = 'one prompt: a string, a list of token ids, or a list of one of these';
const prompt = z
  .union([z.string(), tokens, z.tuple([z.union([z.string(), tokens])])], ONE_PROMPT)
  .transform((given): string | number[] =>
    typeof given === 'object' && typeof given[0] !== 'number' ? given[0]! : (given as string | number[]),
  );

const schema = z.looseObject({
  ...settingsFields,
  prompt,
  /** Those that the tokenizer puts around a text, such as one for its beginning. */
  add_special_tokens: z.boolean().nullish(),
  logprobs: z.number().int().min(0).max(MOST_LOGPROBS).nullish(),
});

/** A request as the engine takes it. */
export interface TextRequest {
  settings: AnswerSettings;
  /** A text, or tokens. */
  prompt: string | number[];
  addSpecialTokens: boolean;
}

/** Parses and validates a body. @throws ApiError 400 naming the first wrong field and what it accepts */
export function parseTextRequest(text: string): TextRequest {
  const request = parseBody(schema, text);
  return {
    settings: settingsOf(request, { maxTokens: request.max_tokens ?? DEFAULT_TOKENS, logprobs: request.logprobs ?? undefined }),
    prompt: request.prompt,
    addSpecialTokens: request.add_special_tokens ?? true,
  };
}
