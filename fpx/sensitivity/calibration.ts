/**
 * What each format costs each unit of a model: the file that `tickbench fpx calibrate` writes and `assign` reads. It says of which weights
 * (a hash) and over which prompts, so that nobody takes one model's sensitivities for another's.
 */
import { createHash } from 'node:crypto';
import { z } from 'zod';
import { FORMATS, UNITS } from '../formats/precision.js';

/** Formats whose cost is measured: BF16, which the weights come in, costs nothing. */
export const CHEAPER = FORMATS.filter((format) => format !== 'bf16');
export type Cheaper = Exclude<(typeof FORMATS)[number], 'bf16'>;

/** What a unit costs in a format, every other unit in BF16; or a layer, all other layers in BF16. */
const costs = z.strictObject({
  /**
   * Relative output error on the same inputs: ||W_q x_q - W x|| / ||W x||, over all tokens of all prompts. Of a layer: over the outputs of its four
   * units together, each on the input that it has in BF16.
   */
  error: z.number().min(0),
  /** Signal to noise of its output, 20 log10(1 / error), decibels; null when nothing differed. */
  snrDb: z.number().nullable(),
  /** How much less likely BF16's answer is, natural logarithm, mean over prompts; below 0 where it is more likely. */
  nats: z.number(),
  /** Standard error of `nats` over prompts. */
  natsError: z.number().min(0),
  /** Loss of quality by the task's own oracle, mean over states; absent where the prompts are of no task. */
  quality: z.number().optional(),
  /** Standard error of `quality` over the matches that the states come from; absent where it is not known. */
  qualityError: z.number().min(0).optional(),
});
export type UnitCosts = z.infer<typeof costs>;

const formatCosts = z.strictObject({ fp8: costs, fp4: costs, 'fp4-tensor': costs });

export const calibrationSchema = z.strictObject({
  tickbench: z.literal('calibration.v1'),
  model: z.strictObject({
    name: z.string(),
    /** Hash of the checkpoint's files. */
    identity: z.string(),
    shape: z.strictObject({
      layers: z.int().positive(),
      dModel: z.int().positive(),
      ffWidth: z.int().positive(),
      heads: z.int().positive(),
      kvHeads: z.int().positive(),
      headWidth: z.int().positive(),
    }),
  }),
  prompts: z.strictObject({
    /** A task's name, or the file they came from. */
    source: z.string(),
    count: z.int().positive(),
    tokens: z.int().positive(),
    hash: z.string(),
  }),
  /** Layer by layer, in the order of UNITS. */
  units: z.array(z.strictObject({ layer: z.int().min(0), unit: z.enum(UNITS), weights: z.int().positive(), formats: formatCosts })),
  /** For reports: each layer with all of its units in one format. Absent where only units were measured. */
  layers: z.array(z.strictObject({ layer: z.int().min(0), weights: z.int().positive(), formats: formatCosts })).optional(),
  /** Whether costs add up: of random mixed maps the sum of their units' nats, and the nats that were measured. */
  additivity: z.strictObject({ maps: z.array(z.strictObject({ predicted: z.number(), measured: z.number() })) }).optional(),
  /** Time of a whole request of this engine on the host that calibrated: `fixedUs` and each unit's own, one after the other. */
  latency: z
    .strictObject({
      /** Tokens of the prompt that are computed, and of the answer. */
      promptTokens: z.int().positive(),
      answerTokens: z.int().positive(),
      fixedUs: z.number(),
      /** Microseconds of one unit of a block, all blocks alike. */
      unitUs: z.record(z.enum(UNITS), z.record(z.enum(FORMATS), z.number())),
      /** Median of |predicted / measured - 1| over maps that were not fitted on; absent when none were. */
      heldOutError: z.number().min(0).optional(),
    })
    .optional(),
});

export type Calibration = z.infer<typeof calibrationSchema>;

/** The JSON Schema of a calibration file, for whoever writes or reads one with other programs. */
export function calibrationJsonSchema(): unknown {
  return z.toJSONSchema(calibrationSchema);
}

/** A calibration file that cannot be used. */
export class CalibrationError extends Error {
  override readonly name = 'CalibrationError';
}

/** Checks what came from a file. @throws CalibrationError naming the place and what is accepted there */
export function parseCalibration(raw: unknown, where: string): Calibration {
  const parsed = calibrationSchema.safeParse(raw);
  if (!parsed.success) throw new CalibrationError(`${where} is no calibration: ${firstOf(parsed.error.issues)}; accepted: what \`tickbench fpx calibrate\` wrote`); // prettier-ignore
  const { units, layers, model } = parsed.data;
  const expected = Array.from({ length: model.shape.layers }, (_, layer) => UNITS.map((unit) => `${layer} ${unit}`)).flat();
  const found = units.map(({ layer, unit }) => `${layer} ${unit}`);
  if (found.join() !== expected.join())
    throw new CalibrationError(`${where}: units must be those of ${model.shape.layers} layers, each ${UNITS.join(', ')}, in order`);
  if (layers && layers.map(({ layer }) => layer).join() !== Array.from({ length: model.shape.layers }, (_, layer) => layer).join())
    throw new CalibrationError(`${where}: layers must be 0 to ${model.shape.layers - 1} in order, or left out`);
  return parsed.data;
}

/** The first thing that is wrong, and how many more there are: a file of another kind has something wrong in every unit. */
function firstOf([first, ...more]: readonly z.core.$ZodIssue[]): string {
  const { path, message } = first!;
  const place = path.length === 0 ? '' : `${z.core.toDotPath(path)}: `;
  return `${place}${message}${more.length === 0 ? '' : `, and ${more.length} more`}`;
}

/** A hash of its content, by which a configuration names the calibration it came from; 16 hexadecimal digits. */
export function calibrationHash(calibration: Calibration): string {
  return createHash('sha256').update(JSON.stringify(calibration)).digest('hex').slice(0, 16);
}
