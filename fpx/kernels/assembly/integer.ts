/**
 * Activations as integers with a scale for each token; and of FP8 layers, whose integers have 8 bits and are held in 16, the product of
 * a widened panel with them.
 *
 * Sums are exact in i32 over SPAN inputs (28672 x 127 x 2 products a step, 2048 / 8 steps, stay under 2^31), then f32: so the
 * order of products does not matter, and matVec and matMul agree to the bit.
 */

import { ROUNDER } from './exponential';
import { largestInteger, sumIntegerLanes } from './lanes';

/** Inputs over which an i32 lane cannot overflow. */
export const SPAN: i32 = 2048;

/** Under this largest magnitude a token counts as zero: its scale would be subnormal. */
const SMALLEST: f32 = 1e-30;

/**
 * Largest |x| of a token; NaN when one is. Bits of magnitudes are ordered like their values, infinity above all numbers and NaN above it: so
 * what is no number makes the token's scale no number, and its outputs.
 */
// @inline
export function largestMagnitude(input: usize, depth: i32): f32 {
  const magnitude = i32x4.splat(0x7fffffff);
  let largest = i32x4.splat(0);
  const end = input + ((<usize>depth) << 2);
  for (let x = input; x < end; x += 16) largest = i32x4.max_s(largest, v128.and(v128.load(x), magnitude));
  return reinterpret<f32>(largestInteger(largest));
}

/** What inputs are multiplied by to become integers up to `most`, and what those are multiplied by to become inputs. */
// @inline
export function factorOf(largest: f32, most: f32): f32 {
  return largest < SMALLEST ? 0 : most / largest;
}

// @inline
export function scaleOf(largest: f32, most: f32): f32 {
  return largest < SMALLEST ? 0 : largest / most;
}

/** Four rounded integers, |integer| < 2^22, as i32. */
// @inline
function four(x: usize, factor: v128): v128 {
  const rounder = f32x4.splat(ROUNDER);
  return i32x4.sub(f32x4.add(f32x4.mul(v128.load(x), factor), rounder), rounder);
}

/** Eight as i16. */
// @inline
function eight(x: usize, factor: v128): v128 {
  return i16x8.narrow_i32x4_s(four(x, factor), four(x + 16, factor));
}

/** Sixteen as bytes. */
// @inline
export function bytes16(x: usize, factor: v128): v128 {
  return i8x16.narrow_i16x8_s(eight(x, factor), eight(x + 32, factor));
}

/** round(x * 127 / amax) of each token as i16, [tokens][depth]; scales[token] = amax / 127. */
export function quantize(input: usize, output: usize, scales: usize, tokens: i32, depth: i32): void {
  for (let t = 0; t < tokens; t++) {
    const largest = largestMagnitude(input, depth);
    const factor = f32x4.splat(factorOf(largest, 127));
    store<f32>(scales + ((<usize>t) << 2), scaleOf(largest, 127));
    for (let k = 0; k < depth; k += 8) {
      v128.store(output, eight(input, factor));
      input += 32;
      output += 16;
    }
  }
}

/**
 * Four rows, widened to i16 as [depth / 8][4 rows][8] at `panel`, times every token: writes output[token][0..3].
 * rowScales: the four rows' scales, f32.
 */
export function panelTimesTokens(
  panel: usize,
  input: usize,
  tokenScales: usize,
  rowScales: v128,
  output: usize,
  depth: i32,
  tokens: i32,
  outputWidth: i32,
): void {
  const inputStep = (<usize>depth) << 1;
  const outputStep = (<usize>outputWidth) << 2;
  const panelEnd = panel + ((<usize>depth) << 3);
  let x = input;
  let t = 0;
  for (; t + 2 <= tokens; t += 2) {
    let y = x + inputStep;
    let totalX = f32x4.splat(0);
    let totalY = f32x4.splat(0);
    let w = panel;
    while (w < panelEnd) {
      const spanEnd = min(panelEnd, w + ((<usize>SPAN) << 3));
      let s0 = i32x4.splat(0);
      let s1 = i32x4.splat(0);
      let s2 = i32x4.splat(0);
      let s3 = i32x4.splat(0);
      let u0 = i32x4.splat(0);
      let u1 = i32x4.splat(0);
      let u2 = i32x4.splat(0);
      let u3 = i32x4.splat(0);
      for (; w < spanEnd; w += 64) {
        const xv = v128.load(x);
        const yv = v128.load(y);
        let wv = v128.load(w);
        s0 = i32x4.add(s0, i32x4.dot_i16x8_s(wv, xv));
        u0 = i32x4.add(u0, i32x4.dot_i16x8_s(wv, yv));
        wv = v128.load(w, 16);
        s1 = i32x4.add(s1, i32x4.dot_i16x8_s(wv, xv));
        u1 = i32x4.add(u1, i32x4.dot_i16x8_s(wv, yv));
        wv = v128.load(w, 32);
        s2 = i32x4.add(s2, i32x4.dot_i16x8_s(wv, xv));
        u2 = i32x4.add(u2, i32x4.dot_i16x8_s(wv, yv));
        wv = v128.load(w, 48);
        s3 = i32x4.add(s3, i32x4.dot_i16x8_s(wv, xv));
        u3 = i32x4.add(u3, i32x4.dot_i16x8_s(wv, yv));
        x += 16;
        y += 16;
      }
      totalX = f32x4.add(totalX, sumIntegerLanes(s0, s1, s2, s3));
      totalY = f32x4.add(totalY, sumIntegerLanes(u0, u1, u2, u3));
    }
    v128.store(output, f32x4.mul(totalX, f32x4.mul(rowScales, v128.load32_splat(tokenScales))));
    v128.store(output + outputStep, f32x4.mul(totalY, f32x4.mul(rowScales, v128.load32_splat(tokenScales, 4))));
    x = y;
    tokenScales += 8;
    output += outputStep << 1;
  }
  if (t < tokens) {
    let total = f32x4.splat(0);
    let w = panel;
    while (w < panelEnd) {
      const spanEnd = min(panelEnd, w + ((<usize>SPAN) << 3));
      let s0 = i32x4.splat(0);
      let s1 = i32x4.splat(0);
      let s2 = i32x4.splat(0);
      let s3 = i32x4.splat(0);
      for (; w < spanEnd; w += 64) {
        const xv = v128.load(x);
        s0 = i32x4.add(s0, i32x4.dot_i16x8_s(v128.load(w), xv));
        s1 = i32x4.add(s1, i32x4.dot_i16x8_s(v128.load(w, 16), xv));
        s2 = i32x4.add(s2, i32x4.dot_i16x8_s(v128.load(w, 32), xv));
        s3 = i32x4.add(s3, i32x4.dot_i16x8_s(v128.load(w, 48), xv));
        x += 16;
      }
      total = f32x4.add(total, sumIntegerLanes(s0, s1, s2, s3));
    }
    v128.store(output, f32x4.mul(total, f32x4.mul(rowScales, v128.load32_splat(tokenScales))));
  }
}
