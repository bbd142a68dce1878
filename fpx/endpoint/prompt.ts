/** What a request's body becomes before it waits for its turn: settings and a prompt's tokens. */

import { ChatTemplateError, type ChatTemplate } from '../text/chat.js';
import { TokenizerError, type Tokenizer } from '../text/tokenizer.js';
import { ApiError } from './errors.js';
import { parseChatRequest, type ChatRequest } from './requests.js';

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

/** A request that can be computed. */
export interface Prepared {
  chat: Omit<ChatRequest, 'messages'>;
  prompt: readonly number[];
}

/** A normaliser may make a text shorter before it is cut into tokens (composed characters, above all), by no more than this. */
const NORMALISER_SHRINKS = 4;

/** The refusal of a name that is not the served model's. */
export function unknownModel(served: string, name: string): ApiError {
  return new ApiError(404, `the model "${name}" does not exist; this server has "${served}"`, 'model_not_found', 'model');
}

/** Parses, fills in the template, tokenises. @throws ApiError for what is the client's fault */
export function preparePrompt(maker: PromptMaker, body: string): Prepared {
  try {
    return prepare(maker, body);
  } catch (error) {
    // The stack is full: a value is nested in itself thousands of times.
    if (error instanceof RangeError) throw new ApiError(400, `the request cannot be worked through: ${error.message}`, 'invalid_value');
    throw error;
  }
}

function prepare(maker: PromptMaker, body: string): Prepared {
  const { messages, ...chat } = parseChatRequest(body);
  if (chat.model !== maker.name) throw unknownModel(maker.name, chat.model);
  const { contextTokens, vocabSize, tokenizer } = maker;
  let prompt: number[];
  try {
    const text = maker.template.render(messages, chat.templateVariables);
    // Before the text is tokenised: so many characters are too many tokens however they are cut.
    if (text.length > contextTokens * tokenizer.longestToken * NORMALISER_SHRINKS) {
      throw tooLong(`has ${text.length} characters`, contextTokens);
    }
    prompt = tokenizer.encode(text);
  } catch (error) {
    if (error instanceof ChatTemplateError || error instanceof TokenizerError)
      throw new ApiError(400, error.message, 'invalid_messages', 'messages');
    throw error;
  }
  if (prompt.length === 0)
    throw new ApiError(400, 'the chat template makes an empty prompt of these messages', 'invalid_messages', 'messages');
  const foreign = prompt.find((token) => token >= vocabSize);
  if (foreign !== undefined) {
    throw new ApiError(400, `the prompt has token ${foreign}, of which the model has no embedding`, 'invalid_messages', 'messages');
  }
  if (prompt.length >= contextTokens) throw tooLong(`has ${prompt.length} tokens`, contextTokens);
  return { chat, prompt };
}

function tooLong(what: string, contextTokens: number): ApiError {
  const message = `the prompt ${what}; this model's context is ${contextTokens}, of which the answer needs at least one`;
  return new ApiError(400, message, 'context_length_exceeded', 'messages');
}
