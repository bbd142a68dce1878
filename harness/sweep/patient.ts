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
import type { Planned } from './planned.js';
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

/** A task with who plays it. */
export type PatientTask = Pick<Planned, 'task' | 'entrants'>;

/** Matches of one bot that are still to be played, and where their rewards are kept. */
interface Missing {
  id: string;
  name: string;
  key: string;
  job: PatientJob;
}

/**
 * The patient matches of tasks' bots, by the task's name, without tasks whose plan has none. Undefined when it was stopped.
 * @throws JobError, StoreError
 */
export async function patientBots(
  tasks: readonly PatientTask[],
  store: SweepStore,
  pool: PoolSettings,
): Promise<Map<string, PatientBots> | undefined> {
  const rewards = new Map<string, RewardsBySeed>();
  const missing: Missing[] = [];
  for (const each of tasks)
    for (const job of jobsOf(each)) {
      const id = idOf(job.task, job.player);
      const task = taskNamed(job.task);
      const key = hashOf([FORM, task.rules, task.patient!.latencyUs, job]);
      const name = `${job.task}-${job.player.bot}-${job.player.errorPermille}`;
      const earlier = store.cached('patient', name, key, rewardsForm);
      if (earlier) rewards.set(id, new Map(earlier));
      else missing.push({ id, name, key, job });
    }
  const module = new URL('./patient-worker.js', import.meta.url);
  const jobs = missing.map(({ job }) => job);
  const played = await runJobs<PatientJob, PatientRewards>(module, jobs, ({ player }) => `patient matches of ${player.bot}`, pool);
  for (const [i, { id, name, key }] of missing.entries()) {
    const earned = played[i];
    if (!earned) return undefined;
    store.keep('patient', name, key, earned);
    rewards.set(id, new Map(earned));
  }
  const found = new Map<string, PatientBots>();
  for (const { task, entrants } of tasks) {
    if (patientSeeds(task.plan).length === 0) continue;
    const earned = (player: PatientPlayer): RewardsBySeed => rewards.get(idOf(task.name, player))!;
    const ends = patientEnds(taskNamed(task.name), task.plan.patient.options);
    found.set(task.name, {
      scale: { random: earned(ends.random), best: earned(ends.best) },
      entrants: new Map(entrants.flatMap(({ id, bot }) => (bot ? [[id, earned(playerOf(bot))]] : []))),
    });
  }
  return found;
}

/** The matches of both ends of a task's scale and of each of its bots, once each. */
function jobsOf({ task: { name, plan }, entrants }: PatientTask): PatientJob[] {
  const seeds = patientSeeds(plan);
  if (seeds.length === 0) return [];
  const task = taskNamed(name);
  const { options } = plan.patient;
  const ends = patientEnds(task, options);
  const bots = entrants.flatMap(({ bot }) => (bot ? [playerOf(bot)] : []));
  const players = new Map([ends.best, ends.random, ...bots].map((player) => [idOf(name, player), player]));
  const { bot, errorPermille, givenUs = 0 } = opponentOf(task, plan);
  const opponent = task.seats(task.parseOptions(options)) > 1 ? { bot, errorPermille, delayUs: givenUs } : undefined;
  return [...players.values()].map((player) => ({ task: name, options, player, seeds, ...(opponent ? { opponent } : {}) }));
}

const playerOf = ({ name, errorPermille }: NonNullable<Entrant['bot']>): PatientPlayer => ({ bot: name, errorPermille });

const idOf = (task: string, { bot, errorPermille }: PatientPlayer): string => `${task} ${bot} ${errorPermille}`;

/** By seed, what the cells' entrant was paid in the matches that count. */
export function rewardsOf(results: readonly CellResult[]): Map<number, number> {
  const counting = results.filter(({ trace }) => trace.footer?.verdict.counts);
  return new Map(counting.map(({ cell, trace }) => [cell.seed, trace.footer!.results.reward[cell.seat]!]));
}
