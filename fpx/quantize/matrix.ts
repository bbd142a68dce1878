/** A linear layer's matrix rounded to one of the formats: what the engine places in memory, and what a quantised checkpoint holds. */

import type { Format } from '../formats/precision.js';
import { quantizeFp8, type Fp8Matrix } from '../kernels/packing.js';
import { quantizeFp4Tensor, type Fp4Tensor } from './fp4-tensor.js';
import { quantizeNvfp4, type Nvfp4, type ScaleRule } from './nvfp4.js';

/** A row-major matrix in its format; BF16 is rounded as it is placed. */
export type QuantizedMatrix =
  | { format: 'bf16'; values: Float32Array }
  | ({ format: 'fp8' } & Fp8Matrix)
  | ({ format: 'fp4' } & Nvfp4)
  | ({ format: 'fp4-tensor' } & Fp4Tensor);

/** Rounds f32 weights, rows of `depth`, to a format; `rule` chooses the block scales of FP4. */
export function quantizeMatrix(format: Format, values: Float32Array, depth: number, rule?: ScaleRule): QuantizedMatrix {
  switch (format) {
    case 'bf16':
      return { format, values };
    case 'fp8':
      return { format, ...quantizeFp8(values, depth) };
    case 'fp4':
      return { format, ...quantizeNvfp4(values, rule) };
    case 'fp4-tensor':
      return { format, ...quantizeFp4Tensor(values) };
  }
}
