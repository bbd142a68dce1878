/**
 * Precision maps: which format each linear layer's weights are held in, and what that comes to.
 *
 * A block has four units, not seven layers: q, k and v are one unit and gate and up another, because servers fuse them and take one
 * format for both. Embeddings, norms and the output layer stay BF16.
 */

import { z } from 'zod';

export const FORMATS = ['bf16', 'fp8', 'fp4', 'fp4-tensor'] as const;
export type Format = (typeof FORMATS)[number];

export const UNITS = ['qkv', 'o', 'gate_up', 'down'] as const;
export type Unit = (typeof UNITS)[number];

const UNIT_KEY = /^layers\.(\d+|\*)\.(qkv|o|gate_up|down|\*)$/;
const FUSED: Record<string, string> = { q: 'qkv', k: 'qkv', v: 'qkv', gate: 'gate_up', up: 'gate_up' };

const formatSchema = z.enum(FORMATS, { error: (issue) => `${shown(issue.input)}: accepted are ${FORMATS.join(', ')}` });

/** Characters of what was found that are told: the file may be of any kind. */
const LONGEST_SHOWN = 40;

function shown(value: unknown): string {
  const text = JSON.stringify(value) ?? 'nothing';
  return text.length > LONGEST_SHOWN ? `${text.slice(0, LONGEST_SHOWN)}...` : text;
}

/** What is wrong with a map as a whole. */
function explainMap(issue: { code?: string; keys?: string[]; input?: unknown }): string {
  const accepted = `accepted are a format (${FORMATS.join(', ')}), and { default, units, layers }, of which default is needed`;
  if (issue.code === 'unrecognized_keys') return `there is no ${issue.keys!.map((key) => `"${key}"`).join(', ')}; ${accepted}`;
  return `${shown(issue.input)} is no map; ${accepted}`;
}

function explainKey(key: string): string {
  const part = /\.(q|k|v|gate|up)(_proj)?$/.exec(key)?.[1];
  if (part !== undefined) return `"${key}": ${part} is served fused and takes one format with the rest of its unit, "${FUSED[part]}"`;
  return `"${key}": accepted are layers.N.UNIT and layers.*.UNIT, with UNIT one of ${UNITS.join(', ')} or *`;
}

const mapSchema = z.strictObject(
  {
    default: formatSchema,
    units: z
      .record(z.string(), formatSchema, {
        error: (issue) => `${shown(issue.input)}: accepted are keys such as layers.3.down or layers.*.o, each with a format`,
      })
      .default({})
      .superRefine((units, context) => {
        for (const key of Object.keys(units)) {
          if (!UNIT_KEY.test(key)) context.addIssue({ code: 'custom', message: explainKey(key), path: [key] });
        }
      }),
    /** Layers of the model that the map is for: it fits no other. Left out, a map is for whatever has the layers that it names. */
    layers: z.int({ error: 'accepted is how many layers the model has' }).positive().optional(),
  },
  { error: explainMap },
);

/**
 * A format for each unit of a model. A unit's format is that of the most specific key that names it (a layer's number before `*`,
 * then a unit's name before `*`), or else the default.
 */
export type PrecisionMap = z.output<typeof mapSchema>;

/** A precision map that names what does not exist. */
export class PrecisionMapError extends Error {
  override readonly name = 'PrecisionMapError';
}

/** Parses `{ default, units?, layers? }` from YAML or JSON, or just the default's name. Throws PrecisionMapError naming the key. */
export function parsePrecisionMap(raw: unknown): PrecisionMap {
  const parsed = typeof raw === 'string' ? formatSchema.safeParse(raw) : mapSchema.safeParse(raw);
  if (!parsed.success) throw new PrecisionMapError(`precision map: ${z.prettifyError(parsed.error)}`);
  return typeof parsed.data === 'string' ? { default: parsed.data, units: {} } : parsed.data;
}

/** In place of a map: each unit in the format that a checkpoint quantised before holds it in. */
export const AS_SAVED = 'as-saved';

/** What a configuration may ask for: a map, or what the checkpoint says. */
export type PrecisionChoice = PrecisionMap | typeof AS_SAVED;

/** Parses a precision map, or `as-saved`. Throws PrecisionMapError naming the key. */
export function parsePrecision(raw: unknown): PrecisionChoice {
  return raw === AS_SAVED ? AS_SAVED : parsePrecisionMap(raw);
}

/** The format of a unit of a layer. */
export function formatOf(map: PrecisionMap, layer: number, unit: Unit): Format {
  const keys = [`layers.${layer}.${unit}`, `layers.${layer}.*`, `layers.*.${unit}`, `layers.*.*`];
  const key = keys.find((k) => Object.hasOwn(map.units, k));
  return key === undefined ? map.default : map.units[key]!;
}

/** Sizes of the linear layers of one block, all blocks alike. */
export interface BlockShape {
  layers: number;
  dModel: number;
  ffWidth: number;
  heads: number;
  kvHeads: number;
  headWidth: number;
}

/** Outputs and inputs of a unit's matrix, and how many of the model's linear layers it fuses. */
export function unitShape(shape: BlockShape, unit: Unit): { rows: number; depth: number; linearLayers: number } {
  const queries = shape.heads * shape.headWidth;
  switch (unit) {
    case 'qkv':
      return { rows: queries + 2 * shape.kvHeads * shape.headWidth, depth: shape.dModel, linearLayers: 3 };
    case 'o':
      return { rows: shape.dModel, depth: queries, linearLayers: 1 };
    case 'gate_up':
      return { rows: 2 * shape.ffWidth, depth: shape.dModel, linearLayers: 2 };
    case 'down':
      return { rows: shape.dModel, depth: shape.ffWidth, linearLayers: 1 };
  }
}

/** Whether a format's weights are E2M1. */
export function isFp4(format: Format): boolean {
  return format === 'fp4' || format === 'fp4-tensor';
}

/**
 * Bits a weight of a matrix takes, scales included: BF16 16; FP8 8 and an f32 a row; FP4 4, 8 a block of 16 and an f32 a matrix; FP4 with
 * one scale 4 and that f32.
 */
export function bitsPerWeightOf(format: Format, rows: number, depth: number): number {
  switch (format) {
    case 'bf16':
      return 16;
    case 'fp8':
      return 8 + 32 / depth;
    case 'fp4':
      return 4.5 + 32 / (rows * depth);
    case 'fp4-tensor':
      return 4 + 32 / (rows * depth);
  }
}

/**
 * Weights and activations of each format. BF16 layers compute with f32 activations; the others with a scale for each token: FP8 with
 * integers of 8 bits, FP4 (NVFP4) of 7, FP4 with one scale a matrix with E2M1.
 */
export const ACTIVATIONS: Record<Format, string> = { bf16: 'w16a32', fp8: 'w8a8', fp4: 'w4a7', 'fp4-tensor': 'w4a4' };

/** What a precision map comes to on a model's linear layers (embeddings, norms and the output layer not counted). */
export interface PrecisionSummary {
  /** `bf16`, `fp8`, `fp4`, `fp4-tensor`, or the formats of a mixed map with their share of the weights: `fp4 62% fp8 38%`. */
  label: string;
  /** `w16a32`, `w8a8`, `w4a7`, `w4a4` (see ACTIVATIONS); joined by `+` when mixed. */
  activations: string;
  /** Share of the linear layers held in FP4 of either kind. */
  gammaByCount: number;
  /** Share of the linear layers' weights held in FP4 of either kind. */
  gammaByParameters: number;
  /** Bits a weight of the linear layers, scales included. */
  bitsPerWeight: number;
}

/** What is wrong with a map that says how many layers its model has, for a model of so many; undefined where nothing is. */
export function layersFault({ layers: told }: PrecisionMap, layers: number): string | undefined {
  if (told === undefined || told === layers) return undefined;
  return `it says that it is for a model of ${told} layers, and this one has ${layers}; accepted: a map for this model, or one without \`layers\``;
}

/** Checks a map against a model and sums it up. Throws PrecisionMapError when it is for another number of layers or names one the model lacks. */
export function summarizePrecision(map: PrecisionMap, shape: BlockShape): PrecisionSummary {
  const fault = layersFault(map, shape.layers);
  if (fault !== undefined) throw new PrecisionMapError(`precision map: ${fault}`);
  for (const key of Object.keys(map.units)) {
    const layer = UNIT_KEY.exec(key)?.[1];
    if (layer === undefined) throw new PrecisionMapError(`precision map: ${explainKey(key)}`);
    if (layer !== '*' && Number(layer) >= shape.layers) {
      throw new PrecisionMapError(`precision map: "${key}": the model has layers 0 to ${shape.layers - 1}`);
    }
  }
  const none = (): Record<Format, number> => ({ bf16: 0, fp8: 0, fp4: 0, 'fp4-tensor': 0 });
  const weights = none();
  const linearLayers = none();
  let bits = 0;
  for (let layer = 0; layer < shape.layers; layer++) {
    for (const unit of UNITS) {
      const format = formatOf(map, layer, unit);
      const { rows, depth, linearLayers: fused } = unitShape(shape, unit);
      weights[format] += rows * depth;
      linearLayers[format] += fused;
      bits += rows * depth * bitsPerWeightOf(format, rows, depth);
    }
  }
  const sum = (of: Record<Format, number>, formats: readonly Format[] = FORMATS) => formats.reduce((all, format) => all + of[format], 0);
  const total = sum(weights);
  const fp4 = FORMATS.filter(isFp4);
  const used = [...FORMATS].reverse().filter((format) => weights[format] > 0);
  const share = (format: Format) => `${format} ${Math.round((100 * weights[format]) / total)}%`;
  return {
    label: used.length === 1 ? used[0]! : used.map(share).join(' '),
    activations: used.map((format) => ACTIVATIONS[format]).join('+'),
    gammaByCount: sum(linearLayers, fp4) / sum(linearLayers),
    gammaByParameters: sum(weights, fp4) / total,
    bitsPerWeight: bits / total,
  };
}
