/** `assign --reward`: what maps are worth on a task, by a reward surface, and whether that tells them apart. */
import { costOf, takenOf, type Assignment, type WorthRule } from '../../../fpx/assignment/assign.js';
import { predict, qualityErrorBetween } from '../../../fpx/assignment/prediction.js';
import { AssignmentError } from '../../../fpx/assignment/options.js';
import { FORMATS, UNITS, type Format } from '../../../fpx/formats/precision.js';
import type { Calibration } from '../../../fpx/sensitivity/calibration.js';
import { clamped, predictReward, rewardGain, type Predicted, type SurfacePlace } from '../../../scoring/reward/surface.js';
import { taskNamed } from '../../match/tasks.js';
import { figure } from '../../report/figures.js';
import { UsageError } from '../values.js';
import type { AssignFlags } from './assign-flags.js';
import { readSurface, surfaceLines, type SurfaceFile, type SurfacePlayer } from './surface-file.js';

/** Where maps of a calibrated model lie on a surface. */
export interface RewardBasis {
  path: string;
  file: SurfaceFile;
  /** World milliseconds of a request's millisecond. */
  speed: number;
  /** The model's own quality in BF16, which maps lose of. */
  quality: number;
  /** Where both came from, in words. */
  from: string;
}

/** A map on the surface. */
export interface RewardedMap {
  worldMs: number;
  quality: number;
  reward: Predicted;
  /** What of it lies outside of the surface, and was taken as at its border. */
  outside: ('latency' | 'quality')[];
}

/** Whether the chosen map earns more than others beyond doubt. */
export interface ToldApart {
  /** Other choices on the curve, and those of them that earn less beyond doubt. */
  others: number;
  worse: number;
  /** How much more it earns than the fastest and than the best choice; absent where it is that one. */
  overFastest?: Predicted;
  overBest?: Predicted;
  /** Whether errors of the calibration's qualities are in these. */
  withQualityError: boolean;
}

/**
 * Reads the surface and places the model on it: by its quality in BF16, at the surface's speed, or by one of its configurations that the
 * surface was made with, at the latency and quality that were measured of it.
 * @param calibration with the times by which maps are predicted @throws UsageError, AssignmentError
 */
export function rewardBasis(path: string, { quality: asked, speed }: AssignFlags, calibration: Calibration): RewardBasis {
  const file = readSurface(path);
  const task = taskNamed(file.task);
  if (file.rules !== task.rules)
    throw new UsageError(`--reward ${path}: is of the rules ${file.rules}; accepted: ${task.rules}, today's`);
  if (calibration.prompts.source !== file.task)
    throw new UsageError(
      `--reward ${path}: is of ${file.task}, and quality was calibrated on ${calibration.prompts.source}; accepted: a calibration with --task ${file.task}`,
    );
  if (!calibration.latency) throw new AssignmentError('the calibration has no times (`latency`); accepted: one that timed its host, or --measured');
  const quality = Number(asked);
  if (asked!.trim() !== '' && !Number.isNaN(quality)) {
    if (!(quality > 0 && quality <= 1)) throw new UsageError(`--quality ${asked}: accepted: a share above 0, at most 1`);
    const by = speed ?? file.speed;
    return { path, file, speed: by, quality, from: `its quality in BF16 is ${quality}, as given; ${figure(by)} ms of world time for one of a request` };
  }
  return { path, file, ...anchored(playerOf(file, asked!, path), speed, calibration) };
} // prettier-ignore

function playerOf({ players }: SurfaceFile, name: string, path: string): SurfacePlayer {
  const found = players.find((each) => each.name === name && each.kind !== 'bot');
  const models = players.filter(({ kind }) => kind !== 'bot').map((each) => each.name);
  if (!found)
    throw new UsageError(
      `--quality ${name}: no configuration of ${path}; accepted: a quality such as 0.78${models.length > 0 ? `, or one of ${models.join(', ')}` : ''}`,
    );
  return found;
}

/** From a configuration in one format to the model in BF16: its quality and what that format loses, and how late it was for what is predicted. */
function anchored(player: SurfacePlayer, speed: number | undefined, calibration: Calibration): Omit<RewardBasis, 'path' | 'file'> {
  const { name, label, latencyMs, quality } = player;
  const format = FORMATS.find((each) => each === label);
  if (!format)
    throw new UsageError(
      `--quality ${name}: its formats are ${label ?? 'not known'}; accepted: a configuration in one format, or a quality`,
    );
  const uniform = predict(calibration, Array<Format>(calibration.model.shape.layers * UNITS.length).fill(format), 'quality');
  const factor = speed ?? latencyMs / (uniform.latencyUs! / 1000);
  return {
    speed: factor,
    quality: quality + uniform.cost,
    from:
      `${name} was measured at ${figure(latencyMs)} ms of world time (${figure(uniform.latencyUs! / 1000)} ms a request are predicted of it, so ${figure(factor)} of one) ` +
      `and quality ${quality.toFixed(3)}${uniform.cost > 0 ? `, to which BF16 adds the ${uniform.cost.toFixed(3)} that ${format} is predicted to lose` : ''}`,
  };
}

/** Where a map lies, and what it earns there. @param requestMs of a whole request @param lost of BF16's quality */
export function rewarded({ file, speed, quality }: RewardBasis, requestMs: number, lost: number): RewardedMap {
  const place: SurfacePlace = { latencyMs: speed * requestMs, quality: quality - lost };
  const { outside } = clamped(file.surface, place);
  return { worldMs: place.latencyMs, quality: place.quality, reward: predictReward(file.surface, place), outside };
}

/** The chosen map against every other choice on the curve. */
export function toldApart(basis: RewardBasis, calibration: Calibration, { front, point, formats }: Assignment): ToldApart {
  const { file } = basis;
  const placeOf = (i: number): SurfacePlace => {
    const { worldMs, quality } = rewarded(basis, takenOf(calibration, 'latency', front.takes[i]!), costOf(front.costs[i]!));
    return { latencyMs: worldMs, quality };
  };
  let withQualityError = true;
  const over = (i: number): Predicted => {
    const error = qualityErrorBetween(calibration, formats, front.formatsAt(i));
    withQualityError &&= error !== undefined;
    return rewardGain(file.surface, placeOf(point), placeOf(i), error ?? 0);
  };
  let worse = 0;
  for (let i = 0; i < front.length; i++) if (i !== point && over(i).low > 0) worse++;
  const last = front.length - 1;
  return {
    others: last,
    worse,
    ...(point === 0 ? {} : { overFastest: over(0) }),
    ...(point === last ? {} : { overBest: over(last) }),
    withQualityError,
  };
}

/** The rule that takes the map that is predicted to earn most. */
export function worthRule(basis: RewardBasis): WorthRule {
  return { rule: 'worth', worth: (ms, cost) => rewarded(basis, ms, cost).reward.value };
}

/** What the chosen map is predicted to earn, and how it stands to the other choices. */
export interface RewardChoice {
  basis: RewardBasis;
  chosen: RewardedMap;
  apart: ToldApart;
  /** Choices on the curve that lie outside of where the surface holds. */
  outside: number;
}

/** How what was chosen stands on the surface. */
export function rewardOf(basis: RewardBasis, calibration: Calibration, assignment: Assignment): RewardChoice {
  const { front, point } = assignment;
  const at = (i: number): RewardedMap => rewarded(basis, takenOf(calibration, 'latency', front.takes[i]!), costOf(front.costs[i]!));
  const outside = Array.from({ length: front.length }, (_, i) => at(i)).filter((each) => each.outside.length > 0).length;
  return { basis, chosen: at(point), apart: toldApart(basis, calibration, assignment), outside };
}

/** The same for programs. */
export function rewardJson({ basis, chosen, apart, outside }: RewardChoice): object {
  const { path, file, speed, quality, from } = basis;
  const { heldOut, range } = file.surface;
  return {
    surface: path,
    task: file.task,
    unit: file.rewardUnit,
    speed,
    quality,
    from,
    heldOut,
    range,
    chosen,
    outsideChoices: outside,
    apart,
  };
}

/** The same in a sentence, for the comment of a configuration. */
export function rewardSentence({ basis, chosen, apart }: RewardChoice): string {
  const { file, path } = basis;
  const { r2, groups, by } = file.surface.heldOut;
  return `Predicted to earn ${gainText(chosen.reward)} ${file.rewardUnit} of ${file.task} by ${path} (R2 ${r2.toFixed(2)} on ${groups} held-out ${by === 'family' ? 'families' : 'players'}); ${apartText(apart)}`;
}

/** What was chosen by which surface, and how much is to be made of it, a line each. */
export function rewardLines({ basis, chosen, apart, outside }: RewardChoice): string[] {
  const { file, path, from } = basis;
  const { rewardUnit } = file;
  const { reward } = chosen;
  const gains = [
    ...(apart.overFastest ? [`${gainText(apart.overFastest)} ${rewardUnit} over the fastest choice`] : []),
    ...(apart.overBest ? [`${gainText(apart.overBest)} over that of the best quality`] : []),
  ];
  return [
    `reward     ${gainText(reward)} ${rewardUnit} of ${file.task} predicted, not measured, by ${path} (${file.source})`,
    `placed     ${from}`,
    ...surfaceLines(file),
    ...(outside > 0 ? [`outside    ${outside} of ${apart.others + 1} choices ${outside === 1 ? 'lies' : 'lie'} outside of where the surface holds${chosen.outside.length > 0 ? `, the chosen one by its ${chosen.outside.join(' and ')}` : ''}: each is taken as at its border (*)`] : []),
    ...(gains.length > 0 ? [`gains      ${gains.join(', ')}`] : []),
    `apart      ${apartText(apart)}${apart.withQualityError ? '' : '. Errors of the qualities are not in this: the calibration does not have them'}`,
  ];
} // prettier-ignore

function apartText({ others, worse }: ToldApart): string {
  if (others === 0) return 'there is no other choice';
  if (worse === 0) return `NOT TOLD APART: nothing tells the chosen one from any other of the ${others} choices; for all that is predicted, any may earn most`;
  if (worse === others) return `each of the other ${others} choices earns less beyond doubt, if the surface holds for this model`;
  return `of the other ${others} choices ${worse} earn less beyond doubt, if the surface holds for this model; ${others - worse} are NOT TOLD APART from the chosen one`;
} // prettier-ignore

function gainText({ value, low, high }: Predicted): string {
  return `${figure(value)} (${figure(low)} to ${figure(high)})`;
}
