/**
 * Causal attention with grouped key/value heads over a cache in f32.
 *
 * Cache of a layer: keys [kv head][position / 8][head width][8 positions], so that eight scores are built side by side; values
 * [kv head][position][head width]. Both products are then the same kernel: rows of scalars times rows of eight.
 * Each score and output adds its products in one order whatever the number of queries, so prompt and decoding agree to the bit.
 */

import { powerOfTwo } from './exponential';
import { largestLane, sumOfLanes } from './lanes';

/** log2 of e: powers of two are cheaper than powers of e. */
const LOG2_E: f32 = 1.44269504088896341;

/** Copies the keys and values of `tokens` tokens ([tokens][width], at byte offsets of a row) into the cache at `position`. */
export function remember(
  rows: usize,
  tokens: i32,
  width: i32,
  keyOffset: usize,
  valueOffset: usize,
  keys: usize,
  values: usize,
  kvHeads: i32,
  headWidth: i32,
  capacity: i32,
  position: i32,
): void {
  const headBytes = <usize>capacity * <usize>headWidth * 4;
  for (let t = 0; t < tokens; t++) {
    const at = position + t;
    let k = rows + keyOffset;
    let v = rows + valueOffset;
    for (let h = 0; h < kvHeads; h++) {
      let to = keys + <usize>h * headBytes + <usize>(at >> 3) * <usize>headWidth * 32 + ((<usize>(at & 7)) << 2);
      let out = values + <usize>h * headBytes + <usize>at * <usize>headWidth * 4;
      for (let i = 0; i < headWidth; i += 4) {
        v128.store(out, v128.load(v));
        const quad = v128.load(k);
        v128.store_lane<f32>(to, quad, 0);
        v128.store_lane<f32>(to, quad, 1, 32);
        v128.store_lane<f32>(to, quad, 2, 64);
        v128.store_lane<f32>(to, quad, 3, 96);
        out += 16;
        v += 16;
        k += 16;
        to += 128;
      }
    }
    rows += (<usize>width) << 2;
  }
}

/** out[0..3][0..7] = sum over n of a[row][n] * b[n][0..7]; aStep, bStep, outStep in bytes from a row to the next. */
function fourTimesEight(a: usize, aStep: usize, b: usize, bStep: usize, n: i32, out: usize, outStep: usize): void {
  const a1 = a + aStep;
  const a2 = a1 + aStep;
  const a3 = a2 + aStep;
  let s0 = f32x4.splat(0);
  let s1 = f32x4.splat(0);
  let s2 = f32x4.splat(0);
  let s3 = f32x4.splat(0);
  let u0 = f32x4.splat(0);
  let u1 = f32x4.splat(0);
  let u2 = f32x4.splat(0);
  let u3 = f32x4.splat(0);
  const end = (<usize>n) << 2;
  for (let i: usize = 0; i < end; i += 4) {
    const left = v128.load(b);
    const right = v128.load(b, 16);
    let x = v128.load32_splat(a + i);
    s0 = f32x4.add(s0, f32x4.mul(x, left));
    u0 = f32x4.add(u0, f32x4.mul(x, right));
    x = v128.load32_splat(a1 + i);
    s1 = f32x4.add(s1, f32x4.mul(x, left));
    u1 = f32x4.add(u1, f32x4.mul(x, right));
    x = v128.load32_splat(a2 + i);
    s2 = f32x4.add(s2, f32x4.mul(x, left));
    u2 = f32x4.add(u2, f32x4.mul(x, right));
    x = v128.load32_splat(a3 + i);
    s3 = f32x4.add(s3, f32x4.mul(x, left));
    u3 = f32x4.add(u3, f32x4.mul(x, right));
    b += bStep;
  }
  v128.store(out, s0);
  v128.store(out, u0, 16);
  out += outStep;
  v128.store(out, s1);
  v128.store(out, u1, 16);
  out += outStep;
  v128.store(out, s2);
  v128.store(out, u2, 16);
  out += outStep;
  v128.store(out, s3);
  v128.store(out, u3, 16);
}

/** The same for one row. */
function oneTimesEight(a: usize, b: usize, bStep: usize, n: i32, out: usize): void {
  let s = f32x4.splat(0);
  let u = f32x4.splat(0);
  const end = a + ((<usize>n) << 2);
  for (; a < end; a += 4) {
    const x = v128.load32_splat(a);
    s = f32x4.add(s, f32x4.mul(x, v128.load(b)));
    u = f32x4.add(u, f32x4.mul(x, v128.load(b, 16)));
    b += bStep;
  }
  v128.store(out, s);
  v128.store(out, u, 16);
}

/** The same for one row and two groups of eight, `apart` bytes from each other in b, `apartOut` in out: enough sums to hide latency. */
function oneTimesSixteen(a: usize, b: usize, bStep: usize, apart: usize, n: i32, out: usize, apartOut: usize): void {
  let s0 = f32x4.splat(0);
  let s1 = f32x4.splat(0);
  let s2 = f32x4.splat(0);
  let s3 = f32x4.splat(0);
  let other = b + apart;
  const end = a + ((<usize>n) << 2);
  for (; a < end; a += 4) {
    const x = v128.load32_splat(a);
    s0 = f32x4.add(s0, f32x4.mul(x, v128.load(b)));
    s1 = f32x4.add(s1, f32x4.mul(x, v128.load(b, 16)));
    s2 = f32x4.add(s2, f32x4.mul(x, v128.load(other)));
    s3 = f32x4.add(s3, f32x4.mul(x, v128.load(other, 16)));
    b += bStep;
    other += bStep;
  }
  v128.store(out, s0);
  v128.store(out, s1, 16);
  v128.store(out + apartOut, s2);
  v128.store(out + apartOut, s3, 16);
}

/** Scores of one query to e^((score - largest) x scale), zero from `visible` to `padded`; returns their sum. */
function soften(scores: usize, visible: i32, padded: i32, scale: f32): f32 {
  const end = scores + ((<usize>padded) << 2);
  for (let at = scores + ((<usize>visible) << 2); at < end; at += 4) store<f32>(at, -1e30);
  let largest = f32x4.splat(-1e30);
  for (let at = scores; at < end; at += 16) largest = f32x4.pmax(largest, v128.load(at));
  const top = f32x4.splat(largestLane(largest));
  const scales = f32x4.splat(scale * LOG2_E);
  let sum = f32x4.splat(0);
  for (let at = scores; at < end; at += 16) {
    const e = powerOfTwo(f32x4.mul(f32x4.sub(v128.load(at), top), scales));
    v128.store(at, e);
    sum = f32x4.add(sum, e);
  }
  return sumOfLanes(sum);
}

// @inline
function divide(x: usize, width: i32, sum: f32): void {
  const factor = f32x4.splat(<f32>1 / sum);
  for (let i: usize = 0; i < (<usize>width) << 2; i += 16) v128.store(x + i, f32x4.mul(v128.load(x + i), factor));
}

/**
 * Attention of `tokens` queries ([tokens][queryWidth], heads side by side at the start of a row), the first at `position`, whose
 * own keys and values are in the cache already. output: [tokens][heads x headWidth]. scores: scratch of 4 x capacity f32.
 * headWidth and capacity are multiples of 8.
 */
export function attend(
  queries: usize,
  tokens: i32,
  queryWidth: i32,
  position: i32,
  keys: usize,
  values: usize,
  heads: i32,
  kvHeads: i32,
  headWidth: i32,
  capacity: i32,
  scale: f32,
  scores: usize,
  output: usize,
): void {
  const headBytes = (<usize>headWidth) << 2;
  const cacheBytes = <usize>capacity * headBytes;
  const scoreStep = (<usize>capacity) << 2;
  const queryStep = (<usize>queryWidth) << 2;
  const outputStep = <usize>heads * headBytes;
  const group = heads / kvHeads;
  for (let h = 0; h < heads; h++) {
    const k = keys + <usize>(h / group) * cacheBytes;
    const v = values + <usize>(h / group) * cacheBytes;
    let q = queries + <usize>h * headBytes;
    let out = output + <usize>h * headBytes;
    let t = 0;
    for (; t + 4 <= tokens; t += 4) {
      const seen = position + t + 4;
      const padded = (seen + 7) & ~7;
      let block = k;
      for (let j = 0; j < padded; j += 8) {
        fourTimesEight(q, queryStep, block, 32, headWidth, scores + ((<usize>j) << 2), scoreStep);
        block += (<usize>headWidth) << 5;
      }
      const sum0 = soften(scores, seen - 3, padded, scale);
      const sum1 = soften(scores + scoreStep, seen - 2, padded, scale);
      const sum2 = soften(scores + scoreStep * 2, seen - 1, padded, scale);
      const sum3 = soften(scores + scoreStep * 3, seen, padded, scale);
      for (let i: usize = 0; i < headBytes; i += 32) fourTimesEight(scores, scoreStep, v + i, headBytes, seen, out + i, outputStep);
      divide(out, headWidth, sum0);
      divide(out + outputStep, headWidth, sum1);
      divide(out + outputStep * 2, headWidth, sum2);
      divide(out + outputStep * 3, headWidth, sum3);
      q += queryStep << 2;
      out += outputStep << 2;
    }
    for (; t < tokens; t++) {
      const seen = position + t + 1;
      const padded = (seen + 7) & ~7;
      let block = k;
      for (let j = 0; j < padded; j += 8) {
        oneTimesEight(q, block, 32, headWidth, scores + ((<usize>j) << 2));
        block += (<usize>headWidth) << 5;
      }
      const sum = soften(scores, seen, padded, scale);
      for (let i: usize = 0; i < headBytes; i += 32) oneTimesEight(scores, v + i, headBytes, seen, out + i);
      divide(out, headWidth, sum);
      q += queryStep;
      out += outputStep;
    }
  }
}
