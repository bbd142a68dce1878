/** Plays a table: a sweep plan with these entrants on so many seeds, through the sweep's own machinery, so it is recorded and resumes. */
import { availableParallelism } from 'node:os';
import { ConfigurationError, type Configuration } from '../configuration/configuration.js';
import { monotonicUs } from '../host/clock.js';
import { taskNamed } from '../match/tasks.js';
import { MatchServer } from '../protocol/server.js';
import { loadPlan, type Plan, type TaskPlan } from '../sweep/plan.js';
import { Sweep, type TaskReport } from '../sweep/run.js';
import type { SweepStore } from '../sweep/store.js';
import type { PaperEntrant } from './entrants.js';

/** What is played. */
export interface PaperMatches {
  name: string;
  /** The plan whose world is played: a name in fpx-configs/ or a file. Its own configurations are left out. */
  world: string;
  task: string;
  entrants: readonly PaperEntrant[];
  /** A bot in the other seat as the plan says it, one configuration against all others, or each against each other. */
  against: 'bot' | 'each' | Configuration;
  matches: number;
  firstSeed: number;
  /** Instead of the plan's: world time per real time. */
  speed?: number;
  /** Put over the plan's options of the task. */
  options?: Record<string, unknown>;
  /** Without the plan's bots. */
  withoutBots?: boolean;
}

/** The plan that plays it: one task, or one for each rival. @throws ConfigurationError */
export function paperPlan(how: PaperMatches): Plan {
  const { name, entrants, against, matches, firstSeed, speed, options, withoutBots } = how;
  const base = loadPlan(how.world).tasks.find((task) => task.name === how.task);
  if (!base) throw new ConfigurationError(`plan ${how.world} has no task ${how.task}; accepted: one that has`);
  const task = taskNamed(how.task);
  const plan: TaskPlan = {
    ...base.plan,
    ...(speed === undefined ? {} : { speed, externalSpeed: speed }),
    seeds: { first: firstSeed, count: matches },
    confirmSeeds: { first: firstSeed + matches, count: 0 },
    options: { ...base.plan.options, ...options } as TaskPlan['options'],
    patient: { matches: 0, options: {} },
    ...{ probes: 0, oracleDecisions: 0 },
    ...(withoutBots ? { bots: [] } : {}),
  };
  const parsed: unknown = task.parseOptions(plan.options); // refused before anything is started
  if (against !== 'bot' && task.seats(parsed) < 2) throw new ConfigurationError(`${task.name} has one seat: nobody plays against another`);
  plan.patient.options = plan.options;
  const configurations = entrants.map(({ configuration }) => configuration);
  const rivals = against === 'bot' ? [undefined] : against === 'each' ? configurations : [against];
  const tasks = rivals.map((rival) => ({ name: base.name, plan: rival ? { ...plan, rival } : plan }));
  return { name, configurations, tasks };
}

/** What playing needs. */
export interface PaperRun {
  store: SweepStore;
  budget: { maxCalls?: number };
  signal?: AbortSignal;
}

/** Plays what is not finished yet. @throws what `Sweep` throws, SweepStopped among it */
export async function playPaper(plan: Plan, { store, budget, signal }: PaperRun): Promise<TaskReport[]> {
  const server = await MatchServer.listen({});
  try {
    const output = { stream: process.stderr, announce: (): void => undefined, now: (): number => monotonicUs() / 1000 };
    const sweep = await Sweep.prepare({ plan, store, server, output, budget, workers: availableParallelism(), signal });
    return await sweep.run();
  } finally {
    await server.close();
  }
}
