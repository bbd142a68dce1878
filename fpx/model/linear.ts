/** A linear layer in the kernels' memory: one matrix in one format, applied to one token or to many with the same result to the bit. */

import type { KernelMemory, Kernels } from '../kernels/kernels.js';
import type { Fp4Tensor } from '../quantize/fp4-tensor.js';
import { quantizeMatrix, type QuantizedMatrix } from '../quantize/matrix.js';
import { NVFP4_BLOCK, type Nvfp4 } from '../quantize/nvfp4.js';
import {
  packBf16,
  packFp4,
  packFp4Tensor,
  packFp8,
  paddedDepth,
  paddedRows,
  smallFp4,
  smallFp8,
  type Fp8Matrix,
  type SmallCodes,
} from '../kernels/packing.js';
import type { Format } from '../formats/precision.js';

/** What a thread runs linear layers with: its kernels, and memory for activations as integers, their scales, one widened panel. */
export interface Scratch {
  kernels: Kernels;
  integers: number;
  tokenScales: number;
  panel: number;
}

/** Allocates a scratch for up to `tokens` rows of up to `depth` inputs; `kernels` are the thread's. */
export function allocateScratch(memory: KernelMemory, tokens: number, depth: number, kernels = memory.kernels): Scratch {
  return {
    kernels,
    integers: memory.allocate(tokens * paddedDepth(depth) * 2),
    tokenScales: memory.allocate(tokens * 4),
    panel: memory.allocate(paddedDepth(depth) * 16),
  };
}

/** 1 / 64: an FP8 kernel's integers are 64 times the code's value. */
const FP8_UNIT = 1 / 64;
/** 1 / 8: an FP4 kernel's integers are 2 x 4 times weight and block scale. */
const FP4_UNIT = 1 / 8;
/** 1 / 2: without blocks its integers are twice the weight. */
const FP4_TENSOR_UNIT = 1 / 2;

/** y = W x with W [rows][depth] in one format. Inputs and outputs are f32 in the kernels' memory. */
export abstract class Linear {
  protected constructor(
    readonly rows: number,
    readonly depth: number,
    /** Bytes of weights and scales held, padding included; sums of rows and lists of small codes, which repeat some, are not counted. */
    readonly bytes: number,
  ) {}

  /** Weights that are added apart, since the fixed point does not hold them (see packing.ts): exact, but slower. */
  smallWeights = 0;

  /** Rounds row-major f32 weights to `format` and places them. rows a multiple of 4 or padded to one, depth a multiple of 32. */
  static place(memory: KernelMemory, format: Format, values: Float32Array, rows: number, depth: number): Linear {
    return Linear.placeRounded(memory, quantizeMatrix(format, values, depth), rows, depth);
  }

  /** Places a matrix that is in its format already. */
  static placeRounded(memory: KernelMemory, matrix: QuantizedMatrix, rows: number, depth: number): Linear {
    switch (matrix.format) {
      case 'bf16':
        return new Bf16Linear(memory, matrix.values, rows, depth);
      case 'fp8':
        return new Fp8Linear(memory, matrix, rows, depth);
      case 'fp4':
        return new Fp4Linear(memory, matrix, rows, depth);
      case 'fp4-tensor':
        return new Fp4TensorLinear(memory, matrix, rows, depth);
    }
  }

  /**
   * Applies rows [rowBegin, rowEnd) (multiples of 4; default all) to `tokens` inputs, [tokens][depth] to [tokens][outputWidth], at the
   * rows' own places in an output row.
   */
  apply(
    input: number,
    tokens: number,
    output: number,
    outputWidth: number,
    scratch: Scratch,
    rowBegin = 0,
    rowEnd = paddedRows(this.rows),
  ): void {
    if (tokens === 1) this.one(input, output, scratch, rowBegin, rowEnd);
    else this.many(input, tokens, output, outputWidth, scratch, rowBegin, rowEnd);
  }

  protected abstract one(input: number, output: number, scratch: Scratch, rowBegin: number, rowEnd: number): void;
  protected abstract many(
    ...a: [input: number, tokens: number, output: number, outputWidth: number, scratch: Scratch, rowBegin: number, rowEnd: number]
  ): void;
}

/** A BF16 matrix; also the embedding table. */
export class Bf16Linear extends Linear {
  private readonly weights: number;

  constructor(memory: KernelMemory, values: Float32Array, rows: number, depth: number) {
    const packed = packBf16(values, rows, depth);
    super(rows, depth, packed.byteLength);
    this.weights = memory.place(packed);
  }

  /** Writes the matrix rows named by `count` i32 at `ids`, as f32 [count][depth]. */
  gather(ids: number, count: number, output: number, kernels: Kernels): void {
    kernels.gatherBf16(this.weights, ids, output, count, this.depth);
  }

  protected one(input: number, output: number, { kernels }: Scratch, rowBegin: number, rowEnd: number): void {
    kernels.matVecBf16(this.weights, input, output, rowBegin, rowEnd, this.depth);
  }

  protected many(
    input: number,
    tokens: number,
    output: number,
    outputWidth: number,
    scratch: Scratch,
    rowBegin: number,
    rowEnd: number,
  ): void {
    scratch.kernels.matMulBf16(this.weights, input, output, scratch.panel, rowBegin, rowEnd, this.depth, tokens, outputWidth);
  }
}

/** Codes that the fixed point of a layer does not hold, in the kernels' memory; `starts` is 0 when there are none. */
interface PlacedSmallCodes {
  starts: number;
  entries: number;
}

function placeSmall(memory: KernelMemory, { starts, entries, count }: SmallCodes): PlacedSmallCodes {
  if (count === 0) return { starts: 0, entries: 0 };
  return { starts: memory.place(starts), entries: memory.place(entries) };
}

class Fp8Linear extends Linear {
  private readonly weights: number;
  private readonly rowScales: number;
  private readonly small: PlacedSmallCodes;

  constructor(memory: KernelMemory, matrix: Fp8Matrix, rows: number, depth: number) {
    const scales = new Float32Array(paddedRows(rows));
    scales.set(matrix.rowScales.map((scale) => scale * FP8_UNIT));
    const packed = packFp8(matrix.codes, rows, depth);
    super(rows, depth, packed.byteLength + scales.byteLength);
    this.weights = memory.place(packed);
    this.rowScales = memory.place(scales);
    const small = smallFp8(matrix, rows, depth);
    this.smallWeights = small.count;
    this.small = placeSmall(memory, small);
  }

  protected one(input: number, output: number, scratch: Scratch, rowBegin: number, rowEnd: number): void {
    const { kernels, integers, tokenScales } = scratch;
    kernels.quantize(input, integers, tokenScales, 1, this.depth);
    const { starts, entries } = this.small;
    kernels.matVecFp8(
      ...([this.weights, this.rowScales, starts, entries, integers, tokenScales, output] as const),
      ...([rowBegin, rowEnd, this.depth] as const),
    );
  }

  protected many(
    input: number,
    tokens: number,
    output: number,
    outputWidth: number,
    scratch: Scratch,
    rowBegin: number,
    rowEnd: number,
  ): void {
    const { kernels, integers, tokenScales, panel } = scratch;
    const { weights, rowScales, small, depth } = this;
    kernels.quantize(input, integers, tokenScales, tokens, depth);
    kernels.matMulFp8(
      ...([weights, rowScales, small.starts, small.entries, integers, tokenScales, output, panel] as const),
      ...([rowBegin, rowEnd, depth, tokens, outputWidth] as const),
    );
  }
}

class Fp4Linear extends Linear {
  private readonly weights: number;
  private readonly blockScales: number;
  private readonly excess: number;
  private readonly outputScale: number;
  private readonly small: PlacedSmallCodes;

  constructor(memory: KernelMemory, matrix: Nvfp4, rows: number, depth: number) {
    const { weights, blockScales, excess } = packFp4(matrix, rows, depth);
    super(rows, depth, weights.byteLength + blockScales.byteLength + 4);
    this.weights = memory.place(weights);
    this.blockScales = memory.place(blockScales);
    this.excess = memory.place(excess);
    this.outputScale = matrix.tensorScale * FP4_UNIT;
    const small = smallFp4(matrix, rows, depth);
    this.smallWeights = small.count * NVFP4_BLOCK;
    this.small = placeSmall(memory, small);
  }

  protected one(input: number, output: number, scratch: Scratch, rowBegin: number, rowEnd: number): void {
    const { kernels, integers, tokenScales, panel } = scratch;
    const { weights, blockScales, excess, outputScale, depth } = this;
    kernels.quantizeFp4(input, integers, tokenScales, 1, depth);
    kernels.matVecFp4(
      ...([weights, blockScales, excess, outputScale, integers, tokenScales] as const),
      ...([output, panel, rowBegin, rowEnd, paddedDepth(depth)] as const),
    );
    this.addSmall(1, output, 0, scratch, rowBegin, rowEnd);
  }

  protected many(
    input: number,
    tokens: number,
    output: number,
    outputWidth: number,
    scratch: Scratch,
    rowBegin: number,
    rowEnd: number,
  ): void {
    const { kernels, integers, tokenScales, panel } = scratch;
    const { weights, blockScales, excess, outputScale, depth } = this;
    kernels.quantizeFp4(input, integers, tokenScales, tokens, depth);
    kernels.matMulFp4(
      ...([weights, blockScales, excess, outputScale, integers, tokenScales, output, panel] as const),
      ...([rowBegin, rowEnd, paddedDepth(depth), tokens, outputWidth] as const),
    );
    this.addSmall(tokens, output, outputWidth, scratch, rowBegin, rowEnd);
  }

  private addSmall(tokens: number, output: number, outputWidth: number, scratch: Scratch, rowBegin: number, rowEnd: number): void {
    const { starts, entries } = this.small;
    if (starts === 0) return;
    scratch.kernels.addSmallFp4(
      ...([starts, entries, this.outputScale, scratch.integers, scratch.tokenScales, output] as const),
      ...([rowBegin, rowEnd, paddedDepth(this.depth), tokens, outputWidth] as const),
    );
  }
}

class Fp4TensorLinear extends Linear {
  private readonly weights: number;
  private readonly excess: number;
  private readonly outputScale: number;

  constructor(memory: KernelMemory, matrix: Fp4Tensor, rows: number, depth: number) {
    const { weights, excess } = packFp4Tensor(matrix, rows, depth);
    super(rows, depth, weights.byteLength + 4);
    this.weights = memory.place(weights);
    this.excess = memory.place(excess);
    this.outputScale = matrix.scale * FP4_TENSOR_UNIT;
  }

  protected one(input: number, output: number, scratch: Scratch, rowBegin: number, rowEnd: number): void {
    const { kernels, integers, tokenScales } = scratch;
    const { weights, excess, outputScale, depth } = this;
    kernels.quantizeFp4Tensor(input, integers, tokenScales, 1, depth);
    kernels.matVecFp4Tensor(weights, excess, outputScale, integers, tokenScales, output, rowBegin, rowEnd, depth);
  }

  protected many(
    input: number,
    tokens: number,
    output: number,
    outputWidth: number,
    scratch: Scratch,
    rowBegin: number,
    rowEnd: number,
  ): void {
    const { kernels, integers, tokenScales, panel } = scratch;
    const { weights, excess, outputScale, depth } = this;
    kernels.quantizeFp4Tensor(input, integers, tokenScales, tokens, depth);
    kernels.matMulFp4Tensor(
      ...([weights, excess, outputScale, integers, tokenScales, output, panel] as const),
      ...([rowBegin, rowEnd, depth, tokens, outputWidth] as const),
    );
  }
}
