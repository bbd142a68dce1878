/**
 * E2M1 with one scale for a whole matrix, its largest weight becoming 6: the quantiser that published work on mixed FP8 and FP4 precision
 * writes down. It loses far more than blocks do, and is kept to be compared with.
 */

import { decodeE2M1, E2M1_MAX, largestMagnitude } from '../formats/codes.js';
import { nearestE2M1 } from './nvfp4.js';

/** A matrix of E2M1 codes, one to a byte: value = code x scale. */
export interface Fp4Tensor {
  codes: Uint8Array;
  scale: number;
}

/** E2M1 with one f32 scale, the largest magnitude over 6. All zero gives zero codes with a scale of 0. */
export function quantizeFp4Tensor(values: Float32Array): Fp4Tensor {
  const codes = new Uint8Array(values.length);
  const scale = Math.fround(largestMagnitude(values, 0, values.length) / E2M1_MAX);
  if (scale === 0) return { codes, scale };
  for (let i = 0; i < values.length; i++) codes[i] = nearestE2M1(Math.abs(values[i]!) / scale) | (values[i]! < 0 ? 8 : 0);
  return { codes, scale };
}

/** The values such a matrix stands for, exact in double precision. */
export function dequantizeFp4Tensor({ codes, scale }: Fp4Tensor): Float64Array {
  return Float64Array.from(codes, (code) => decodeE2M1(code) * scale);
}
