/**
 * The forward pass of a Llama, Qwen2 or Qwen3 transformer in plain double-precision loops, straight from the definition: what the engine is
 * compared with. No cache, no blocking, no shared code with the engine but the rounding of weights to a format.
 */

import { decodeBf16, decodeE2M1, encodeBf16, encodeE2M1 } from '../../fpx/formats/codes.js';
import { dequantizeFp4Tensor, quantizeFp4Tensor } from '../../fpx/quantize/fp4-tensor.js';
import { dequantizeNvfp4, quantizeNvfp4 } from '../../fpx/quantize/nvfp4.js';
import { dequantizeFp8, quantizeFp8 } from '../../fpx/kernels/packing.js';
import { formatOf, type Format, type PrecisionMap, type Unit } from '../../fpx/formats/precision.js';
import type { RandomModel } from './random-model.js';

type Matrix = { rows: number; depth: number; values: ArrayLike<number> };

/** The weights a format turns f32 weights into, in double precision. */
export function roundedWeights(format: Format, values: Float32Array, depth: number): ArrayLike<number> {
  switch (format) {
    case 'bf16':
      return values.map((v) => decodeBf16(encodeBf16(v)));
    case 'fp8':
      return dequantizeFp8(quantizeFp8(values, depth), depth);
    case 'fp4':
      return dequantizeNvfp4(quantizeNvfp4(values));
    case 'fp4-tensor':
      return dequantizeFp4Tensor(quantizeFp4Tensor(values));
  }
}

/** The activations a layer of a format sees, as doubles: integers of 8 or 7 bits or E2M1, with one scale for the token. */
export function roundedActivations(format: Format, x: ArrayLike<number>): number[] {
  const single = Array.from(x, Math.fround);
  if (format === 'bf16') return Array.from(x);
  const largest = single.reduce((m, v) => Math.max(m, Math.abs(v)), 0);
  if (largest < 1e-30) return single.map(() => 0);
  const most = { fp8: 127, fp4: 63, 'fp4-tensor': 12 }[format];
  const factor = Math.fround(most / largest);
  const scale = Math.fround(largest / most);
  const round = format === 'fp4-tensor' ? (v: number) => 2 * decodeE2M1(encodeE2M1(v / 2)) : nearestEven;
  return single.map((v) => round(Math.fround(v * factor)) * scale);
}

function nearestEven(v: number): number {
  const below = Math.floor(v);
  const rest = v - below;
  return rest > 0.5 || (rest === 0.5 && below % 2 !== 0) ? below + 1 : below;
}

function multiply({ rows, depth, values }: Matrix, x: ArrayLike<number>): number[] {
  return Array.from({ length: rows }, (_, row) => {
    let sum = 0;
    for (let k = 0; k < depth; k++) sum += values[row * depth + k]! * x[k]!;
    return sum;
  });
}

/**
 * Angles a position and the factor on cosines and sines, as the published code of Llama 3.1 and of YaRN computes them, step by step.
 * Settings nested under `rope_parameters` or flat under `rope_scaling` and `rope_theta`.
 */
export function referenceRope(config: Record<string, unknown>): { frequencies: number[]; attention: number } {
  const s = { ...(config.rope_scaling as object), ...(config.rope_parameters as object) } as Record<string, number | string | boolean>;
  const get = (key: string) => s[key] as number;
  const base = get('rope_theta') ?? (config.rope_theta as number) ?? 10000;
  const dim = config.head_dim as number;
  const frequencies: number[] = [];
  for (let i = 0; i < dim; i += 2) frequencies.push(1 / base ** (i / dim));
  const type = s.rope_type ?? s.type ?? 'default';
  if (type === 'linear') return { frequencies: frequencies.map((f) => f / get('factor')), attention: 1 };
  if (type === 'llama3') {
    const length = get('original_max_position_embeddings');
    const [lowWave, highWave] = [length / get('low_freq_factor'), length / get('high_freq_factor')];
    const scaled = frequencies.map((f) => {
      const wave = (2 * Math.PI) / f;
      if (wave < highWave) return f;
      if (wave > lowWave) return f / get('factor');
      const smooth = (length / wave - get('low_freq_factor')) / (get('high_freq_factor') - get('low_freq_factor'));
      return ((1 - smooth) * f) / get('factor') + smooth * f;
    });
    return { frequencies: scaled, attention: 1 };
  }
  if (type !== 'yarn') return { frequencies, attention: 1 };
  const length = get('original_max_position_embeddings') ?? (config.max_position_embeddings as number);
  const correction = (rotations: number) => (dim * Math.log(length / (rotations * 2 * Math.PI))) / (2 * Math.log(base));
  let low = correction(get('beta_fast') ?? 32);
  let high = correction(get('beta_slow') ?? 1);
  if (s.truncate !== false) [low, high] = [Math.floor(low), Math.ceil(high)];
  [low, high] = [Math.max(low, 0), Math.min(high, dim - 1)];
  if (low === high) high += 0.001;
  const blended = frequencies.map((f, i) => {
    const extrapolated = 1 - Math.min(1, Math.max(0, (i - low) / (high - low)));
    return (f / get('factor')) * (1 - extrapolated) + f * extrapolated;
  });
  const mscale = (m: number) => (get('factor') <= 1 ? 1 : 0.1 * m * Math.log(get('factor')) + 1);
  const both = get('mscale') && get('mscale_all_dim');
  const attention = get('attention_factor') ?? (both ? mscale(get('mscale')) / mscale(get('mscale_all_dim')) : mscale(1));
  return { frequencies: blended, attention };
}

/** Logits after each token of a sequence. */
export function referenceLogits(model: RandomModel, precision: PrecisionMap, tokens: readonly number[]): number[][] {
  const c = model.config as Record<string, number> & { tie_word_embeddings: boolean };
  const [d, heads, kvHeads, width] = [c.hidden_size!, c.num_attention_heads!, c.num_key_value_heads!, c.head_dim!];
  const tensor = (name: string) => model.tensors.get(name)!.values;
  const maybe = (name: string) => model.tensors.get(name)?.values;

  const linear = (layer: number, unit: Unit, names: string[], depth: number) => {
    const parts = names.map((name) => tensor(`model.layers.${layer}.${name}.weight`));
    const values = Float32Array.from(parts.flatMap((part) => [...part]));
    const format = formatOf(precision, layer, unit);
    const matrix = { rows: values.length / depth, depth, values: roundedWeights(format, values, depth) };
    return (x: number[]) => multiply(matrix, roundedActivations(format, x));
  };
  const norm = (x: number[], weight: ArrayLike<number>) => {
    const mean = x.reduce((sum, v) => sum + v * v, 0) / x.length;
    return x.map((v, i) => (v / Math.sqrt(mean + c.rms_norm_eps!)) * weight[i]!);
  };
  const rope = referenceRope(model.config);
  const turn = (head: number[], position: number) => {
    const half = width / 2;
    return head.map((v, i) => {
      const angle = position * rope.frequencies[i % half]!;
      const other = i < half ? -head[i + half]! : head[i - half]!;
      return (v * Math.cos(angle) + other * Math.sin(angle)) * rope.attention;
    });
  };
  const cut = (x: number[], from: number, count: number) =>
    Array.from({ length: count }, (_, h) => x.slice(from + h * width, from + (h + 1) * width));
  const add = (x: number[], y: ArrayLike<number>) => x.map((v, i) => v + y[i]!);

  const embedding = roundedWeights('bf16', tensor('model.embed_tokens.weight'), d);
  let states = tokens.map((t) => Array.from({ length: d }, (_, i) => embedding[t * d + i]!));
  for (let layer = 0; layer < c.num_hidden_layers!; layer++) {
    const at = `model.layers.${layer}`;
    const qkv = linear(layer, 'qkv', ['self_attn.q_proj', 'self_attn.k_proj', 'self_attn.v_proj'], d);
    const o = linear(layer, 'o', ['self_attn.o_proj'], heads * width);
    const gateUp = linear(layer, 'gate_up', ['mlp.gate_proj', 'mlp.up_proj'], d);
    const down = linear(layer, 'down', ['mlp.down_proj'], c.intermediate_size!);
    const bias = ['q', 'k', 'v'].flatMap((n) => [...(maybe(`${at}.self_attn.${n}_proj.bias`) ?? [])]);
    const rows = states.map((x) => {
      const row = qkv(norm(x, tensor(`${at}.input_layernorm.weight`)));
      return bias.length > 0 ? add(row, bias) : row;
    });
    const headNorm = (name: string, head: number[]) => {
      const weight = maybe(`${at}.self_attn.${name}_norm.weight`);
      return weight ? norm(head, weight) : head;
    };
    const oBias = maybe(`${at}.self_attn.o_proj.bias`);
    const queries = rows.map((row, t) => cut(row, 0, heads).map((head) => turn(headNorm('q', head), t)));
    const keys = rows.map((row, t) => cut(row, heads * width, kvHeads).map((head) => turn(headNorm('k', head), t)));
    const values = rows.map((row) => cut(row, (heads + kvHeads) * width, kvHeads));
    states = states.map((x, t) => {
      const attended = queries[t]!.flatMap((q, h) => {
        const kv = Math.floor(h / (heads / kvHeads));
        const scores = keys.slice(0, t + 1).map((k) => k[kv]!.reduce((sum, v, i) => sum + v * q[i]!, 0) / Math.sqrt(width));
        const top = Math.max(...scores);
        const weights = scores.map((s) => Math.exp(s - top));
        const total = weights.reduce((a, b) => a + b, 0);
        return q.map((_, i) => weights.reduce((sum, w, j) => sum + (w / total) * values[j]![kv]![i]!, 0));
      });
      const y = add(x, oBias ? add(o(attended), oBias) : o(attended));
      const both = gateUp(norm(y, tensor(`${at}.post_attention_layernorm.weight`)));
      const half = both.length / 2;
      const gated = both.slice(0, half).map((g, i) => (g / (1 + Math.exp(-g))) * both[half + i]!);
      return add(y, down(gated));
    });
  }
  const outputWeights = c.tie_word_embeddings ? embedding : roundedWeights('bf16', tensor('lm_head.weight'), d);
  const output = { rows: c.vocab_size!, depth: d, values: outputWeights };
  return states.map((x) => multiply(output, norm(x, tensor('model.norm.weight'))));
}
