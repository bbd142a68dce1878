/**
 * A deployment: one model with a format for every linear layer, by the names that servers know them by. Whatever says which layer is in which
 * format is written from it, by `quantize` beside the weights it writes and by `export` for other tools, so these cannot disagree.
 */
import { createHash } from 'node:crypto';
import { formatOf, summarizePrecision, UNITS, unitShape, type BlockShape, type Format, type PrecisionMap, type PrecisionSummary, type Unit } from '../formats/precision.js'; // prettier-ignore
import { shortMapNote } from '../formats/short-map.js';
import { NVFP4_BLOCK } from '../quantize/nvfp4.js';
import { layerNames } from './units.js';

/** Formats that servers have kernels for: `fp4-tensor` is not among them. */
export const DEPLOYABLE = ['bf16', 'fp8', 'fp4'] as const;
export type Deployable = (typeof DEPLOYABLE)[number];

/**
 * What becomes of the inputs of FP4 layers. `w4a16`: they stay as they are. `w4a4`: they are rounded to FP4 as well, for which a checkpoint holds
 * a scale of each unit's inputs, taken from prompts.
 */
export const FP4_INPUTS = ['w4a16', 'w4a4'] as const;
export type Fp4Inputs = (typeof FP4_INPUTS)[number];

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

/** A model by its name at Hugging Face or its folder. */
export interface NamedShape extends BlockShape {
  id: string;
}

export interface Deployment<Model extends NamedShape = NamedShape> {
  model: Model;
  /** Of a checkpoint's folder: the model's own name with the format (for a mix a hash of the assignment), and `w4a4` where inputs are FP4. */
  name: string;
  summary: PrecisionSummary;
  /** Every linear layer, in the model's order. */
  layers: LinearLayer[];
  /** The formats in use, BF16 apart, widest first. */
  formats: Exclude<Deployable, 'bf16'>[];
  /** Inputs of its FP4 layers; of no account where there are none. */
  fp4: Fp4Inputs;
  /** What is to be known of the map, in sentences. */
  notes: string[];
}

/** A model that cannot be deployed under a map: the layer, and what would be accepted. */
export class DeploymentError extends Error {
  override readonly name = 'DeploymentError';
}

/**
 * Names every linear layer of a model with the format that a map gives it.
 * @throws DeploymentError for a format that no server has kernels for @throws PrecisionMapError when the map names a layer the model lacks
 */
export function deploymentOf<Model extends NamedShape>(model: Model, map: PrecisionMap, fp4: Fp4Inputs = 'w4a16'): Deployment<Model> {
  const summary = summarizePrecision(map, model);
  const layers = Array.from({ length: model.layers }, (_, layer) =>
    UNITS.flatMap((unit) => {
      const format = deployable(formatOf(map, layer, unit), model, layer, unit);
      return layerNames(layer, unit).map((name) => ({ name, layer, unit, format }));
    }),
  ).flat();
  const used = DEPLOYABLE.filter((format) => layers.some((each) => each.format === format));
  const formats = used.filter((format) => format !== 'bf16');
  const note = shortMapNote(map, model.layers);
  return { model, name: nameOf(model, layers, used, fp4), summary, layers, formats, fp4, notes: note === undefined ? [] : [note] };
}

function nameOf({ id }: NamedShape, layers: readonly LinearLayer[], used: readonly Deployable[], fp4: Fp4Inputs): string {
  const hash = createHash('sha256').update(layers.map(({ format }) => format).join()).digest('hex'); // prettier-ignore
  const base = id.replace(/[/\\]+$/, '').split(/[/\\]/).at(-1)!; // prettier-ignore
  const suffix = used.length === 1 ? used[0]! : `mixed-${hash.slice(0, 6)}`;
  return `${base}-${suffix}${used.includes('fp4') && fp4 === 'w4a4' ? '-w4a4' : ''}`;
}

function deployable(format: Format, shape: BlockShape, layer: number, unit: Unit): Deployable {
  const where = `layers.${layer}.${unit}`;
  if (format === 'fp4-tensor')
    throw new DeploymentError(
      `${where} is fp4-tensor, FP4 with one scale for a whole matrix, a format of the embedded engine alone: no server has kernels for it. Take fp4 (NVFP4), fp8 or bf16`,
    );
  const { depth } = unitShape(shape, unit);
  if (format === 'fp4' && depth % NVFP4_BLOCK !== 0)
    throw new DeploymentError(`${where} is fp4 with ${depth} inputs; accepted are multiples of ${NVFP4_BLOCK}. Take fp8 or bf16`);
  return format;
}

/** Names of the linear layers in a format, in the model's order. */
export function namesIn({ layers }: Deployment, format: Deployable): string[] {
  return layers.filter((each) => each.format === format).map(({ name }) => name);
}
