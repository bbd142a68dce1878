/**
 * What a transformer of the Llama layout has to do in one pass, operator by operator: arithmetic and bytes. A pass is the prompt's
 * (prefill), or that of one more token of each answer (decode).
 */
import {
  bitsPerWeightOf,
  formatOf,
  UNITS,
  unitShape,
  type BlockShape,
  type Format,
  type PrecisionMap,
} from '../../fpx/formats/precision.js';

/** What of a model's shape a pass depends on. */
export interface ServedShape extends BlockShape {
  vocabulary: number;
}

/** A model as it is served. */
export interface Served {
  shape: ServedShape;
  map: PrecisionMap;
  /** Bits of what FP4 layers are multiplied with: 4 (W4A4, on devices that can), or 16 (W4A16, as bf16). */
  fp4Inputs: 4 | 16;
  /** Bits of a number of the KV cache. */
  kvBits: 8 | 16;
}

/** Kernels that are alike: so many of them, each with so much to do. */
export interface Operator {
  kind: 'linear' | 'attention' | 'output';
  /** The format of the weights: by which peak it is multiplied, and which of the fitted factors counts. */
  format: Format;
  count: number;
  flops: number;
  bytes: number;
}

/** One pass through the model. */
export interface Pass {
  layers: number;
  operators: Operator[];
}

/** Bytes of a number that is passed between operators. */
const ACTIVATION_BYTES = 2;

/** The pass over the prompts. @param cached tokens of each prompt that are in the KV cache already */
export function prefillPass(served: Served, prompt: { tokens: number; cached?: number; batch: number }): Pass {
  const { tokens, cached = 0, batch } = prompt;
  const { heads, headWidth } = served.shape;
  // Each new token looks at what is cached and at the new ones up to itself: the masked half is not computed.
  const pairs = tokens * cached + (tokens * (tokens + 1)) / 2;
  const attention: Operator = {
    kind: 'attention',
    format: 'bf16',
    count: served.shape.layers,
    flops: 4 * batch * pairs * heads * headWidth,
    bytes: batch * (kvBytesPerTokenAndLayer(served) * (cached + tokens) + 2 * tokens * heads * headWidth * ACTIVATION_BYTES),
  };
  return pass(served, batch * tokens, batch, attention);
}

/** The pass of one token of each of `batch` answers, each with `context` tokens before it. */
export function decodePass(served: Served, { context, batch }: { context: number; batch: number }): Pass {
  const { heads, headWidth, layers } = served.shape;
  const attention: Operator = {
    kind: 'attention',
    format: 'bf16',
    count: layers,
    flops: 4 * batch * context * heads * headWidth,
    bytes: batch * (kvBytesPerTokenAndLayer(served) * context + 2 * heads * headWidth * ACTIVATION_BYTES),
  };
  return pass(served, batch, batch, attention);
}

/** @param tokens that go through the linear layers @param answers whose next token the output layer tells */
function pass(served: Served, tokens: number, answers: number, attention: Operator): Pass {
  const { shape } = served;
  const head: Operator = {
    kind: 'output',
    format: 'bf16',
    count: 1,
    flops: 2 * shape.vocabulary * shape.dModel * answers,
    bytes: 2 * shape.vocabulary * shape.dModel + ACTIVATION_BYTES * answers * (shape.vocabulary + shape.dModel),
  };
  return { layers: shape.layers, operators: [...linearOperators(served, tokens), attention, head] };
}

/** A kernel for each unit of each block; those of one unit in one format are alike. */
function linearOperators({ shape, map }: Served, tokens: number): Operator[] {
  const operators: Operator[] = [];
  for (const unit of UNITS) {
    const { rows, depth } = unitShape(shape, unit);
    const counts = new Map<Format, number>();
    for (let layer = 0; layer < shape.layers; layer++) {
      const format = formatOf(map, layer, unit);
      counts.set(format, (counts.get(format) ?? 0) + 1);
    }
    for (const [format, count] of counts)
      operators.push({
        kind: 'linear',
        format,
        count,
        flops: 2 * rows * depth * tokens,
        bytes: (rows * depth * bitsPerWeightOf(format, rows, depth)) / 8 + ACTIVATION_BYTES * tokens * (rows + depth),
      });
  }
  return operators;
}

/** Keys and values of one token in one layer, bytes. Over all layers: 2 x layers x (kv heads x head width) x bytes of a number. */
function kvBytesPerTokenAndLayer({ shape, kvBits }: Pick<Served, 'shape' | 'kvBits'>): number {
  return (2 * shape.kvHeads * shape.headWidth * kvBits) / 8;
}

/** Keys and values of so many tokens, bytes: what stays in memory, and what is sent when another device goes on. */
export function kvBytes(served: Pick<Served, 'shape' | 'kvBits'>, tokens: number): number {
  return served.shape.layers * kvBytesPerTokenAndLayer(served) * tokens;
}

/** Weights in memory, bytes: linear layers by their formats, embedding and an output layer in bf16 (a shared one counted once). */
export function weightBytes({ shape, map }: Pick<Served, 'shape' | 'map'>, tied: boolean): number {
  const linear = linearOperators({ shape, map, fp4Inputs: 16, kvBits: 16 }, 0).reduce((sum, { count, bytes }) => sum + count * bytes, 0);
  return linear + (tied ? 1 : 2) * 2 * shape.vocabulary * shape.dModel;
}
