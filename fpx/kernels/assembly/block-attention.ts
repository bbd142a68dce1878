/**
 * The attention of attention.ts over a cache in blocks of 16 tokens, which several sequences share: a table of i32 says which block holds
 * positions 0 to 15 of a sequence, which 16 to 31, and so on.
 *
 * Cache of a layer: keys [block][kv head][2][head width][8 positions], values [block][kv head][16 positions][head width]. Scores, sums and
 * outputs add up in the order of attention.ts, so that both give the same bits.
 */

import { divide, interleave, oneTimesEight, oneTimesSixteen, scoreEight, soften, softenFour } from './attention';

/** Copies the keys and values of `tokens` tokens ([tokens][width], at byte offsets of a row) to `position` of a sequence. */
export function rememberBlocks(
  rows: usize,
  tokens: i32,
  width: i32,
  keyOffset: usize,
  valueOffset: usize,
  keys: usize,
  values: usize,
  table: usize,
  kvHeads: i32,
  headWidth: i32,
  blockBytes: usize,
  position: i32,
): void {
  const headBytes = (<usize>headWidth) << 6;
  for (let t = 0; t < tokens; t++) {
    const at = position + t;
    const block = <usize>load<i32>(table + ((<usize>(at >> 4)) << 2)) * blockBytes;
    const group = <usize>((at >> 3) & 1) * <usize>headWidth * 32;
    let k = rows + keyOffset;
    let v = rows + valueOffset;
    for (let h = 0; h < kvHeads; h++) {
      const head = block + <usize>h * headBytes;
      let to = keys + head + group + ((<usize>(at & 7)) << 2);
      let out = values + head + <usize>(at & 15) * <usize>headWidth * 4;
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

/** Eight outputs of four queries over the first n positions, as mixEight's. values: of the head, in block 0. */
function mixEightOfBlocks(
  weights: usize,
  table: usize,
  values: usize,
  blockBytes: usize,
  valueStep: usize,
  n: i32,
  factors: v128,
  out: usize,
  outStep: usize,
): void {
  let s0 = f32x4.splat(0);
  let s1 = f32x4.splat(0);
  let s2 = f32x4.splat(0);
  let s3 = f32x4.splat(0);
  let u0 = f32x4.splat(0);
  let u1 = f32x4.splat(0);
  let u2 = f32x4.splat(0);
  let u3 = f32x4.splat(0);
  for (const end = weights + ((<usize>n) << 4); weights < end;) {
    let v = values + <usize>load<i32>(table) * blockBytes;
    table += 4;
    for (const blockEnd = min(end, weights + 256); weights < blockEnd; weights += 16) {
      const left = v128.load(v);
      const right = v128.load(v, 16);
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
      v += valueStep;
    }
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

/** Eight outputs of one query over the first n positions, and eight more `more` bytes further on: the same eight again where that is 0. */
function mixOneOfBlocks(
  weights: usize,
  table: usize,
  values: usize,
  blockBytes: usize,
  valueStep: usize,
  n: i32,
  out: usize,
  more: usize,
): void {
  let s0 = f32x4.splat(0);
  let s1 = f32x4.splat(0);
  let s2 = f32x4.splat(0);
  let s3 = f32x4.splat(0);
  for (const end = weights + ((<usize>n) << 2); weights < end;) {
    let v = values + <usize>load<i32>(table) * blockBytes;
    let other = v + more;
    table += 4;
    for (const blockEnd = min(end, weights + 64); weights < blockEnd; weights += 4) {
      const x = v128.load32_splat(weights);
      s0 = f32x4.add(s0, f32x4.mul(x, v128.load(v)));
      s1 = f32x4.add(s1, f32x4.mul(x, v128.load(v, 16)));
      s2 = f32x4.add(s2, f32x4.mul(x, v128.load(other)));
      s3 = f32x4.add(s3, f32x4.mul(x, v128.load(other, 16)));
      v += valueStep;
      other += valueStep;
    }
  }
  v128.store(out, s0);
  v128.store(out, s1, 16);
  v128.store(out + more, s2);
  v128.store(out + more, s3, 16);
}

/**
 * Attention as attention.ts's `attend`, of a sequence whose blocks `table` names.
 * scores: scratch of 4 x (headWidth + positions of the sequence, rounded up to eight) f32.
 */
export function attendBlocks(
  queries: usize,
  tokens: i32,
  queryWidth: i32,
  position: i32,
  table: usize,
  keys: usize,
  values: usize,
  heads: i32,
  kvHeads: i32,
  headWidth: i32,
  scale: f32,
  scores: usize,
  output: usize,
  headBegin: i32,
  headEnd: i32,
): void {
  const headBytes = (<usize>headWidth) << 2;
  const groupBytes = (<usize>headWidth) << 5;
  const blockBytes = <usize>kvHeads * (groupBytes << 1);
  const queryStep = (<usize>queryWidth) << 2;
  const outputStep = <usize>heads * headBytes;
  const group = heads / kvHeads;
  const interleaved = scores;
  scores += (<usize>headWidth) << 4;
  for (let h = headBegin; h < headEnd; h++) {
    const k = keys + <usize>(h / group) * (groupBytes << 1);
    const v = values + <usize>(h / group) * (groupBytes << 1);
    let q = queries + <usize>h * headBytes;
    let out = output + <usize>h * headBytes;
    let t = 0;
    for (; t + 4 <= tokens; t += 4) {
      const seen = position + t + 4;
      const padded = (seen + 7) & ~7;
      interleave(q, queryStep, headWidth, interleaved);
      for (let j = 0; j < padded; j += 8) {
        const block = k + <usize>load<i32>(table + ((<usize>(j >> 4)) << 2)) * blockBytes;
        scoreEight(interleaved, block + ((<usize>(j >> 3)) & 1) * groupBytes, headWidth, scores + ((<usize>j) << 4));
      }
      const factors = softenFour(scores, seen - 3, padded, scale);
      for (let i: usize = 0; i < headBytes; i += 32) {
        mixEightOfBlocks(scores, table, v + i, blockBytes, headBytes, seen, factors, out + i, outputStep);
      }
      q += queryStep << 2;
      out += outputStep << 2;
    }
    for (; t < tokens; t++) {
      const seen = position + t + 1;
      const padded = (seen + 7) & ~7;
      for (let j = 0; j < padded; j += 16) {
        const block = k + <usize>load<i32>(table + ((<usize>(j >> 4)) << 2)) * blockBytes;
        const to = scores + ((<usize>j) << 2);
        if (j + 16 <= padded) oneTimesSixteen(q, block, 32, groupBytes, headWidth, to, 32);
        else oneTimesEight(q, block, 32, headWidth, to);
      }
      const sum = soften(scores, seen, padded, scale);
      let i: usize = 0;
      for (; i + 64 <= headBytes; i += 64) mixOneOfBlocks(scores, table, v + i, blockBytes, headBytes, seen, out + i, 32);
      if (i < headBytes) mixOneOfBlocks(scores, table, v + i, blockBytes, headBytes, seen, out + i, 0);
      divide(out, headWidth, sum);
      q += queryStep;
      out += outputStep;
    }
  }
}
