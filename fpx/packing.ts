/**
 * Weights on their way from a checkpoint into the kernels' memory: rounded to their format, then arranged in the order the kernels read.
 *
 * The kernels' 16-bit fixed point holds most codes: E4M3 magnitudes of 2^-3 and more, NVFP4 block scales that are multiples of 1/4.
 * The others, which are rare (1/3584 of a row's largest weight, 1/224 of a matrix's), are listed by row, and their products added apart:
 * so every code counts for exactly what its format says. Of the reference models' FP8 codes 0.06 to 0.07 % are so small, of their FP4
 * blocks none.
 */

import { decodeE2M1, decodeE4M3, E4M3_MAX, encodeBf16, encodeE4M3, largestMagnitude, NVFP4_BLOCK, type Nvfp4 } from './formats.js';

/** A matrix of FP8 codes, [rows][depth], with one scale a row: value = E4M3 code x scale. */
export interface Fp8Matrix {
  codes: Uint8Array;
  rowScales: Float32Array;
}

/** E4M3 with a scale for each row: its largest magnitude becomes 448. */
export function quantizeFp8(values: Float32Array, depth: number): Fp8Matrix {
  const rows = values.length / depth;
  const codes = new Uint8Array(values.length);
  const rowScales = new Float32Array(rows);
  for (let row = 0; row < rows; row++) {
    const scale = Math.fround(largestMagnitude(values, row * depth, (row + 1) * depth) / E4M3_MAX);
    rowScales[row] = scale;
    if (scale === 0) continue;
    for (let i = row * depth; i < (row + 1) * depth; i++) codes[i] = encodeE4M3(values[i]! / scale);
  }
  return { codes, rowScales };
}

/** The values an FP8 matrix stands for, exact in double precision. */
export function dequantizeFp8({ codes, rowScales }: Fp8Matrix, depth: number): Float64Array {
  return Float64Array.from(codes, (code, i) => decodeE4M3(code) * rowScales[Math.floor(i / depth)]!);
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

/** FP8 codes in the kernels' order (assembly/fp8.ts): panels of [depth / 32][4 rows][16 bytes of exponents, 16 of signs and mantissas]. */
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

/** FP4 codes and block scales in the order of assembly/fp4.ts: [depth / 32][4 rows][16] bytes and [depth / 32][4 rows][2] scales. */
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

/** What the fixed point does not hold: entries [starts[row], starts[row + 1]) are the row's. One start more than (padded) rows. */
export interface SmallCodes {
  starts: Int32Array;
  entries: Int32Array;
}

/** E4M3 codes with an exponent under this are not in the fixed point (assembly/fp8.ts). */
const SMALLEST_EXPONENT = 4;

/** The small codes of an FP8 matrix, each as column x 256 + 512 times its value (-60 to 60, in the low byte). */
export function smallFp8({ codes }: Fp8Matrix, rows: number, depth: number): SmallCodes {
  return listByRow(rows, depth, (i) => {
    const code = codes[i]!;
    if ((code & 0x7f) === 0 || ((code >> 3) & 15) >= SMALLEST_EXPONENT) return undefined;
    return ((i % depth) << 8) | ((decodeE4M3(code) * 512) & 0xff);
  });
}

/** The blocks of an FP4 matrix whose scale is no multiple of 1/4, each as its place in the row. */
export function smallFp4({ blockScales }: Nvfp4, rows: number, depth: number): SmallCodes {
  const blocks = depth / NVFP4_BLOCK;
  return listByRow(rows, blocks, (i) => ((decodeE4M3(blockScales[i]!) * 4) % 1 === 0 ? undefined : i % blocks));
}

function listByRow(rows: number, width: number, entryOf: (i: number) => number | undefined): SmallCodes {
  const starts = new Int32Array(paddedRows(rows) + 1);
  const entries: number[] = [];
  for (let row = 0; row < starts.length - 1; row++) {
    for (let i = row * width; row < rows && i < (row + 1) * width; i++) {
      const entry = entryOf(i);
      if (entry !== undefined) entries.push(entry);
    }
    starts[row + 1] = entries.length;
  }
  return { starts, entries: Int32Array.from(entries) };
}
