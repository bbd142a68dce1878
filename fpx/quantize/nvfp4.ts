/**
 * NVFP4: a matrix of E2M1 codes in blocks of 16 along the inputs, an E4M3 scale for each block and an f32 scale for the whole.
 * Layout of NVIDIA's TensorRT Model Optimizer. There are three rules for the scale of a block:
 *
 * - `least-error`, the engine's own: of the scale that makes the block's largest weight 6 and eight near it, the one with the least squared error.
 * - `four-over-six` ("Four Over Six", arXiv 2512.02010): of the two scales that make the largest weight 6 and 4, the one with the smaller squared error.
 * - `written`, as Model Optimizer writes it down: the scale that makes the largest weight 6.
 */

import { decodeE2M1, decodeE4M3, E2M1_MAX, E4M3_MAX, encodeE4M3, largestMagnitude } from '../formats/codes.js';

/** Weights of one NVFP4 block, along the input dimension. */
export const NVFP4_BLOCK = 16;

/** A matrix in NVFP4: value = E2M1 code x E4M3 block scale x tensor scale. */
export interface Nvfp4 {
  /** E2M1 codes, one to a byte, in the matrix's order. */
  codes: Uint8Array;
  /** E4M3 codes, one for each 16 weights. */
  blockScales: Uint8Array;
  /** FP32: amax / (6 x 448), under `four-over-six` amax / (6 x 256), or its neighbour (see `tensorScaleOf`). */
  tensorScale: number;
}

/** How the scale of a block is chosen (see the top of this file). */
export const SCALE_RULES = ['least-error', 'four-over-six', 'written'] as const;
export type ScaleRule = (typeof SCALE_RULES)[number];

/**
 * The block scale that makes a matrix's largest weight 6. Under `four-over-six` it is 256, not the largest of E4M3: the one that makes it 4 is
 * 1.5 times as large, and 384 is the largest such number that E4M3 holds exactly.
 */
const LARGEST_SCALE: Record<ScaleRule, number> = { 'least-error': E4M3_MAX, 'four-over-six': 256, written: E4M3_MAX };

const F32_MAX = (2 - 2 ** -23) * 2 ** 127;

/**
 * The f32 scale of a matrix whose largest magnitude is `largest` > 0, where that has a block scale of `blockScale`. Of the two published layouts one stores the scale and the other its
 * reciprocal, both in f32: so it is the reciprocal of an f32 number, which both hold exactly.
 */
function tensorScaleOf(largest: number, blockScale: number): number {
  return Math.fround(1 / Math.min(Math.fround((E2M1_MAX * blockScale) / largest), F32_MAX));
}

/** The f32 number whose reciprocal, in f32, is a matrix's scale; 1 for a matrix of zeros, whose scale is 0. */
export function divisorOf(tensorScale: number): number {
  return tensorScale === 0 ? 1 : Math.min(Math.fround(1 / tensorScale), F32_MAX);
}

/** Code of the E2M1 magnitude nearest to `x` >= 0, ties to the even code. */
export function nearestE2M1(x: number): number {
  if (x < 1.75) return x < 0.75 ? (x <= 0.25 ? 0 : 1) : x <= 1.25 ? 2 : 3;
  return x < 3.5 ? (x <= 2.5 ? 4 : 5) : x <= 5 ? 6 : 7;
}

/** The E2M1 magnitude nearest to x, at floor(4 x): where the nearest one changes is a multiple of 1/4. All that are tried are under 32. */
const NEAREST = Float64Array.from({ length: 128 }, (_, i) => decodeE2M1(nearestE2M1((i + 0.5) / 4)));

/** The largest E4M3 code that is a number. */
const LARGEST_CODE = 0x7e;

/** Scales tried beside the written rule's code: so many codes (an eighth of an octave each) below it, and above it. */
const BELOW = 2;
const ABOVE = 6;

/**
 * NVFP4 quantisation of a matrix whose rows are multiples of 16 long. Of block scales with equal errors it takes the one nearest to the written
 * rule's. All zero gives zero codes with a tensor scale of 0. @throws RangeError when the weights are not whole blocks
 */
export function quantizeNvfp4(values: Float32Array, rule: ScaleRule = 'least-error'): Nvfp4 {
  if (values.length % NVFP4_BLOCK !== 0) throw new RangeError(`NVFP4 needs a multiple of ${NVFP4_BLOCK} weights, not ${values.length}`);
  const codes = new Uint8Array(values.length);
  const blockScales = new Uint8Array(values.length / NVFP4_BLOCK);
  const largestOfAll = largestMagnitude(values, 0, values.length);
  if (largestOfAll === 0) return { codes, blockScales, tensorScale: 0 };
  const tensorScale = tensorScaleOf(largestOfAll, LARGEST_SCALE[rule]);
  const magnitudes = new Float64Array(NVFP4_BLOCK);
  for (let block = 0; block < blockScales.length; block++) {
    const start = block * NVFP4_BLOCK;
    let largest = 0;
    for (let i = 0; i < NVFP4_BLOCK; i++) {
      magnitudes[i] = Math.abs(values[start + i]!) / tensorScale;
      largest = Math.max(largest, magnitudes[i]!);
    }
    const code = blockScaleOf(rule, magnitudes, largest);
    const scale = decodeE4M3(code);
    blockScales[block] = code;
    if (scale === 0) continue;
    for (let i = 0; i < NVFP4_BLOCK; i++) {
      codes[start + i] = nearestE2M1(magnitudes[i]! / scale) | (values[start + i]! < 0 ? 8 : 0);
    }
  }
  return { codes, blockScales, tensorScale };
}

/** The E4M3 code of a block's scale by a rule; `largest` is the largest of its magnitudes, all in units of the tensor's scale. */
function blockScaleOf(rule: ScaleRule, magnitudes: Float64Array, largest: number): number {
  const six = encodeE4M3(largest / E2M1_MAX);
  switch (rule) {
    case 'written':
      return six;
    case 'least-error':
      return bestScale(magnitudes, six);
    case 'four-over-six': {
      const four = encodeE4M3(largest / 4);
      return errorAsDefined(magnitudes, decodeE4M3(four)) < errorAsDefined(magnitudes, decodeE4M3(six)) ? four : six;
    }
  }
}

/** The E4M3 code, from a few below `written` to a few above it, whose scale leaves the least squared error. */
function bestScale(magnitudes: Float64Array, written: number): number {
  if (written === 0) return 0;
  let best = written;
  let least = squaredError(magnitudes, decodeE4M3(written), Infinity);
  for (let step = 1; step <= ABOVE && least > 0; step++) {
    for (const code of step <= BELOW ? [written - step, written + step] : [written + step]) {
      if (code < 1 || code > LARGEST_CODE) continue;
      const error = squaredError(magnitudes, decodeE4M3(code), least);
      if (error < least) {
        least = error;
        best = code;
      }
    }
  }
  return best;
}

/**
 * Sum of the squared errors of a block under a scale; a scale of 0 leaves nothing of it. Slower than `squaredError`, and without what that
 * loses to rounding, so that two scales under which a block errs alike are told to be equal.
 */
function errorAsDefined(magnitudes: Float64Array, scale: number): number {
  return magnitudes.reduce((sum, x) => sum + (scale === 0 ? x : decodeE2M1(nearestE2M1(x / scale)) * scale - x) ** 2, 0);
}

/** Sum of the squared errors of a block under a scale; gives up, with what it has, at `limit`. */
function squaredError(magnitudes: Float64Array, scale: number, limit: number): number {
  const inverse = 1 / scale;
  const most = limit * inverse * inverse;
  let sum = 0;
  for (let i = 0; i < NVFP4_BLOCK && sum < most; i++) {
    const x = magnitudes[i]! * inverse;
    const error = x - NEAREST[(x * 4) | 0]!;
    sum += error * error;
  }
  return sum * scale * scale;
}

/** The values an NVFP4 matrix stands for, exact in double precision. */
export function dequantizeNvfp4({ codes, blockScales, tensorScale }: Nvfp4): Float64Array {
  return Float64Array.from(codes, (code, i) => decodeE2M1(code) * decodeE4M3(blockScales[Math.floor(i / NVFP4_BLOCK)]!) * tensorScale);
}
