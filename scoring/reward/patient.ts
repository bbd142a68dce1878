/**
 * Patient play: what a player earns in whole matches when the clock waits and every player is charged the same small latency, on a scale
 * from a random player (0) to the best known one (1) on the same seeds. It is the player's own play, so it needs no oracle.
 */
import type { AnyTask } from '../../envs/environment.js';
import { playRung, type LadderSettings } from '../ratings/ladder.js';
import { patientSpecOf } from './patient-spec.js';
import { NOT_MEASURED, type Estimate } from '../statistics/estimate.js';
import { ratioOfSums, type RatioPart } from '../statistics/ratios.js';

/** A scripted player whose patient play is asked for. */
export interface PatientPlayer {
  bot: string;
  /** The share of its decisions replaced by a random legal one. */
  errorPermille: number;
}

/** Rewards by seed, in the task's integer unit. */
export type RewardsBySeed = ReadonlyMap<number, number>;

/** What both ends of the scale earned. */
export interface PatientScale {
  random: RewardsBySeed;
  best: RewardsBySeed;
}

/** A scripted player's patient matches, in process: with the harness's own seeds it earns what it earns in matches over sockets. */
export function playPatiently(task: AnyTask, { bot, errorPermille }: PatientPlayer, settings: LadderSettings): Map<number, number> {
  const { latencyUs } = patientSpecOf(task);
  return new Map(settings.seeds.map((seed) => [seed, playRung(task, { bot, errorPermille, delayUs: latencyUs }, seed, settings)]));
}

/** The bots at both ends of the scale under these options. */
export function patientEnds(task: AnyTask, options: unknown): { random: PatientPlayer; best: PatientPlayer } {
  const { random, best } = patientSpecOf(task);
  return { random: { bot: random, errorPermille: 0 }, best: { bot: best(task.parseOptions(options)), errorPermille: 0 } };
}

/** By seed, in ascending order: what a player earned over the random one, of what the best known one did. Seeds that one of them lacks are left out. */
export function patientParts(own: RewardsBySeed, { random, best }: PatientScale): RatioPart[] {
  return [...own.keys()]
    .sort((a, b) => a - b)
    .filter((seed) => random.has(seed) && best.has(seed))
    .map((seed) => ({ numerator: own.get(seed)! - random.get(seed)!, denominator: best.get(seed)! - random.get(seed)! }));
}

/**
 * Patient play with its interval over seeds: one ratio of sums, so that seeds on which nothing is to be won weigh little. Not measured where the
 * best known player earned no more than the random one: those seeds are no scale.
 */
export function patientPlay(parts: readonly RatioPart[]): Estimate {
  const isScale = parts.reduce((sum, part) => sum + part.denominator, 0) > 0;
  return isScale ? ratioOfSums(parts) : { ...NOT_MEASURED, n: parts.length };
}
