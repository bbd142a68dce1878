/**
 * Weights on their way from a checkpoint into the kernels' memory: rounded to their format, then arranged in the order the kernels read.
 *
 * The kernels' fixed point of 16 bits holds most codes: E4M3 magnitudes of 2^-3 and more, NVFP4 block scales that are multiples of 1/4.
 * The others, which are rare (1/3584 of a row's largest weight, 1/224 of a matrix's), are listed by row, and their products added apart:
 * so every code counts for exactly what its format says. Of the reference models' FP8 codes 0.06 to 0.07 % are so small, of their FP4
 * blocks none.
 */

import { decodeE2M1, decodeE4M3, E4M3_MAX, encodeBf16, encodeE4M3, largestMagnitude } from '../formats/codes.js';
import type { Fp4Tensor } from '../quantize/fp4-tensor.js';
import { NVFP4_BLOCK, type Nvfp4 } from '../quantize/nvfp4.js';

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

/** Inputs that an FP4 kernel takes together: eight blocks. */
const GROUP = 8 * NVFP4_BLOCK;

/** Inputs that a row of FP4 weights takes in memory: whole groups. Missing ones are zero. */
export function paddedDepth(depth: number): number {
  return Math.ceil(depth / GROUP) * GROUP;
}

/** Inputs after which an FP4 kernel goes over to f32 (SPAN in assembly/fp4.ts). */
const SPAN = 1536;
/** What FP4 activations are kept above their value (assembly/fp4.ts). */
const OFFSET = 64;

/** An NVFP4 matrix as the kernels of assembly/fp4.ts read it, but for the blocks that `smallFp4` lists, whose scales are zero here. */
export interface PackedFp4 {
  /** Panels of [depth / 32][4 rows][16 bytes]: two vectors of a group, the first in low nibbles. */
  weights: Uint8Array;
  /** E4M3 codes, panels of [depth / 128][4 rows][8 blocks]. */
  blockScales: Uint8Array;
  /** For each row and span, 64 times the sum of 2 x weight x 4 x block scale modulo 2^32, panels of [span][4 rows]. */
  excess: Int32Array;
}

/**
 * Packs FP4 codes and block scales. Of a group's eight blocks, vector s (0 to 7) holds inputs 2s and 2s + 1 of each block, one block after
 * the other.
 */
export function packFp4(matrix: Nvfp4, rows: number, depth: number): PackedFp4 {
  const width = paddedDepth(depth);
  const weights = new Uint8Array((paddedRows(rows) * width) / 2);
  const blockScales = new Uint8Array((paddedRows(rows) * width) / NVFP4_BLOCK);
  const spans = Math.ceil(width / SPAN);
  const excess = new Int32Array(paddedRows(rows) * spans);
  for (let row = 0; row < rows; row++) {
    const panel = (row >> 2) * 2 * width + (row & 3) * 16;
    const scales = ((row >> 2) * width) / 4 + (row & 3) * 8;
    for (let k = 0; k < depth; k += NVFP4_BLOCK) {
      const block = (k >> 4) & 7;
      const scale = matrix.blockScales[(row * depth + k) / NVFP4_BLOCK]!;
      if (!isSmall(scale)) blockScales[scales + (k >> 7) * 32 + block] = scale;
      let sum = 0;
      for (let i = 0; i < NVFP4_BLOCK; i++) {
        const code = matrix.codes[row * depth + k + i]!;
        sum += DOUBLED[code]!;
        weights[panel + (k >> 7) * 256 + (i >> 2) * 64 + block * 2 + (i & 1)]! |= code << ((i & 2) << 1);
      }
      if (!isSmall(scale)) excess[(row >> 2) * spans * 4 + Math.floor(k / SPAN) * 4 + (row & 3)]! += OFFSET * sum * 4 * decodeE4M3(scale);
    }
  }
  return { weights, blockScales, excess };
}

/** Twice the value of each E2M1 code. */
const DOUBLED = Int8Array.from({ length: 16 }, (_, code) => 2 * decodeE2M1(code));

/** What E2M1 activations are kept above twice their value (assembly/fp4-tensor.ts). */
const TENSOR_OFFSET = 12;

/**
 * E2M1 codes with one scale as the kernels of assembly/fp4-tensor.ts read them: panels of [depth / 32][4 rows][16 bytes], and 12 times
 * the sum of each row's doubled weights.
 */
export function packFp4Tensor({ codes }: Fp4Tensor, rows: number, depth: number): { weights: Uint8Array; excess: Int32Array } {
  const weights = new Uint8Array((paddedRows(rows) * depth) / 2);
  const excess = new Int32Array(paddedRows(rows));
  for (let row = 0; row < rows; row++) {
    const panel = (row >> 2) * 2 * depth + (row & 3) * 16;
    for (let k = 0; k < depth; k++) {
      const code = codes[row * depth + k]!;
      weights[panel + (k >> 5) * 64 + (k & 15)]! |= code << ((k & 16) >> 2);
      excess[row]! += TENSOR_OFFSET * DOUBLED[code]!;
    }
  }
  return { weights, excess };
}

/** What the fixed point does not hold: entries [starts[row], starts[row + 1]) are the row's. One start more than (padded) rows. */
export interface SmallCodes {
  starts: Int32Array;
  /** One after the other, all of one length. */
  entries: Int32Array;
  count: number;
}

/** E4M3 codes with an exponent under this are not in the fixed point (assembly/fp8.ts). */
const SMALLEST_EXPONENT = 4;

/** The small codes of an FP8 matrix, each as column x 256 + 512 times its value (-60 to 60, in the low byte). */
export function smallFp8({ codes }: Fp8Matrix, rows: number, depth: number): SmallCodes {
  return listByRow(rows, depth, (i) => {
    const code = codes[i]!;
    if ((code & 0x7f) === 0 || ((code >> 3) & 15) >= SMALLEST_EXPONENT) return undefined;
    return [((i % depth) << 8) | ((decodeE4M3(code) * 512) & 0xff)];
  });
}

/** Whether four times the scale of this E4M3 code is no integer. */
function isSmall(scale: number): boolean {
  return (decodeE4M3(scale) * 4) % 1 !== 0;
}

/**
 * The blocks of an FP4 matrix whose scale is no multiple of 1/4, each as six integers: where its inputs begin among a token's, 512 times
 * its scale, and its 16 doubled weights in bytes.
 */
export function smallFp4({ codes, blockScales }: Nvfp4, rows: number, depth: number): SmallCodes {
  const blocks = depth / NVFP4_BLOCK;
  return listByRow(rows, blocks, (i) => {
    if (!isSmall(blockScales[i]!)) return undefined;
    const block = i % blocks;
    const weights = Int8Array.from(codes.subarray(i * NVFP4_BLOCK, (i + 1) * NVFP4_BLOCK), (code) => DOUBLED[code]!);
    return [(block >> 3) * GROUP + (block & 7) * 2, decodeE4M3(blockScales[i]!) * 512, ...new Int32Array(weights.buffer)];
  });
}

function listByRow(rows: number, width: number, entryOf: (i: number) => number[] | undefined): SmallCodes {
  const starts = new Int32Array(paddedRows(rows) + 1);
  const entries: number[] = [];
  let count = 0;
  for (let row = 0; row < starts.length - 1; row++) {
    for (let i = row * width; row < rows && i < (row + 1) * width; i++) {
      const entry = entryOf(i);
      if (entry === undefined) continue;
      entries.push(...entry);
      count++;
    }
    starts[row + 1] = count;
  }
  return { starts, entries: Int32Array.from(entries), count };
}
