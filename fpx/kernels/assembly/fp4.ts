/**
 * Linear layers with FP4 weights (E2M1 in NVFP4 blocks of 16) and 7-bit integer activations: W4A7.
 *
 * Twice an E2M1 value is an integer from -12 to 12; an activation is an integer from -63 to 63 and kept as 64 more, 1 to 127: a byte
 * product for which relaxed SIMD has one instruction, exact in this range. The 64 too many come off a row's sum at its end.
 * Inputs are taken in groups of eight blocks. A group's bytes are arranged so that each of the eight 16-bit lanes belongs to one block: the
 * 8 pairs of a block are summed in its lane (at most 8 x 2 x 12 x 127, within 16 bits), and one multiplication by eight block scales follows.
 * Four times an E4M3 block scale is an integer when the scale is 2 or more or a multiple of 1/4. Blocks with other scales are kept with
 * a scale of zero: `addSmallFp4` adds them, for 512 times any scale is an integer.
 * Memory: panels of four rows. Weights: for each 32 inputs and row 16 bytes, low nibbles first, in the group's order (see packing.ts);
 * apart from them, for each group, the E4M3 codes of its scales, [4 rows][8 blocks]. 4.5 bits a weight.
 */

import { dotPairs, highPairs, lookUp, lowPairs, sumOfIntegers, sumWrappingLanes } from './lanes';
import { bytes16, factorOf, largestMagnitude, scaleOf } from './integer';

/** E2M1 code to twice its value: a table for byte shuffles, in memory because it is cheaper to load than to build. */
export const DOUBLED = memory.data<i8>([0, 1, 2, 3, 4, 6, 8, 12, 0, -1, -2, -3, -4, -6, -8, -12], 16);

/** Low and high byte of 2^(e - 4). */
const POWER_LOW = memory.data<i8>([0, 0, 0, 0, 1, 2, 4, 8, 16, 32, 64, -128, 0, 0, 0, 0], 16);
const POWER_HIGH = memory.data<i8>([0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 2, 4, 8], 16);

/** Bytes of activations in a group: 8 blocks of 16 inputs. */
const GROUP: usize = 128;

/**
 * Bytes of activations whose products, summed modulo 2^32, are known: 1536 x 12 x (4 x 448) x 63 is under 2^31. Longer rows are summed
 * in f32 from there on.
 */
const SPAN: usize = 1536;

/** Largest magnitude of an activation, and what is added to it. */
const LARGEST: f32 = 63;
const OFFSET: i8 = 64;

/**
 * round(x * 63 / amax) of each token, 64 more, as bytes in the groups' order, [tokens][depth rounded up to groups]; what is beyond depth
 * is 0, so 64. scales[token] = amax / 63. depth a multiple of 32.
 */
export function quantizeFp4(input: usize, output: usize, scales: usize, tokens: i32, depth: i32): void {
  const blockBytes: usize = 64;
  const rowBytes = (<usize>depth) << 2;
  for (let t = 0; t < tokens; t++) {
    const largest = largestMagnitude(input, depth);
    const factor = f32x4.splat(factorOf(largest, LARGEST));
    store<f32>(scales + ((<usize>t) << 2), scaleOf(largest, LARGEST));
    const end = input + rowBytes;
    for (let x = input; x < end; x += blockBytes * 8) {
      // One block a vector; then pair s of block j goes to lane j of vector s: the transpose of 8 x 8 pairs.
      const b0 = block(x, end, factor);
      const b1 = block(x + blockBytes, end, factor);
      const b2 = block(x + blockBytes * 2, end, factor);
      const b3 = block(x + blockBytes * 3, end, factor);
      const b4 = block(x + blockBytes * 4, end, factor);
      const b5 = block(x + blockBytes * 5, end, factor);
      const b6 = block(x + blockBytes * 6, end, factor);
      const b7 = block(x + blockBytes * 7, end, factor);
      half(output, lowHalves(b0, b1), lowHalves(b2, b3), lowHalves(b4, b5), lowHalves(b6, b7));
      half(output + 64, highHalves(b0, b1), highHalves(b2, b3), highHalves(b4, b5), highHalves(b6, b7));
      output += GROUP;
    }
    input = end;
  }
}

/** A block's bytes. What is no number is kept within the range too: what relaxed SIMD makes of other bytes differs between hosts. */
// @inline
function block(x: usize, end: usize, factor: v128): v128 {
  if (x >= end) return i8x16.splat(OFFSET);
  const bytes = i8x16.max_s(i8x16.min_s(bytes16(x, factor), i8x16.splat(<i8>LARGEST)), i8x16.splat(-(<i8>LARGEST)));
  return i8x16.add(bytes, i8x16.splat(OFFSET));
}

// @inline
function lowHalves(a: v128, b: v128): v128 {
  return v128.shuffle<i16>(a, b, 0, 8, 1, 9, 2, 10, 3, 11);
}

// @inline
function highHalves(a: v128, b: v128): v128 {
  return v128.shuffle<i16>(a, b, 4, 12, 5, 13, 6, 14, 7, 15);
}

/** Four vectors of the transpose, from pairs of four blocks' halves. */
// @inline
function half(to: usize, b01: v128, b23: v128, b45: v128, b67: v128): void {
  const low0123 = v128.shuffle<i32>(b01, b23, 0, 4, 1, 5);
  const low4567 = v128.shuffle<i32>(b45, b67, 0, 4, 1, 5);
  const high0123 = v128.shuffle<i32>(b01, b23, 2, 6, 3, 7);
  const high4567 = v128.shuffle<i32>(b45, b67, 2, 6, 3, 7);
  v128.store(to, v128.shuffle<i64>(low0123, low4567, 0, 2));
  v128.store(to, v128.shuffle<i64>(low0123, low4567, 1, 3), 16);
  v128.store(to, v128.shuffle<i64>(high0123, high4567, 0, 2), 32);
  v128.store(to, v128.shuffle<i64>(high0123, high4567, 1, 3), 48);
}

/**
 * Four times the values of 16 E4M3 codes, i16: the first eight at `to`, the others 16 bytes on. A code is (8 + m) x 2^(e - 10): in sixteenths
 * of what is wanted (8 + m) x 2^(e - 4), and whole sixteenths by the choice of codes; below e = 4 zero.
 */
// @inline
function decodeScales(codes: v128, to: usize): void {
  const exponents = v128.and(i16x8.shr_u(codes, 3), i8x16.splat(15));
  const mantissas = v128.or(v128.and(codes, i8x16.splat(7)), i8x16.splat(8));
  const low = lookUp(v128.load(POWER_LOW), exponents);
  const high = lookUp(v128.load(POWER_HIGH), exponents);
  v128.store(to, i16x8.shr_u(i16x8.mul(i16x8.extend_low_i8x16_u(mantissas), lowPairs(low, high)), 4));
  v128.store(to, i16x8.shr_u(i16x8.mul(i16x8.extend_high_i8x16_u(mantissas), highPairs(low, high)), 4), 16);
}

/**
 * output[row] for rows [rowBegin, rowEnd), multiples of 4. depth: bytes of input, a multiple of 128. excess: 64 times the sum of each
 * row's integers in each span, i32, [row / 4][span][4]. outputScale: for 8 times weight and block scale. groupScales: scratch of 64 bytes
 * for the scales of the group at hand, [4 rows][8 blocks] i16: memory spares the loop's registers, and each thread brings its own.
 */
export function matVecFp4(
  weights: usize,
  blockScales: usize,
  excess: usize,
  outputScale: f32,
  input: usize,
  tokenScale: usize,
  output: usize,
  groupScales: usize,
  rowBegin: i32,
  rowEnd: i32,
  depth: i32,
): void {
  const nibble = i8x16.splat(15);
  const end = input + <usize>depth;
  const spans = (<usize>depth + SPAN - 1) / SPAN;
  const scales = f32x4.splat(outputScale * load<f32>(tokenScale));
  let w = weights + ((<usize>rowBegin * <usize>depth) >> 1);
  let s = blockScales + ((<usize>rowBegin * <usize>depth) >> 4);
  let e = excess + ((<usize>rowBegin) << 2) * spans;
  for (let row = rowBegin; row < rowEnd; row += 4) {
    let x = input;
    let total = f32x4.splat(0);
    while (x < end) {
      const spanEnd = min(end, x + SPAN);
      let s0 = i32x4.splat(0);
      let s1 = i32x4.splat(0);
      let s2 = i32x4.splat(0);
      let s3 = i32x4.splat(0);
      while (x < spanEnd) {
        decodeScales(v128.load(s), groupScales);
        decodeScales(v128.load(s, 16), groupScales + 32);
        const groupEnd = x + GROUP;
        let p0 = i16x8.splat(0);
        let p1 = i16x8.splat(0);
        let p2 = i16x8.splat(0);
        let p3 = i16x8.splat(0);
        for (; x < groupEnd; x += 32) {
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
        s0 = i32x4.add(s0, i32x4.dot_i16x8_s(p0, v128.load(groupScales)));
        s1 = i32x4.add(s1, i32x4.dot_i16x8_s(p1, v128.load(groupScales, 16)));
        s2 = i32x4.add(s2, i32x4.dot_i16x8_s(p2, v128.load(groupScales, 32)));
        s3 = i32x4.add(s3, i32x4.dot_i16x8_s(p3, v128.load(groupScales, 48)));
        s += 32;
      }
      total = f32x4.add(total, f32x4.convert_i32x4_s(i32x4.sub(sumWrappingLanes(s0, s1, s2, s3), v128.load(e))));
      e += 16;
    }
    v128.store(output + ((<usize>row) << 2), f32x4.mul(total, scales));
  }
}

/**
 * A panel of four rows times two tokens: panel [depth / 16][4 rows][16] bytes, scales [depth / 128][4 rows][8] i16. Writes four outputs
 * at `out` and at `outY`. Exported so that the compiler keeps it a function: inlined, it is unrolled and runs out of registers.
 */
export function panelFp4(
  panel: usize,
  scales: usize,
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
    let s = scales;
    let e = excess;
    let totalX = f32x4.splat(0);
    let totalY = f32x4.splat(0);
    while (x < end) {
      const spanEnd = min(end, x + SPAN);
      let s0 = i32x4.splat(0);
      let s1 = i32x4.splat(0);
      let s2 = i32x4.splat(0);
      let s3 = i32x4.splat(0);
      let u0 = i32x4.splat(0);
      let u1 = i32x4.splat(0);
      let u2 = i32x4.splat(0);
      let u3 = i32x4.splat(0);
      while (x < spanEnd) {
        const groupEnd = x + GROUP;
        let p0 = i16x8.splat(0);
        let p1 = i16x8.splat(0);
        let p2 = i16x8.splat(0);
        let p3 = i16x8.splat(0);
        let q0 = i16x8.splat(0);
        let q1 = i16x8.splat(0);
        let q2 = i16x8.splat(0);
        let q3 = i16x8.splat(0);
        for (; x < groupEnd; x += 16) {
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
        let scale = v128.load(s);
        s0 = i32x4.add(s0, i32x4.dot_i16x8_s(p0, scale));
        u0 = i32x4.add(u0, i32x4.dot_i16x8_s(q0, scale));
        scale = v128.load(s, 16);
        s1 = i32x4.add(s1, i32x4.dot_i16x8_s(p1, scale));
        u1 = i32x4.add(u1, i32x4.dot_i16x8_s(q1, scale));
        scale = v128.load(s, 32);
        s2 = i32x4.add(s2, i32x4.dot_i16x8_s(p2, scale));
        u2 = i32x4.add(u2, i32x4.dot_i16x8_s(q2, scale));
        scale = v128.load(s, 48);
        s3 = i32x4.add(s3, i32x4.dot_i16x8_s(p3, scale));
        u3 = i32x4.add(u3, i32x4.dot_i16x8_s(q3, scale));
        s += 64;
      }
      const over = v128.load(e);
      totalX = f32x4.add(totalX, f32x4.convert_i32x4_s(i32x4.sub(sumWrappingLanes(s0, s1, s2, s3), over)));
      totalY = f32x4.add(totalY, f32x4.convert_i32x4_s(i32x4.sub(sumWrappingLanes(u0, u1, u2, u3), over)));
      e += 16;
    }
    v128.store(output, f32x4.mul(totalX, f32x4.splat(outputScale * load<f32>(tokenScales))));
    v128.store(output + outputStep * more, f32x4.mul(totalY, f32x4.splat(outputScale * load<f32>(tokenScales + (more << 2)))));
    x = y;
    tokenScales += 8;
    output += outputStep << 1;
  }
}

/** Codes of one panel as twice their values, [depth / 16][4 rows][16] bytes: in the codes' own order, so also for layers without blocks. */
export function widenE2M1(weights: usize, panel: usize, depth: i32): void {
  const nibble = i8x16.splat(15);
  const table = v128.load(DOUBLED);
  const end = weights + ((<usize>depth) << 1);
  for (; weights < end; weights += 64) {
    for (let r: usize = 0; r < 64; r += 16) {
      const codes = v128.load(weights + r);
      v128.store(panel + r, lookUp(table, v128.and(codes, nibble)));
      v128.store(panel + r, lookUp(table, v128.and(i16x8.shr_u(codes, 4), nibble)), 64);
    }
    panel += 128;
  }
}

/** The same as matVecFp4 for `tokens` rows of input, to [tokens][outputWidth]. `panel`: scratch of depth x 5 bytes. */
export function matMulFp4(
  weights: usize,
  blockScales: usize,
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
  const spans = (<usize>depth + SPAN - 1) / SPAN;
  const scales = panel + ((<usize>depth) << 2);
  for (let row = rowBegin; row < rowEnd; row += 4) {
    widenE2M1(weights + ((<usize>row * <usize>depth) >> 1), panel, depth);
    let s = blockScales + ((<usize>row * <usize>depth) >> 4);
    const end = scales + ((<usize>depth) >> 1);
    for (let to = scales; to < end; to += 32) {
      decodeScales(v128.load(s), to);
      s += 16;
    }
    const over = excess + ((<usize>row) << 2) * spans;
    panelFp4(panel, scales, over, input, tokenScales, outputScale, output + ((<usize>row) << 2), depth, tokens, outputWidth);
  }
}

/** Bytes of one entry of the small blocks: where its inputs begin, 512 times its scale (both i32), and twice its 16 weights. */
const ENTRY: usize = 24;

/** The 16 inputs of a block, in their own order: eight pairs, each in another vector of the group. */
// @inline
function inputsOf(x: usize): v128 {
  let v = v128.load16_splat(x);
  v = v128.load_lane<i16>(x, v, 1, 16);
  v = v128.load_lane<i16>(x, v, 2, 32);
  v = v128.load_lane<i16>(x, v, 3, 48);
  v = v128.load_lane<i16>(x, v, 4, 64);
  v = v128.load_lane<i16>(x, v, 5, 80);
  v = v128.load_lane<i16>(x, v, 6, 96);
  v = v128.load_lane<i16>(x, v, 7, 112);
  return i8x16.sub(v, i8x16.splat(OFFSET));
}

/**
 * Adds the blocks whose scales are no multiples of 1/4, listed by row (see packing.ts): output[token][row] += sum of weight x scale x
 * input. Integers in double precision: exact, so a token's result is the same alone and among others.
 */
export function addSmallFp4(
  starts: usize,
  entries: usize,
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
  const outputStep = (<usize>outputWidth) << 2;
  for (let row = rowBegin; row < rowEnd; row++) {
    const at = starts + ((<usize>row) << 2);
    // Most often all four rows of a panel have none.
    if ((row & 3) == 0 && load<i32>(at) == load<i32>(at, 16)) {
      row += 3;
      continue;
    }
    const begin = entries + <usize>load<i32>(at) * ENTRY;
    const end = entries + <usize>load<i32>(at, 4) * ENTRY;
    if (begin == end) continue;
    let x = input;
    let out = output + ((<usize>row) << 2);
    for (let t = 0; t < tokens; t++) {
      let sum: f64 = 0;
      for (let e = begin; e < end; e += ENTRY) {
        const inputs = inputsOf(x + <usize>load<i32>(e));
        const weights = v128.load(e, 8);
        const low = i32x4.dot_i16x8_s(i16x8.extend_low_i8x16_s(weights), i16x8.extend_low_i8x16_s(inputs));
        const high = i32x4.dot_i16x8_s(i16x8.extend_high_i8x16_s(weights), i16x8.extend_high_i8x16_s(inputs));
        sum += <f64>(sumOfIntegers(i32x4.add(low, high)) * load<i32>(e, 4));
      }
      // outputScale is for 8 times weight and scale, the sum is of 1024 times.
      const scale = outputScale * load<f32>(tokenScales + ((<usize>t) << 2)) * <f32>0.0078125;
      store<f32>(out, load<f32>(out) + <f32>sum * scale);
      x += <usize>depth;
      out += outputStep;
    }
  }
}
