/** Tokens and their log-probabilities as answers tell them. */
import type { ToldToken } from '../model/logprobs.js';
import type { Tokenizer } from '../text/tokenizer.js';

/** What stands for a log-probability of minus infinity, which JSON cannot write; OpenAI's number. */
const LEAST = -9999;

/** A token, its natural log-probability, and its bytes (null where its vocabulary gives it none). */
export interface Told {
  token: string;
  logprob: number;
  bytes: number[] | null;
}

/** Tells a token by itself. Half a character is written as U+FFFD; its bytes say which half. Special tokens are written out. */
export function told(tokenizer: Tokenizer, { id, logprob }: { id: number; logprob: number }): Told {
  const bytes = tokenizer.spelling?.bytes[id];
  const token = bytes ? Buffer.from(bytes).toString('utf8') : tokenizer.decode([id], { keepSpecialTokens: true });
  return { token, logprob: Math.max(LEAST, logprob), bytes: bytes ? [...bytes] : [...Buffer.from(token)] };
}

/** `logprobs` of a chat completion's choice. */
export function chatLogprobs(tokenizer: Tokenizer, tokens: readonly ToldToken[]): object {
  const content = tokens.map((token) => ({ ...told(tokenizer, token), top_logprobs: token.top.map((each) => told(tokenizer, each)) }));
  return { content, refusal: null };
}

/** `logprobs` of a text completion's choice: lists side by side. The token that came is among the likeliest even if it was not. */
export function textLogprobs(tokenizer: Tokenizer, tokens: readonly ToldToken[]): object {
  const each = tokens.map((token) => told(tokenizer, token));
  const likeliest = tokens.map(({ top }, i) =>
    Object.fromEntries([...top.map((one) => told(tokenizer, one)), each[i]!].map(({ token, logprob }) => [token, logprob])),
  );
  return {
    tokens: each.map(({ token }) => token),
    token_logprobs: each.map(({ logprob }) => logprob),
    top_logprobs: likeliest,
    text_offset: tokens.map(({ offset }) => offset),
  };
}
