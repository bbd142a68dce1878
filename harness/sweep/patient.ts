/**
 * What bots earn in patient matches: both ends of the scale, and the plan's own bots beside the models. Played in process by the seeds that
 * a match over sockets would give them, so it is what they would earn there; kept, since none of it is measured.
 */
import { z } from 'zod';
import { patientEnds, type PatientPlayer, type PatientScale, type RewardsBySeed } from '../../scoring/reward/patient.js';
import { hashOf } from '../configuration/hash.js';
import { runJobs, type PoolSettings } from '../host/pool.js';
import { taskNamed } from '../match/tasks.js';
import { opponentOf, patientSeeds, type Entrant } from './cells.js';
import type { PatientJob, PatientRewards } from './patient-worker.js';
import type { Plan } from './plan.js';
import type { CellResult } from './play.js';
import type { SweepStore } from './store.js';

/** Patient play of a task's bots. */
export interface PatientBots {
  scale: PatientScale;
  /** By an entrant's id. */
  entrants: ReadonlyMap<string, RewardsBySeed>;
}

const rewardsForm: z.ZodType<PatientRewards> = z.array(z.tuple([z.int().min(0), z.number()]));

/** Goes up when the same bot on the same seeds is played otherwise. */
const FORM = 1;

/** The patient matches of a task's bots; undefined where the plan has none, or it was stopped. @throws JobError, StoreError */
export async function patientBots(
  { name, plan }: Plan['tasks'][number],
  entrants: readonly Entrant[],
  store: SweepStore,
  pool: PoolSettings,
): Promise<PatientBots | undefined> {
  const seeds = patientSeeds(plan);
  if (seeds.length === 0) return undefined;
  const task = taskNamed(name);
  const { options } = plan.patient;
  const ends = patientEnds(task, options);
  const bots = entrants.flatMap(({ id, bot }) => (bot ? [{ id, player: { bot: bot.name, errorPermille: bot.errorPermille } }] : []));
  const idOf = ({ bot, errorPermille }: PatientPlayer): string => `${bot}-${errorPermille}`;
  const players = new Map([ends.random, ends.best, ...bots.map(({ player }) => player)].map((player) => [idOf(player), player]));
  const found = new Map<string, RewardsBySeed>();
  const jobs: { id: string; key: string; job: PatientJob }[] = [];
  const { bot, errorPermille, givenUs = 0 } = opponentOf(task, plan);
  const opponent = task.seats(task.parseOptions(options)) > 1 ? { bot, errorPermille, delayUs: givenUs } : undefined;
  for (const [id, player] of players) {
    const job: PatientJob = { task: name, options, player, seeds, ...(opponent ? { opponent } : {}) };
    const key = hashOf([FORM, task.rules, task.patient!.latencyUs, job]);
    const earlier = store.cached('patient', `${name}-${id}`, key, rewardsForm);
    if (earlier) found.set(id, new Map(earlier));
    else jobs.push({ id, key, job });
  }
  const module = new URL('./patient-worker.js', import.meta.url);
  const played = await runJobs<PatientJob, PatientRewards>(
    module,
    jobs.map(({ job }) => job),
    ({ player }) => `patient matches of ${player.bot}`,
    pool,
  );
  for (const [i, { id, key }] of jobs.entries()) {
    const rewards = played[i];
    if (!rewards) return undefined;
    store.keep('patient', `${name}-${id}`, key, rewards);
    found.set(id, new Map(rewards));
  }
  return {
    scale: { random: found.get(idOf(ends.random))!, best: found.get(idOf(ends.best))! },
    entrants: new Map(bots.map(({ id, player }) => [id, found.get(idOf(player))!])),
  };
}

/** By seed, what the cells' entrant was paid in the matches that count. */
export function rewardsOf(results: readonly CellResult[]): Map<number, number> {
  const counting = results.filter(({ trace }) => trace.footer?.verdict.counts);
  return new Map(counting.map(({ cell, trace }) => [cell.seed, trace.footer!.results.reward[cell.seat]!]));
}
