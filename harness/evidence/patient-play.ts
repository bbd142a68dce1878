/**
 * Patient play of a sweep's players, reckoned again: what a model earned is in the traces of its patient matches, which are played again before they
 * count; what a bot and both ends of the scale earn comes of playing them here, since bots play alike everywhere.
 */
import type { Json } from '../../envs/environment.js';
import type { SeatScript } from '../../scoring/oracle/rollout.js';
import {
  patientEnds,
  patientParts,
  patientPlay,
  playPatiently,
  type PatientPlayer,
  type RewardsBySeed,
} from '../../scoring/reward/patient.js';
import { patientSpecOf } from '../../scoring/reward/patient-spec.js';
import type { SeatRecord } from '../../scoring/trace/trace.js';
import { canonicalJson } from '../configuration/hash.js';
import { taskNamed } from '../match/tasks.js';
import { agentSeed } from '../match/welcome.js';
import { readResults, type ResultCell } from './folder.js';

/** How the patient matches of a task were played: all that their scale depends on, but for the seeds. */
interface Played {
  task: string;
  options: unknown;
  opponent?: SeatScript;
}

/** Who played: a configuration by its identity, a bot by what it is. */
export type Whose = { identity: string } | { bot: PatientPlayer };

export class PatientPlays {
  /** What bots earned that were played here, by match. */
  private readonly earned = new Map<string, number>();

  /** @param cells patient matches that count */
  private constructor(private readonly cells: readonly ResultCell[]) {}

  /** Reads the patient matches of a sweep's folder. @throws ResultsError */
  static async of(folder: string): Promise<PatientPlays> {
    return new PatientPlays((await readResults(folder, ['patient'])).cells);
  }

  /** Patient play; undefined where the folder holds no patient matches of this player from which it can be reckoned. */
  value(task: string, whose: Whose): number | undefined {
    const own = this.cells.filter((cell) => cell.task === task && (!('identity' in whose) || cell.identity === whose.identity));
    const [first] = own;
    const played = first && playedLike(first);
    // On one scale: what was played otherwise is no part of it, and nobody says which is right.
    if (!played || own.some((cell) => canonicalJson((playedLike(cell) ?? null) as unknown as Json) !== canonicalJson(played as unknown as Json))) return undefined; // prettier-ignore
    const seeds = [...new Set(own.map(({ trace }) => trace.header.seed))];
    const ends = patientEnds(taskNamed(task), played.options);
    const scale = { random: this.rewards(played, ends.random, seeds), best: this.rewards(played, ends.best, seeds) };
    const rewards = 'bot' in whose ? this.rewards(played, whose.bot, seeds) : new Map(own.map(({ trace, seat }) => [trace.header.seed, trace.footer!.results.reward[seat]!])); // prettier-ignore
    return patientPlay(patientParts(rewards, scale)).value ?? undefined;
  }

  private rewards(played: Played, player: PatientPlayer, seeds: readonly number[]): RewardsBySeed {
    const key = (seed: number): string => canonicalJson([played, player, seed] as unknown as Json);
    const { task, options, opponent } = played;
    const playerSeed = (matchSeed: number, seat: number): number => agentSeed('bot', matchSeed, seat);
    const missing = seeds.filter((seed) => !this.earned.has(key(seed)));
    for (const [seed, reward] of playPatiently(taskNamed(task), player, { options, ...(opponent ? { opponent } : {}), seeds: missing, playerSeed })) this.earned.set(key(seed), reward); // prettier-ignore
    return new Map(seeds.map((seed) => [seed, this.earned.get(key(seed))!]));
  }
}

/** What a bot is, from the record of its seat; undefined of anybody else. */
export function botOf({ kind, configuration }: SeatRecord): PatientPlayer | undefined {
  const { bot, errorPermille } = (configuration ?? {}) as { bot?: unknown; errorPermille?: unknown };
  return kind === 'bot' && typeof bot === 'string' && typeof errorPermille === 'number' ? { bot, errorPermille } : undefined;
}

/** How a patient match was played; undefined where its scale cannot be played here: another model has the other seat, or the charge was another. */
function playedLike({ trace: { header }, seat }: ResultCell): Played | undefined {
  const { task, options, seats } = header;
  const other = seats.find((_, i) => i !== seat);
  const opponent = other && botOf(other);
  if (seats.length > 2 || (other && !opponent) || seats[seat]!.givenUs !== patientSpecOf(taskNamed(task)).latencyUs) return undefined;
  return { task, options, ...(opponent ? { opponent: { ...opponent, delayUs: other!.givenUs ?? 0 } } : {}) };
}
