/** What a model answers to a prompt, and how likely it finds a given answer: one prompt at a time, greedily. */
import type { LanguageModel } from '../model/generate.js';

/** A prompt with the answer whose likelihood is watched. */
export interface Prompt {
  tokens: readonly number[];
  answer: readonly number[];
}

/** How answers end: after one of these tokens, or after so many. */
export interface AnswerEnd {
  tokens: ReadonlySet<number>;
  longest: number;
}

/** The most likely answer, token by token, with the one that ends it. */
export function greedyAnswer(model: LanguageModel, prompt: readonly number[], end: AnswerEnd): number[] {
  model.truncate(0);
  return goOn(model, model.append(prompt), [], end);
}

/** What a model says of a prompt's answer. */
export interface Heard {
  /** Natural logarithm of the answer's probability. */
  logProbability: number;
  /** What it answers itself, greedily. */
  own: number[];
}

/** Reads a prompt and its answer in one go: as long as the model would have answered so itself, its own answer is found on the way. */
export function hear(model: LanguageModel, { tokens, answer }: Prompt, end?: AnswerEnd): Heard {
  model.truncate(0);
  let logits = model.append(tokens);
  let logProbability = 0;
  /** Its own answer's first token that is another; undefined while it is the same. */
  let parted: { at: number; token: number } | undefined;
  for (const [at, token] of answer.entries()) {
    const likeliest = argmax(logits);
    if (likeliest !== token) parted ??= { at, token: likeliest };
    logProbability += logits[token]! - logSumExp(logits, logits[likeliest]!);
    if (at + 1 < answer.length) logits = model.append([token]);
  }
  if (!end) return { logProbability, own: [] };
  // As far as both go together, but not beyond where its own ends.
  const together = answer.slice(0, parted?.at ?? answer.length);
  const last = together.findIndex((_, i) => ended(together.slice(0, i + 1), end));
  if (last >= 0) return { logProbability, own: together.slice(0, last + 1) };
  const own = parted ? [...together, parted.token] : together;
  if (parted && ended(own, end)) return { logProbability, own };
  model.truncate(tokens.length + own.length - 1);
  return { logProbability, own: goOn(model, model.append([own.at(-1)!]), own, end) };
}

function goOn(model: LanguageModel, first: Float32Array, answer: number[], end: AnswerEnd): number[] {
  let logits = first;
  for (;;) {
    answer.push(argmax(logits));
    if (ended(answer, end)) return answer;
    logits = model.append([answer.at(-1)!]);
  }
}

function ended(answer: readonly number[], { tokens, longest }: AnswerEnd): boolean {
  return answer.length >= longest || tokens.has(answer.at(-1)!);
}

function argmax(logits: Float32Array): number {
  let best = 0;
  for (let i = 1; i < logits.length; i++) if (logits[i]! > logits[best]!) best = i;
  return best;
}

/** Of all logits, in double precision. @param most the largest */
function logSumExp(logits: Float32Array, most: number): number {
  let sum = 0;
  for (const logit of logits) sum += Math.exp(logit - most);
  return most + Math.log(sum);
}
