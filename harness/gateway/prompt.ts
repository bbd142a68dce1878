/** A request's prompt as the scheduler sees it: how many tokens, and the names of the blocks it begins with. */
import { createHash } from 'node:crypto';

type Fields = Record<string, unknown>;

/** What is known of a prompt before a server has counted it. */
export interface Prompt {
  bytes: number;
  /** A name for each whole block from the beginning, which stands for all the text up to its end, the model's name included. */
  blocks: string[];
  /** Most tokens that the request allows its answer; undefined: it does not say. */
  outputTokens?: number;
}

/** More tokens than any model reads or answers: larger numbers are no counts, and sums of them would lose small ones. */
export const MOST_TOKENS = 1 << 30;

/** Tokens that a template, tools and pictures may add to a prompt's text. */
const UNSEEN_TOKENS = 16_384;

/** A server's count of a prompt's tokens, where it can be true: a token of its text has a byte at least. Else undefined. */
export function believable(tokens: number | undefined, bytes: number): number | undefined {
  return tokens !== undefined && tokens > 0 && tokens <= bytes + UNSEEN_TOKENS ? tokens : undefined;
}

/** Reads a body's prompt. @param blockBytes bytes of one block */
export function promptOf(body: Fields, blockBytes: number): Prompt {
  const parts: string[] = [];
  if (body.tools !== undefined) parts.push(JSON.stringify(body.tools));
  if (Array.isArray(body.messages)) for (const message of body.messages) parts.push(textOf(message));
  else if (body.prompt !== undefined) parts.push(typeof body.prompt === 'string' ? body.prompt : JSON.stringify(body.prompt));
  const text = Buffer.from(parts.join('\n'));
  const blocks: string[] = [];
  let name = typeof body.model === 'string' ? body.model : '';
  for (let end = blockBytes; end <= text.length; end += blockBytes) {
    name = createHash('sha256').update(name).update(text.subarray(end - blockBytes, end)).digest('base64url').slice(0, 16); // prettier-ignore
    blocks.push(name);
  }
  const most = [body.max_completion_tokens, body.max_tokens].find((each): each is number => typeof each === 'number' && each > 0);
  return { bytes: text.length, blocks, ...(most === undefined ? {} : { outputTokens: Math.min(Math.ceil(most), MOST_TOKENS) }) };
}

/** A message's role and text, without what its JSON looks like, so that a text is as long as it is for a server. */
function textOf(message: unknown): string {
  if (typeof message !== 'object' || message === null) return JSON.stringify(message ?? '');
  const { role, content, ...rest } = message as Fields;
  const more = Object.keys(rest).length > 0 ? JSON.stringify(rest) : '';
  return `${String(role)}\n${typeof content === 'string' ? content : JSON.stringify(content ?? '')}${more}`;
}

/** The weight of what is assumed before a server has counted anything, in tokens, and what each prompt leaves of the weight of those before it. */
const ASSUMED_TOKENS = 256;
const KEPT = 0.9;
/** By what share a model's bytes a token have to have changed for estimates to be made anew. */
const MOVED = 0.05;

/**
 * How many bytes a token has, learned from what servers counted: a program's own last prompt, else those of its model, long prompts more than
 * short ones, whose tokens are mostly the template's.
 */
export class TokenRatios {
  private readonly models = new Map<string, { bytes: number; tokens: number }>();
  private readonly programs = new Map<string, { bytes: number; tokens: number }>();
  /** Each model's ratio when it was last said to have moved. */
  private readonly said = new Map<string, number>();

  constructor(private readonly bytesPerToken: number) {}

  estimate(program: string, model: string, bytes: number): number {
    const ratio = this.ratio(model);
    const last = this.programs.get(program);
    if (!last) return Math.ceil(bytes / ratio);
    return Math.ceil(bytes >= last.bytes ? last.tokens + (bytes - last.bytes) / ratio : (last.tokens * bytes) / last.bytes);
  }

  learn(program: string, model: string, bytes: number, tokens: number): void {
    if (bytes <= 0 || tokens <= 0) return;
    this.programs.set(program, { bytes, tokens });
    const before = this.models.get(model) ?? { bytes: ASSUMED_TOKENS * this.bytesPerToken, tokens: ASSUMED_TOKENS };
    this.models.set(model, { bytes: KEPT * before.bytes + bytes, tokens: KEPT * before.tokens + tokens });
    if (this.models.size > 1000) this.models.delete(this.models.keys().next().value!);
  }

  /** Whether a model's ratio is another one than when this was last said: what was estimated by it is to be estimated anew. */
  hasMoved(model: string): boolean {
    const ratio = this.ratio(model);
    const before = this.said.get(model) ?? this.bytesPerToken;
    if (Math.abs(ratio - before) <= MOVED * before) return false;
    this.said.set(model, ratio);
    if (this.said.size > 1000) this.said.delete(this.said.keys().next().value!);
    return true;
  }

  private ratio(model: string): number {
    const known = this.models.get(model);
    return known ? known.bytes / known.tokens : this.bytesPerToken;
  }

  forget(program: string): void {
    this.programs.delete(program);
  }
}
