/**
 * How long a pass takes a device: each operator as long as the slower of its arithmetic and its reading (Williams, Waterman and Patterson,
 * Roofline, 2009), so many times slower than the data sheet as a fit says, and an overhead that no operator explains.
 */
import type { Format } from '../../fpx/formats/precision.js';
import type { Device } from './catalogue.js';
import { decodePass, prefillPass, type Pass, type Served } from './work.js';

/** What a fit tells of a device, or of all of them together. */
export interface Factors {
  /** How many times slower than the data sheet it multiplies with weights of a format; 1 or more. */
  compute: Record<Format, number>;
  /** How many times slower than the data sheet it reads; 1 or more. */
  memory: number;
  /** Of each layer of each pass, microseconds: kernels that are launched, small operators. */
  layerUs: number;
  /** Of each pass: scheduling, sampling. */
  passUs: number;
  /** Of each request: the way there and back, the tokenizer. */
  requestUs: number;
}

/** What the fit has a coefficient for. */
export const TERMS = ['bf16', 'fp8', 'fp4', 'fp4-tensor', 'memory', 'layer', 'pass', 'request'] as const;
export type Term = (typeof TERMS)[number];

/** Microseconds of each term at the data sheet's own speed; of `layer`, `pass` and `request` how often they count. */
export type TermSums = Record<Term, number>;

/** Nothing is slower than the data sheet, and nothing comes on top: what no server reaches. */
export const IDEAL: Factors = {
  compute: { bf16: 1, fp8: 1, fp4: 1, 'fp4-tensor': 1 },
  memory: 1,
  layerUs: 0,
  passUs: 0,
  requestUs: 0,
};

export function noTerms(): TermSums {
  return { bf16: 0, fp8: 0, fp4: 0, 'fp4-tensor': 0, memory: 0, layer: 0, pass: 0, request: 0 };
}

/** Whether a device multiplies a format as such; else its weights are read in it and multiplied as bf16. */
export function multipliesIn(device: Device, format: Format, fp4Inputs: Served['fp4Inputs']): boolean {
  return device.teraflops[format] !== undefined && (format !== 'fp4' || fp4Inputs === 4 || device.kind === 'engine');
}

/** Adds `times` passes to the sums, each operator on the side that is the slower one under these factors. */
export function addPass(sums: TermSums, pass: Pass, device: Device, fp4Inputs: Served['fp4Inputs'], factors: Factors, times = 1): void {
  for (const { format, count, flops, bytes } of pass.operators) {
    const peak = (multipliesIn(device, format, fp4Inputs) ? device.teraflops[format] : undefined) ?? device.teraflops.bf16;
    const computeUs = flops / (peak * 1e6);
    const readUs = bytes / (device.bandwidthGigabytesPerSecond * 1e3);
    if (computeUs * factors.compute[format] >= readUs * factors.memory) sums[format] += times * count * computeUs;
    else sums.memory += times * count * readUs;
  }
  sums.layer += times * pass.layers;
  sums.pass += times;
}

/** What the sums come to, microseconds. */
export function usOf(sums: TermSums, { compute, memory, layerUs, passUs, requestUs }: Factors): number {
  const computed = (['bf16', 'fp8', 'fp4', 'fp4-tensor'] as const).reduce((all, format) => all + sums[format] * compute[format], 0);
  return computed + sums.memory * memory + sums.layer * layerUs + sums.pass * passUs + sums.request * requestUs;
}

/** Requests that a device answers at the same time. */
export interface Load {
  promptTokens: number;
  /** Of each prompt, in the KV cache already. */
  cachedTokens?: number;
  answerTokens: number;
  /** How many of them. */
  batch: number;
}

/** Predicted times of `batch` requests that come at the same moment. */
export interface RequestTimes {
  /** From the request to its first token, the request's own overhead included. */
  prefillMs: number;
  /** Of all further tokens. */
  decodeMs: number;
  /** Of one more token. */
  tokenMs: number;
  totalMs: number;
}

/** Times of `batch` requests that come at once: all prompts are computed together, then a token of every answer in each pass. */
export function requestTimes(served: Served, device: Device, factors: Factors, load: Load): RequestTimes {
  const { promptTokens, cachedTokens = 0, answerTokens, batch } = load;
  const sums = noTerms();
  sums.request = 1;
  addPass(
    sums,
    prefillPass(served, { tokens: promptTokens - cachedTokens, cached: cachedTokens, batch }),
    device,
    served.fp4Inputs,
    factors,
  );
  const prefillMs = usOf(sums, factors) / 1000;
  const token = noTerms();
  // A pass's time is nearly linear in the context: the middle one stands for all.
  addPass(token, decodePass(served, { context: promptTokens + answerTokens / 2, batch }), device, served.fp4Inputs, factors);
  const tokenMs = usOf(token, factors) / 1000;
  const decodeMs = (answerTokens - 1) * tokenMs;
  return { prefillMs, decodeMs, tokenMs, totalMs: prefillMs + decodeMs };
}

/** Sending bytes over a link, milliseconds. */
export function transferMs(bytes: number, link: { gigabytesPerSecond: number; latencyUs: number }): number {
  return bytes / (link.gigabytesPerSecond * 1e6) + link.latencyUs / 1000;
}
