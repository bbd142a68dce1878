/**
 * Weights on their way from a checkpoint into the kernels' memory: rounded to their format, then arranged in the order the kernels read.
 *
 * Two details beside the formats' own rounding, so that the kernels' 16-bit fixed point is exact on every code that is stored:
 * an FP8 magnitude under 2^-3 (1/3584 of its row's largest) becomes 0 or 2^-3, whichever is nearer; an NVFP4 block scale under 2
 * (1/224 of the matrix's largest) becomes a multiple of 1/4, at least 1/4. Both stay codes of their format, with 8 and 4.5 bits.
 */

import { E4M3_MAX, decodeE2M1, decodeE4M3, encodeBf16, encodeE4M3, largestMagnitude, quantizeNvfp4, type Nvfp4 } from './formats.js';

/** A matrix of FP8 codes, [rows][depth], with one scale a row: value = E4M3 code x scale. */
export interface Fp8Matrix {
  codes: Uint8Array;
  rowScales: Float32Array;
}

const SMALLEST_FP8 = 0.125;
const E4M3_EIGHTH = encodeE4M3(SMALLEST_FP8);

/** E4M3 with a scale for each row (its largest magnitude becomes 448), magnitudes under 2^-3 moved to 0 or 2^-3. */
export function quantizeFp8(values: Float32Array, depth: number): Fp8Matrix {
  const rows = values.length / depth;
  const codes = new Uint8Array(values.length);
  const rowScales = new Float32Array(rows);
  for (let row = 0; row < rows; row++) {
    const scale = Math.fround(largestMagnitude(values, row * depth, (row + 1) * depth) / E4M3_MAX);
    rowScales[row] = scale;
    if (scale === 0) continue;
    for (let i = row * depth; i < (row + 1) * depth; i++) {
      const wished = values[i]! / scale;
      const magnitude = Math.abs(wished);
      if (magnitude >= SMALLEST_FP8) codes[i] = encodeE4M3(wished);
      else if (magnitude > SMALLEST_FP8 / 2) codes[i] = E4M3_EIGHTH | (wished < 0 ? 0x80 : 0);
    }
  }
  return { codes, rowScales };
}

/** The values an FP8 matrix stands for, exact in double precision. */
export function dequantizeFp8({ codes, rowScales }: Fp8Matrix, depth: number): Float64Array {
  return Float64Array.from(codes, (code, i) => decodeE4M3(code) * rowScales[Math.floor(i / depth)]!);
}

/** NVFP4 with block scales under 2 moved to multiples of 1/4. */
export function quantizeFp4(values: Float32Array): Nvfp4 {
  return quantizeNvfp4(values, (scale) => {
    if (scale === 0) return 0;
    return encodeE4M3(scale >= 2 ? scale : Math.max(1, Math.round(scale * 4)) / 4);
  });
}

/** The values an FP4 matrix stands for, exact in double precision. */
export function dequantizeFp4({ codes, blockScales, tensorScale }: Nvfp4): Float64Array {
  return Float64Array.from(codes, (code, i) => decodeE2M1(code) * decodeE4M3(blockScales[i >> 4]!) * tensorScale);
}

/** Rows are kept in panels of four; missing ones are zero. */
export const PANEL_ROWS = 4;

/** Rows a matrix takes in memory. */
export function paddedRows(rows: number): number {
  return Math.ceil(rows / PANEL_ROWS) * PANEL_ROWS;
}

/** Place of the i-th of eight BF16 weights: a pair shares a 32-bit lane. */
const BF16_ORDER = [0, 2, 4, 6, 1, 3, 5, 7] as const;

/** BF16 in the kernels' order (assembly/bf16.ts): panels of [depth / 8][4 rows][8]. depth a multiple of 8. */
export function packBf16(values: Float32Array, rows: number, depth: number): Uint16Array {
  const packed = new Uint16Array(paddedRows(rows) * depth);
  for (let row = 0; row < rows; row++) {
    const panel = (row >> 2) * 4 * depth + (row & 3) * 8;
    for (let k = 0; k < depth; k++) packed[panel + (k >> 3) * 32 + BF16_ORDER[k & 7]!] = encodeBf16(values[row * depth + k]!);
  }
  return packed;
}

/** FP8 codes in the kernels' order (assembly/fp8.ts): panels of [depth / 32][4 rows][16 exponent bytes, 16 sign-mantissa bytes]. */
export function packFp8(codes: Uint8Array, rows: number, depth: number): Uint8Array {
  const packed = new Uint8Array(paddedRows(rows) * depth);
  for (let row = 0; row < rows; row++) {
    const panel = (row >> 2) * 4 * depth + (row & 3) * 32;
    for (let k = 0; k < depth; k++) {
      const code = codes[row * depth + k]!;
      const at = panel + (k >> 5) * 128 + (k & 15);
      const shift = (k & 16) >> 2;
      packed[at]! |= ((code >> 3) & 15) << shift;
      packed[at + 16]! |= (((code >> 4) & 8) | (code & 7)) << shift;
    }
  }
  return packed;
}

/** FP4 codes and block scales in the kernels' order (assembly/fp4.ts): [depth / 32][4 rows][16] bytes and [depth / 32][4 rows][2] scales. */
export function packFp4(matrix: Nvfp4, rows: number, depth: number): { weights: Uint8Array; blockScales: Uint8Array } {
  const weights = new Uint8Array((paddedRows(rows) * depth) / 2);
  const blockScales = new Uint8Array((paddedRows(rows) * depth) / 16);
  for (let row = 0; row < rows; row++) {
    const panel = (row >> 2) * 2 * depth + (row & 3) * 16;
    for (let k = 0; k < depth; k++) {
      weights[panel + (k >> 5) * 64 + (k & 15)]! |= matrix.codes[row * depth + k]! << ((k & 16) >> 2);
    }
    const scales = ((row >> 2) * depth) / 4 + (row & 3) * 2;
    for (let block = 0; block < depth / 16; block++) {
      blockScales[scales + (block >> 1) * 8 + (block & 1)] = matrix.blockScales[(row * depth) / 16 + block]!;
    }
  }
  return { weights, blockScales };
}
