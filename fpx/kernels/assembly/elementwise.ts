/** What a block does between its linear layers and attention: normalisation, rotation, gating, residuals. All f32. */

import { exponential } from './exponential';
import { sumOfLanes } from './lanes';

/** RMSNorm of each token: x / sqrt(mean(x^2) + epsilon) * weight. width a multiple of 4. */
export function rmsNorm(input: usize, weight: usize, output: usize, tokens: i32, width: i32, epsilon: f32): void {
  const bytes = (<usize>width) << 2;
  for (let t = 0; t < tokens; t++) {
    let squares = f32x4.splat(0);
    for (let i: usize = 0; i < bytes; i += 16) {
      const x = v128.load(input + i);
      squares = f32x4.add(squares, f32x4.mul(x, x));
    }
    const factor = f32x4.splat(<f32>1 / sqrt<f32>(sumOfLanes(squares) / <f32>width + epsilon));
    for (let i: usize = 0; i < bytes; i += 16) {
      v128.store(output + i, f32x4.mul(f32x4.mul(v128.load(input + i), factor), v128.load(weight + i)));
    }
    input += bytes;
    output += bytes;
  }
}

/**
 * Rotary position embedding in place (the half-split order of Llama and Qwen2): in each of `heads` heads of a token, element i and
 * i + half turn by position x frequency i. Tables: [position][half] f32. half a multiple of 4.
 */
export function rotate(x: usize, tokens: i32, width: i32, heads: i32, headWidth: i32, cosines: usize, sines: usize, position: i32): void {
  const half = (<usize>headWidth) << 1;
  for (let t = 0; t < tokens; t++) {
    const row = <usize>(position + t) * half;
    let head = x;
    for (let h = 0; h < heads; h++) {
      for (let i: usize = 0; i < half; i += 16) {
        const c = v128.load(cosines + row + i);
        const s = v128.load(sines + row + i);
        const a = v128.load(head + i);
        const b = v128.load(head + half + i);
        v128.store(head + i, f32x4.sub(f32x4.mul(a, c), f32x4.mul(b, s)));
        v128.store(head + half + i, f32x4.add(f32x4.mul(b, c), f32x4.mul(a, s)));
      }
      head += half << 1;
    }
    x += (<usize>width) << 2;
  }
}

/** SwiGLU: output[t][i] = gate * sigmoid(gate) * up, with gate = input[t][i], up = input[t][width + i]. width a multiple of 4. */
export function gate(input: usize, output: usize, tokens: i32, width: i32): void {
  const bytes = (<usize>width) << 2;
  const one = f32x4.splat(1);
  for (let t = 0; t < tokens; t++) {
    for (let i: usize = 0; i < bytes; i += 16) {
      const g = v128.load(input + i);
      const u = v128.load(input + bytes + i);
      v128.store(output + i, f32x4.div(f32x4.mul(g, u), f32x4.add(one, exponential(f32x4.neg(g)))));
    }
    input += bytes << 1;
    output += bytes;
  }
}

/** x[t][begin..end) += y[t][begin..end) for each token of two [tokens][width] matrices; begin and end multiples of 4. */
export function addTo(x: usize, y: usize, tokens: i32, width: i32, begin: i32, end: i32): void {
  for (let t = 0; t < tokens; t++) {
    for (let i = (<usize>begin) << 2; i < (<usize>end) << 2; i += 16) v128.store(x + i, f32x4.add(v128.load(x + i), v128.load(y + i)));
    x += (<usize>width) << 2;
    y += (<usize>width) << 2;
  }
}

/** x[t][begin..end) += bias[begin..end) for each token of a [tokens][width] matrix; begin and end multiples of 4. */
export function addBias(x: usize, bias: usize, tokens: i32, width: i32, begin: i32, end: i32): void {
  for (let t = 0; t < tokens; t++) {
    for (let i = (<usize>begin) << 2; i < (<usize>end) << 2; i += 16) {
      v128.store(x + i, f32x4.add(v128.load(x + i), v128.load(bias + i)));
    }
    x += (<usize>width) << 2;
  }
}
