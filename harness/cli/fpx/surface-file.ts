/** A reward surface as a file: what `tickbench fpx surface` writes and `assign --reward` reads. */
import { z } from 'zod';
import { readJson } from '../../../fpx/checkpoint/files.js';
import { SURFACE_FORMULA, SURFACE_TERMS, type RewardSurface } from '../../../scoring/reward/surface.js';
import { explain } from '../../configuration/configuration.js';
import { figure } from '../../report/figures.js';
import { UsageError } from '../values.js';

const range = z.strictObject({ low: z.number(), high: z.number() });
const place = z.strictObject({ latencyMs: z.number().positive(), quality: z.number() });
const terms = z.array(z.number()).length(SURFACE_TERMS);

const playerSchema = z.strictObject({
  /** As tables name it, and the family that is left out together: a bot, or a model's size. */
  name: z.string(),
  family: z.string(),
  kind: z.enum(['bot', 'embedded', 'external']),
  /** The formats that its engine tells, such as `fp8` or `fp4 62% fp8 38%`. */
  label: z.string().optional(),
  latencyMs: z.number().positive(),
  quality: z.number(),
  reward: z.number(),
  matches: z.int().positive(),
});
/** One point: a player at a latency. */
export type SurfacePlayer = z.infer<typeof playerSchema>;

export const surfaceSchema = z.strictObject({
  tickbench: z.literal('surface.v1'),
  task: z.string(),
  /** The task's rules, by which rewards are the same rewards. */
  rules: z.string(),
  rewardUnit: z.string(),
  /** The share of what is to be won or lost that answers to frozen states win: what calibrations measure the loss of. */
  axis: z.literal('probe quality'),
  /** World time for real time of models there: latencies are in world time. */
  speed: z.number().positive(),
  /** Where the points came from. */
  source: z.string(),
  formula: z.literal(SURFACE_FORMULA),
  surface: z.strictObject({
    centre: place,
    coefficients: terms,
    covariance: z.array(terms).length(SURFACE_TERMS),
    range: z.strictObject({ latencyMs: range, quality: range }),
    heldOut: z.strictObject({
      by: z.enum(['family', 'player']),
      groups: z.int().min(2),
      r2: z.number(),
      error: z.number().min(0),
      slopeError: z.number().min(0),
    }),
  }) satisfies z.ZodType<RewardSurface>,
  players: z.array(playerSchema).min(1),
});

export type SurfaceFile = z.infer<typeof surfaceSchema>;

/** Reads a surface. @throws UsageError naming the place in the file; CheckpointError where there is no file or no JSON in it */
export function readSurface(path: string): SurfaceFile {
  const parsed = surfaceSchema.safeParse(readJson(path));
  if (!parsed.success)
    throw new UsageError(`--reward ${path} is no surface:\n${explain(parsed.error)}\naccepted: what \`tickbench fpx surface\` wrote`);
  return parsed.data;
}

/** The formula, where it holds, and how it did on players that it was not fitted on. */
export function surfaceLines({ surface: { centre, coefficients, range, heldOut }, rewardUnit }: SurfaceFile): string[] {
  const names = ['a0', 'a1', 'a2', 'b0', 'b1', 'b2'];
  const { by, groups, r2, error } = heldOut;
  const ours = by === 'family' ? `each of ${groups} families of players` : `each of ${groups} players of too few families`;
  return [
    `formula    ${SURFACE_FORMULA}, l = ln(ms / ${figure(centre.latencyMs)}), q = quality - ${centre.quality.toFixed(3)}`,
    `           ${coefficients.map((each, i) => `${names[i]} ${figure(each)}`).join(', ')}`,
    `holds      from ${figure(range.latencyMs.low)} to ${figure(range.latencyMs.high)} ms of world time, quality ${range.quality.low.toFixed(3)} to ${range.quality.high.toFixed(3)}`,
    `held out   R2 ${r2.toFixed(2)}, off by ${figure(error)} ${rewardUnit} (root mean square): ${ours}, predicted from the others`,
    ...(r2 <= 0 ? ["warning    it predicts players that it was not fitted on no better than their mean: it says nothing of another's reward"] : []),
  ]; // prettier-ignore
}
