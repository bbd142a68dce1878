/**
 * How a quantised linear layer lies in a checkpoint's tensors, in the two forms that servers load.
 *
 * | | compressed-tensors | ModelOpt |
 * |---|---|---|
 * | FP8 | weight F8_E4M3 [out, in] | the same |
 * | | weight_scale F32 [out, 1] | weight_scale F32 [out] |
 * | FP4 | weight_packed U8 [out, in / 2] | weight U8 [out, in / 2] |
 * | | weight_scale F8_E4M3 [out, in / 16] | the same |
 * | | weight_global_scale F32 [1], a divisor | weight_scale_2 F32 [], a factor |
 * | FP4 inputs (w4a4) | input_global_scale F32 [1], a divisor | input_scale F32 [], a factor |
 *
 * A byte of FP4 has the even column in its low nibble, a code's sign is bit 3. The value is code x block scale / weight_global_scale, or
 * code x block scale x weight_scale_2. Layers that are fused (q, k and v; gate and up) share one such scale, since servers take one for
 * all. Scales of FP8 rows are F32 whatever the model's type, so that they are what they were computed as.
 */

import { decodeE4M3 } from '../formats/codes.js';
import { divisorOf, NVFP4_BLOCK } from '../quantize/nvfp4.js';
import type { QuantizedMatrix } from '../quantize/matrix.js';
import { CheckpointError } from './files.js';
import type { Checkpoint } from './safetensors.js';
import type { LinearModule } from './units.js';

/** The largest number that a block of E2M1 codes can hold under an E4M3 scale: 448 x 6. */
const LARGEST_FP4 = 2688;

export const QUANTIZED_FORMS = ['compressed-tensors', 'modelopt'] as const;
export type QuantizedForm = (typeof QUANTIZED_FORMS)[number];

/** Formats with a form that servers load. */
export type DeployedFormat = 'fp8' | 'fp4';

/** A tensor's place in a file. */
export interface TensorShape {
  name: string;
  dtype: string;
  shape: readonly number[];
}

/** A tensor with its bytes. */
export interface RawTensor extends TensorShape {
  bytes: Uint8Array;
}

/** The tensors of a linear layer, codes first. */
export function layoutOf(form: QuantizedForm, format: DeployedFormat, { name, rows }: LinearModule, depth: number): TensorShape[] {
  const tensor = (suffix: string, dtype: string, shape: number[]) => ({ name: `${name}.${suffix}`, dtype, shape });
  const compressed = form === 'compressed-tensors';
  if (format === 'fp8') {
    return [tensor('weight', 'F8_E4M3', [rows, depth]), tensor('weight_scale', 'F32', compressed ? [rows, 1] : [rows])];
  }
  return [
    tensor(compressed ? 'weight_packed' : 'weight', 'U8', [rows, depth / 2]),
    tensor('weight_scale', 'F8_E4M3', [rows, depth / NVFP4_BLOCK]),
    compressed ? tensor('weight_global_scale', 'F32', [1]) : tensor('weight_scale_2', 'F32', []),
  ];
}

/** The tensor in which FP4 layers of other tools keep the scale of their inputs. The engine, which gives each token its own, needs none. */
export function inputScaleOf(form: QuantizedForm, { name }: LinearModule): string {
  return `${name}.${form === 'compressed-tensors' ? 'input_global_scale' : 'input_scale'}`;
}

/**
 * The scale of a linear layer's FP4 inputs, from their largest magnitude: of it E4M3's largest block scale times E2M1's largest value makes one.
 * Inputs that were all zeros have any scale.
 */
export function inputScaleTensor(form: QuantizedForm, module: LinearModule, largest: number): RawTensor {
  const scale = Math.fround(largest / LARGEST_FP4) || 1;
  const isDivisor = form === 'compressed-tensors';
  const bytes = bytesOf(Float32Array.of(isDivisor ? divisorOf(scale) : scale));
  return { name: inputScaleOf(form, module), dtype: 'F32', shape: isDivisor ? [1] : [], bytes };
}

/** Cuts a unit's matrix into its layers' tensors. */
export function tensorsOf(
  form: QuantizedForm,
  matrix: Extract<QuantizedMatrix, { format: DeployedFormat }>,
  modules: readonly LinearModule[],
  depth: number,
): RawTensor[] {
  let row = 0;
  return modules.flatMap((module) => {
    const [begin, end] = [row, (row += module.rows)];
    const layout = layoutOf(form, matrix.format, module, depth);
    const codes = matrix.codes.subarray(begin * depth, end * depth);
    const parts =
      matrix.format === 'fp8'
        ? [codes, bytesOf(matrix.rowScales.slice(begin, end))]
        : [
            packNibbles(codes),
            matrix.blockScales.subarray((begin * depth) / NVFP4_BLOCK, (end * depth) / NVFP4_BLOCK),
            // A matrix of zeros has any scale: not 0, which no server divides by.
            bytesOf(Float32Array.of(form === 'compressed-tensors' ? divisorOf(matrix.tensorScale) : matrix.tensorScale || 1)),
          ];
    return layout.map((tensor, i) => ({ ...tensor, bytes: parts[i]! }));
  });
}

function bytesOf(values: Float32Array): Uint8Array {
  return new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
}

/** Two codes a byte, the even one in the low nibble. */
function packNibbles(codes: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(codes.length / 2);
  for (let i = 0; i < bytes.length; i++) bytes[i] = codes[2 * i]! | (codes[2 * i + 1]! << 4);
  return bytes;
}

/**
 * Reads a unit back. @throws CheckpointError for tensors that are missing, of another type or shape, or hold what is no number, and for
 * layers that are fused and do not share one scale
 */
export function readQuantized(
  checkpoint: Checkpoint,
  form: QuantizedForm,
  format: DeployedFormat,
  modules: readonly LinearModule[],
  depth: number,
): QuantizedMatrix {
  const rows = modules.reduce((sum, module) => sum + module.rows, 0);
  const codes = new Uint8Array(rows * depth);
  const rowScales = new Float32Array(format === 'fp8' ? rows : 0);
  const blockScales = new Uint8Array(format === 'fp4' ? (rows * depth) / NVFP4_BLOCK : 0);
  const tensorScales: number[] = [];
  let row = 0;
  for (const module of modules) {
    const [weight, scale, whole] = layoutOf(form, format, module, depth);
    if (whole === undefined) {
      codes.set(refuseNaN(checkpoint, weight!, 0x7f), row * depth);
      rowScales.set(checkpoint.read(scale!.name, scale!.shape).values, row);
    } else {
      checkpoint.readBytes(weight!.name, 'U8', weight!.shape).forEach((byte, i) => {
        codes[row * depth + 2 * i] = byte & 15;
        codes[row * depth + 2 * i + 1] = byte >> 4;
      });
      blockScales.set(refuseNaN(checkpoint, scale!, 0xff), (row * depth) / NVFP4_BLOCK);
      tensorScales.push(readTensorScale(checkpoint, form, whole));
    }
    row += module.rows;
  }
  if (format === 'fp8') return { format, codes, rowScales };
  const other = tensorScales.findIndex((each) => each !== tensorScales[0]);
  if (other > 0) {
    throw new CheckpointError(
      `${checkpoint.where}: "${modules[0]!.name}" and "${modules[other]!.name}" are fused, and differ in ` +
        `${layoutOf(form, format, modules[0]!, depth)[2]!.name.split('.').at(-1)}; accepted is one scale for both`,
    );
  }
  return { format, codes, blockScales, tensorScale: tensorScales[0]! };
}

/** E4M3 codes of numbers: of weights with `mask` 0x7F, of scales, which are none below 0, with 0xFF. */
function refuseNaN(checkpoint: Checkpoint, { name, shape }: TensorShape, mask: 0x7f | 0xff): Uint8Array {
  const codes = checkpoint.readBytes(name, 'F8_E4M3', shape);
  const bad = codes.findIndex((code) => (code & mask) >= 0x7f);
  if (bad < 0) return codes;
  const accepted = mask === 0xff ? 'scales from 0' : 'numbers';
  throw new CheckpointError(
    `${checkpoint.where}: tensor "${name}" holds ${decodeE4M3(codes[bad]!)} (code ${codes[bad]}) at index ${bad}; accepted are ${accepted}`,
  );
}

/** A matrix's scale as a factor. A tensor of one element and a scalar are taken alike. */
function readTensorScale(checkpoint: Checkpoint, form: QuantizedForm, { name }: TensorShape): number {
  const shape = checkpoint.shapeOf(name)?.length === 0 ? [] : [1];
  const value = checkpoint.read(name, shape).values[0]!;
  if (value <= 0) throw new CheckpointError(`${checkpoint.where}: tensor "${name}" is ${value}; accepted are scales above 0`);
  return form === 'compressed-tensors' ? Math.fround(1 / value) : value;
}
