/**
 * Linear layers with FP8 (E4M3FN) weights, one f32 scale a row, and 8-bit integer activations.
 *
 * A code (sign, 4 exponent bits e, 3 mantissa bits m) is ±(8 + m) x 2^(e - 10). Times 64 that is ±(8 + m) x 2^(e - 4): an
 * integer of 16 bits for e >= 4. Codes with e < 4 count as zero there: `addSmall` adds them, 512 times which are integers too.
 * Memory: panels of four rows; for each 32 inputs and row 32 bytes: 16 of exponents (low nibble input i, high nibble input
 * i + 16), 16 of sign and mantissa in the same order. Eight bits a weight, arranged so that a byte shuffle decodes them.
 */

import { highPairs, lookUp, lowPairs, sumIntegerLanes } from './lanes';
import { panelTimesTokens, SPAN } from './integer';

/** Tables for byte shuffles, in memory: cheaper to load than to build (see exponential.ts). Sign and mantissa nibble to ±(8 + m). */
const MANTISSA = memory.data<i8>([8, 9, 10, 11, 12, 13, 14, 15, -8, -9, -10, -11, -12, -13, -14, -15], 16);
/** Low and high byte of 2^(e - 4). */
const POWER_LOW = memory.data<i8>([0, 0, 0, 0, 1, 2, 4, 8, 16, 32, 64, -128, 0, 0, 0, 0], 16);
const POWER_HIGH = memory.data<i8>([0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 2, 4, 8], 16);

/** Eight i16, `step` bytes apart. */
// @inline
function column(x: usize, step: usize): v128 {
  let v = v128.load16_splat(x);
  v = v128.load_lane<i16>(x + step, v, 1);
  v = v128.load_lane<i16>(x + step * 2, v, 2);
  v = v128.load_lane<i16>(x + step * 3, v, 3);
  v = v128.load_lane<i16>(x + step * 4, v, 4);
  v = v128.load_lane<i16>(x + step * 5, v, 5);
  v = v128.load_lane<i16>(x + step * 6, v, 6);
  return v128.load_lane<i16>(x + step * 7, v, 7);
}

// @inline
function addLanes(out: usize, step: usize, v: v128): void {
  store<f32>(out, load<f32>(out) + f32x4.extract_lane(v, 0));
  store<f32>(out + step, load<f32>(out + step) + f32x4.extract_lane(v, 1));
  store<f32>(out + step * 2, load<f32>(out + step * 2) + f32x4.extract_lane(v, 2));
  store<f32>(out + step * 3, load<f32>(out + step * 3) + f32x4.extract_lane(v, 3));
}

/**
 * Adds the products of codes with e < 4, listed by row: output[token][row] += sum of value x input. Sums of integers are exact, so a
 * token's result is the same alone and among others. Entries [starts[row], starts[row + 1]) are the row's, each column x 256 + 512 times
 * the value in the low byte, signed (see packing.ts).
 */
function addSmall(
  starts: usize,
  entries: usize,
  rowScales: usize,
  input: usize,
  tokenScales: usize,
  output: usize,
  rowBegin: i32,
  rowEnd: i32,
  depth: i32,
  tokens: i32,
  outputWidth: i32,
): void {
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
    // rowScales are for 64 times the value.
    const rowScale = load<f32>(rowScales + ((<usize>row) << 2)) * <f32>0.125;
    let x = input;
    let out = output + ((<usize>row) << 2);
    let scales = tokenScales;
    let t = 0;
    for (; t + 8 <= tokens; t += 8) {
      let low = i32x4.splat(0);
      let high = i32x4.splat(0);
      for (let e = begin; e < end; e += 4) {
        const entry = load<i32>(e);
        const value = i16x8.splat(<i16>((entry << 24) >> 24));
        const inputs = column(x + ((<usize>(entry >>> 8)) << 1), inputStep);
        low = i32x4.add(low, i32x4.extmul_low_i16x8_s(inputs, value));
        high = i32x4.add(high, i32x4.extmul_high_i16x8_s(inputs, value));
      }
      const factor = f32x4.splat(rowScale);
      addLanes(out, outputStep, f32x4.mul(f32x4.convert_i32x4_s(low), f32x4.mul(factor, v128.load(scales))));
      addLanes(out + (outputStep << 2), outputStep, f32x4.mul(f32x4.convert_i32x4_s(high), f32x4.mul(factor, v128.load(scales, 16))));
      x += inputStep << 3;
      out += outputStep << 3;
      scales += 32;
    }
    for (; t < tokens; t++) {
      let sum = 0;
      for (let e = begin; e < end; e += 4) {
        const entry = load<i32>(e);
        sum += ((entry << 24) >> 24) * <i32>load<i16>(x + ((<usize>(entry >>> 8)) << 1));
      }
      store<f32>(out, load<f32>(out) + <f32>sum * (rowScale * load<f32>(scales)));
      x += inputStep;
      out += outputStep;
      scales += 4;
    }
  }
}

/** Sum of 16 weights (exponent and sign-mantissa nibbles in bytes) times 16 activations, spread over four i32 lanes. */
// @inline
function dot16(e: v128, sm: v128, x0: v128, x1: v128): v128 {
  const low = lookUp(v128.load(POWER_LOW), e);
  const high = lookUp(v128.load(POWER_HIGH), e);
  const m = lookUp(v128.load(MANTISSA), sm);
  return i32x4.add(
    i32x4.dot_i16x8_s(i16x8.mul(i16x8.extend_low_i8x16_s(m), x0), lowPairs(low, high)),
    i32x4.dot_i16x8_s(i16x8.mul(i16x8.extend_high_i8x16_s(m), x1), highPairs(low, high)),
  );
}

/** Sum of 32 weights at w times 32 activations. */
// @inline
function dot32(w: usize, x0: v128, x1: v128, x2: v128, x3: v128): v128 {
  const nibble = i8x16.splat(15);
  const e = v128.load(w);
  const sm = v128.load(w, 16);
  return i32x4.add(
    dot16(v128.and(e, nibble), v128.and(sm, nibble), x0, x1),
    dot16(v128.and(i16x8.shr_u(e, 4), nibble), v128.and(i16x8.shr_u(sm, 4), nibble), x2, x3),
  );
}

/**
 * output[row] for rows [rowBegin, rowEnd), multiples of 4; depth a multiple of 32; input i16; rowScales f32 of all rows; starts and
 * entries of the small codes, starts 0 when there are none.
 */
export function matVecFp8(
  weights: usize,
  rowScales: usize,
  starts: usize,
  entries: usize,
  input: usize,
  tokenScale: usize,
  output: usize,
  rowBegin: i32,
  rowEnd: i32,
  depth: i32,
): void {
  const end = input + ((<usize>depth) << 1);
  for (let row = rowBegin; row < rowEnd; row += 4) {
    let w = weights + <usize>row * <usize>depth;
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
        s0 = i32x4.add(s0, dot32(w, x0, x1, x2, x3));
        s1 = i32x4.add(s1, dot32(w + 32, x0, x1, x2, x3));
        s2 = i32x4.add(s2, dot32(w + 64, x0, x1, x2, x3));
        s3 = i32x4.add(s3, dot32(w + 96, x0, x1, x2, x3));
        w += 128;
      }
      total = f32x4.add(total, sumIntegerLanes(s0, s1, s2, s3));
    }
    const scales = f32x4.mul(v128.load(rowScales + ((<usize>row) << 2)), v128.load32_splat(tokenScale));
    v128.store(output + ((<usize>row) << 2), f32x4.mul(total, scales));
  }
  if (starts != 0) addSmall(starts, entries, rowScales, input, tokenScale, output, rowBegin, rowEnd, depth, 1, 0);
}

/** 16 weights as i16: at `to` and `to` + 64 (the next 8 inputs of the same row). */
// @inline
function widen16(e: v128, sm: v128, to: usize): void {
  const low = lookUp(v128.load(POWER_LOW), e);
  const high = lookUp(v128.load(POWER_HIGH), e);
  const m = lookUp(v128.load(MANTISSA), sm);
  v128.store(to, i16x8.mul(i16x8.extend_low_i8x16_s(m), lowPairs(low, high)));
  v128.store(to, i16x8.mul(i16x8.extend_high_i8x16_s(m), highPairs(low, high)), 64);
}

/** The same for `tokens` rows of i16 input, to [tokens][outputWidth]. `panel`: scratch of depth x 8 bytes. */
export function matMulFp8(
  weights: usize,
  rowScales: usize,
  starts: usize,
  entries: usize,
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
    let w = weights + <usize>row * <usize>depth;
    let to = panel;
    for (let k = 0; k < depth; k += 32) {
      for (let r = 0; r < 4; r++) {
        const exponents = v128.load(w);
        const mantissas = v128.load(w, 16);
        widen16(v128.and(exponents, nibble), v128.and(mantissas, nibble), to);
        widen16(v128.and(i16x8.shr_u(exponents, 4), nibble), v128.and(i16x8.shr_u(mantissas, 4), nibble), to + 128);
        w += 32;
        to += 16;
      }
      to += 192;
    }
    const scales = v128.load(rowScales + ((<usize>row) << 2));
    panelTimesTokens(panel, input, tokenScales, scales, output + ((<usize>row) << 2), depth, tokens, outputWidth);
    // Now, while the outputs are in the cache.
    if (starts != 0) addSmall(starts, entries, rowScales, input, tokenScales, output, row, row + 4, depth, tokens, outputWidth);
  }
}
