/**
 * Linear layers with BF16 weights and f32 activations.
 *
 * Memory: panels of four rows. A panel holds, for each 8 inputs, 16 bytes of each of its four rows (one 64-byte line), the 8
 * weights in the order 0 4 1 5 2 6 3 7: a shift gives the first four as f32, a mask the last four.
 * Each output adds the products of inputs i, i+4, i+8... in four lanes in turn, then the lanes: matVec and matMul alike, so
 * they agree to the bit.
 */

import { sumLanes } from './lanes';

/** output[row] = sum over inputs, for rows [rowBegin, rowEnd), multiples of 4; depth a multiple of 8. */
export function matVecBf16(weights: usize, input: usize, output: usize, rowBegin: i32, rowEnd: i32, depth: i32): void {
  const high = i32x4.splat(0xffff0000);
  const end = input + ((<usize>depth) << 2);
  for (let row = rowBegin; row < rowEnd; row += 4) {
    let w = weights + <usize>row * <usize>depth * 2;
    let x = input;
    let s0 = f32x4.splat(0);
    let s1 = f32x4.splat(0);
    let s2 = f32x4.splat(0);
    let s3 = f32x4.splat(0);
    while (x < end) {
      const x0 = v128.load(x);
      const x1 = v128.load(x, 16);
      const w0 = v128.load(w);
      s0 = f32x4.add(s0, f32x4.mul(i32x4.shl(w0, 16), x0));
      const w1 = v128.load(w, 16);
      s1 = f32x4.add(s1, f32x4.mul(i32x4.shl(w1, 16), x0));
      const w2 = v128.load(w, 32);
      s2 = f32x4.add(s2, f32x4.mul(i32x4.shl(w2, 16), x0));
      const w3 = v128.load(w, 48);
      s3 = f32x4.add(s3, f32x4.mul(i32x4.shl(w3, 16), x0));
      s0 = f32x4.add(s0, f32x4.mul(v128.and(w0, high), x1));
      s1 = f32x4.add(s1, f32x4.mul(v128.and(w1, high), x1));
      s2 = f32x4.add(s2, f32x4.mul(v128.and(w2, high), x1));
      s3 = f32x4.add(s3, f32x4.mul(v128.and(w3, high), x1));
      w += 64;
      x += 32;
    }
    v128.store(output + ((<usize>row) << 2), sumLanes(s0, s1, s2, s3));
  }
}

/** One panel as f32, [depth / 4][4 rows][4], into a scratch small enough for the first-level cache. */
function widen(w: usize, panel: usize, depth: i32): void {
  const high = i32x4.splat(0xffff0000);
  for (let k = 0; k < depth; k += 8) {
    for (let r: usize = 0; r < 64; r += 16) {
      const v = v128.load(w + r);
      v128.store(panel + r, i32x4.shl(v, 16));
      v128.store(panel + r, v128.and(v, high), 64);
    }
    w += 64;
    panel += 128;
  }
}

/** The same for `tokens` rows of input, [tokens][depth] to [tokens][outputWidth]. `panel`: scratch of depth x 16 bytes. */
export function matMulBf16(
  weights: usize,
  input: usize,
  output: usize,
  panel: usize,
  rowBegin: i32,
  rowEnd: i32,
  depth: i32,
  tokens: i32,
  outputWidth: i32,
): void {
  const inputStep = (<usize>depth) << 2;
  const outputStep = (<usize>outputWidth) << 2;
  const panelEnd = panel + ((<usize>depth) << 4);
  for (let row = rowBegin; row < rowEnd; row += 4) {
    widen(weights + <usize>row * <usize>depth * 2, panel, depth);
    let x = input;
    let out = output + ((<usize>row) << 2);
    let t = 0;
    for (; t + 2 <= tokens; t += 2) {
      let y = x + inputStep;
      let s0 = f32x4.splat(0);
      let s1 = f32x4.splat(0);
      let s2 = f32x4.splat(0);
      let s3 = f32x4.splat(0);
      let u0 = f32x4.splat(0);
      let u1 = f32x4.splat(0);
      let u2 = f32x4.splat(0);
      let u3 = f32x4.splat(0);
      for (let w = panel; w < panelEnd; w += 64) {
        const xv = v128.load(x);
        const yv = v128.load(y);
        let wv = v128.load(w);
        s0 = f32x4.add(s0, f32x4.mul(wv, xv));
        u0 = f32x4.add(u0, f32x4.mul(wv, yv));
        wv = v128.load(w, 16);
        s1 = f32x4.add(s1, f32x4.mul(wv, xv));
        u1 = f32x4.add(u1, f32x4.mul(wv, yv));
        wv = v128.load(w, 32);
        s2 = f32x4.add(s2, f32x4.mul(wv, xv));
        u2 = f32x4.add(u2, f32x4.mul(wv, yv));
        wv = v128.load(w, 48);
        s3 = f32x4.add(s3, f32x4.mul(wv, xv));
        u3 = f32x4.add(u3, f32x4.mul(wv, yv));
        x += 16;
        y += 16;
      }
      v128.store(out, sumLanes(s0, s1, s2, s3));
      v128.store(out + outputStep, sumLanes(u0, u1, u2, u3));
      x = y;
      out += outputStep << 1;
    }
    if (t < tokens) {
      let s0 = f32x4.splat(0);
      let s1 = f32x4.splat(0);
      let s2 = f32x4.splat(0);
      let s3 = f32x4.splat(0);
      for (let w = panel; w < panelEnd; w += 64) {
        const xv = v128.load(x);
        s0 = f32x4.add(s0, f32x4.mul(v128.load(w), xv));
        s1 = f32x4.add(s1, f32x4.mul(v128.load(w, 16), xv));
        s2 = f32x4.add(s2, f32x4.mul(v128.load(w, 32), xv));
        s3 = f32x4.add(s3, f32x4.mul(v128.load(w, 48), xv));
        x += 16;
      }
      v128.store(out, sumLanes(s0, s1, s2, s3));
    }
  }
}

/** Rows of a BF16 matrix as f32, [count][depth]: the embedding of the i32 tokens at `ids`. */
export function gatherBf16(weights: usize, ids: usize, output: usize, count: i32, depth: i32): void {
  const high = i32x4.splat(0xffff0000);
  for (let t = 0; t < count; t++) {
    const row = load<i32>(ids + ((<usize>t) << 2));
    let w = weights + <usize>(row & ~3) * <usize>depth * 2 + ((<usize>(row & 3)) << 4);
    for (let k = 0; k < depth; k += 8) {
      const v = v128.load(w);
      v128.store(output, i32x4.shl(v, 16));
      v128.store(output, v128.and(v, high), 16);
      w += 64;
      output += 32;
    }
  }
}
