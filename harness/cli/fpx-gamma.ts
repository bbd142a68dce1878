/** Maps by the published rule at several gammas, for a table that is not of this engine alone: calibrated, predicted and heard here. */
import { z } from 'zod';
import { assignByGamma, type OutputErrors } from '../../fpx/assignment/gamma.js';
import { smallestMap } from '../../fpx/assignment/smallest-map.js';
import { readJson } from '../../fpx/checkpoint/files.js';
import { summarizePrecision, type PrecisionMap } from '../../fpx/formats/precision.js';
import { hear } from '../../fpx/sensitivity/answers.js';
import { parseCalibration } from '../../fpx/sensitivity/calibration.js';
import { outputErrors } from '../../fpx/sensitivity/output-error.js';
import { hashOf } from '../configuration/hash.js';
import { sourceOf } from './fpx/prompts.js';
import { folderOf, Subject } from './fpx/subject.js';
import { UsageError } from './values.js';

/** The kinds of FP4: one scale a matrix, as published, and NVFP4's scale for 16 weights. */
export const GAMMA_FORMATS = ['fp4-tensor', 'fp4'] as const;
export type GammaFormat = (typeof GAMMA_FORMATS)[number];

/** What a model's units lose in FP4, and of which prompts that was measured. */
const sensitivities = z.strictObject({
  identity: z.string(),
  source: z.string(),
  shape: z.strictObject({ layers: z.number(), dModel: z.number(), ffWidth: z.number(), heads: z.number(), kvHeads: z.number(), headWidth: z.number() }), // prettier-ignore
  units: z.array(z.strictObject({ unit: z.enum(['qkv', 'o', 'gate_up', 'down']), formats: z.strictObject({ fp4: z.strictObject({ error: z.number() }), 'fp4-tensor': z.strictObject({ error: z.number() }) }) })), // prettier-ignore
});
export type Sensitivities = z.infer<typeof sensitivities>;

/** Where what was measured is kept, so that a table that is taken up again is not calibrated again. */
export interface Keeping {
  cached<T>(name: string, key: string, form: z.ZodType<T>): T | undefined;
  keep(name: string, key: string, result: unknown): void;
}

/**
 * Calibrates a model on states of a task, as `fpx calibrate` does, for output errors alone; or reads a calibration file of that model.
 * @throws UsageError for a file of another model's
 */
export async function calibrated(
  model: string,
  how: { task: string; states: number; file?: string; kept: Keeping },
): Promise<Sensitivities> {
  const subject = await Subject.load(folderOf(model));
  const identity = await subject.identity();
  if (how.file !== undefined) {
    const read = parseCalibration(readJson(how.file), how.file);
    if (read.model.identity !== identity)
      throw new UsageError(`--calibration ${how.file}: is of ${read.model.name} with other files; accepted: one of ${subject.name}`);
    const units = read.units.map(({ unit, formats }) => ({ unit, formats: { fp4: { error: formats.fp4.error }, 'fp4-tensor': { error: formats['fp4-tensor'].error } } })); // prettier-ignore
    return { identity, source: `${read.prompts.count} prompts of ${read.prompts.source} (${how.file})`, shape: read.model.shape, units };
  }
  const name = `errors-${subject.name}-${how.task}`;
  const source = await sourceOf({ task: how.task, count: how.states });
  const key = hashOf([identity, source.prompts]);
  const known = how.kept.cached(name, key, sensitivities);
  if (known) return known;
  const errors = outputErrors(subject.model, subject.prompts(source.prompts));
  const { layers, dModel, ffWidth, heads, kvHeads, headWidth } = subject.model.config;
  const found: Sensitivities = {
    identity,
    source: `${how.states} states of ${how.task}`,
    shape: { layers, dModel, ffWidth, heads, kvHeads, headWidth },
    units: errors.units.map(({ unit, errors: byFormat }) => ({ unit, formats: { fp4: { error: byFormat.fp4 }, 'fp4-tensor': { error: byFormat['fp4-tensor'] } } })), // prettier-ignore
  };
  how.kept.keep(name, key, found);
  return found;
}

/** A map by the rule. `gamma` is what was asked for; units are never divided, so what came of it is `gammaByCount` at most that. */
export interface GammaMap {
  gamma: number;
  format: GammaFormat;
  precision: PrecisionMap;
  gammaByCount: number;
  gammaByParameters: number;
  bitsPerWeight: number;
}

/** The rule's map at a gamma. */
export function gammaMap({ shape, units }: Sensitivities, gamma: number, format: GammaFormat): GammaMap {
  const errors: OutputErrors = { model: { shape }, units };
  const precision = smallestMap(assignByGamma(errors, gamma, format));
  const { gammaByCount, gammaByParameters, bitsPerWeight } = summarizePrecision(precision, shape);
  return { gamma, format, precision, gammaByCount, gammaByParameters, bitsPerWeight };
}

/** How likely each of some prompts' answers is under a map, natural logarithm, and how many tokens they have together. */
export interface Likelihood {
  perAnswer: number[];
  tokens: number;
}

const likelihoods = z.strictObject({ tokens: z.number(), maps: z.array(z.array(z.number())) });

/**
 * How likely the answers that BF16 gives are under each map, on states of the task that calibrated nothing.
 * Perplexity is exp(-sum of `perAnswer` / `tokens`).
 */
export async function heardUnder(
  model: string,
  maps: readonly PrecisionMap[],
  how: { task: string; states: number; kept: Keeping },
): Promise<Likelihood[]> {
  const subject = await Subject.load(folderOf(model));
  const source = await sourceOf({ task: how.task, count: how.states }, { later: true });
  const name = `likelihood-${subject.name}-${how.task}`;
  const key = hashOf([await subject.identity(), source.prompts, maps]);
  let known = how.kept.cached(name, key, likelihoods);
  if (!known) {
    const prompts = subject.prompts(source.prompts);
    const heard = maps.map((map) => {
      subject.model.use(map);
      return prompts.map((prompt) => hear(subject.model, prompt).logProbability);
    });
    known = { tokens: prompts.reduce((sum, { answer }) => sum + answer.length, 0), maps: heard };
    how.kept.keep(name, key, known);
  }
  const { tokens } = known;
  return known.maps.map((perAnswer) => ({ perAnswer, tokens }));
}
