/**
 * A deployment: one model with a format for every linear layer, by the names that servers know them by. All that is exported is written
 * from it, so the files of different tools cannot disagree.
 */
import { createHash } from 'node:crypto';
import {
  formatOf,
  summarizePrecision,
  UNITS,
  unitShape,
  type Format,
  type PrecisionMap,
  type PrecisionSummary,
  type Unit,
} from '../formats/precision.js';
import { shortMapNote } from '../formats/short-map.js';
import { NVFP4_BLOCK } from '../quantize/nvfp4.js';
import { ExportError } from './errors.js';
import type { ModelShape } from './model-shapes.js';

/** Formats that servers have kernels for: `fp4-tensor` is not among them. */
export const DEPLOYABLE = ['bf16', 'fp8', 'fp4'] as const;
export type Deployable = (typeof DEPLOYABLE)[number];

/** Where a unit's linear layers are in a block, and their names before `_proj`. A server fuses those of one unit. */
export const PROJECTIONS: Record<Unit, { within: 'self_attn' | 'mlp'; names: readonly string[] }> = {
  qkv: { within: 'self_attn', names: ['q', 'k', 'v'] },
  o: { within: 'self_attn', names: ['o'] },
  gate_up: { within: 'mlp', names: ['gate', 'up'] },
  down: { within: 'mlp', names: ['down'] },
};

/** The output layer: never quantised, and named in every list of what is left out. */
export const OUTPUT_LAYER = 'lm_head';

/** One linear layer of a block. */
export interface LinearLayer {
  /** `model.layers.3.self_attn.q_proj`. */
  name: string;
  layer: number;
  unit: Unit;
  format: Deployable;
}

export interface Deployment {
  model: ModelShape;
  /** Of a checkpoint's folder: the model's own name with the format, and for a mix a hash of the assignment. */
  name: string;
  summary: PrecisionSummary;
  /** Every linear layer, in the model's order. */
  layers: LinearLayer[];
  /** The formats in use, BF16 apart, widest first. */
  formats: Exclude<Deployable, 'bf16'>[];
  /** What is to be known of the map, in sentences. */
  notes: string[];
}

/** Names of a unit's linear layers in one block. */
export function layerNames(layer: number, unit: Unit): string[] {
  const { within, names } = PROJECTIONS[unit];
  return names.map((name) => `model.layers.${layer}.${within}.${name}_proj`);
}

function deployable(format: Format, shape: ModelShape, layer: number, unit: Unit): Deployable {
  const where = `layers.${layer}.${unit}`;
  if (format === 'fp4-tensor')
    throw new ExportError(
      `${where} is fp4-tensor, a format of the embedded engine alone: no server has kernels for it. Take fp4 (NVFP4), fp8 or bf16`,
    );
  const { depth } = unitShape(shape, unit);
  if (format === 'fp4' && depth % NVFP4_BLOCK !== 0)
    throw new ExportError(`${where} is fp4 with ${depth} inputs; accepted are multiples of ${NVFP4_BLOCK}. Take fp8 or bf16`);
  return format;
}

/**
 * Names every linear layer of a model with the format that a map gives it.
 * @throws ExportError for a format without a deployment form @throws PrecisionMapError when the map names a layer the model lacks
 */
export function deploymentOf(model: ModelShape, map: PrecisionMap): Deployment {
  const summary = summarizePrecision(map, model);
  const layers = Array.from({ length: model.layers }, (_, layer) =>
    UNITS.flatMap((unit) => {
      const format = deployable(formatOf(map, layer, unit), model, layer, unit);
      return layerNames(layer, unit).map((name) => ({ name, layer, unit, format }));
    }),
  ).flat();
  const used = DEPLOYABLE.filter((format) => layers.some((each) => each.format === format));
  const hash = createHash('sha256')
    .update(layers.map(({ format }) => format).join())
    .digest('hex');
  const base = model.id
    .replace(/[/\\]+$/, '')
    .split(/[/\\]/)
    .at(-1)!;
  const suffix = used.length === 1 ? used[0]! : `mixed-${hash.slice(0, 6)}`;
  const formats = used.filter((format) => format !== 'bf16');
  const note = shortMapNote(map, model.layers);
  return { model, name: `${base}-${suffix}`, summary, layers, formats, notes: note === undefined ? [] : [note] };
}

/** Refuses a deployment of BF16 alone, which needs no quantised checkpoint. @throws ExportError */
export function mustQuantize({ formats, model }: Deployment, what: string): void {
  if (formats.length > 0) return;
  throw new ExportError(`${what} has nothing to do: every layer stays bf16. Serve ${model.id} as it is (--for vllm or sglang)`);
}
