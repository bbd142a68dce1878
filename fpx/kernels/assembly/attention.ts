/**
 * Causal attention with grouped key/value heads over a cache in f32.
 *
 * Cache of a layer: keys [kv head][position / 8][head width][8 positions], so that eight scores are built side by side; values
 * [kv head][position][head width]. Four queries of a prompt are taken side by side, one to a lane; a single one takes eight keys at a time.
 * Each score and output adds its products in one order whatever the number of queries, so prompt and decoding agree to the bit.
 */

import { storePowersOfTwo } from './exponential';
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

/** Four vectors as the rows of a matrix, stored as its columns. */
// @inline
export function storeTransposed(to: usize, a: v128, b: v128, c: v128, d: v128): void {
  const lowAB = v128.shuffle<i32>(a, b, 0, 4, 1, 5);
  const highAB = v128.shuffle<i32>(a, b, 2, 6, 3, 7);
  const lowCD = v128.shuffle<i32>(c, d, 0, 4, 1, 5);
  const highCD = v128.shuffle<i32>(c, d, 2, 6, 3, 7);
  v128.store(to, v128.shuffle<i64>(lowAB, lowCD, 0, 2));
  v128.store(to, v128.shuffle<i64>(lowAB, lowCD, 1, 3), 16);
  v128.store(to, v128.shuffle<i64>(highAB, highCD, 0, 2), 32);
  v128.store(to, v128.shuffle<i64>(highAB, highCD, 1, 3), 48);
}

/** Four queries, `step` bytes apart, as [headWidth][4 queries] at `to`. */
export function interleave(q: usize, step: usize, headWidth: i32, to: usize): void {
  for (const end = q + ((<usize>headWidth) << 2); q < end; q += 16) {
    storeTransposed(to, v128.load(q), v128.load(q + step), v128.load(q + step * 2), v128.load(q + step * 3));
    to += 64;
  }
}

/** Scores of four queries ([headWidth][4]) with eight keys ([headWidth][8]), as [8 keys][4 queries]. */
export function scoreEight(queries: usize, keys: usize, headWidth: i32, out: usize): void {
  let s0 = f32x4.splat(0);
  let s1 = f32x4.splat(0);
  let s2 = f32x4.splat(0);
  let s3 = f32x4.splat(0);
  let u0 = f32x4.splat(0);
  let u1 = f32x4.splat(0);
  let u2 = f32x4.splat(0);
  let u3 = f32x4.splat(0);
  for (const end = queries + ((<usize>headWidth) << 4); queries < end; queries += 16) {
    const left = v128.load(keys);
    const right = v128.load(keys, 16);
    let q = v128.load32_splat(queries);
    s0 = f32x4.add(s0, f32x4.mul(q, left));
    u0 = f32x4.add(u0, f32x4.mul(q, right));
    q = v128.load32_splat(queries, 4);
    s1 = f32x4.add(s1, f32x4.mul(q, left));
    u1 = f32x4.add(u1, f32x4.mul(q, right));
    q = v128.load32_splat(queries, 8);
    s2 = f32x4.add(s2, f32x4.mul(q, left));
    u2 = f32x4.add(u2, f32x4.mul(q, right));
    q = v128.load32_splat(queries, 12);
    s3 = f32x4.add(s3, f32x4.mul(q, left));
    u3 = f32x4.add(u3, f32x4.mul(q, right));
    keys += 32;
  }
  storeTransposed(out, s0, s1, s2, s3);
  storeTransposed(out + 64, u0, u1, u2, u3);
}

/** Eight outputs of four queries: the sum over n of weights[n][4 queries] times values[n][0..7], each query's times its factor. */
function mixEight(weights: usize, values: usize, valueStep: usize, n: i32, factors: v128, out: usize, outStep: usize): void {
  let s0 = f32x4.splat(0);
  let s1 = f32x4.splat(0);
  let s2 = f32x4.splat(0);
  let s3 = f32x4.splat(0);
  let u0 = f32x4.splat(0);
  let u1 = f32x4.splat(0);
  let u2 = f32x4.splat(0);
  let u3 = f32x4.splat(0);
  for (const end = weights + ((<usize>n) << 4); weights < end; weights += 16) {
    const left = v128.load(values);
    const right = v128.load(values, 16);
    let w = v128.load32_splat(weights);
    s0 = f32x4.add(s0, f32x4.mul(w, left));
    u0 = f32x4.add(u0, f32x4.mul(w, right));
    w = v128.load32_splat(weights, 4);
    s1 = f32x4.add(s1, f32x4.mul(w, left));
    u1 = f32x4.add(u1, f32x4.mul(w, right));
    w = v128.load32_splat(weights, 8);
    s2 = f32x4.add(s2, f32x4.mul(w, left));
    u2 = f32x4.add(u2, f32x4.mul(w, right));
    w = v128.load32_splat(weights, 12);
    s3 = f32x4.add(s3, f32x4.mul(w, left));
    u3 = f32x4.add(u3, f32x4.mul(w, right));
    values += valueStep;
  }
  let factor = v128.shuffle<i32>(factors, factors, 0, 0, 0, 0);
  v128.store(out, f32x4.mul(s0, factor));
  v128.store(out, f32x4.mul(u0, factor), 16);
  out += outStep;
  factor = v128.shuffle<i32>(factors, factors, 1, 1, 1, 1);
  v128.store(out, f32x4.mul(s1, factor));
  v128.store(out, f32x4.mul(u1, factor), 16);
  out += outStep;
  factor = v128.shuffle<i32>(factors, factors, 2, 2, 2, 2);
  v128.store(out, f32x4.mul(s2, factor));
  v128.store(out, f32x4.mul(u2, factor), 16);
  out += outStep;
  factor = v128.shuffle<i32>(factors, factors, 3, 3, 3, 3);
  v128.store(out, f32x4.mul(s3, factor));
  v128.store(out, f32x4.mul(u3, factor), 16);
}

/** out[0..7] = sum over n of a[n] * b[n][0..7]; bStep in bytes from a row of b to the next. */
export function oneTimesEight(a: usize, b: usize, bStep: usize, n: i32, out: usize): void {
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

/** The same for two groups of eight, `apart` bytes from each other in b, `apartOut` in out: enough sums to hide each addition's latency. */
export function oneTimesSixteen(a: usize, b: usize, bStep: usize, apart: usize, n: i32, out: usize, apartOut: usize): void {
  let s0 = f32x4.splat(0);
  let s1 = f32x4.splat(0);
  let s2 = f32x4.splat(0);
  let s3 = f32x4.splat(0);
  let other = b + apart;
  for (const end = a + ((<usize>n) << 2); a < end; a += 4) {
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
export function soften(scores: usize, visible: i32, padded: i32, scale: f32): f32 {
  const end = scores + ((<usize>padded) << 2);
  for (let at = scores + ((<usize>visible) << 2); at < end; at += 4) store<f32>(at, -1e30);
  let largest = f32x4.splat(-1e30);
  for (let at = scores; at < end; at += 16) largest = f32x4.pmax(largest, v128.load(at));
  const top = f32x4.splat(largestLane(largest));
  const scales = f32x4.splat(scale * LOG2_E);
  let sum = f32x4.splat(0);
  for (let at = scores; at < end; at += 32) {
    storePowersOfTwo(at, f32x4.mul(f32x4.sub(v128.load(at), top), scales), f32x4.mul(f32x4.sub(v128.load(at, 16), top), scales));
    sum = f32x4.add(f32x4.add(sum, v128.load(at)), v128.load(at, 16));
  }
  return sumOfLanes(sum);
}

/**
 * The same for four queries side by side, [padded][4], of which the first sees `visible` keys and each following one more. Returns 1 / sums.
 * Each query's sum is added up in the order of `soften`.
 */
export function softenFour(scores: usize, visible: i32, padded: i32, scale: f32): v128 {
  const end = scores + ((<usize>padded) << 4);
  for (let r: usize = 0; r < 4; r++) {
    for (let at = scores + ((<usize>visible + r) << 4) + (r << 2); at < end; at += 16) store<f32>(at, -1e30);
  }
  let top = f32x4.splat(-1e30);
  let other = top;
  for (let at = scores; at < end; at += 32) {
    top = f32x4.pmax(top, v128.load(at));
    other = f32x4.pmax(other, v128.load(at, 16));
  }
  top = f32x4.pmax(top, other);
  const scales = f32x4.splat(scale * LOG2_E);
  let sum0 = f32x4.splat(0);
  let sum1 = f32x4.splat(0);
  let sum2 = f32x4.splat(0);
  let sum3 = f32x4.splat(0);
  for (let at = scores; at < end; at += 64) {
    storePowersOfTwo(at, f32x4.mul(f32x4.sub(v128.load(at), top), scales), f32x4.mul(f32x4.sub(v128.load(at, 16), top), scales));
    storePowersOfTwo(at + 32, f32x4.mul(f32x4.sub(v128.load(at, 32), top), scales), f32x4.mul(f32x4.sub(v128.load(at, 48), top), scales));
    sum0 = f32x4.add(sum0, v128.load(at));
    sum1 = f32x4.add(sum1, v128.load(at, 16));
    sum2 = f32x4.add(sum2, v128.load(at, 32));
    sum3 = f32x4.add(sum3, v128.load(at, 48));
  }
  return f32x4.div(f32x4.splat(1), f32x4.add(f32x4.add(sum0, sum2), f32x4.add(sum1, sum3)));
}

// @inline
export function divide(x: usize, width: i32, sum: f32): void {
  const factor = f32x4.splat(<f32>1 / sum);
  for (let i: usize = 0; i < (<usize>width) << 2; i += 16) v128.store(x + i, f32x4.mul(v128.load(x + i), factor));
}

/**
 * Attention of `tokens` queries ([tokens][queryWidth], heads side by side at the start of a row), the first at `position`, whose
 * own keys and values are in the cache already: of heads [headBegin, headEnd) alone, at their own places. output: [tokens][heads x headWidth].
 * scores: scratch of 4 x (capacity + headWidth) f32. headWidth and capacity are multiples of 8.
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
  headBegin: i32,
  headEnd: i32,
): void {
  const headBytes = (<usize>headWidth) << 2;
  const cacheBytes = <usize>capacity * headBytes;
  const interleaved = scores + ((<usize>capacity) << 4);
  const queryStep = (<usize>queryWidth) << 2;
  const outputStep = <usize>heads * headBytes;
  const group = heads / kvHeads;
  for (let h = headBegin; h < headEnd; h++) {
    const k = keys + <usize>(h / group) * cacheBytes;
    const v = values + <usize>(h / group) * cacheBytes;
    let q = queries + <usize>h * headBytes;
    let out = output + <usize>h * headBytes;
    let t = 0;
    for (; t + 4 <= tokens; t += 4) {
      const seen = position + t + 4;
      const padded = (seen + 7) & ~7;
      interleave(q, queryStep, headWidth, interleaved);
      let block = k;
      for (let j = 0; j < padded; j += 8) {
        scoreEight(interleaved, block, headWidth, scores + ((<usize>j) << 4));
        block += (<usize>headWidth) << 5;
      }
      const factors = softenFour(scores, seen - 3, padded, scale);
      for (let i: usize = 0; i < headBytes; i += 32) mixEight(scores, v + i, headBytes, seen, factors, out + i, outputStep);
      q += queryStep << 2;
      out += outputStep << 2;
    }
    for (; t < tokens; t++) {
      const seen = position + t + 1;
      const padded = (seen + 7) & ~7;
      const blockBytes = (<usize>headWidth) << 5;
      let block = k;
      let j = 0;
      for (; j + 16 <= padded; j += 16) {
        oneTimesSixteen(q, block, 32, blockBytes, headWidth, scores + ((<usize>j) << 2), 32);
        block += blockBytes << 1;
      }
      if (j < padded) oneTimesEight(q, block, 32, headWidth, scores + ((<usize>j) << 2));
      const sum = soften(scores, seen, padded, scale);
      let i: usize = 0;
      for (; i + 64 <= headBytes; i += 64) oneTimesSixteen(scores, v + i, headBytes, 32, seen, out + i, 32);
      if (i < headBytes) oneTimesEight(scores, v + i, headBytes, seen, out + i);
      divide(out, headWidth, sum);
      q += queryStep;
      out += outputStep;
    }
  }
}
