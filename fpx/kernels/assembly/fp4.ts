/**
 * Linear layers with FP4 weights (E2M1 in NVFP4 blocks of 16) and 8-bit integer activations.
 *
 * Twice an E2M1 value is an integer (0 1 2 3 4 6 8 12). Four times an E4M3 block scale is one too when the scale is 2 or more
 * or a multiple of 1/4; then 8 x weight x block scale is an integer of 16 bits. Blocks with other scales count as zero there: `addSmallFp4`
 * adds them, for 512 times any scale is an integer.
 * Memory: panels of four rows; for each 32 inputs and row 16 bytes (low nibble input i, high nibble input i + 16: two blocks),
 * and apart from them, for each 32 inputs, the block scales' E4M3 codes [4 rows][2 blocks]. 4.5 bits a weight.
 */

import { sumIntegerLanes, sumOfIntegers } from './lanes';
import { panelTimesTokens, SPAN } from './integer';

/** E2M1 code to twice its value: a table for byte shuffles, in memory because it is cheaper to load than to build. */
const DOUBLED = memory.data<i8>([0, 1, 2, 3, 4, 6, 8, 12, 0, -1, -2, -3, -4, -6, -8, -12], 16);

/** Four times the value of each E4M3 code, i16, zero where that is no integer: filled by `initFp4`. */
const SCALES: usize = memory.data(512, 16);

/** Fills the table of block scales. Call once before any FP4 kernel. */
export function initFp4(): void {
  for (let code = 0; code < 256; code++) {
    const scale = scaleTimes512(code);
    store<i16>(SCALES + ((<usize>code) << 1), (scale & 127) == 0 ? <i16>(scale >> 7) : 0);
  }
}

/** 512 times the value of a positive E4M3 code: mantissa x 2^(max(exponent, 1) - 10) x 512. */
// @inline
function scaleTimes512(code: i32): i32 {
  const exponent = (code >> 3) & 15;
  const mantissa = exponent == 0 ? code & 7 : 8 | (code & 7);
  return mantissa << (max(exponent, 1) - 1);
}

// @inline
function blockScale(at: usize): v128 {
  return v128.load16_splat(SCALES + ((<usize>load<u8>(at)) << 1));
}

/** Sum of 32 weights at w (scale codes at s) times 32 activations, spread over four i32 lanes. */
// @inline
function dot32(w: usize, s: usize, x0: v128, x1: v128, x2: v128, x3: v128): v128 {
  const nibble = i8x16.splat(15);
  const codes = v128.load(w);
  const w0 = i8x16.swizzle(v128.load(DOUBLED), v128.and(codes, nibble));
  const p0 = i16x8.add(i16x8.mul(i16x8.extend_low_i8x16_s(w0), x0), i16x8.mul(i16x8.extend_high_i8x16_s(w0), x1));
  const d0 = i32x4.dot_i16x8_s(p0, blockScale(s));
  const w1 = i8x16.swizzle(v128.load(DOUBLED), v128.and(i16x8.shr_u(codes, 4), nibble));
  const p1 = i16x8.add(i16x8.mul(i16x8.extend_low_i8x16_s(w1), x2), i16x8.mul(i16x8.extend_high_i8x16_s(w1), x3));
  return i32x4.add(d0, i32x4.dot_i16x8_s(p1, blockScale(s + 1)));
}

/** output[row] for rows [rowBegin, rowEnd), multiples of 4; depth a multiple of 32; input i16; outputScale: one f32. */
export function matVecFp4(
  weights: usize,
  blockScales: usize,
  outputScale: f32,
  input: usize,
  tokenScale: usize,
  output: usize,
  rowBegin: i32,
  rowEnd: i32,
  depth: i32,
): void {
  const end = input + ((<usize>depth) << 1);
  const scales = f32x4.mul(f32x4.splat(outputScale), v128.load32_splat(tokenScale));
  for (let row = rowBegin; row < rowEnd; row += 4) {
    let w = weights + ((<usize>row * <usize>depth) >> 1);
    let s = blockScales + ((<usize>row * <usize>depth) >> 4);
    let x = input;
    let total = f32x4.splat(0);
    while (x < end) {
      const spanEnd = min(end, x + ((<usize>SPAN) << 1));
      let s0 = i32x4.splat(0);
      let s1 = i32x4.splat(0);
      let s2 = i32x4.splat(0);
      let s3 = i32x4.splat(0);
      for (; x < spanEnd; x += 64) {
        const x0 = v128.load(x);
        const x1 = v128.load(x, 16);
        const x2 = v128.load(x, 32);
        const x3 = v128.load(x, 48);
        s0 = i32x4.add(s0, dot32(w, s, x0, x1, x2, x3));
        s1 = i32x4.add(s1, dot32(w + 16, s + 2, x0, x1, x2, x3));
        s2 = i32x4.add(s2, dot32(w + 32, s + 4, x0, x1, x2, x3));
        s3 = i32x4.add(s3, dot32(w + 48, s + 6, x0, x1, x2, x3));
        w += 64;
        s += 8;
      }
      total = f32x4.add(total, sumIntegerLanes(s0, s1, s2, s3));
    }
    v128.store(output + ((<usize>row) << 2), f32x4.mul(total, scales));
  }
}

/** 16 weights of a block as i16: at `to` and `to` + 64 (the next 8 inputs of the same row). */
// @inline
function widen16(codes: v128, scale: v128, to: usize): void {
  const doubled = i8x16.swizzle(v128.load(DOUBLED), codes);
  v128.store(to, i16x8.mul(i16x8.extend_low_i8x16_s(doubled), scale));
  v128.store(to, i16x8.mul(i16x8.extend_high_i8x16_s(doubled), scale), 64);
}

/** The same for `tokens` rows of i16 input, to [tokens][outputWidth]. `panel`: scratch of depth x 8 bytes. */
export function matMulFp4(
  weights: usize,
  blockScales: usize,
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
  const nibble = i8x16.splat(15);
  for (let row = rowBegin; row < rowEnd; row += 4) {
    let w = weights + ((<usize>row * <usize>depth) >> 1);
    let s = blockScales + ((<usize>row * <usize>depth) >> 4);
    let to = panel;
    for (let k = 0; k < depth; k += 32) {
      for (let r = 0; r < 4; r++) {
        const codes = v128.load(w);
        widen16(v128.and(codes, nibble), blockScale(s), to);
        widen16(v128.and(i16x8.shr_u(codes, 4), nibble), blockScale(s + 1), to + 128);
        w += 16;
        s += 2;
        to += 16;
      }
      to += 192;
    }
    const at = output + ((<usize>row) << 2);
    panelTimesTokens(panel, input, tokenScales, f32x4.splat(outputScale), at, depth, tokens, outputWidth);
  }
}

/**
 * Adds the blocks whose scales the table does not hold, listed by row as places in the row (see packing.ts): output[token][row] +=
 * sum of weight x scale x input. Integers in double precision: exact, so a token's result is the same alone and among others.
 */
export function addSmallFp4(
  starts: usize,
  entries: usize,
  weights: usize,
  blockScales: usize,
  outputScale: f32,
  input: usize,
  tokenScales: usize,
  output: usize,
  rowBegin: i32,
  rowEnd: i32,
  depth: i32,
  tokens: i32,
  outputWidth: i32,
): void {
  const nibble = i8x16.splat(15);
  const inputStep = (<usize>depth) << 1;
  const outputStep = (<usize>outputWidth) << 2;
  for (let row = rowBegin; row < rowEnd; row++) {
    const at = starts + ((<usize>row) << 2);
    // Most often all four rows of a panel have none.
    if ((row & 3) == 0 && load<i32>(at) == load<i32>(at, 16)) {
      row += 3;
      continue;
    }
    const begin = entries + ((<usize>load<i32>(at)) << 2);
    const end = entries + ((<usize>load<i32>(at, 4)) << 2);
    if (begin == end) continue;
    const panel = <usize>(row >> 2) * <usize>depth;
    const w = weights + (panel << 1) + ((<usize>(row & 3)) << 4);
    const s = blockScales + (panel >> 2) + ((<usize>(row & 3)) << 1);
    let x = input;
    let out = output + ((<usize>row) << 2);
    for (let t = 0; t < tokens; t++) {
      let sum: f64 = 0;
      for (let e = begin; e < end; e += 4) {
        const block = <usize>load<i32>(e);
        const packed = v128.load(w + ((block >> 1) << 6));
        const codes = v128.and(i16x8.shr_u(packed, (<i32>(block & 1)) << 2), nibble);
        const doubled = i8x16.swizzle(v128.load(DOUBLED), codes);
        const inputs = x + (block << 5);
        const low = i32x4.dot_i16x8_s(i16x8.extend_low_i8x16_s(doubled), v128.load(inputs));
        const high = i32x4.dot_i16x8_s(i16x8.extend_high_i8x16_s(doubled), v128.load(inputs, 16));
        const scale = scaleTimes512(<i32>load<u8>(s + ((block >> 1) << 3) + (block & 1)));
        sum += <f64>(sumOfIntegers(i32x4.add(low, high)) * scale);
      }
      // outputScale is for 8 times weight and scale, the sum is of 1024 times.
      const scale = outputScale * load<f32>(tokenScales + ((<usize>t) << 2)) * <f32>0.0078125;
      store<f32>(out, load<f32>(out) + <f32>sum * scale);
      x += inputStep;
      out += outputStep;
    }
  }
}
