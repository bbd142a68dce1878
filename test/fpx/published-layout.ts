/**
 * A reader of quantised checkpoints from what is published about them, for tests alone: it shares no code with the engine. safetensors is 8
 * bytes of header length, a JSON header, the tensors' bytes; E4M3 has a sign, 4 exponent bits with bias 7 and 3 mantissa bits; E2M1 is a table.
 */

import { readFileSync } from 'node:fs';

/** A tensor as it is in the file. */
export interface StoredTensor {
  dtype: string;
  shape: number[];
  bytes: Buffer;
}

/** All tensors of a file. */
export function readStored(file: string): Map<string, StoredTensor> {
  const all = readFileSync(file);
  const length = Number(all.readBigUInt64LE(0));
  const header = JSON.parse(all.toString('utf8', 8, 8 + length)) as Record<
    string,
    { dtype: string; shape: number[]; data_offsets: [number, number] }
  >;
  const begin = 8 + length;
  return new Map(
    Object.entries(header)
      .filter(([name]) => name !== '__metadata__')
      .map(([name, { dtype, shape, data_offsets: offsets }]) => [
        name,
        { dtype, shape, bytes: all.subarray(begin + offsets[0], begin + offsets[1]) },
      ]),
  );
}

/** Value of an E4M3FN code. */
export function e4m3(code: number): number {
  const sign = code >= 128 ? -1 : 1;
  const [exponent, mantissa] = [(code % 128) >> 3, code % 8];
  if (exponent === 15 && mantissa === 7) return NaN;
  return sign * (exponent === 0 ? (mantissa / 8) * 2 ** -6 : (1 + mantissa / 8) * 2 ** (exponent - 7));
}

const E2M1 = [0, 0.5, 1, 1.5, 2, 3, 4, 6, -0, -0.5, -1, -1.5, -2, -3, -4, -6];

/** A linear layer's weights, row-major, and the step that each may be off by: its own for FP8, its block's for FP4. */
export interface Dequantized {
  format: 'fp8' | 'fp4' | 'plain';
  values: number[];
  /** For each weight the scale that its code is multiplied by. */
  scales: number[];
}

/** The weights of a linear layer in either form. */
export function dequantized(tensors: ReadonlyMap<string, StoredTensor>, module: string): Dequantized {
  const part = (suffix: string) => tensors.get(`${module}.${suffix}`);
  const scale = part('weight_scale');
  const packed = part('weight_packed') ?? (part('weight')?.dtype === 'U8' ? part('weight') : undefined);
  const weight = part('weight');
  if (packed !== undefined) {
    const whole = part('weight_global_scale')?.bytes.readFloatLE(0);
    const factor = whole === undefined ? part('weight_scale_2')!.bytes.readFloatLE(0) : 1 / whole;
    const scales = Array.from({ length: packed.bytes.length * 2 }, (_, i) => e4m3(scale!.bytes[i >> 4]!) * factor);
    return { format: 'fp4', scales, values: scales.map((s, i) => E2M1[(packed.bytes[i >> 1]! >> (4 * (i % 2))) % 16]! * s) };
  }
  if (weight!.dtype !== 'F8_E4M3') return { format: 'plain', values: [], scales: [] };
  const depth = weight!.shape[1]!;
  const scales = Array.from(weight!.bytes, (_, i) => scale!.bytes.readFloatLE(4 * Math.floor(i / depth)));
  return { format: 'fp8', scales, values: scales.map((s, i) => e4m3(weight!.bytes[i]!) * s) };
}
