/**
 * Linear layers with E2M1 weights and E2M1 activations, one scale for the matrix and one for the token: W4A4 without blocks.
 *
 * Twice an E2M1 value is an integer from -12 to 12. Activations are kept as 12 more, 0 to 24; what that is too much comes off a row's sum
 * at its end. A pair of products is at most 576, so 16 bits hold the sums of 56: no scale is met in the loop.
 * Memory: panels of four rows; for each 32 inputs and row 16 bytes, low nibbles the first 16 inputs, high ones the others.
 */

import { DOUBLED, widenE2M1 } from './fp4';
import { factorOf, largestMagnitude, scaleOf } from './integer';
import { dotPairs, lookUp, sumWrappingLanes } from './lanes';
import { ROUNDER } from './exponential';

/** Twice the largest E2M1 value: the largest integer, and what is added to activations. */
const LARGEST: f32 = 12;

/** Inputs over which a lane of 16 bits cannot overflow: 48 pairs. */
const SPAN: usize = 768;

/**
 * x * 12 / amax rounded to the integers that are twice an E2M1 value (ties to the even code), 12 more, as bytes, [tokens][depth];
 * scales[token] = amax / 12. depth a multiple of 32.
 */
export function quantizeFp4Tensor(input: usize, output: usize, scales: usize, tokens: i32, depth: i32): void {
  const rowBytes = (<usize>depth) << 2;
  for (let t = 0; t < tokens; t++) {
    const largest = largestMagnitude(input, depth);
    const factor = f32x4.splat(factorOf(largest, LARGEST));
    store<f32>(scales + ((<usize>t) << 2), scaleOf(largest, LARGEST));
    const end = input + rowBytes;
    for (; input < end; input += 64) {
      const low = i16x8.narrow_i32x4_s(fourE2M1(input, factor), fourE2M1(input + 16, factor));
      const high = i16x8.narrow_i32x4_s(fourE2M1(input + 32, factor), fourE2M1(input + 48, factor));
      // From 0 to 24, even for what is no number (see fp4.ts).
      const bytes = i8x16.max_s(i8x16.narrow_i16x8_s(low, high), i8x16.splat(0));
      v128.store(output, i8x16.min_s(bytes, i8x16.splat(2 * <i8>LARGEST)));
      output += 16;
    }
  }
}

/**
 * Four activations, 12 more. Values of 2^E and more are 2^(E - 1) apart, and none less than 1: adding 1.5 x 2^23 times that rounds to them.
 * Its bits are the activation's own exponent raised by 22.
 */
// @inline
function fourE2M1(x: usize, factor: v128): v128 {
  const value = f32x4.mul(v128.load(x), factor);
  const unit = f32x4.splat(ROUNDER);
  const raised = i32x4.add(v128.and(value, i32x4.splat(0x7f800000)), i32x4.splat(0x0b400000));
  const rounder = i32x4.max_s(raised, unit);
  const rounded = f32x4.sub(f32x4.add(value, rounder), rounder);
  return i32x4.sub(f32x4.add(rounded, f32x4.splat(ROUNDER + LARGEST)), unit);
}

/**
 * output[row] for rows [rowBegin, rowEnd), multiples of 4. excess: 12 times the sum of each row's integers, i32. outputScale: for
 * twice the weight.
 */
export function matVecFp4Tensor(
  weights: usize,
  excess: usize,
  outputScale: f32,
  input: usize,
  tokenScale: usize,
  output: usize,
  rowBegin: i32,
  rowEnd: i32,
  depth: i32,
): void {
  const nibble = i8x16.splat(15);
  const end = input + <usize>depth;
  const scales = f32x4.splat(outputScale * load<f32>(tokenScale));
  let w = weights + ((<usize>rowBegin * <usize>depth) >> 1);
  for (let row = rowBegin; row < rowEnd; row += 4) {
    let x = input;
    let s0 = i32x4.splat(0);
    let s1 = i32x4.splat(0);
    let s2 = i32x4.splat(0);
    let s3 = i32x4.splat(0);
    while (x < end) {
      const spanEnd = min(end, x + SPAN);
      let p0 = i16x8.splat(0);
      let p1 = i16x8.splat(0);
      let p2 = i16x8.splat(0);
      let p3 = i16x8.splat(0);
      for (; x < spanEnd; x += 32) {
        const table = v128.load(DOUBLED);
        const x0 = v128.load(x);
        const x1 = v128.load(x, 16);
        let codes = v128.load(w);
        p0 = i16x8.add(p0, dotPairs(lookUp(table, v128.and(codes, nibble)), x0));
        p0 = i16x8.add(p0, dotPairs(lookUp(table, v128.and(i16x8.shr_u(codes, 4), nibble)), x1));
        codes = v128.load(w, 16);
        p1 = i16x8.add(p1, dotPairs(lookUp(table, v128.and(codes, nibble)), x0));
        p1 = i16x8.add(p1, dotPairs(lookUp(table, v128.and(i16x8.shr_u(codes, 4), nibble)), x1));
        codes = v128.load(w, 32);
        p2 = i16x8.add(p2, dotPairs(lookUp(table, v128.and(codes, nibble)), x0));
        p2 = i16x8.add(p2, dotPairs(lookUp(table, v128.and(i16x8.shr_u(codes, 4), nibble)), x1));
        codes = v128.load(w, 48);
        p3 = i16x8.add(p3, dotPairs(lookUp(table, v128.and(codes, nibble)), x0));
        p3 = i16x8.add(p3, dotPairs(lookUp(table, v128.and(i16x8.shr_u(codes, 4), nibble)), x1));
        w += 64;
      }
      s0 = i32x4.add(s0, i32x4.extadd_pairwise_i16x8_s(p0));
      s1 = i32x4.add(s1, i32x4.extadd_pairwise_i16x8_s(p1));
      s2 = i32x4.add(s2, i32x4.extadd_pairwise_i16x8_s(p2));
      s3 = i32x4.add(s3, i32x4.extadd_pairwise_i16x8_s(p3));
    }
    const sums = i32x4.sub(sumWrappingLanes(s0, s1, s2, s3), v128.load(excess + ((<usize>row) << 2)));
    v128.store(output + ((<usize>row) << 2), f32x4.mul(f32x4.convert_i32x4_s(sums), scales));
  }
}

/** A panel of four rows, [depth / 16][4 rows][16] bytes, times two tokens. Exported so that the compiler keeps it a function (see fp4.ts). */
export function panelFp4Tensor(
  panel: usize,
  excess: usize,
  input: usize,
  tokenScales: usize,
  outputScale: f32,
  output: usize,
  depth: i32,
  tokens: i32,
  outputWidth: i32,
): void {
  const outputStep = (<usize>outputWidth) << 2;
  let x = input;
  for (let t = 0; t < tokens; t += 2) {
    // A last token without a partner is its own.
    const more = <usize>(t + 1 < tokens);
    let y = x + <usize>depth * more;
    const end = x + <usize>depth;
    let w = panel;
    let s0 = i32x4.splat(0);
    let s1 = i32x4.splat(0);
    let s2 = i32x4.splat(0);
    let s3 = i32x4.splat(0);
    let u0 = i32x4.splat(0);
    let u1 = i32x4.splat(0);
    let u2 = i32x4.splat(0);
    let u3 = i32x4.splat(0);
    while (x < end) {
      const spanEnd = min(end, x + SPAN);
      let p0 = i16x8.splat(0);
      let p1 = i16x8.splat(0);
      let p2 = i16x8.splat(0);
      let p3 = i16x8.splat(0);
      let q0 = i16x8.splat(0);
      let q1 = i16x8.splat(0);
      let q2 = i16x8.splat(0);
      let q3 = i16x8.splat(0);
      for (; x < spanEnd; x += 16) {
        const xv = v128.load(x);
        const yv = v128.load(y);
        let wv = v128.load(w);
        p0 = i16x8.add(p0, dotPairs(wv, xv));
        q0 = i16x8.add(q0, dotPairs(wv, yv));
        wv = v128.load(w, 16);
        p1 = i16x8.add(p1, dotPairs(wv, xv));
        q1 = i16x8.add(q1, dotPairs(wv, yv));
        wv = v128.load(w, 32);
        p2 = i16x8.add(p2, dotPairs(wv, xv));
        q2 = i16x8.add(q2, dotPairs(wv, yv));
        wv = v128.load(w, 48);
        p3 = i16x8.add(p3, dotPairs(wv, xv));
        q3 = i16x8.add(q3, dotPairs(wv, yv));
        w += 64;
        y += 16;
      }
      s0 = i32x4.add(s0, i32x4.extadd_pairwise_i16x8_s(p0));
      s1 = i32x4.add(s1, i32x4.extadd_pairwise_i16x8_s(p1));
      s2 = i32x4.add(s2, i32x4.extadd_pairwise_i16x8_s(p2));
      s3 = i32x4.add(s3, i32x4.extadd_pairwise_i16x8_s(p3));
      u0 = i32x4.add(u0, i32x4.extadd_pairwise_i16x8_s(q0));
      u1 = i32x4.add(u1, i32x4.extadd_pairwise_i16x8_s(q1));
      u2 = i32x4.add(u2, i32x4.extadd_pairwise_i16x8_s(q2));
      u3 = i32x4.add(u3, i32x4.extadd_pairwise_i16x8_s(q3));
    }
    const over = v128.load(excess);
    const sumsX = f32x4.convert_i32x4_s(i32x4.sub(sumWrappingLanes(s0, s1, s2, s3), over));
    const sumsY = f32x4.convert_i32x4_s(i32x4.sub(sumWrappingLanes(u0, u1, u2, u3), over));
    v128.store(output, f32x4.mul(sumsX, f32x4.splat(outputScale * load<f32>(tokenScales))));
    v128.store(output + outputStep * more, f32x4.mul(sumsY, f32x4.splat(outputScale * load<f32>(tokenScales + (more << 2)))));
    x = y;
    tokenScales += 8;
    output += outputStep << 1;
  }
}

/** The same as matVecFp4Tensor for `tokens` rows of input, to [tokens][outputWidth]. `panel`: scratch of depth x 4 bytes. */
export function matMulFp4Tensor(
  weights: usize,
  excess: usize,
  outputScale: f32,
  input: usize,
  tokenScales: usize,
  output: usize,
  panel: usize,
  rowBegin: i32,
  rowEnd: i32,
  depth: i32,
  tokens: i32,
  outputWidth: i32,
): void {
  for (let row = rowBegin; row < rowEnd; row += 4) {
    widenE2M1(weights + ((<usize>row * <usize>depth) >> 1), panel, depth);
    const over = excess + ((<usize>row) << 2);
    panelFp4Tensor(panel, over, input, tokenScales, outputScale, output + ((<usize>row) << 2), depth, tokens, outputWidth);
  }
}
