/** Times of requests, with what is needed to reckon them: what a calibration is fitted to, and what it is held against. */
import type { Device } from './catalogue.js';
import { addPass, noTerms, usOf, type Factors, type Load, type TermSums } from './roofline.js';
import { decodePass, kvBytes, prefillPass, weightBytes, type Pass, type Served } from './work.js';

/** Which part of a request was timed: until its first token, a token after that (the mean), or the whole of it. */
export type Part = 'first' | 'token' | 'total';

/** One figure of a request, or the middle of several alike. */
export interface Timing {
  deviceName: string;
  device: Device;
  modelName: string;
  served: Served;
  /** The output layer is the embedding: by which the weights' memory is told. */
  tied: boolean;
  load: Load;
  part: Part;
  ms: number;
  /** All requests came at once, or a new one whenever one ended, so that others' prompts are computed between an answer's tokens. */
  arrival: 'together' | 'steady';
  /** Who measured it: whoever calibrates, or somebody who published it. */
  origin: 'measured' | 'published';
  /** The file and line it stands in: figures of one line are of the same request. */
  where: string;
}

/** A timing and the passes that it is made of: none of them depends on factors, so that they are worked out once. */
export interface Prepared {
  timing: Timing;
  passes: { pass: Pass; times: number }[];
}

/** What a timing is made of. */
export function prepared(timing: Timing): Prepared {
  const { served, load, part, arrival } = timing;
  const { promptTokens, cachedTokens = 0, answerTokens, batch } = load;
  const prompt = { tokens: promptTokens - cachedTokens, cached: cachedTokens };
  const tokens = part === 'token' ? 1 : part === 'total' ? answerTokens - 1 : 0;
  const passes: Prepared['passes'] = [];
  if (part !== 'token') passes.push({ pass: prefillPass(served, { ...prompt, batch: arrival === 'together' ? batch : 1 }), times: 1 });
  if (tokens > 0) {
    passes.push({ pass: decodePass(served, { context: promptTokens + answerTokens / 2, batch }), times: tokens });
    // In a steady load each of the others sends a prompt within the time of one answer.
    if (arrival === 'steady' && batch > 1)
      passes.push({ pass: prefillPass(served, { ...prompt, batch: 1 }), times: (tokens * (batch - 1)) / answerTokens });
  }
  return { timing, passes };
}

/** The terms of a timing's prediction: what each factor is multiplied by. */
export function termsOf({ timing, passes }: Prepared, factors: Factors): TermSums {
  const sums = noTerms();
  if (timing.part !== 'token') sums.request = 1;
  for (const { pass, times } of passes) addPass(sums, pass, timing.device, timing.served.fp4Inputs, factors, times);
  return sums;
}

/** The predicted milliseconds of a timing. */
export function predictedMs(timing: Prepared, factors: Factors): number {
  return usOf(termsOf(timing, factors), factors) / 1000;
}

/** Share of a device's memory that weights and KV cache may take: the rest is for activations and the server itself. */
export const USABLE_MEMORY = 0.9;

/** How many requests of these lengths fit into a device's memory at once; 0 when the weights alone do not. */
export function mostTogether(served: Served, tied: boolean, device: Device, load: Pick<Load, 'promptTokens' | 'answerTokens'>): number {
  const left = USABLE_MEMORY * device.memoryGigabytes * 1e9 - weightBytes(served, tied);
  return left <= 0 ? 0 : Math.floor(left / kvBytes(served, load.promptTokens + load.answerTokens));
}

/** Why a timing says nothing that the model could be held against; undefined when it does. */
export function unfit(timing: Timing): string | undefined {
  const { load, arrival, part, served, tied, device } = timing;
  if (part === 'first' && arrival === 'steady' && load.batch > 1) return 'first tokens under a steady load wait in queues, which are not modelled';
  if (part === 'token' && load.answerTokens < 2) return 'an answer of one token has no further ones';
  if (load.batch > mostTogether(served, tied, device, load)) return 'so many requests do not fit into the memory at once, so fewer were computed together';
  return undefined;
} // prettier-ignore
