/** What a request's body becomes before it waits for its turn: settings and a prompt's tokens. */

import { ChatTemplateError, type ChatTemplate } from '../text/chat.js';
import { TokenizerError, type Tokenizer } from '../text/tokenizer.js';
import { ApiError } from './errors.js';
import { parseChatRequest } from './requests.js';
import type { AnswerSettings } from './settings.js';
import { parseTextRequest } from './text-requests.js';

/** What is needed of a model to make prompts for it. */
export interface PromptMaker {
  /** The name requests must give as `model`. */
  name: string;
  tokenizer: Tokenizer;
  template: ChatTemplate;
  contextTokens: number;
  /** Tokens that the model has embeddings of. */
  vocabSize: number;
}

/** Which address a body was sent to: `/v1/chat/completions` or `/v1/completions`. */
export type RequestKind = 'chat' | 'text';

/** A request that can be computed. */
export interface Prepared {
  settings: AnswerSettings;
  prompt: readonly number[];
}

/** A normaliser may make a text shorter before it is cut into tokens (composed characters, above all), by no more than this. */
const NORMALISER_SHRINKS = 4;

/** The refusal of a name that is not the served model's. */
export function unknownModel(served: string, name: string): ApiError {
  return new ApiError(404, `the model "${name}" does not exist; this server has "${served}"`, 'model_not_found', 'model');
}

/** Parses, fills in the template, tokenises. @throws ApiError for what is the client's fault */
export function preparePrompt(maker: PromptMaker, body: string, kind: RequestKind = 'chat'): Prepared {
  try {
    return kind === 'chat' ? prepareChat(maker, body) : prepareText(maker, body);
  } catch (error) {
    // The stack is full: a value is nested in itself thousands of times.
    if (error instanceof RangeError) throw new ApiError(400, `the request cannot be worked through: ${error.message}`, 'invalid_value');
    throw error;
  }
}

function prepareChat(maker: PromptMaker, body: string): Prepared {
  const { messages, templateVariables, settings } = parseChatRequest(body);
  requireModel(maker, settings);
  const prompt = orRefused('messages', () => {
    const text = maker.template.render(messages, templateVariables);
    requireLength(maker, text, 'messages');
    return maker.tokenizer.encode(text);
  });
  if (prompt.length === 0)
    throw new ApiError(400, 'the chat template makes an empty prompt of these messages', 'invalid_messages', 'messages');
  return { settings, prompt: checked(maker, prompt, 'messages') };
}

function prepareText(maker: PromptMaker, body: string): Prepared {
  const { prompt: given, addSpecialTokens, settings } = parseTextRequest(body);
  requireModel(maker, settings);
  if (typeof given !== 'string') return { settings, prompt: checked(maker, given, 'prompt') };
  requireLength(maker, given, 'prompt');
  const prompt = orRefused('prompt', () => maker.tokenizer.encode(given, { addSpecialTokens }));
  if (prompt.length === 0) throw new ApiError(400, 'prompt: has no tokens; at least one is needed', 'invalid_value', 'prompt');
  return { settings, prompt: checked(maker, prompt, 'prompt') };
}

function requireModel({ name }: PromptMaker, { model }: AnswerSettings): void {
  if (model !== name) throw unknownModel(name, model);
}

/** What the template and the tokenizer refuse is the client's fault. */
function orRefused(param: string, make: () => number[]): number[] {
  try {
    return make();
  } catch (error) {
    if (error instanceof ChatTemplateError || error instanceof TokenizerError)
      throw new ApiError(400, error.message, `invalid_${param}`, param);
    throw error;
  }
}

/** Before a text is tokenised: so many characters are too many tokens however they are cut. */
function requireLength({ contextTokens, tokenizer }: PromptMaker, text: string, param: string): void {
  if (text.length > contextTokens * tokenizer.longestToken * NORMALISER_SHRINKS)
    throw tooLong(`has ${text.length} characters`, contextTokens, param);
}

/** A prompt that the model can take. */
function checked({ contextTokens, vocabSize }: PromptMaker, prompt: number[], param: string): number[] {
  const foreign = prompt.find((token) => token >= vocabSize);
  if (foreign !== undefined)
    throw new ApiError(400, `the prompt has token ${foreign}, of which the model has no embedding`, `invalid_${param}`, param);
  if (prompt.length >= contextTokens) throw tooLong(`has ${prompt.length} tokens`, contextTokens, param);
  return prompt;
}

function tooLong(what: string, contextTokens: number, param: string): ApiError {
  const message = `the prompt ${what}; this model's context is ${contextTokens}, of which the answer needs at least one`;
  return new ApiError(400, message, 'context_length_exceeded', param);
}
